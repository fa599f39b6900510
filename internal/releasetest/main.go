// Releasetest checks what goreleaser has built, and then installs and uses the provider from it as people will: from the
// released zip, by a version constraint, with a lock file. It ends with an error when anything is not as a release has to be.
//
//	go run ./internal/releasetest dist
//
// PostHog is one in memory. Nothing leaves this machine, but for the download of Terraform where there is none.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: releasetest FOLDER")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\nThe release is not as it has to be:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string) error {
	built, err := open(folder)
	if err != nil {
		return err
	}
	if err := built.check(); err != nil {
		return err
	}
	fmt.Printf("%s: %d zips, each with its checksum and its bill of materials, and a manifest.\n", built.version, len(systems))

	temporary, err := os.MkdirTemp("", "posthog-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()

	here := system{runtime.GOOS, runtime.GOARCH}
	if err := built.checkProtocol(ctx, here, temporary); err != nil {
		return err
	}
	fmt.Printf("The provider for %s speaks protocol 6, as the manifest says.\n", here)

	command, err := terraformbin.Find(ctx, temporary)
	if err != nil {
		return err
	}
	return rehearse(ctx, built, here, command, temporary)
}
