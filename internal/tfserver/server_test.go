package tfserver

import (
	"context"
	"errors"
	"os"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type serveTestKey struct{}

// contextKeeper keeps the contexts of its calls, as the plugin framework does.
type contextKeeper struct {
	FrameworkServer
	read func(ctx context.Context) error
	kept []context.Context
}

func (h *contextKeeper) ReadResource(ctx context.Context, _ *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	child, cancel := context.WithCancel(ctx)
	defer cancel()
	h.kept = append(h.kept, child)
	return &tfprotov6.ReadResourceResponse{}, h.read(child)
}

func TestServer_releasesContexts(t *testing.T) {
	inner := &contextKeeper{read: func(ctx context.Context) error {
		if ctx.Value(serveTestKey{}) != "value" {
			t.Error("the value is not there during the call")
		}
		return ctx.Err()
	}}
	ctx := context.WithValue(t.Context(), serveTestKey{}, "value")
	if response, err := (&server{FrameworkServer: inner}).ReadResource(ctx, nil); err != nil || response == nil {
		t.Fatal(response, err)
	}
	if value := inner.kept[0].Value(serveTestKey{}); value != nil {
		t.Errorf("the value is %v after the call, want none", value)
	}
	if inner.kept[0].Err() == nil {
		t.Error("the context goes on after the call")
	}
}

func TestServer_cancelsWithTheCaller(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	inner := &contextKeeper{read: func(ctx context.Context) error {
		interrupt()
		<-ctx.Done()
		return ctx.Err()
	}}
	if _, err := (&server{FrameworkServer: inner}).ReadResource(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestDisableFrameworkLogs(t *testing.T) {
	for name, test := range map[string]struct {
		environment map[string]string
		want        string
	}{
		"no log":                {map[string]string{}, "OFF"},
		"logs disabled":         {map[string]string{"TF_LOG": "off"}, "OFF"},
		"all logs":              {map[string]string{"TF_LOG": "TRACE"}, ""},
		"logs of providers":     {map[string]string{"TF_LOG_PROVIDER": "json"}, ""},
		"logs of the framework": {map[string]string{"TF_LOG_SDK_FRAMEWORK": "DEBUG"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, name := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK"} {
				t.Setenv(name, test.environment[name])
			}
			if err := disableFrameworkLogs(); err != nil {
				t.Fatal(err)
			}
			if got := os.Getenv("TF_LOG_SDK"); got != test.want {
				t.Errorf("TF_LOG_SDK is %q, want %q", got, test.want)
			}
		})
	}
}

// Terraform checks which optional interfaces a server implements. It would ignore those that only the framework's server implements.
func TestServer_implementsAllOfTheFramework(t *testing.T) {
	framework := reflect.TypeOf(providerserver.NewProtocol6(&keepingProvider{})())
	own := reflect.TypeOf(New(&keepingProvider{}))
	if framework.NumMethod() < 20 {
		t.Fatalf("the framework's server has %d methods", framework.NumMethod())
	}
	for method := range framework.Methods() {
		if _, ok := own.MethodByName(method.Name); !ok {
			t.Errorf("%s is missing", method.Name)
		}
	}
}

// The provider keeps the contexts of its reads here.
func TestNew_releasesContexts(t *testing.T) {
	keeping := &keepingProvider{}
	served := New(keeping)
	schemas, err := served.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithValue(t.Context(), serveTestKey{}, "value")
	kind := schemas.ResourceSchemas["posthog_keeper"].ValueType()
	state, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, "x")}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := served.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: "posthog_keeper", CurrentState: &state}); err != nil {
		t.Fatal(err)
	}
	if len(keeping.kept) != 1 || keeping.during[0] != "value" {
		t.Fatalf("the resource was read %d times, and found %v", len(keeping.kept), keeping.during)
	}
	if value := keeping.kept[0].Value(serveTestKey{}); value != nil {
		t.Errorf("the value is %v after the call, want none", value)
	}
}

// keepingProvider has one resource. It keeps the contexts of its reads.
type keepingProvider struct {
	kept   []context.Context
	during []any
}

func (*keepingProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "posthog"
}

func (*keepingProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (*keepingProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (h *keepingProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return keeperResource{h} }}
}

func (*keepingProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

type keeperResource struct{ *keepingProvider }

func (keeperResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "posthog_keeper"
}

func (keeperResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{"id": schema.StringAttribute{Computed: true}}}
}

func (r keeperResource) Read(ctx context.Context, _ resource.ReadRequest, _ *resource.ReadResponse) {
	r.kept, r.during = append(r.kept, ctx), append(r.during, ctx.Value(serveTestKey{}))
}

func (keeperResource) Create(context.Context, resource.CreateRequest, *resource.CreateResponse) {}
func (keeperResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}
func (keeperResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
