package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// A workspace is an empty folder in which a test types Terraform's commands, as a user does. The provider runs in a
// process of its own.
type workspace struct {
	t         *testing.T
	directory string
	env       []string
}

// An outcome is what a command of Terraform printed, and how it ended.
type outcome struct {
	command, stdout, stderr string
	code                    int
}

func (o outcome) String() string {
	return fmt.Sprintf("terraform %s (exit code %d)\n%s%s", o.command, o.code, o.stdout, o.stderr)
}

// diagnosticsOf returns what the output of a command with -json says about a resource, as errors and as warnings.
func (o outcome) diagnosticsOf(address string) string {
	var text strings.Builder
	for line := range strings.Lines(o.stdout) {
		var message struct {
			Diagnostic struct{ Address, Summary, Detail string }
		}
		if json.Unmarshal([]byte(line), &message) == nil && message.Diagnostic.Address == address {
			fmt.Fprintf(&text, "%s\n%s\n", message.Diagnostic.Summary, message.Diagnostic.Detail)
		}
	}
	return text.String()
}

// terraformBinary returns the Terraform (or OpenTofu) under test, as the demo finds it.
var terraformBinary = sync.OnceValues(func() (string, error) {
	return terraformbin.Find(context.Background(), built)
})

// terraformVersion returns the version of the binary under test, and whether it is OpenTofu.
var terraformVersion = sync.OnceValues(func() (*version.Version, bool) {
	binary, err := terraformBinary()
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

// needs skips a test that the Terraform under test is too old for. An empty version stands for never.
func needs(t *testing.T, atLeast, tofu string) {
	t.Helper()
	have, isTofu := terraformVersion()
	want := atLeast
	if isTofu {
		want = tofu
	}
	if want == "" || have.LessThan(version.Must(version.NewVersion(want))) {
		t.Skipf("needs Terraform %s or OpenTofu %s; this is %s (OpenTofu: %t)", atLeast, tofu, have, isTofu)
	}
}

// newWorkspace makes a workspace in which the provider is this test binary, without the race detector, which would be most
// of the work of a run. Races are looked for where Terraform does a lot at once (useRaceDetector), and in this process.
func newWorkspace(t *testing.T, files map[string]string) *workspace {
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
	if err := os.Symlink(self, filepath.Join(plugins, pluginName)); err != nil {
		t.Fatal(err)
	}
	w := &workspace{t: t, directory: directory}
	w.write("terraformrc", fmt.Sprintf(
		"provider_installation {\n  dev_overrides {\n    \"posthog-rbac/posthog\" = %q\n  }\n  direct {}\n}\n", plugins))
	w.env = append(os.Environ(),
		"TF_CLI_CONFIG_FILE="+filepath.Join(directory, "terraformrc"),
		"GORACE=atexit_sleep_ms=0", // The race detector would make each process of the provider take a second to end.
		"TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "NO_COLOR=1", "TF_CLI_ARGS=-no-color")
	for name, content := range files {
		w.write(name, content)
	}
	if raceDetector {
		w.use(withoutRaceDetector)
	}
	return w
}

// released is the provider as it is released.
var released = sync.OnceValues(func() (string, error) {
	return build("released", "build", "github.com/posthog-rbac/terraform-provider-posthog")
})

// withoutRaceDetector is this test binary without the race detector, which is most of the work of a short run.
var withoutRaceDetector = sync.OnceValues(func() (string, error) {
	return build("tests", "test", "-c", "github.com/posthog-rbac/terraform-provider-posthog/internal/provider")
})

// built is where binaries are built, in a folder for each.
var built string

func build(name string, arguments ...string) (string, error) {
	binary := filepath.Join(built, name, pluginName)
	// To link what a debugger needs is most of the work of a build.
	command := exec.Command("go", slices.Insert(arguments, len(arguments)-1, "-ldflags=-s -w", "-o", binary)...)
	if printed, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", command, err, printed)
	}
	return binary, nil
}

// useReleased makes the workspace run the provider as it is released. That is for tests with thousands of memberships.
func (w *workspace) useReleased() { w.use(released) }

// withoutRaces runs a test in another process, without the race detector, when this one has it, and reports whether it did.
// That is for tests whose work it would multiply, and who do nothing at once that others do not.
func withoutRaces(t *testing.T) bool {
	t.Helper()
	if !raceDetector {
		return false
	}
	binary, err := withoutRaceDetector()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), binary, "-test.run=^"+t.Name()+"$", "-test.parallel=16", "-test.v")
	command.Args[0] = "tests" // Under its own name it would serve the provider.
	printed, err := command.CombinedOutput()
	if err != nil || !bytes.Contains(printed, []byte("--- PASS: "+t.Name()+" ")) {
		t.Errorf("%v: %s", err, printed)
	}
	return true
}

// useRaceDetector makes the workspace run the provider with the race detector, where this test has it.
func (w *workspace) useRaceDetector() { w.use(os.Executable) }

func (w *workspace) use(get func() (string, error)) {
	w.t.Helper()
	binary, err := get()
	if err != nil {
		w.t.Fatal(err)
	}
	link := filepath.Join(w.directory, ".plugins", pluginName)
	if err := os.Remove(link); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Symlink(binary, link); err != nil {
		w.t.Fatal(err)
	}
}

// requirements is the terraform block that every configuration begins with.
const requirements = `terraform {
  required_providers {
    posthog = {
      source = "posthog-rbac/posthog"
    }
  }
}
`

func (w *workspace) write(name, content string) {
	w.t.Helper()
	path := filepath.Join(w.directory, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *workspace) read(name string) string {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.directory, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}

// has reports whether there is a file.
func (w *workspace) has(name string) bool {
	_, err := os.Stat(filepath.Join(w.directory, name))
	return err == nil
}

func (w *workspace) remove(name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.directory, name)); err != nil {
		w.t.Fatal(err)
	}
}

// setenv adds to the environment of the commands to come.
func (w *workspace) setenv(name, value string) { w.env = append(w.env, name+"="+value) }

// command prepares a command of Terraform.
func (w *workspace) command(ctx context.Context, arguments ...string) *exec.Cmd {
	w.t.Helper()
	binary, err := terraformBinary()
	if err != nil {
		w.t.Fatal(err)
	}
	command := exec.CommandContext(ctx, binary, arguments...)
	command.Dir, command.Env = w.directory, w.env
	return command
}

// run runs a command of Terraform to its end.
func (w *workspace) run(arguments ...string) outcome {
	w.t.Helper()
	command := w.command(context.Background(), arguments...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	result := outcome{strings.Join(arguments, " "), stdout.String(), stderr.String(), 0}
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		result.code = failed.ExitCode()
	} else if err != nil {
		w.t.Fatal(err)
	}
	return result
}

// must runs a command and fails the test when its exit code is another than the one given.
func (w *workspace) must(code int, arguments ...string) outcome {
	w.t.Helper()
	result := w.run(arguments...)
	if result.code != code {
		w.t.Fatalf("exit code %d, want %d:\n%s", result.code, code, result)
	}
	return result
}

// apply runs “terraform apply”, which must succeed, and then a plan, which must be empty.
func (w *workspace) apply(arguments ...string) {
	w.t.Helper()
	w.must(0, append([]string{"apply", "-auto-approve"}, arguments...)...)
	w.must(0, append([]string{"plan", "-detailed-exitcode"}, arguments...)...)
}

// expectNowhere fails the test when a secret stands in any file of the workspace or in any of the outcomes. The files in
// except may hold it.
func (w *workspace) expectNowhere(secret string, except []string, outcomes ...outcome) {
	w.t.Helper()
	for _, result := range outcomes {
		if strings.Contains(result.stdout+result.stderr, secret) {
			w.t.Errorf("the API key is in the output of terraform %s", result.command)
		}
	}
	err := filepath.WalkDir(w.directory, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Type()&os.ModeSymlink != 0 {
			return err
		}
		name, _ := filepath.Rel(w.directory, path)
		if slices.Contains(except, name) {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, candidate := range append([][]byte{content}, unzipped(w.t, content)...) {
			if bytes.Contains(candidate, []byte(secret)) {
				w.t.Errorf("the API key is in %s (part %s)", name, strconv.Itoa(i))
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
