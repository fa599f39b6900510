package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

// runServer runs a PostHog in memory until the context ends. It prints a guide, and then each request.
func runServer(ctx context.Context, addr string) error {
	hog := newHogflix()
	if err := hog.Listen(addr); err != nil { // Before the build, so that this error comes early.
		if opError, ok := errors.AsType[*net.OpError](err); ok {
			err = opError.Err // The text of opError repeats the address.
		}
		return fmt.Errorf("the PostHog in memory cannot listen at %s: %w. Choose another PORT, or none to use a free one", addr, err)
	}
	defer func() { _ = hog.Close() }()
	controlURL, server, err := startControl(ctx, hog)
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	shop, err := openWorkshop(ctx, os.Stdout)
	if err != nil {
		return err
	}
	defer shop.close()
	path, err := terraformbin.Find(ctx, shop.folder)
	if err != nil {
		return err
	}

	newGuide(hog, controlURL, shop.cliConfig, path, terraformbin.HasQuery(ctx, path)).print(os.Stdout)
	fmt.Print("\nRequests are printed here. Ctrl-C stops the server and removes the provider.\n\n")
	printRequests(ctx, hog)
	fmt.Println("\nStopped. All temporary files are removed. Close the terminal with the exports.")
	return nil
}

// printRequests prints each request after its response, until the context ends.
func printRequests(ctx context.Context, hog *hogflix) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for printed := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		pending := hog.Requests()[printed:]
		if i := slices.IndexFunc(pending, func(r fakeposthog.Request) bool { return r.Status == 0 }); i >= 0 {
			pending = pending[:i]
		}
		for _, r := range pending {
			target := strings.TrimSuffix(r.Path+"?"+r.RawQuery, "?")
			fmt.Printf("%s  %d  %-6s %s %s\n", r.At.Format(time.TimeOnly), r.Status, r.Method, target, r.Body)
		}
		printed += len(pending)
	}
}
