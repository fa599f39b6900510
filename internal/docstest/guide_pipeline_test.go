package docstest

import (
	"cmp"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// A job is a job of a CI service.
type job struct {
	env      map[string]string
	key      string // the name of the secret with the API key
	commands []string
}

// A workflow is a file for GitHub Actions.
type workflow struct {
	Name             string
	On               map[string]any
	Env, Permissions map[string]string
	Jobs             map[string]struct {
		If, Concurrency  string
		Env, Permissions map[string]string
		Steps            []step
	}
}

type step struct {
	Uses, Run string
	With      map[string]any
}

var pinned = regexp.MustCompile(`^[\w./-]+@[0-9a-f]{40}$`)

// readWorkflow reads a workflow of examples/pipeline, whose jobs may do only what permissions lists.
func readWorkflow(t *testing.T, file string, permissions map[string]string) workflow {
	t.Helper()
	var flow workflow
	if err := yaml.Unmarshal([]byte(readExample(t, file)), &flow); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(flow.Permissions, permissions) {
		t.Errorf("all jobs may %v", flow.Permissions)
	}
	for name, described := range flow.Jobs {
		if may := described.Permissions; may != nil {
			t.Errorf("job %s may %v", name, may)
		}
		for _, step := range described.Steps {
			if strings.HasPrefix(step.Uses, "hashicorp/setup-terraform@") && step.With["terraform_wrapper"] != false {
				t.Errorf("job %s runs a wrapper, which hides the exit code 2", name)
			}
			if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != false {
				t.Errorf("job %s leaves its token to the commands that come after the checkout", name)
			}
			if step.Uses != "" && !pinned.MatchString(step.Uses) {
				t.Errorf("job %s uses %s, which is no commit", name, step.Uses)
			}
			if strings.Contains(step.Run, "${{") {
				t.Errorf("job %s has a value in its commands, which a pull request may have chosen: %s", name, step.Run)
			}
		}
	}
	return flow
}

// rolesWorkflow returns the workflow that plans and applies.
func rolesWorkflow(t *testing.T) workflow {
	t.Helper()
	return readWorkflow(t, "github-actions.yml", map[string]string{"contents": "read"})
}

// githubJobs returns the jobs that plan and apply.
func githubJobs(t *testing.T) map[string]job {
	t.Helper()
	flow, jobs := rolesWorkflow(t), map[string]job{}
	for name, described := range flow.Jobs {
		key := strings.Trim(described.Env["POSTHOG_PERSONAL_API_KEY"], "${ }")
		read := job{env: flow.Env, key: strings.TrimPrefix(key, "secrets.")}
		for _, step := range described.Steps {
			if step.Run != "" {
				read.commands = append(read.commands, "(\n"+strings.TrimSpace(step.Run)+"\n)")
			}
		}
		jobs[name] = read
	}
	return jobs
}

func readExample(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile("../../examples/pipeline/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// gitlabJobs returns the jobs for GitLab.
func gitlabJobs(t *testing.T) map[string]job {
	t.Helper()
	type described struct {
		Variables    map[string]string
		BeforeScript []string `yaml:"before_script"`
		Script       []string
	}
	var pipeline struct {
		Default            described
		Variables          map[string]string
		Plan, Apply, Drift described
	}
	if err := yaml.Unmarshal([]byte(readExample(t, "gitlab-ci.yml")), &pipeline); err != nil {
		t.Fatal(err)
	}
	jobs := map[string]job{}
	for name, own := range map[string]described{"plan": pipeline.Plan, "apply": pipeline.Apply, "drift": pipeline.Drift} {
		key := cmp.Or(own.Variables["POSTHOG_PERSONAL_API_KEY"], pipeline.Variables["POSTHOG_PERSONAL_API_KEY"])
		before := own.BeforeScript
		if before == nil {
			before = pipeline.Default.BeforeScript
		}
		jobs[name] = job{pipeline.Variables, strings.TrimPrefix(key, "$"), slices.Concat(before, own.Script)}
	}
	return jobs
}

// The jobs of both pipelines, with keys that have only the scopes of the guide. One pipeline runs a configuration of role members, the
// other one of memberships. The commands of the jobs do not depend on that.
func TestGuide_pipeline(t *testing.T) {
	t.Parallel()
	var table, warning string
	for _, s := range readGuide(t, "pipeline") {
		for _, b := range s.blocks {
			switch {
			case strings.HasPrefix(b.content, "**Access"):
				table = b.content
			case strings.HasPrefix(b.content, "Warning"):
				warning = b.content
			case !strings.Contains(readExample(t, "github-actions.yml"), b.content):
				t.Errorf("not a part of the workflow:\n%s", b.content)
			}
		}
	}
	if table == "" || warning == "" {
		t.Fatal("the guide has no table or no warning")
	}
	jobs := map[string]map[string]job{"GitHub Actions": githubJobs(t), "GitLab CI": gitlabJobs(t)}

	for service, example := range map[string]string{"GitHub Actions": "team", "GitLab CI": "single-memberships"} {
		t.Run(service+"/"+example, func(t *testing.T) {
			t.Parallel()
			acctest.RequireTerraform(t, "1.7.0", "1.8.0") // for mock_provider
			r := newReader(t)
			hog := r.hog
			r.emptyRoles()
			keys := map[string]string{
				"POSTHOG_READ_KEY":  hog.AddKey(fakeposthog.Key{Owner: hog.Owner().UUID, Scopes: []string{"organization:read", "organization_member:read"}}),
				"POSTHOG_WRITE_KEY": hog.AddKey(fakeposthog.Key{Owner: hog.Owner().UUID, Scopes: []string{"organization:write", "organization_member:read"}}),
			}
			r.copyExample(example)
			r.Write("access.jq", readExample(t, "access.jq"))
			r.installTools()
			if service == "GitHub Actions" {
				r.commitProvider()
			}
			ci := func(name string, want int) acctest.Outcome {
				t.Helper()
				j, ok := jobs[service][name]
				if !ok || keys[j.key] == "" || len(j.commands) < 2 {
					t.Fatalf("the job %s is %+v", name, j)
				}
				for name, value := range j.env {
					r.Setenv(name, r.world.Replace(value))
				}
				r.Setenv("POSTHOG_PERSONAL_API_KEY", keys[j.key])
				result := r.shell(strings.Join(j.commands, "\n"))
				if result.Code != want {
					t.Fatalf("job %s: exit code %d, want %d\n%s", name, result.Code, want, result)
				}
				return result
			}
			// expectTable plans and fails the test unless the reviewer gets this table.
			expectTable := func(want string) acctest.Outcome {
				t.Helper()
				result := ci("plan", 0)
				tables := map[string]string{"access.md": r.Read("access.md"), "access.jq": accessTable(t, r.Read("saved.json"))}
				if service == "GitHub Actions" {
					tables["the summary"] = r.Read("summary.md")
					r.RemoveFile("summary.md")
				} else if !strings.Contains(result.Stdout, r.world.Replace(want)) {
					t.Errorf("the table is not in the log: %s", result)
				}
				for where, got := range tables {
					if got != r.world.Replace(want) {
						t.Errorf("%s has\n%s\nwant\n%s", where, got, r.world.Replace(want))
					}
				}
				return result
			}
			const first = `**Access: 4 gained, 0 lost**

| | User | Role |
|---|---|---|
| gains | alice@example.com | Engineering |
| gains | bob@example.com | Engineering |
| gains | alice@example.com | Support |
| gains | bob@example.com | Support |
`
			const none = "No user gains or loses access.\n"
			const later = "Engineering:\n  - carol@example.com\n  - dave@example.com\nSupport:\n  - bob@example.com\n  - carol@example.com\n  - alice@example.com\n"
			hog.AddUser("", r.world.Replace("dave@example.com"))

			if example == "team" {
				r.expectPrinted(expectTable(first), "Plan: 4 to import, 0 to add, 2 to change, 0 to destroy.")
				r.expectMembers(map[string][]string{})
				r.expectPrinted(ci("apply", 0), "Apply complete! Resources: 4 imported, 0 added, 2 changed, 0 destroyed.")
				expectTable(none)

				hog.Leave(hog.Role(0), hog.User(1).UUID)
				hog.Join(hog.Role(1), hog.User(2).UUID)
				r.expectPrinted(ci("drift", 2), "Plan: 0 to add, 2 to change, 0 to destroy.")
				ci("apply", 0)
				r.expectPrinted(ci("drift", 0), "No changes.")

				r.Write("team.yaml", r.world.Replace(later))
				expectTable(table)
				return
			}
			r.Write("unmanaged.tf", readExample(t, "unmanaged.tf"))
			r.expectPrinted(expectTable(first), "Plan: 4 to add, 0 to change, 0 to destroy.")
			r.expectMembers(map[string][]string{})
			r.expectPrinted(ci("apply", 0), "Apply complete! Resources: 4 added, 0 changed, 0 destroyed.")
			expectTable(none)

			hog.Leave(hog.Role(0), hog.User(1).UUID)
			r.expectPrinted(ci("drift", 2), "Plan: 1 to add, 0 to change, 0 to destroy.")
			ci("apply", 0)
			r.expectPrinted(ci("drift", 0), "No changes.")

			r.Write("team.yaml", r.world.Replace(later))
			expectTable(table)
			r.copyExample(example)

			// The warning also appears in a plan with changes, in which the future members are unknown.
			hog.Join(hog.Role(1), hog.User(2).UUID)
			result := ci("drift", 2)
			r.expectPrinted(result, "Changes to Outputs:")
			r.expectPrinted(result, warning)
			hog.Leave(hog.Role(0), hog.User(1).UUID)
			result = ci("plan", 0)
			r.expectPrinted(result, "Plan: 1 to add, 0 to change, 0 to destroy.")
			r.expectPrinted(result, warning)
			r.expectPrinted(ci("apply", 0), warning)
			r.expectPrinted(ci("drift", 0), "No changes.")
		})
	}
}

// commitProvider moves the providers into the repository, where terraform init finds them with the setting of the guide.
func (r *reader) commitProvider() {
	r.T.Helper()
	guide, err := os.ReadFile("../../docs/guides/pipeline.md")
	if err != nil {
		r.T.Fatal(err)
	}
	setting := regexp.MustCompile("`(TF_CLI_ARGS_init): (-plugin-dir=(\\w+))`").FindStringSubmatch(string(guide))
	mirror := regexp.MustCompile(`path = "(.+)"`).FindStringSubmatch(r.Read("terraformrc"))
	if setting == nil || mirror == nil {
		r.T.Fatalf("the setting is %q, the mirror %q", setting, mirror)
	}
	if err := os.Rename(mirror[1], filepath.Join(r.Directory, setting[3])); err != nil {
		r.T.Fatal(err)
	}
	r.Setenv(setting[1], setting[2])
}

// installTools installs replacements for the other programs of the jobs and sets the environment of GitHub.
func (r *reader) installTools() {
	r.T.Helper()
	linkJQ(r.T, r.path)
	writeScript(r.T, filepath.Join(r.path, "apk"), `test "$*" = "add --no-cache jq"`)
	r.Setenv("GITHUB_STEP_SUMMARY", filepath.Join(r.Directory, "summary.md"))
}

// linkJQ installs the program jq in a directory.
func linkJQ(t *testing.T, directory string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(directory, jqName)); err != nil {
		t.Fatal(err)
	}
}

func writeScript(t *testing.T, path, script string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/usr/bin/env bash\nset -eu\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}

// copyExample copies an example into the directory, with the users and roles of fakeposthog.
func (r *reader) copyExample(name string) {
	r.T.Helper()
	example := os.DirFS("../../examples/" + name)
	err := fs.WalkDir(example, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(example, path)
		r.Write(path, r.world.Replace(string(content)))
		return err
	})
	if err != nil {
		r.T.Fatal(err)
	}
}
