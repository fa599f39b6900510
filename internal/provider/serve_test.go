package provider

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

type serveTestKey struct{}

// hoarder keeps the contexts of its calls, as the plugin framework does.
type hoarder struct {
	frameworkServer
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
	if response, err := (&server{inner}).ReadResource(ctx, nil); err != nil || response == nil {
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
	if _, err := (&server{inner}).ReadResource(ctx, nil); !errors.Is(err, context.Canceled) {
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
