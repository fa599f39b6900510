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

// A guide lists steps to try with the demo server.
type guide struct {
	hog       *hogflix
	control   string // URL
	cliConfig string
	terraform string // path of the command
	hasQuery  bool

	// Keys with fewer rights than hog.Key.
	readKey, roleKey, memberKey, limitedKey string
}

// A guideStep is a title and the commands to paste. If fails is set, the commands fail with this text.
type guideStep struct{ title, commands, fails string }

// The limit of limitedKey is so low that every plan exceeds it, and so short that the wait is short.
const (
	limitedRequests = 2
	limitedPer      = 2 * time.Second
)

func newGuide(hog *hogflix, controlURL, cliConfig, terraformPath string, hasQuery bool) *guide {
	hog.Join(hog.role("Support"), hog.user("Ivan").UUID)
	return &guide{
		hog: hog, control: controlURL, cliConfig: cliConfig, terraform: terraformPath, hasQuery: hasQuery,
		readKey:    hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:read", "organization_member:read"}}),
		roleKey:    hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:write"}}),
		memberKey:  hog.AddKey(fakeposthog.Key{Owner: hog.user("Judy").UUID}),
		limitedKey: hog.AddKey(fakeposthog.Key{Requests: limitedRequests, Per: limitedPer}),
	}
}

// print prints the guide. Commands begin at the margin, so that whole lines can be copied.
func (g *guide) print(w io.Writer) {
	fmt.Fprintf(w, "\nA PostHog in memory listens at %s.\nOpen another terminal, go to an empty folder, and paste one step after the other:\n", g.hog.URL)
	for i, step := range g.steps() {
		fmt.Fprintf(w, "\n%d. %s\n%s", i+1, step.title, step.commands)
	}

	var roles, users []string
	for _, role := range g.hog.roles {
		roles = append(roles, fmt.Sprintf("%s (%s)", role, g.hog.list(role)))
	}
	for _, user := range g.hog.users {
		users = append(users, userName(user))
	}
	fmt.Fprintf(w, `
Write the new email and name into the files. Then try mistakes: a typo in an email, a user listed twice,
a resource for Frank, who is in Platform already, or a new resource name without a moved block.
To start again, restart the server, go to another empty folder, and paste step 1 again.

Commands for changes outside Terraform, for example posthog add Support frank:
  %s
Roles and their members at the start: %s
Users, each NAME@example.com: %s
`, controlUsage(), strings.Join(roles, ", "), strings.Join(users, ", "))
}

// steps returns the steps in order. The commands of a step need the steps before it.
func (g *guide) steps() []guideStep {
	command := terraformbin.Name(g.terraform)
	applyWith := func(key string) string { return "POSTHOG_PERSONAL_API_KEY=" + key + " " + command + " apply\n" }
	steps := []guideStep{{
		title:    "Configure this PostHog and the provider that was just built:",
		commands: g.exports(),
	}, {
		title:    "Add one user to one role:",
		commands: writeFile("main.tf", guideMembership) + command + " init && " + command + " apply\n",
	}, {
		title:    "Manage all members of a role. The apply removes Ivan, and a warning names him:",
		commands: writeFile("support.tf", guideRoleMembers) + command + " apply\n",
	}}
	if g.hasQuery {
		steps = append(steps, guideStep{
			title:    "List all memberships, also those that Terraform does not manage:",
			commands: guideQuery + command + " query\n",
		})
	}
	return append(steps, guideStep{
		title:    "Create a role with its members. Zoe is not in the organization yet, and a warning names her:",
		commands: writeFile("research.tf", guideRole) + command + " apply\n",
	}, guideStep{
		title:    "Invite Zoe and accept the invitation, as in the web app. The next apply adds her:",
		commands: "posthog invite zoe && posthog accept zoe\n" + command + " apply\n",
	}, guideStep{
		title:    "Remove Alice outside Terraform. The plan adds her again:",
		commands: "posthog remove Engineering alice\n" + command + " plan\n",
	}, guideStep{
		title:    "Use a read-only key. The plan works. The apply fails and names the missing scope:",
		commands: applyWith(g.readKey),
		fails:    "API key missing required scope 'organization:write'",
	}, guideStep{
		title:    "Use a key without organization_member:read. The plan fails, because it cannot look up Alice's email:",
		commands: applyWith(g.roleKey),
		fails:    "API key missing required scope 'organization_member:read'",
	}, guideStep{
		title:    "Use the key of Judy, who is not an admin. A warning and an error ask for an admin's key:",
		commands: applyWith(g.memberKey),
		fails:    "Use the key of an admin or owner",
	}, guideStep{
		title: fmt.Sprintf("Use a key with a limit of %d requests in %d seconds. PostHog answers 429. The apply waits and succeeds:",
			limitedRequests, limitedPer/time.Second),
		commands: applyWith(g.limitedKey),
	}, guideStep{
		title:    "Add Frank and deactivate Dave. The plan removes only Frank, because deactivated users stay members:",
		commands: "posthog add Research frank && posthog deactivate dave\n" + command + " plan\n",
	}, guideStep{
		title:    "Change an email and rename a role. The plan fails, and the errors give the new email and name:",
		commands: "posthog email bob robert@example.com && posthog rename Engineering Platform\n" + command + " plan\n",
		fails:    "Role was renamed",
	})
}

// exports returns commands that configure the provider and Terraform, and define the function posthog. They change the PATH only if it
// has no Terraform or another one.
func (g *guide) exports() string {
	var text strings.Builder
	variables := g.hog.access()
	variables["TF_CLI_CONFIG_FILE"] = g.cliConfig
	for _, name := range []string{"POSTHOG_HOST", "POSTHOG_PERSONAL_API_KEY", "POSTHOG_ORGANIZATION_ID", "TF_CLI_CONFIG_FILE"} {
		fmt.Fprintf(&text, "export %s=%s\n", name, variables[name])
	}
	if found, err := exec.LookPath(terraformbin.Name(g.terraform)); err != nil || found != g.terraform {
		fmt.Fprintf(&text, "export PATH=%s:$PATH\n", filepath.Dir(g.terraform))
	}
	fmt.Fprintf(&text, `posthog() { curl -sS --noproxy '*' --fail-with-body -d "$*" %s; }`+"\n", g.control)
	return text.String()
}

// writeFile returns a shell command that writes a file.
func writeFile(name, text string) string { return "cat >" + name + " <<'EOF'\n" + text + "EOF\n" }

const (
	guideMembership = requirements + `
resource "posthog_role_membership" "alice" {
  role_name  = "Engineering"
  user_email = "alice@example.com"
}
`

	guideRoleMembers = `resource "posthog_role_members" "support" {
  role_name = "Support"
  users     = ["bob@example.com", "carol@example.com"]
}
`

	guideQuery = `echo 'list "posthog_role_membership" "all" { provider = posthog }' >all.tfquery.hcl
`

	guideRole = `resource "posthog_role" "research" {
  name = "Research"
}
resource "posthog_role_members" "research" {
  role_id            = posthog_role.research.id
  users              = ["dave@example.com", "zoe@example.com"]
  skip_unknown_users = true
}
`
)
