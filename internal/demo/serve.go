package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// serveByHand keeps a PostHog running until the context ends, and says how to play with it.
func serveByHand(ctx context.Context, shop *workshop, addr string) error {
	hog := newHogflix()
	if err := hog.Listen(addr); err != nil {
		return err
	}
	defer func() { _ = hog.Close() }()

	explain(os.Stdout, shop, hog)
	fmt.Print("\nRequests show up here. Ctrl-C ends it, and removes the provider and the configuration.\n\n")
	follow(ctx, hog)
	fmt.Println("\nStopped. Nothing is left behind.")
	return nil
}

// explain prints what to export, who there is, and an example.
func explain(w io.Writer, shop *workshop, hog *hogflix) {
	fmt.Fprintf(w, "\nA PostHog in memory listens at %s. In another terminal:\n\n", hog.URL)
	variables := hog.access()
	variables["TF_CLI_CONFIG_FILE"] = shop.cliConfig // the provider built just now, and no registry
	for _, name := range []string{"POSTHOG_HOST", "POSTHOG_PERSONAL_API_KEY", "POSTHOG_ORGANIZATION_ID", "TF_CLI_CONFIG_FILE"} {
		fmt.Fprintf(w, "export %s=%s\n", name, variables[name])
	}

	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprint(table, "\nROLE\tID\n")
	for _, r := range hog.roles {
		fmt.Fprintf(table, "%s\t%s\n", r.name, r.id)
	}
	_ = table.Flush()
	fmt.Fprint(table, "\nUSER\tUUID\tALREADY IN\tMEMBERSHIP\n")
	for _, user := range hog.people {
		in, membership := "", ""
		for _, r := range hog.roles {
			for _, member := range hog.Members(r.id) {
				if member.UserUUID == user.UUID {
					in, membership = r.name, member.ID
				}
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", user.Email, user.UUID, in, membership)
	}
	_ = table.Flush()

	fmt.Fprintf(w, `
Paste this into a main.tf in an empty folder, then run terraform init and terraform apply:

%s
Play the web app, and take somebody out of a role behind Terraform's back:

curl -X DELETE -H "Authorization: Bearer $POSTHOG_PERSONAL_API_KEY" \
  "$POSTHOG_HOST/api/organizations/$POSTHOG_ORGANIZATION_ID/roles/ROLE_ID/role_memberships/MEMBERSHIP_ID/"
`, example(hog))
}

// example is a configuration that applies as it is.
func example(hog *hogflix) string {
	return fmt.Sprintf(`terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {}

resource "posthog_role_membership" "alice" {
  role_id   = %q # Analysts
  user_uuid = %q # alice@example.com
}

data "posthog_role_memberships" "analysts" {
  role_id    = %[1]q
  depends_on = [posthog_role_membership.alice]
}

output "analysts" {
  value = data.posthog_role_memberships.analysts.memberships[*].user.email
}
`, hog.role("Analysts"), hog.person("Alice").UUID)
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
