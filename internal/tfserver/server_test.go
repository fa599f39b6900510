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

// hoarder keeps the contexts of its calls, as the plugin framework does.
type hoarder struct {
	FrameworkServer
	read func(ctx context.Context) error
	kept []context.Context
}

func (h *hoarder) ReadResource(ctx context.Context, _ *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	child, cancel := context.WithCancel(ctx)
	defer cancel()
	h.kept = append(h.kept, child)
	return &tfprotov6.ReadResourceResponse{}, h.read(child)
}

func TestServer_lendsItsContexts(t *testing.T) {
	inner := &hoarder{read: func(ctx context.Context) error {
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

func TestServer_passesInterruptionsOn(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	inner := &hoarder{read: func(ctx context.Context) error {
		interrupt()
		<-ctx.Done()
		return ctx.Err()
	}}
	if _, err := (&server{FrameworkServer: inner}).ReadResource(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestQuieten(t *testing.T) {
	for name, test := range map[string]struct {
		environment map[string]string
		want        string
	}{
		"nobody reads it":       {map[string]string{}, "OFF"},
		"logs are switched off": {map[string]string{"TF_LOG": "off"}, "OFF"},
		"all is asked for":      {map[string]string{"TF_LOG": "TRACE"}, ""},
		"providers are":         {map[string]string{"TF_LOG_PROVIDER": "json"}, ""},
		"the framework is":      {map[string]string{"TF_LOG_SDK_FRAMEWORK": "DEBUG"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, name := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK"} {
				t.Setenv(name, test.environment[name])
			}
			if err := quieten(); err != nil {
				t.Fatal(err)
			}
			if got := os.Getenv("TF_LOG_SDK"); got != test.want {
				t.Errorf("TF_LOG_SDK is %q, want %q", got, test.want)
			}
		})
	}
}

// Terraform asks a server which of the optional parts of the protocol it has. What the framework has and this server had
// not would be lost without a word.
func TestServer_hasAllThatTheFrameworkHas(t *testing.T) {
	framework := reflect.TypeOf(providerserver.NewProtocol6(&contextHoarder{})())
	own := reflect.TypeOf(New(&contextHoarder{}))
	if framework.NumMethod() < 20 {
		t.Fatalf("the framework's server has %d methods", framework.NumMethod())
	}
	for method := range framework.Methods() {
		if _, ok := own.MethodByName(method.Name); !ok {
			t.Errorf("%s is missing", method.Name)
		}
	}
}

// What is served lends its contexts. The provider that the framework serves here keeps those it gets.
func TestNewServer_lendsItsContexts(t *testing.T) {
	hoarding := &contextHoarder{}
	served := New(hoarding)
	schemas, err := served.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithValue(t.Context(), serveTestKey{}, "value")
	kind := schemas.ResourceSchemas["posthog_hoarder"].ValueType()
	state, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, "x")}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := served.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: "posthog_hoarder", CurrentState: &state}); err != nil {
		t.Fatal(err)
	}
	if len(hoarding.kept) != 1 || hoarding.during[0] != "value" {
		t.Fatalf("the resource was read %d times, and found %v", len(hoarding.kept), hoarding.during)
	}
	if value := hoarding.kept[0].Value(serveTestKey{}); value != nil {
		t.Errorf("the value is %v after the call, want none", value)
	}
}

// contextHoarder is a provider of one resource that keeps the contexts of its reads.
type contextHoarder struct {
	kept   []context.Context
	during []any
}

func (*contextHoarder) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "posthog"
}

func (*contextHoarder) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (*contextHoarder) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (h *contextHoarder) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return hoarderResource{h} }}
}

func (*contextHoarder) DataSources(context.Context) []func() datasource.DataSource { return nil }

type hoarderResource struct{ *contextHoarder }

func (hoarderResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "posthog_hoarder"
}

func (hoarderResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{"id": schema.StringAttribute{Computed: true}}}
}

func (r hoarderResource) Read(ctx context.Context, _ resource.ReadRequest, _ *resource.ReadResponse) {
	r.kept, r.during = append(r.kept, ctx), append(r.during, ctx.Value(serveTestKey{}))
}

func (hoarderResource) Create(context.Context, resource.CreateRequest, *resource.CreateResponse) {}
func (hoarderResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}
func (hoarderResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
