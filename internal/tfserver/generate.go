package tfserver

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ConfigGenerator is a provider that changes the configuration that Terraform generates for imports (Terraform 1.14 and later). The plugin
// framework generates every attribute that can be configured.
type ConfigGenerator interface {
	GenerateConfig(ctx context.Context, typeName string, attributes map[string]tftypes.Value)
}

// GetProviderSchema announces GenerateResourceConfig, which the framework implements and does not announce (1.19.0).
func (s *server) GetProviderSchema(ctx context.Context, req *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	resp, err := s.FrameworkServer.GetProviderSchema(ctx, req)
	if err == nil && resp.ServerCapabilities != nil {
		resp.ServerCapabilities.GenerateResourceConfig = true
	}
	return resp, err
}

// typeOf returns the type of a resource's values.
func (s *server) typeOf(ctx context.Context, typeName string) (tftypes.Type, error) {
	if valueType, ok := s.types.Load(typeName); ok {
		return valueType.(tftypes.Type), nil //nolint:forcetypeassert // Nothing else is stored.
	}
	schemas, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("read the schema of %s: %w", typeName, err)
	}
	valueType := schemas.ResourceSchemas[typeName].ValueType()
	s.types.Store(typeName, valueType)
	return valueType, nil
}

// GenerateResourceConfig lets the provider change the framework's configuration.
func (s *server) GenerateResourceConfig(
	ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest,
) (*tfprotov6.GenerateResourceConfigResponse, error) {
	resp, err := s.FrameworkServer.GenerateResourceConfig(ctx, req)
	generator, ok := s.provider.(ConfigGenerator)
	if err != nil || !ok || resp.Config == nil || len(resp.Diagnostics) > 0 {
		return resp, err
	}
	valueType, err := s.typeOf(ctx, req.TypeName)
	if err != nil {
		return nil, err
	}
	value, err := resp.Config.Unmarshal(valueType)
	if err != nil {
		return nil, fmt.Errorf("read the configuration of %s: %w", req.TypeName, err)
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		return nil, fmt.Errorf("read the configuration of %s: %w", req.TypeName, err)
	}
	generator.GenerateConfig(ctx, req.TypeName, attributes)
	config, err := tfprotov6.NewDynamicValue(valueType, tftypes.NewValue(valueType, attributes))
	if err != nil {
		return nil, fmt.Errorf("write the configuration of %s: %w", req.TypeName, err)
	}
	resp.Config = &config
	return resp, nil
}
