// Package tfserver serves a provider of the plugin framework to Terraform, with less memory, and with generated configuration that the
// provider has a say in.
package tfserver

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Serve serves a provider to the Terraform that started this process, until Terraform ends it. address is where Terraform's
// configurations find the provider. With debug it waits for a Terraform that is told where to find it instead. The errors are those of
// listening.
func Serve(address string, instance func() provider.Provider, debug bool) error {
	var options []tf6server.ServeOpt
	if debug {
		options = append(options, tf6server.WithManagedDebug())
	} else if err := quieten(); err != nil {
		return err
	}
	err := tf6server.Serve(address, func() tfprotov6.ProviderServer { return New(instance()) }, options...)
	if err != nil {
		return fmt.Errorf("serve the provider: %w", err)
	}
	return nil
}

// quieten switches off what the plugin framework logs, some twenty lines for each resource, when nobody will read it:
// Terraform throws it away unless TF_LOG or TF_LOG_PROVIDER ask for it. Writing and parsing it was half of the work of a
// plan.
func quieten() error {
	for _, name := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK"} {
		if level := os.Getenv(name); level != "" && !strings.EqualFold(level, "off") {
			return nil
		}
	}
	if err := os.Setenv("TF_LOG_SDK", "OFF"); err != nil {
		return fmt.Errorf("switch off the logs: %w", err)
	}
	return nil
}

// New returns a provider as Terraform talks to it.
func New(p provider.Provider) tfprotov6.ProviderServer {
	inner, ok := providerserver.NewProtocol6(p)().(FrameworkServer)
	if !ok {
		panic("the plugin framework does not serve all that this provider passes on")
	}
	return &server{FrameworkServer: inner, provider: p}
}

// A server is the framework's, which holds on to the context of every call, with its loggers, until Terraform stops the
// provider. With thousands of memberships that was most of the provider's memory. So the calls that are made for each of
// them lend their contexts only.
type server struct {
	FrameworkServer

	provider provider.Provider
	kinds    sync.Map // of tftypes.Type, by the resource's type name
}

// FrameworkServer is all that the framework serves. Terraform asks a server for what it may leave out, so that what is not
// named here would be lost.
type FrameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// ValidateResourceConfig is the framework's.
func (s *server) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return lend(ctx, req, s.FrameworkServer.ValidateResourceConfig)
}

// UpgradeResourceState is the framework's.
func (s *server) UpgradeResourceState(
	ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return lend(ctx, req, s.FrameworkServer.UpgradeResourceState)
}

// UpgradeResourceIdentity is the framework's.
func (s *server) UpgradeResourceIdentity(
	ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest,
) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return lend(ctx, req, s.FrameworkServer.UpgradeResourceIdentity)
}

// ReadResource is the framework's.
func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return lend(ctx, req, s.FrameworkServer.ReadResource)
}

// PlanResourceChange is the framework's.
func (s *server) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	return lend(ctx, req, s.FrameworkServer.PlanResourceChange)
}

// ApplyResourceChange is the framework's.
func (s *server) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return lend(ctx, req, s.FrameworkServer.ApplyResourceChange)
}

// ImportResourceState is the framework's.
func (s *server) ImportResourceState(
	ctx context.Context, req *tfprotov6.ImportResourceStateRequest,
) (*tfprotov6.ImportResourceStateResponse, error) {
	return lend(ctx, req, s.FrameworkServer.ImportResourceState)
}

// lend makes a call with a context that can be kept without keeping the caller's.
func lend[Request, Response any](
	ctx context.Context, request *Request, call func(context.Context, *Request) (*Response, error),
) (*Response, error) {
	ends, end := context.WithCancel(context.Background())
	defer end()
	defer context.AfterFunc(ctx, end)()

	lent := &lentContext{Context: ends}
	lent.owner.Store(&ctx)
	defer lent.owner.Store(nil) //nolint:contextcheck // Not to inherit is the point.
	return call(lent, request)  //nolint:contextcheck // It ends with ctx, and has its values.
}
