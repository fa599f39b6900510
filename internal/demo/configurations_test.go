package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-exec/tfexec"
)

// TestExamples_valid validates every configuration of examples/.
func TestExamples_valid(t *testing.T) {
	b := newBench(t)
	examples := filepath.Join(b.shop.source, "examples")
	tf := b.offline(t)
	if ok, files, err := tf.FormatCheck(t.Context(), tfexec.Dir(examples), tfexec.Recursive(true)); err != nil || !ok {
		t.Errorf("make fmt would change %v: %v", files, err)
	}

	configurations := configurationsIn(t, examples)
	if len(configurations) < 10 {
		t.Fatalf("there are only these configurations: %v", configurations)
	}
	paste(t, tf, "terraform {\n  required_providers {\n    posthog = {\n      source = \"posthog-rbac/posthog\"\n    }\n  }\n}\n")
	if err := tf.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, files := range configurations {
		t.Run(name, func(t *testing.T) {
			b.clear(t, tf)
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if needsIdentity.Match(text) {
					skipBeforeIdentities(t, tf)
				}
				if err := os.WriteFile(filepath.Join(tf.WorkingDir(), filepath.Base(file)), text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			found, err := tf.Validate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(found.Diagnostics) > 0 {
				t.Errorf("%+v", found.Diagnostics)
			}
		})
	}
}

// configurationsIn returns the files of each configuration, which is a folder. There are two exceptions. Each file of a resource's
// page is a configuration. The files of the pipeline extend those of single-memberships.
func configurationsIn(t *testing.T, examples string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(examples, func(path string, _ fs.DirEntry, err error) error {
		name, _ := filepath.Rel(examples, path)
		switch folder := filepath.ToSlash(filepath.Dir(name)); {
		case filepath.Ext(path) != ".tf":
		case strings.HasPrefix(folder, "resources/"):
			found[name] = []string{path}
		default:
			found[folder] = append(found[folder], path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	found["pipeline"] = append(found["pipeline"], found["single-memberships"]...)
	return found
}

// TestExamples_testsOfUsers runs the Terraform tests of the examples, without a PostHog. They must fail if the configuration is
// broken.
func TestExamples_testsOfUsers(t *testing.T) {
	b := newBench(t)
	skipBeforeMocks(t, b.offline(t))
	for _, test := range []struct {
		example string
		breaks  map[string]string // from the correct text to a wrong one
	}{
		{"team", map[string]string{
			"users        = each.value":                           "users        = []",
			"emails == null ? [] : emails":                        `emails == null ? ["eve@example.com"] : emails`,
			"max_removals = var.max_removals":                     "max_removals = 2",
			"posthog_role.team[each.key].id":                      "each.key",
			"name = each.key":                                     "name = lower(each.key)",
			`yamldecode(file("${path.module}/${var.team_file}"))`: "{ Support = null }",
		}},
		{"single-memberships", map[string]string{
			"user_email = each.value.email":             `user_email = "eve@example.com"`,
			"[] : [for email in emails : lower(email)]": "[] : emails",
			"role_name  = each.value.role":              "role_name  = each.key",
		}},
	} {
		t.Run(test.example, func(t *testing.T) {
			tf := b.offline(t)
			b.copyExample(t, tf, test.example)
			if err := tf.Init(t.Context()); err != nil {
				t.Fatal(err)
			}
			if printed, err := b.test(t, tf); err != nil {
				t.Fatalf("%v\n%s", err, printed)
			}
			file := filepath.Join(tf.WorkingDir(), "main.tf")
			whole, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for from, to := range test.breaks {
				broken := strings.Replace(string(whole), from, to, 1)
				if broken == string(whole) {
					t.Fatalf("there is no %q in main.tf", from)
				}
				paste(t, tf, broken)
				printed, err := b.test(t, tf)
				if err == nil || !strings.Contains(printed, " failed") {
					t.Errorf("the tests do not notice %q, or cannot be run: %v\n%s", to, err, printed)
				}
			}
		})
	}
}

// offline returns a Terraform in an empty folder, without a PostHog and a key.
func (b *bench) offline(t *testing.T) *tfexec.Terraform {
	t.Helper()
	tf, err := tfexec.NewTerraform(t.TempDir(), b.command)
	if err != nil {
		t.Fatal(err)
	}
	if err := tf.SetEnv(environment(map[string]string{"TF_CLI_CONFIG_FILE": b.shop.cliConfig})); err != nil {
		t.Fatal(err)
	}
	return tf
}

// test runs terraform test and returns its output.
func (b *bench) test(t *testing.T, tf *tfexec.Terraform) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), b.command, "test", "-no-color")
	command.Dir = tf.WorkingDir()
	for name, value := range environment(map[string]string{"TF_CLI_CONFIG_FILE": b.shop.cliConfig}) {
		command.Env = append(command.Env, name+"="+value)
	}
	printed, err := command.CombinedOutput()
	return string(printed), err
}

// clear removes the configuration from the folder, but not the files of terraform init.
func (b *bench) clear(t *testing.T, tf *tfexec.Terraform) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(tf.WorkingDir(), "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

// skipBeforeMocks skips the test in Terraform and OpenTofu before 1.8, because most of these versions lack mock_provider.
func skipBeforeMocks(t *testing.T, tf *tfexec.Terraform) {
	t.Helper()
	is, _, err := tf.Version(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if is.LessThan(version.Must(version.NewVersion("1.8.0"))) {
		t.Skipf("%s has no mock_provider", is)
	}
}
