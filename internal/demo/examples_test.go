package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-exec/tfexec"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/demo/terraform"
)

// The ids that the examples are written with.
const (
	exampleOrganization = "0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"
	exampleAnalysts     = "0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d"
	exampleEngineers    = "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"
	exampleAlice        = "0192d3e4-5f6a-7b8c-8d9e-2f3a4b5c6d7e"
	exampleBob          = "0192d3e4-6a7b-7c8d-9e0f-3a4b5c6d7e8f"
	exampleCarol        = "0192d3e4-7b8c-7d9e-8f1a-4b5c6d7e8f9a"
	exampleMembership   = "0193e4f5-6a7b-7c8d-9e0f-3a4b5c6d7e8f"
)

var (
	configuration = regexp.MustCompile("(?s)```terraform\n(.*?)```")
	importCommand = regexp.MustCompile(`(?m)^terraform import (\S+) (\S+)$`)
	needsIdentity = regexp.MustCompile(`(?m)^\s+identity = `)
	importBlock   = regexp.MustCompile(`(?m)^import \{(?:\n {2}.*)*\n\}`)
)

// bench is what each example is tried on: the provider, built once, and a Terraform.
type bench struct {
	shop    *workshop
	command string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs the real Terraform; TF_ACC is not set")
	}
	shop, err := openWorkshop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shop.close)
	dependOn(t, shop.source, "*.go", "go.mod", "internal/provider/*.go", "internal/roster/*.go", "internal/posthog/*.go")
	command, err := terraform.Find(t.Context(), shop.folder)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{shop, command}
}

// dependOn looks at the files that the provider is built from. Go keeps the result of a test as long as the files stay the
// same that the test has looked at, and knows nothing of those that the test makes another go command read.
func dependOn(t *testing.T, source string, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(source, filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files match %s: %v", pattern, err)
		}
		for _, file := range files {
			if _, err := os.Stat(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// terraform returns a Terraform in an empty folder, that reaches the PostHog.
func (b *bench) terraform(t *testing.T, hog *hogflix) *tfexec.Terraform {
	t.Helper()
	tf, err := tfexec.NewTerraform(t.TempDir(), b.command)
	if err != nil {
		t.Fatal(err)
	}
	more := hog.access()
	more["TF_CLI_CONFIG_FILE"] = b.shop.cliConfig
	if err := tf.SetEnv(environment(more)); err != nil {
		t.Fatal(err)
	}
	return tf
}

// posthog returns a PostHog, and what turns an example's ids into its own.
func posthog(t *testing.T) (*hogflix, *strings.Replacer) {
	t.Helper()
	hog := newHogflix()
	if err := hog.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hog.Close() })
	return hog, strings.NewReplacer(
		exampleOrganization, hog.OrganizationID,
		exampleAnalysts, hog.role("Analysts"),
		exampleEngineers, hog.role("Engineers"),
		exampleAlice, hog.person("Alice").UUID,
		exampleBob, hog.person("Bob").UUID,
		exampleCarol, hog.person("Carol").UUID,
	)
}

// TestDocs_examplesApply pastes each configuration of each page into an empty folder, with only the ids changed. It must
// apply, and leave nothing to do.
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
		case "list-resources": // A query changes nothing, so there is nothing to apply; the provider's own tests run it.
			continue
		case "guides": // They are stories of several steps; the provider's own tests follow them.
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
	hog, ids := posthog(t)
	tf := b.terraform(t, hog)
	if needsIdentity.MatchString(example) {
		skipBeforeIdentities(t, tf)
	}
	if importBlock.MatchString(example) {
		hog.Join(hog.role("Analysts"), hog.person("Alice").UUID)
	}
	paste(t, tf, ids.Replace(example))

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

// TestDocs_importCommands runs each line of import.sh.
func TestDocs_importCommands(t *testing.T) {
	b := newBench(t)
	folder := filepath.Join(b.shop.source, "examples", "resources", "posthog_role_membership")
	script, err := os.ReadFile(filepath.Join(folder, "import.sh"))
	if err != nil {
		t.Fatal(err)
	}
	block, err := os.ReadFile(filepath.Join(folder, "import-by-string-id.tf"))
	if err != nil {
		t.Fatal(err)
	}
	resource := importBlock.ReplaceAllString(string(block), "")

	commands := importCommand.FindAllStringSubmatch(string(script), -1)
	if len(commands) != 4 {
		t.Fatalf("%d commands, want one for each form of the id", len(commands))
	}
	for _, command := range commands {
		address, id := command[1], command[2]
		t.Run(id, func(t *testing.T) {
			hog, ids := posthog(t)
			membership := hog.Join(hog.role("Analysts"), hog.person("Alice").UUID)
			tf := b.terraform(t, hog)
			paste(t, tf, ids.Replace(resource))
			if err := tf.Init(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := tf.Import(t.Context(), address, strings.ReplaceAll(ids.Replace(id), exampleMembership, membership.ID)); err != nil {
				t.Fatal(err)
			}
			expectNoChanges(t, tf)
		})
	}
}

// TestDemoServer_exampleApplies does what the demo server tells people to do.
func TestDemoServer_exampleApplies(t *testing.T) {
	b := newBench(t)
	hog, _ := posthog(t)
	tf := b.terraform(t, hog)
	paste(t, tf, example(hog))
	if err := tf.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tf.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectNoChanges(t, tf)
}

func paste(t *testing.T, tf *tfexec.Terraform, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(tf.WorkingDir(), "main.tf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func expectNoChanges(t *testing.T, tf *tfexec.Terraform) {
	t.Helper()
	changes, err := tf.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if changes {
		t.Error("the second plan is not empty")
	}
}

// skipBeforeIdentities skips where an import block takes no identity: in Terraform before 1.12.
func skipBeforeIdentities(t *testing.T, tf *tfexec.Terraform) {
	t.Helper()
	is, _, err := tf.Version(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if is.LessThan(version.Must(version.NewVersion("1.12.0"))) {
		t.Skipf("%s imports no identity", is)
	}
}
