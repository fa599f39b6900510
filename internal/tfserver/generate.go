package tfserver

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A ConfigGenerator is a provider that has a say in the configuration that Terraform generates for what it imports (Terraform 1.14 and later).
// The plugin framework keeps every attribute that can be configured.
type ConfigGenerator interface {
	GenerateConfig(ctx context.Context, typeName string, attributes map[string]tftypes.Value)
}

// GetProviderSchema is the framework's, which forgets to say that it serves GenerateResourceConfig (1.19.0: it knows, and
// leaves that out of its answer).
func (s *server) GetProviderSchema(ctx context.Context, req *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	resp, err := s.FrameworkServer.GetProviderSchema(ctx, req)
	if err == nil && resp.ServerCapabilities != nil {
		resp.ServerCapabilities.GenerateResourceConfig = true
	}
	return resp, err
}

// kindOf returns the type of a resource's values.
func (s *server) kindOf(ctx context.Context, typeName string) (tftypes.Type, error) {
	if kind, ok := s.kinds.Load(typeName); ok {
		return kind.(tftypes.Type), nil //nolint:forcetypeassert // Nothing else is stored.
	}
	schemas, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("read the schema of %s: %w", typeName, err)
	}
	kind := schemas.ResourceSchemas[typeName].ValueType()
	s.kinds.Store(typeName, kind)
	return kind, nil
}

// GenerateResourceConfig is the framework's, with what the provider makes of it.
func (s *server) GenerateResourceConfig(
	ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest,
) (*tfprotov6.GenerateResourceConfigResponse, error) {
	resp, err := s.FrameworkServer.GenerateResourceConfig(ctx, req)
	generator, ok := s.provider.(ConfigGenerator)
	if err != nil || !ok || resp.Config == nil || len(resp.Diagnostics) > 0 {
		return resp, err
	}
	kind, err := s.kindOf(ctx, req.TypeName)
	if err != nil {
		return nil, err
	}
	value, err := resp.Config.Unmarshal(kind)
	if err != nil {
		return nil, fmt.Errorf("read the configuration of %s: %w", req.TypeName, err)
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		return nil, fmt.Errorf("read the configuration of %s: %w", req.TypeName, err)
	}
	generator.GenerateConfig(ctx, req.TypeName, attributes)
	config, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, attributes))
	if err != nil {
		return nil, fmt.Errorf("write the configuration of %s: %w", req.TypeName, err)
	}
	resp.Config = &config
	return resp, nil
}
