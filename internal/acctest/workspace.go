package acctest

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

// ProviderHost returns the host name of the default registry of the Terraform under test.
func ProviderHost() string {
	if _, tofu := TerraformVersion(); tofu {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}

// Workspace is a temporary directory in which a test runs the real Terraform. The provider runs in a process of its own.
type Workspace struct {
	T         *testing.T
	Directory string
	Env       []string
}

// Outcome is the output and the exit code of a command.
type Outcome struct {
	Command, Stdout, Stderr string
	Code                    int
}

func (o Outcome) String() string {
	return fmt.Sprintf("terraform %s (exit code %d)\n%s%s", o.Command, o.Code, o.Stdout, o.Stderr)
}

// DiagnosticsOf returns the errors and warnings about a resource in the output of a command with -json.
func (o Outcome) DiagnosticsOf(address string) string {
	var text strings.Builder
	for line := range strings.Lines(o.Stdout) {
		var message struct {
			Diagnostic struct{ Address, Summary, Detail string }
		}
		if json.Unmarshal([]byte(line), &message) == nil && message.Diagnostic.Address == address {
			fmt.Fprintf(&text, "%s\n%s\n", message.Diagnostic.Summary, message.Diagnostic.Detail)
		}
	}
	return text.String()
}

// TerraformBinary returns the path of the Terraform or OpenTofu under test.
var TerraformBinary = sync.OnceValues(func() (string, error) {
	return terraformbin.Find(context.Background(), buildDirectory)
})

// TerraformVersion returns the version of the binary under test and reports whether it is OpenTofu.
var TerraformVersion = sync.OnceValues(func() (*version.Version, bool) {
	binary, err := TerraformBinary()
	if err != nil {
		panic(err)
	}
	printed, err := exec.Command(binary, "version", "-json").Output()
	if err != nil {
		panic(fmt.Sprintf("%s version: %v", binary, err))
	}
	var answer struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(printed, &answer); err != nil {
		panic(err)
	}
	plain, _ := exec.Command(binary, "version").Output()
	return version.Must(version.NewVersion(answer.Version)), bytes.Contains(plain, []byte("OpenTofu"))
})

// RequireTerraform skips a test unless the Terraform or OpenTofu under test has at least this version. An empty version always skips.
func RequireTerraform(t *testing.T, atLeast, tofu string) {
	t.Helper()
	have, isTofu := TerraformVersion()
	want := atLeast
	if isTofu {
		want = tofu
	}
	if want == "" || have.LessThan(version.Must(version.NewVersion(want))) {
		t.Skipf("needs Terraform %s or OpenTofu %s; this is %s (OpenTofu: %t)", atLeast, tofu, have, isTofu)
	}
}

// NewWorkspace returns a workspace with these files. Its provider is the test binary, built without the race detector, because the
// detector multiplies the time of a short process. UseRaceDetector turns it on. Tests that serve the provider in the test's own
// process have it as well.
func NewWorkspace(t *testing.T, files map[string]string) *Workspace {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs Terraform; set TF_ACC=1")
	}
	directory := t.TempDir()
	plugins := filepath.Join(directory, ".plugins")
	if err := os.Mkdir(plugins, 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(plugins, PluginName)); err != nil {
		t.Fatal(err)
	}
	w := &Workspace{T: t, Directory: directory}
	w.Write("terraformrc", fmt.Sprintf(
		"provider_installation {\n  dev_overrides {\n    \"posthog-rbac/posthog\" = %q\n  }\n  direct {}\n}\n", plugins))
	w.Env = append(os.Environ(),
		"TF_CLI_CONFIG_FILE="+filepath.Join(directory, "terraformrc"),
		"GORACE=atexit_sleep_ms=0", // Without this each process of the provider takes a second to exit.
		"TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "NO_COLOR=1", "TF_CLI_ARGS=-no-color")
	for name, content := range files {
		w.Write(name, content)
	}
	if HasRaceDetector {
		w.use(BinaryWithoutRaceDetector)
	}
	return w
}

// released builds the provider as it is released.
var released = sync.OnceValues(func() (string, error) {
	return build("released", "build", "github.com/posthog-rbac/terraform-provider-posthog")
})

// BinaryWithoutRaceDetector builds the test binary of the package under test without the race detector.
var BinaryWithoutRaceDetector = sync.OnceValues(func() (string, error) {
	return build("tests", "test", "-c", ".")
})

// buildDirectory has a directory for each binary that the tests build.
var buildDirectory string

func build(name string, arguments ...string) (string, error) {
	binary := filepath.Join(buildDirectory, name, PluginName)
	// Linking without debug information is faster.
	command := exec.CommandContext(context.Background(), "go", slices.Insert(arguments, len(arguments)-1, "-ldflags=-s -w", "-o", binary)...)
	if printed, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", command, err, printed)
	}
	return binary, nil
}

// UseReleased makes the workspace run the provider as it is released. Tests with thousands of memberships need it.
func (w *Workspace) UseReleased() { w.use(released) }

// RunWithoutRaceDetector runs the test again in a process without the race detector, if this process has it, and reports whether
// it did. Long tests without concurrency of their own call it first.
func RunWithoutRaceDetector(t *testing.T) bool {
	t.Helper()
	if !HasRaceDetector {
		return false
	}
	binary, err := BinaryWithoutRaceDetector()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), binary, "-test.run=^"+t.Name()+"$", "-test.parallel=16", "-test.v")
	command.Args[0] = "tests" // Under the name of the binary it would serve the provider.
	printed, err := command.CombinedOutput()
	if err != nil || !bytes.Contains(printed, []byte("--- PASS: "+t.Name()+" ")) {
		t.Errorf("%v: %s", err, printed)
	}
	return true
}

// UseRaceDetector makes the workspace run the provider with the race detector, if the test has it.
func (w *Workspace) UseRaceDetector() { w.use(os.Executable) }

func (w *Workspace) use(get func() (string, error)) {
	w.T.Helper()
	binary, err := get()
	if err != nil {
		w.T.Fatal(err)
	}
	link := filepath.Join(w.Directory, ".plugins", PluginName)
	if err := os.Remove(link); err != nil {
		w.T.Fatal(err)
	}
	if err := os.Symlink(binary, link); err != nil {
		w.T.Fatal(err)
	}
}

// Requirements is the terraform block at the start of each configuration.
const Requirements = `terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}
`

// RemovedBlock returns a removed block: it removes a resource from the state without destroying it.
func RemovedBlock(address string) string {
	return fmt.Sprintf("\nremoved {\n  from = %s\n  lifecycle {\n    destroy = false\n  }\n}\n", address)
}

// Write writes a file and its directories.
func (w *Workspace) Write(name, content string) {
	w.T.Helper()
	path := filepath.Join(w.Directory, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.T.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.T.Fatal(err)
	}
}

// Read returns the content of a file.
func (w *Workspace) Read(name string) string {
	w.T.Helper()
	content, err := os.ReadFile(filepath.Join(w.Directory, name))
	if err != nil {
		w.T.Fatal(err)
	}
	return string(content)
}

// HasFile reports whether a file exists.
func (w *Workspace) HasFile(name string) bool {
	_, err := os.Stat(filepath.Join(w.Directory, name))
	return err == nil
}

// RemoveFile removes a file.
func (w *Workspace) RemoveFile(name string) {
	w.T.Helper()
	if err := os.Remove(filepath.Join(w.Directory, name)); err != nil {
		w.T.Fatal(err)
	}
}

// Setenv sets an environment variable for later commands.
func (w *Workspace) Setenv(name, value string) { w.Env = append(w.Env, name+"="+value) }

// Command returns a command of Terraform that has not started.
func (w *Workspace) Command(ctx context.Context, arguments ...string) *exec.Cmd {
	w.T.Helper()
	binary, err := TerraformBinary()
	if err != nil {
		w.T.Fatal(err)
	}
	command := exec.CommandContext(ctx, binary, arguments...)
	command.Dir, command.Env = w.Directory, w.Env
	return command
}

// Run runs a command of Terraform.
func (w *Workspace) Run(arguments ...string) Outcome {
	w.T.Helper()
	command := w.Command(context.Background(), arguments...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	result := Outcome{strings.Join(arguments, " "), stdout.String(), stderr.String(), 0}
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		result.Code = failed.ExitCode()
	} else if err != nil {
		w.T.Fatal(err)
	}
	return result
}

// Must runs a command and fails the test unless it exits with code.
func (w *Workspace) Must(code int, arguments ...string) Outcome {
	w.T.Helper()
	result := w.Run(arguments...)
	if result.Code != code {
		w.T.Fatalf("exit code %d, want %d:\n%s", result.Code, code, result)
	}
	return result
}

// Apply fails the test unless “terraform apply” succeeds and the next plan is empty.
func (w *Workspace) Apply(arguments ...string) {
	w.T.Helper()
	w.Must(0, append([]string{"apply", "-auto-approve"}, arguments...)...)
	w.Must(0, append([]string{"plan", "-detailed-exitcode"}, arguments...)...)
}

// ExpectNowhere fails the test if a file of the workspace or an outcome contains a secret. It skips the files in except.
func (w *Workspace) ExpectNowhere(secret string, except []string, outcomes ...Outcome) {
	w.T.Helper()
	for _, result := range outcomes {
		if strings.Contains(result.Stdout+result.Stderr, secret) {
			w.T.Errorf("the API key is in the output of terraform %s", result.Command)
		}
	}
	err := filepath.WalkDir(w.Directory, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Type()&os.ModeSymlink != 0 {
			return err
		}
		name, _ := filepath.Rel(w.Directory, path)
		if slices.Contains(except, name) {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, candidate := range append([][]byte{content}, filesInZip(w.T, content)...) {
			if bytes.Contains(candidate, []byte(secret)) {
				w.T.Errorf("the API key is in %s (part %s)", name, strconv.Itoa(i))
			}
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// filesInZip returns the files of a zip archive, such as a saved plan. Other content has none.
func filesInZip(t *testing.T, content []byte) [][]byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil
	}
	var files [][]byte
	for _, file := range archive.File {
		opened, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		inside, err := io.ReadAll(opened)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, inside)
	}
	return files
}
