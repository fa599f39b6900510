// Terraform-provider-posthog is the Terraform provider for who is in which PostHog role.
package main

import (
	"flag"
	"log"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/provider"
)

// version is set when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run so that a debugger such as delve can be attached")
	flag.Parse()

	if err := provider.Serve(version, *debug); err != nil {
		log.Fatal(err)
	}
}
