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

// explain prints what to export, an example, and what to do next.
func explain(w io.Writer, shop *workshop, hog *hogflix) {
	fmt.Fprintf(w, "\nA PostHog in memory listens at %s. In another terminal, in an empty folder:\n\n", hog.URL)
	variables := hog.access()
	variables["TF_CLI_CONFIG_FILE"] = shop.cliConfig // the provider built just now, and no registry
	for _, name := range []string{"POSTHOG_HOST", "POSTHOG_PERSONAL_API_KEY", "POSTHOG_ORGANIZATION_ID", "TF_CLI_CONFIG_FILE"} {
		fmt.Fprintf(w, "export %s=%s\n", name, variables[name])
	}
	fmt.Fprintf(w, "\nPaste this into a main.tf, then run terraform init and terraform apply:\n\n%s\n", example)

	fmt.Fprint(w, "The roles, and who is in them already:\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, r := range hog.roles {
		fmt.Fprintf(table, "  %s\t%s\n", r.name, hog.list(r))
	}
	_ = table.Flush()
	fmt.Fprint(w, "\nThe people of the organization:\n\n")
	for i, user := range hog.people {
		fmt.Fprintf(table, "  %s", user.Email)
		if i%5 == 4 {
			fmt.Fprint(table, "\n")
		} else {
			fmt.Fprint(table, "\t")
		}
	}
	_ = table.Flush()

	fmt.Fprintf(w, `
What to try then:

  - Apply once more: nothing changes.
  - Play the web app, and take alice@example.com out of the role behind Terraform's back. The next plan puts her back.

%s
  - Have frank@example.com in the configuration: the plan says that he is in the role already, and the apply how to import him.
  - Write an email or a role's name with a mistake in it.
`, removal)
}

// example is a configuration that applies as it is.
const example = `terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}

provider "posthog" {}

data "posthog_role" "engineering" {
  name = "Engineering"
}

resource "posthog_role_membership" "alice" {
  role_id    = data.posthog_role.engineering.id
  user_email = "alice@example.com"
}

data "posthog_role_memberships" "engineering" {
  role_id    = data.posthog_role.engineering.id
  depends_on = [posthog_role_membership.alice]
}

output "engineers" {
  value = data.posthog_role_memberships.engineering.memberships[*].user.email
}
`

// removal takes the membership of the example away, as the web app would. Terraform's console knows its UUIDs.
const removal = `a=posthog_role_membership.alice
alice=$(echo "join(\"/\", [\"roles\", $a.role_id, \"role_memberships\", $a.id])" | terraform console | tr -d '"')
curl -sS -X DELETE -H "Authorization: Bearer $POSTHOG_PERSONAL_API_KEY" "$POSTHOG_HOST/api/organizations/$POSTHOG_ORGANIZATION_ID/$alice/"
`

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
