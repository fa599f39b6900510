// Package workflows has no code: its tests hold the workflows of this repository to what actionlint does not ask of them.
package workflows

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const root = "../.."

// tested is what the provider is tested on, and what it is said to be tested on.
var tested = []string{
	"Terraform 1.8", "Terraform 1.11", "Terraform 1.12", "Terraform 1.14", "Terraform 1.15",
	"OpenTofu 1.10", "OpenTofu 1.12",
}

type workflow struct {
	Permissions map[string]string
	Jobs        map[string]job
}

type job struct {
	Permissions map[string]string
	Steps       []step
	Strategy    struct {
		Matrix struct {
			Include []struct{ Name, Command, Version string }
		}
	}
}

type step struct {
	Uses string
	With map[string]string
}

// read returns the text of each workflow, by its file's name.
func read(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no workflows: %v", err)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = string(text)
	}
	return texts
}

func parse(t *testing.T, name, text string) (w workflow) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return w
}

// A tag can be moved to other code, a commit cannot.
func TestWorkflows_pinEveryActionByCommit(t *testing.T) {
	uses := regexp.MustCompile(`(?m)^\s*(?:- )?uses: (.*)$`)
	pinned := regexp.MustCompile(`^([\w.-]+/[\w./-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)$`)
	commits := map[string]string{}
	texts := read(t)
	example, err := os.ReadFile(filepath.Join(root, "examples", "pipeline", "github-actions.yml"))
	if err != nil {
		t.Fatal(err)
	}
	texts["the example of a pipeline"] = string(example) // Dependabot does not read it.
	for name, text := range texts {
		steps := 0
		for _, job := range parse(t, name, text).Jobs {
			for _, step := range job.Steps {
				if step.Uses != "" {
					steps++
				}
			}
		}
		found := uses.FindAllStringSubmatch(text, -1)
		if len(found) != steps {
			t.Errorf("%s uses %d actions, of which this test reads %d", name, steps, len(found))
		}
		for _, line := range found {
			action := pinned.FindStringSubmatch(line[1])
			if action == nil {
				t.Errorf("%s uses %s; write the commit, and its version in a comment", name, line[1])
				continue
			}
			if other := commits[action[1]]; other != "" && other != action[2] {
				t.Errorf("%s uses %s at %s, elsewhere it is %s", name, action[1], action[2], other)
			}
			commits[action[1]] = action[2]
		}
	}
}

// What a workflow may do beyond reading, it says in the job that does it.
func TestWorkflows_mayOnlyRead(t *testing.T) {
	mayWrite := map[string][]string{"release.yml/release": {"attestations", "contents", "id-token"}}
	for name, text := range read(t) {
		w := parse(t, name, text)
		if w.Permissions == nil {
			t.Errorf("%s says nothing of permissions, so it has whatever the repository grants", name)
		}
		if writes := writable(w.Permissions); writes != nil {
			t.Errorf("every job of %s may write %v", name, writes)
		}
		for id, job := range w.Jobs {
			if writes := writable(job.Permissions); !slices.Equal(writes, mayWrite[name+"/"+id]) {
				t.Errorf("the job %s of %s may write %v, want %v", id, name, writes, mayWrite[name+"/"+id])
			}
		}
	}
}

func writable(permissions map[string]string) (scopes []string) {
	for scope, access := range permissions {
		if access != "read" && access != "none" {
			scopes = append(scopes, scope)
		}
	}
	slices.Sort(scopes)
	return scopes
}

// Nothing is pushed, so no later step needs to find the token in git's configuration.
func TestWorkflows_checkOutWithoutCredentials(t *testing.T) {
	for name, text := range read(t) {
		for id, job := range parse(t, name, text).Jobs {
			for _, step := range job.Steps {
				if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != "false" {
					t.Errorf("the job %s of %s leaves its token in git's configuration", id, name)
				}
			}
		}
	}
}

func TestWorkflows_testOnWhatIsSupported(t *testing.T) {
	var names []string
	for _, row := range parse(t, "test.yml", read(t)["test.yml"]).Jobs["test"].Strategy.Matrix.Include {
		names = append(names, row.Name)
		product, version, _ := strings.Cut(row.Name, " ")
		command := map[string]string{"Terraform": "terraform", "OpenTofu": "tofu"}[product]
		if row.Command != command || row.Version != fmt.Sprintf("~%s.0", version) {
			t.Errorf("%s runs %s %s", row.Name, row.Command, row.Version)
		}
	}
	if !slices.Equal(names, tested) {
		t.Errorf("tested on %v, want %v", names, tested)
	}
}

// Both first pages have the table of versions, which begins each row with one of them.
func TestPages_sayWhatIsTested(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| ((?:Terraform|OpenTofu) \d+\.\d+) \|.*$`)
	tables := map[string][]string{}
	for _, page := range []string{"README.md", "templates/index.md.tmpl"} {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(page)))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, row := range rows.FindAllStringSubmatch(string(text), -1) {
			names = append(names, row[1])
			tables[page] = append(tables[page], row[0])
		}
		if !slices.Equal(names, tested) {
			t.Errorf("%s says that %v are tested, want %v", page, names, tested)
		}
	}
	if !slices.Equal(tables["README.md"], tables["templates/index.md.tmpl"]) {
		t.Errorf("the tables differ: %q", tables)
	}
}

// A module that Dependabot is not told of stays as old as it is.
func TestDependabot_knowsEveryModule(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, ".github", "dependabot.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
		}
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, update := range config.Updates {
		if update.Ecosystem == "gomod" {
			told = append(told, append(update.Directories, update.Directory)...)
		}
	}

	modules, err := filepath.Glob(filepath.Join(root, "tools", "*", "go.mod"))
	if err != nil || len(modules) == 0 {
		t.Fatalf("there are no tools: %v", err)
	}
	for _, module := range append(modules, filepath.Join(root, "go.mod"), filepath.Join(root, "tools", "go.mod")) {
		folder, err := filepath.Rel(root, filepath.Dir(module))
		if err != nil {
			t.Fatal(err)
		}
		if directory := path.Join("/", filepath.ToSlash(folder)); !slices.Contains(told, directory) {
			t.Errorf("Dependabot is told of %v, and not of %s", told, directory)
		}
	}
}
