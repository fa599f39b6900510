package main

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

// A guide says how to play with a PostHog in memory by hand.
type guide struct {
	hog       *hogflix
	cliConfig string
	terraform string // its path
	queries   bool   // whether it has the command query

	// Keys beside the first, which may do everything.
	reader, member, slow string
}

// step is something to try: a line that says what, and what to paste. Where it says that Terraform fails, it does, with the
// words.
type step struct{ title, commands, fails string }

// The limit of the slow key. Every plan goes over it, so that everybody sees what happens then, and nobody waits long.
const (
	slowRequests = 2
	slowPer      = 2 * time.Second
)

func newGuide(hog *hogflix, cliConfig, terraformPath string, queries bool) *guide {
	return &guide{
		hog: hog, cliConfig: cliConfig, terraform: terraformPath, queries: queries,
		reader: hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:read", "organization_member:read"}}),
		member: hog.AddKey(fakeposthog.Key{Owner: hog.person("Judy").UUID}),
		slow:   hog.AddKey(fakeposthog.Key{Requests: slowRequests, Per: slowPer}),
	}
}

// print prints the guide. What is to be pasted begins at the margin, so that whole lines can be marked.
func (g *guide) print(w io.Writer) {
	fmt.Fprintf(w, "\nA PostHog in memory listens at %s. Open another terminal, go to an empty folder, and\npaste one step after the other:\n", g.hog.URL)
	for i, step := range g.steps() {
		fmt.Fprintf(w, "\n%d. %s\n%s", i+1, step.title, step.commands)
	}

	var roles, people []string
	for _, r := range g.hog.roles {
		roles = append(roles, fmt.Sprintf("%s (%s)", r.name, g.hog.list(r)))
	}
	for _, user := range g.hog.people {
		name, _, _ := strings.Cut(user.Email, "@")
		people = append(people, name)
	}
	fmt.Fprintf(w, `
Then make mistakes: a wrong letter in an email, a role that does not exist, somebody twice, or a
resource for frank@example.com, who is in Engineering already. To start anew: %s destroy.

Roles, and who was in them: %s
People, each @example.com:  %s
`, terraformbin.Name(g.terraform), strings.Join(roles, ", "), strings.Join(people, ", "))
}

// steps returns what to try, in order. Each of the commands works after those before it.
func (g *guide) steps() []step {
	command := terraformbin.Name(g.terraform)
	with := func(key string) string { return "POSTHOG_PERSONAL_API_KEY=" + key + " " + command + " apply\n" }
	steps := []step{{
		title:    "Lead Terraform to this PostHog, and to the provider that was built just now:",
		commands: g.exports(),
	}, {
		title:    "Put one person into one role:",
		commands: file("main.tf", one) + command + " init && " + command + " apply\n",
	}, {
		title:    "Say who the whole of a role is. Whoever else is in it, now or later, goes:",
		commands: file("support.tf", whole) + command + " apply\n",
	}}
	if g.queries {
		steps = append(steps, step{
			title:    "Ask who is in which role, by Terraform or not:",
			commands: query + command + " query\n",
		})
	}
	return append(steps, step{
		title:    "Take Alice out behind Terraform's back, as somebody in the web app would. The next plan adds her again:",
		commands: strings.ReplaceAll(removal, "terraform", command) + command + " plan\n",
	}, step{
		title:    "A key that may only read. It plans; applying with it fails, and says which scope is missing:",
		commands: with(g.reader),
		fails:    "API key missing required scope 'organization:write'",
	}, step{
		title:    "The key of Judy, a plain member. Applying with it fails, and says that it takes an admin:",
		commands: with(g.member),
		fails:    "takes a key whose owner is an admin or owner",
	}, step{
		title: fmt.Sprintf("A key with %d requests in %d seconds. PostHog answers 429, as shows up here; the apply waits, and succeeds:",
			slowRequests, slowPer/time.Second),
		commands: with(g.slow),
	})
}

// exports leads the provider to the PostHog, Terraform to the provider, and the shell to Terraform where it would find none or
// another.
func (g *guide) exports() string {
	var text strings.Builder
	variables := g.hog.access()
	variables["TF_CLI_CONFIG_FILE"] = g.cliConfig // no registry
	for _, name := range []string{"POSTHOG_HOST", "POSTHOG_PERSONAL_API_KEY", "POSTHOG_ORGANIZATION_ID", "TF_CLI_CONFIG_FILE"} {
		fmt.Fprintf(&text, "export %s=%s\n", name, variables[name])
	}
	if found, err := exec.LookPath(terraformbin.Name(g.terraform)); err != nil || found != g.terraform {
		fmt.Fprintf(&text, "export PATH=%s:$PATH\n", filepath.Dir(g.terraform))
	}
	return text.String()
}

// file writes a text into a file, in the shell.
func file(name, text string) string { return "cat >" + name + " <<'EOF'\n" + text + "EOF\n" }

const (
	// one is a configuration that applies as it is.
	one = `terraform {
  required_providers {
    posthog = { source = "posthog-rbac/posthog" }
  }
}
data "posthog_role" "engineering" { name = "Engineering" }
resource "posthog_role_membership" "alice" {
  role_id    = data.posthog_role.engineering.id
  user_email = "alice@example.com"
}
`

	whole = `data "posthog_role" "support" { name = "Support" }
resource "posthog_role_members" "support" {
  role_id = data.posthog_role.support.id
  users   = ["bob@example.com", "carol@example.com"]
}
`

	query = `echo 'list "posthog_role_membership" "all" { provider = posthog }' >all.tfquery.hcl
`

	// removal takes the membership of the example away, as the web app would. Terraform's console knows its UUIDs. The
	// variable is not called path, which is PATH to zsh.
	removal = `membership=$(echo '"${posthog_role_membership.alice.role_id}/role_memberships/${posthog_role_membership.alice.id}"' | terraform console | tr -d '"')
curl -sS -X DELETE -H "Authorization: Bearer $POSTHOG_PERSONAL_API_KEY" "$POSTHOG_HOST/api/organizations/$POSTHOG_ORGANIZATION_ID/roles/$membership/"
`
)
