package main

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-exec/tfexec"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

// bench has the built provider and a Terraform to test examples with.
type bench struct {
	shop    *workshop
	command string
}

// sharedWorkshop builds the provider once for all tests.
var sharedWorkshop = sync.OnceValues(func() (*workshop, error) {
	shop, err := openWorkshop(context.Background(), io.Discard)
	opened = shop
	return shop, err
})

var opened *workshop

func TestMain(m *testing.M) {
	code := m.Run()
	if opened != nil {
		opened.close()
	}
	os.Exit(code)
}

func newBench(t *testing.T) *bench {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs the real Terraform; TF_ACC is not set")
	}
	shop, err := sharedWorkshop()
	if err != nil {
		t.Fatal(err)
	}
	dependOn(t, shop.source, "*.go", "go.mod", "internal/provider/*.go", "internal/roster/*.go", "internal/posthog/*.go")
	command, err := terraformbin.Find(t.Context(), shop.folder)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{shop, command}
}

// dependOn opens the files of the provider. Go caches the result of a test while the files that the test opened are unchanged. It
// does not know the files that the test's go build reads.
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

// terraform returns a Terraform in an empty folder, configured for the PostHog.
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

// posthog starts a PostHog with the roles and users of the examples.
func posthog(t *testing.T) *hogflix {
	t.Helper()
	hog := newHogflix()
	if err := hog.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hog.Close() })
	return hog
}

// expectApply applies, and fails unless the next plan is empty.
func (b *bench) expectApply(t *testing.T, tf *tfexec.Terraform) {
	t.Helper()
	if err := tf.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tf.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectNoChanges(t, tf)
}

// copyExample copies the files of an example into the folder.
func (b *bench) copyExample(t *testing.T, tf *tfexec.Terraform, name string) {
	t.Helper()
	if err := os.CopyFS(tf.WorkingDir(), os.DirFS(filepath.Join(b.shop.source, "examples", name))); err != nil {
		t.Fatal(err)
	}
}

// output reads an output into a value.
func (b *bench) output(t *testing.T, tf *tfexec.Terraform, name string, value any) {
	t.Helper()
	outputs, err := tf.Output(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(outputs[name].Value, value); err != nil {
		t.Fatal(err)
	}
}

// runShell runs commands in a shell in the folder and returns their output. terraform apply does not ask for approval.
func runShell(t *testing.T, folder, commands string) (printed string, err error) {
	t.Helper()
	for _, needed := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skipf("there is no %s", needed)
		}
	}
	shell := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", commands)
	shell.Dir = folder
	for name, value := range environment(map[string]string{"TF_CLI_ARGS": "-no-color", "TF_CLI_ARGS_apply": "-auto-approve"}) {
		shell.Env = append(shell.Env, name+"="+value)
	}
	output, err := shell.CombinedOutput()
	return string(output), err
}

// paste writes a configuration to main.tf.
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

// skipBeforeIdentities skips the test if import blocks have no identity, as in Terraform before 1.12.
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

// environment returns the environment of this process with more variables, and without those of Terraform and the provider.
func environment(more map[string]string) map[string]string {
	env := map[string]string{}
	for _, variable := range terraformbin.Environment() {
		name, value, _ := strings.Cut(variable, "=")
		env[name] = value
	}
	maps.Copy(env, more)
	return env
}
