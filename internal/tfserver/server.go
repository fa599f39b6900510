// Package tfserver serves a provider of the plugin framework to Terraform. It needs less memory than the framework's own server, and lets the
// provider change the configuration that Terraform generates.
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

// Serve serves a provider to the Terraform that started this process, until Terraform ends it. address is the provider's address in the
// registry. With debug it prints TF_REATTACH_PROVIDERS and waits for Terraform. The errors are those of listening.
func Serve(address string, instance func() provider.Provider, debug bool) error {
	var options []tf6server.ServeOpt
	if debug {
		options = append(options, tf6server.WithManagedDebug())
	} else if err := disableFrameworkLogs(); err != nil {
		return err
	}
	err := tf6server.Serve(address, func() tfprotov6.ProviderServer { return New(instance()) }, options...)
	if err != nil {
		return fmt.Errorf("serve the provider: %w", err)
	}
	return nil
}

// disableFrameworkLogs disables the logs of the plugin framework, some twenty lines for each resource, unless TF_LOG or TF_LOG_PROVIDER ask
// for logs. Terraform would discard them. Writing and parsing them was half of the CPU time of a plan.
func disableFrameworkLogs() error {
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

// New returns the server of a provider.
func New(p provider.Provider) tfprotov6.ProviderServer {
	inner, ok := providerserver.NewProtocol6(p)().(FrameworkServer)
	if !ok {
		panic("the plugin framework does not implement FrameworkServer")
	}
	return &server{FrameworkServer: inner, provider: p}
}

// server wraps the framework's server. The framework keeps the context of every call alive until it exits; server passes a context that drops
// its values after the call, which saves most of the memory of large plans.
type server struct {
	FrameworkServer

	provider provider.Provider
	types    sync.Map // of tftypes.Type, by the resource's type name
}

// FrameworkServer lists the optional interfaces that the framework's server implements. Terraform checks for them, so that server must
// implement all of them.
type FrameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// ValidateResourceConfig calls the framework.
func (s *server) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return callWithReleasableContext(ctx, req, s.FrameworkServer.ValidateResourceConfig)
}

// UpgradeResourceState calls the framework.
func (s *server) UpgradeResourceState(
	ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return callWithReleasableContext(ctx, req, s.FrameworkServer.UpgradeResourceState)
}

// UpgradeResourceIdentity calls the framework.
func (s *server) UpgradeResourceIdentity(
	ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest,
) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return callWithReleasableContext(ctx, req, s.FrameworkServer.UpgradeResourceIdentity)
}

// ReadResource calls the framework.
func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return callWithReleasableContext(ctx, req, s.FrameworkServer.ReadResource)
}

// PlanResourceChange calls the framework.
func (s *server) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	return callWithReleasableContext(ctx, req, s.FrameworkServer.PlanResourceChange)
}

// ApplyResourceChange calls the framework.
func (s *server) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return callWithReleasableContext(ctx, req, s.FrameworkServer.ApplyResourceChange)
}

// ImportResourceState calls the framework.
func (s *server) ImportResourceState(
	ctx context.Context, req *tfprotov6.ImportResourceStateRequest,
) (*tfprotov6.ImportResourceStateResponse, error) {
	return callWithReleasableContext(ctx, req, s.FrameworkServer.ImportResourceState)
}
