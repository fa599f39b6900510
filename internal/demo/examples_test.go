package main

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// The UUIDs of roles and of a user in the examples.
const (
	exampleEngineering = "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"
	exampleSupport     = "0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d"
	exampleAlice       = "0192d3e4-5f6a-7b8c-8d9e-2f3a4b5c6d7e"
)

var (
	configuration = regexp.MustCompile("(?s)```terraform\n(.*?)```")
	importCommand = regexp.MustCompile(`(?m)^terraform import (\S+) (\S+)$`)
	needsIdentity = regexp.MustCompile(`(?m)^\s+identity = `)
	createsRole   = regexp.MustCompile(`(?m)^resource "posthog_role" `)
	importBlock   = regexp.MustCompile(`(?m)^import \{(?:\n {2}.*)*\n\}`)
)

// TestDocs_examplesApply applies each configuration of each page in an empty folder. The next plan must be empty.
func TestDocs_examplesApply(t *testing.T) {
	b := newBench(t)
	pages, err := filepath.Glob(filepath.Join(b.shop.source, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := filepath.Glob(filepath.Join(b.shop.source, "docs", "*", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, deeper...)
	if len(pages) < 3 {
		t.Fatalf("there are only these pages: %v", pages)
	}

	for _, page := range pages {
		switch filepath.Base(filepath.Dir(page)) {
		case "list-resources": // Queries cannot be applied; tests of the provider run them.
			continue
		case "guides": // Guides have several steps; tests of the provider follow them.
			continue
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		examples := configuration.FindAllStringSubmatch(string(text), -1)
		if len(examples) == 0 {
			t.Errorf("%s has no example", page)
		}
		for _, example := range examples {
			t.Run(filepath.Base(page), func(t *testing.T) { b.applies(t, example[1]) })
		}
	}
}

func (b *bench) applies(t *testing.T, example string) {
	hog := posthog(t)
	tf, uuids := b.terraform(t, hog), exampleUUIDs(hog)
	if needsIdentity.MatchString(example) {
		skipBeforeIdentities(t, tf)
	}
	if importBlock.MatchString(example) {
		hog.Join(hog.role("Engineering"), hog.user("Alice").UUID)
	} else if createsRole.MatchString(example) {
		hog.DeleteRole(hog.role("Support"))
	}
	paste(t, tf, uuids.Replace(example))

	if err := tf.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tf.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectNoChanges(t, tf)
	if err := tf.Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// exampleUUIDs replaces the UUIDs of the docs by those of the PostHog in memory.
func exampleUUIDs(hog *hogflix) *strings.Replacer {
	return strings.NewReplacer(exampleEngineering, hog.role("Engineering"), exampleSupport, hog.role("Support"), exampleAlice, hog.user("Alice").UUID)
}

// TestDocs_importCommands runs each line of each import.sh.
func TestDocs_importCommands(t *testing.T) {
	b := newBench(t)
	for resource, join := range map[string]func(*hogflix){
		"posthog_role":            func(*hogflix) {},
		"posthog_role_membership": func(hog *hogflix) { hog.Join(hog.role("Engineering"), hog.user("Alice").UUID) },
		"posthog_role_members": func(hog *hogflix) {
			hog.Join(hog.role("Support"), hog.user("Alice").UUID)
			hog.Join(hog.role("Support"), hog.user("Bob").UUID)
		},
	} {
		folder := filepath.Join(b.shop.source, "examples", "resources", resource)
		script, err := os.ReadFile(filepath.Join(folder, "import.sh"))
		if err != nil {
			t.Fatal(err)
		}
		block, err := os.ReadFile(filepath.Join(folder, "import-by-string-id.tf"))
		if err != nil {
			t.Fatal(err)
		}
		configuration := importBlock.ReplaceAllString(string(block), "")

		commands := importCommand.FindAllStringSubmatch(string(script), -1)
		if len(commands) != 3 {
			t.Fatalf("%d commands, want one for each form of the id", len(commands))
		}
		for _, command := range commands {
			address, id := command[1], command[2]
			t.Run(id, func(t *testing.T) {
				hog := posthog(t)
				join(hog)
				tf := b.terraform(t, hog)
				paste(t, tf, configuration)
				if err := tf.Init(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := tf.Import(t.Context(), address, exampleUUIDs(hog).Replace(id)); err != nil {
					t.Fatal(err)
				}
				expectNoChanges(t, tf)
			})
		}
	}
}

// TestTeam applies changes of the file of a team. Existing roles are imported, and others are created with their members. Members who
// are not in the file are removed. A role that is deleted from the file is deleted in PostHog.
func TestTeam(t *testing.T) {
	b := newBench(t)
	hog := posthog(t)
	tf := b.terraform(t, hog)
	b.copyExample(t, tf, "team")
	file := filepath.Join(tf.WorkingDir(), "team.yaml")
	write := func(team string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(team), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(role string, want ...string) {
		t.Helper()
		if got := emailsIn(hog, role); !slices.Equal(got, want) {
			t.Errorf("in %s are %v, want %v", role, got, want)
		}
		var members map[string][]string
		if b.output(t, tf, "members", &members); !slices.Equal(members[role], want) {
			t.Errorf("the output has %v in %s, want %v", members[role], role, want)
		}
	}
	hog.RenameRole(hog.role("Support"), "support") // The import finds the role, and the apply renames it.
	b.expectApply(t, tf)
	expect("Engineering", "alice@example.com", "bob@example.com")
	expect("Support", "alice@example.com", "bob@example.com")

	// A user is added in the web app, a user changes roles, a role becomes empty, and a new role has a member.
	hog.Join(hog.role("Engineering"), hog.user("Ivan").UUID)
	hog.Leave(hog.role("Engineering"), hog.user("Bob").UUID)
	write("Engineering:\n  - Frank@Example.com\n  - alice@example.com\nSupport:\nDesign:\n  - carol@example.com\n")
	b.expectApply(t, tf)
	expect("Design", "carol@example.com")
	expect("Engineering", "alice@example.com", "frank@example.com")
	expect("Support")

	write("Support:\n  - heidi@example.com\n")
	b.expectApply(t, tf)
	expect("Support", "heidi@example.com")
	if got := slices.Sorted(maps.Values(hog.RoleNames(""))); !slices.Equal(got, []string{"Analytics", "Support"}) {
		t.Errorf("the roles are %v", got)
	}
}

// emailsIn returns the sorted emails of the members of the role with a name, which may be new.
func emailsIn(hog *hogflix, name string) []string {
	emails := []string{}
	for id, roleName := range hog.RoleNames("") {
		if roleName == name {
			for _, member := range hog.Members(id) {
				emails = append(emails, strings.ToLower(member.Email))
			}
		}
	}
	slices.Sort(emails)
	return emails
}

// TestTeam_imports imports roles that match the file, except in case. It sends no write.
func TestTeam_imports(t *testing.T) {
	b := newBench(t)
	hog := posthog(t)
	tf := b.terraform(t, hog)
	b.copyExample(t, tf, "team")
	team := "Analytics:\n  - grace@example.com\nEngineering:\n  - Frank@Example.com\nSupport:\n"
	if err := os.WriteFile(filepath.Join(tf.WorkingDir(), "team.yaml"), []byte(team), 0o600); err != nil {
		t.Fatal(err)
	}
	b.expectApply(t, tf)
	for _, request := range hog.Requests() {
		if request.Method != "GET" {
			t.Errorf("the import sends %s %s", request.Method, request.Path)
		}
	}
}

// TestSingleMemberships applies the same team with a resource for each membership. The outputs list the members without one, who
// stay.
func TestSingleMemberships(t *testing.T) {
	b := newBench(t)
	hog := posthog(t)
	tf := b.terraform(t, hog)
	b.copyExample(t, tf, "single-memberships")
	b.copyExample(t, tf, "pipeline")
	b.expectApply(t, tf)
	var undeclared map[string][]string
	b.output(t, tf, "undeclared", &undeclared)
	if want := map[string][]string{"Engineering": {"frank@example.com"}, "Support": {}}; !maps.EqualFunc(undeclared, want, slices.Equal) {
		t.Errorf("undeclared are %v, want %v", undeclared, want)
	}

	// A user changes roles, and a role becomes empty.
	file := filepath.Join(tf.WorkingDir(), "team.yaml")
	if err := os.WriteFile(file, []byte("Engineering:\n  - Frank@Example.com\n  - carol@example.com\nSupport:\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	hog.Leave(hog.role("Engineering"), hog.user("Frank").UUID)
	b.expectApply(t, tf)
	if got, want := hog.emails("Engineering"), []string{"carol@example.com", "frank@example.com"}; !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("the engineers are %v, want %v", got, want)
	}
	b.output(t, tf, "undeclared", &undeclared)
	if want := map[string][]string{"Engineering": {}, "Support": {}}; !maps.EqualFunc(undeclared, want, slices.Equal) {
		t.Errorf("undeclared are %v, want %v", undeclared, want)
	}
}

// TestAudit checks the outputs of the audit.
func TestAudit(t *testing.T) {
	b := newBench(t)
	hog := posthog(t)
	hog.Join(hog.role("Support"), hog.AddUserWith("", fakeposthog.User{FirstName: `Kim "Kit"`, LastName: "King, Jr.", Email: "kim@example.com"}).UUID)
	hog.SetLevel("", hog.user("Frank").UUID, 8)
	hog.SetLevel("", hog.user("Heidi").UUID, 8)
	owner := hog.Owner()
	tf := b.terraform(t, hog)
	b.copyExample(t, tf, "audit")
	b.expectApply(t, tf)

	var text string
	b.output(t, tf, "csv", &text)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	b.output(t, tf, "json", &text)
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"role", "email", "name", "level"},
		{"Analytics", "grace@example.com", "Grace Glover", "member"},
		{"Engineering", "frank@example.com", "Frank Fisher", "admin"},
		{"Support", "kim@example.com", `Kim "Kit" King, Jr.`, "member"},
		{"", "heidi@example.com", "Heidi Hunter", "admin"},
		{"", owner.Email, strings.TrimSpace(owner.FirstName + " " + owner.LastName), "owner"},
	}
	if len(rows) != len(want) || len(list) != len(want)-1 {
		t.Fatalf("CSV %q and JSON %q, want %q", rows, list, want)
	}
	for i, row := range want {
		if !slices.Equal(rows[i][:4], row) {
			t.Errorf("CSV row %q, want %q", rows[i], row)
		}
		if i > 0 && !maps.Equal(list[i-1], map[string]string{"role": row[0], "email": row[1], "name": row[2], "level": row[3], "since": rows[i][4]}) {
			t.Errorf("JSON %q, want %q", list[i-1], row)
		}
	}
}
