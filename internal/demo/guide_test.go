package main

import (
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

// TestDemoServer_steps runs the commands of the guide in an empty folder, one step after the other.
func TestDemoServer_steps(t *testing.T) {
	b := newBench(t)
	hog := posthog(t)
	g := newGuide(hog, startTestControl(t, hog), b.shop.cliConfig, b.command, terraformbin.HasQuery(t.Context(), b.command))
	folder := t.TempDir()

	is := func(role, want string) func(string) bool {
		return func(string) bool { return strings.Join(hog.emails(role), " ") == want }
	}
	prints := func(wants ...string) func(string) bool {
		return func(printed string) bool {
			return !slices.ContainsFunc(wants, func(want string) bool { return !strings.Contains(printed, want) })
		}
	}
	frank := is("Engineering", "frank@example.com")
	outcomes := []func(printed string) bool{
		is("Engineering", "alice@example.com frank@example.com"),
		func(printed string) bool {
			return is("Support", "bob@example.com carol@example.com")("") && prints("Members will be removed from the role", "ivan@example.com")(printed)
		},
		prints("frank@example.com in Engineering", "grace@example.com in Analytics"),
		func(printed string) bool {
			return prints("Unknown users skipped", `"zoe@example.com"`)(printed) && is("Research", "dave@example.com")("")
		},
		is("Research", "dave@example.com zoe@example.com"),
		func(printed string) bool {
			return frank("") && prints("Plan: 1 to add, 0 to change, 0 to destroy.")(printed)
		},
		frank, // read-only key
		func(printed string) bool {
			return frank("") && prints("Unable to find user", "alice@example.com")(printed)
		},
		func(printed string) bool { return frank("") && prints("Key may not see all members")(printed) },
		is("Engineering", "alice@example.com frank@example.com"),
		func(printed string) bool {
			return prints(`"frank@example.com" -> null`, "Plan: 0 to add, 1 to change, 0 to destroy.")(printed) && !strings.Contains(printed, "dave@")
		},
		prints("Email has changed", "robert@example.com", `write "Platform"`),
	}
	if !g.hasQuery {
		outcomes = slices.Delete(outcomes, 2, 3)
	}
	steps := g.steps()[1:] // All steps include the exports.
	if len(steps) != len(outcomes) {
		t.Fatalf("%d steps, and %d outcomes", len(steps), len(outcomes))
	}
	for i, step := range steps {
		hog.ForgetRequests()
		printed, err := runShell(t, folder, g.exports()+step.commands)
		t.Logf("%s\n%s", step.title, printed)
		if failed := err != nil; failed != (step.fails != "") || !strings.Contains(strings.Join(strings.Fields(printed), " "), step.fails) {
			t.Fatalf("%v; want a failure with %q, if that is not empty", err, step.fails)
		}
		if !outcomes[i](printed) {
			t.Fatalf("wrong outcome of the step; the roles are %v", hog.RoleNames(""))
		}
		refused := slices.ContainsFunc(hog.Requests(), func(r fakeposthog.Request) bool { return r.Status == 429 })
		if slow := strings.Contains(step.commands, g.limitedKey); refused != slow {
			t.Errorf("PostHog asked to wait: %t, want %t", refused, slow)
		}
	}
}

// TestDemoServer_readsWell checks that the guide is short, begins with the exports, and has no UUIDs.
func TestDemoServer_readsWell(t *testing.T) {
	hog := posthog(t)
	var printed strings.Builder
	newGuide(hog, "http://127.0.0.1:8011", "/tmp/posthog-demo/terraformrc", "/nowhere/terraform", true).print(&printed)
	if lines := strings.Count(printed.String(), "\n"); lines > 95 {
		t.Errorf("%d lines are printed", lines)
	}
	exports := "\nexport POSTHOG_HOST=" + hog.URL + "\nexport POSTHOG_PERSONAL_API_KEY=" + hog.Key + "\nexport POSTHOG_ORGANIZATION_ID=" + hog.OrganizationID +
		"\nexport TF_CLI_CONFIG_FILE=/tmp/posthog-demo/terraformrc\nexport PATH=/nowhere:$PATH\n" +
		`posthog() { curl -sS --noproxy '*' --fail-with-body -d "$*" http://127.0.0.1:8011; }` + "\n"
	before, after, found := strings.Cut(printed.String(), exports)
	if !found || strings.Count(before, "\n") > 5 {
		t.Errorf("it does not begin with %s:\n%s", exports, printed.String())
	}
	if found := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-`).FindString(before + after); found != "" {
		t.Errorf("a UUID is printed, %s…:\n%s", found, printed.String())
	}
}

func TestDemoServer_portThatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	addr := taken.Addr().String()
	err = runServer(t.Context(), addr)
	if want := "cannot listen at " + addr; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "Choose another PORT") {
		t.Errorf("got %v, want %q and what to do", err, want)
	}
}
