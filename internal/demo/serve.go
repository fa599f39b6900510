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

// serveByHand keeps a PostHog running until the context ends, and says how to play with it.
func serveByHand(ctx context.Context, addr string) error {
	hog := newHogflix()
	if err := hog.Listen(addr); err != nil { // first, because the build takes longer
		if why, ok := errors.AsType[*net.OpError](err); ok {
			err = why.Err // the rest of it is the address again
		}
		return fmt.Errorf("the PostHog in memory cannot listen at %s: %w. Choose another PORT, or none for one that is free", addr, err)
	}
	defer func() { _ = hog.Close() }()
	shop, err := openWorkshop(ctx, os.Stdout)
	if err != nil {
		return err
	}
	defer shop.close()
	path, err := terraformbin.Find(ctx, shop.folder)
	if err != nil {
		return err
	}

	newGuide(hog, shop.cliConfig, path, terraformbin.HasQuery(ctx, path)).print(os.Stdout)
	fmt.Print("\nRequests show up here. Ctrl-C ends it, and removes the provider.\n\n")
	follow(ctx, hog)
	fmt.Println("\nStopped. Nothing is left behind; close the terminal with the exports, which lead nowhere now.")
	return nil
}

// follow prints each request once it is answered, until the context ends.
func follow(ctx context.Context, hog *hogflix) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for printed := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		requests := hog.Requests()
		unanswered := slices.IndexFunc(requests[printed:], func(r fakeposthog.Request) bool { return r.Status == 0 })
		if unanswered < 0 {
			unanswered = len(requests) - printed
		}
		for _, r := range requests[printed : printed+unanswered] {
			target := strings.TrimSuffix(r.Path+"?"+r.RawQuery, "?")
			fmt.Printf("%s  %d  %-6s %s %s\n", r.At.Format(time.TimeOnly), r.Status, r.Method, target, r.Body)
		}
		printed += unanswered
	}
}
