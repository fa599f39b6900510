// Providerschema prints the provider's schemas in the format of "terraform providers schema -json", to generate the docs. It does
// not run Terraform, because older versions omit identities and list resources.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/provider"
)

// address is the provider address that tfplugindocs expects. It differs from the real one.
const address = "registry.terraform.io/hashicorp/posthog"

func main() {
	if err := dump(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func dump(ctx context.Context) error {
	server, err := providerserver.NewProtocol6WithError(provider.New("docs")())()
	if err != nil {
		return err
	}
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return err
	}

	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(object{
		"format_version": "1.0",
		"provider_schemas": object{address: object{
			"provider":                  schema(schemas.Provider),
			"resource_schemas":          each(schemas.ResourceSchemas, schema),
			"data_source_schemas":       each(schemas.DataSourceSchemas, schema),
			"list_resource_schemas":     each(schemas.ListResourceSchemas, schema),
			"resource_identity_schemas": each(identities.IdentitySchemas, identity),
		}},
	})
}

type object map[string]any

func each[T any](schemas map[string]T, translate func(T) object) object {
	all := object{}
	for name, schema := range schemas {
		all[name] = translate(schema)
	}
	return all
}

func schema(s *tfprotov6.Schema) object {
	return object{"version": s.Version, "block": block(s.Block)}
}

func block(b *tfprotov6.SchemaBlock) object {
	nested := object{}
	for _, n := range b.BlockTypes {
		nested[n.TypeName] = object{"nesting_mode": strings.ToLower(n.Nesting.String()), "block": block(n.Block)}
	}
	return object{
		"block_types": nested,
		"attributes":  attributes(b.Attributes),
		"description": b.Description,
		"deprecated":  b.Deprecated,
	}
}

func attributes(list []*tfprotov6.SchemaAttribute) object {
	all := object{}
	for _, a := range list {
		attribute := object{
			"description": a.Description,
			"deprecated":  a.Deprecated,
			"required":    a.Required,
			"optional":    a.Optional,
			"computed":    a.Computed,
			"sensitive":   a.Sensitive,
			"write_only":  a.WriteOnly,
		}
		if a.NestedType != nil {
			attribute["nested_type"] = object{
				"attributes":   attributes(a.NestedType.Attributes),
				"nesting_mode": strings.ToLower(a.NestedType.Nesting.String()),
			}
		} else {
			attribute["type"] = a.Type
		}
		all[a.Name] = attribute
	}
	return all
}

func identity(s *tfprotov6.ResourceIdentitySchema) object {
	all := object{}
	for _, a := range s.IdentityAttributes {
		all[a.Name] = object{
			"type":                a.Type,
			"description":         a.Description,
			"required_for_import": a.RequiredForImport,
			"optional_for_import": a.OptionalForImport,
		}
	}
	return object{"version": s.Version, "attributes": all}
}
