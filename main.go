// Terraform-provider-posthog is the Terraform provider for who is in which PostHog role.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/provider"
)

// version is set when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run so that a debugger such as delve can be attached")
	flag.Parse()

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/posthog-rbac/posthog",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
