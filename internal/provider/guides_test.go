package provider

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// A block of a guide is what stands between two fences.
type block struct {
	language string // terraform: a file; shell: commands; text: what the last commands print, among other things
	file     string // that the text before the block names
	content  string
}

// A section of a guide is a story of its own, told in an empty folder.
type section struct {
	title  string
	blocks []block
}

var (
	fences    = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?\n)```$")
	fileNames = regexp.MustCompile("`([\\w./-]+\\.(?:tf|hcl|yml))`")
)

// readGuide returns the sections of a guide that have blocks, each with those that stand before the first section.
func readGuide(t *testing.T, name string) []section {
	t.Helper()
	content, err := os.ReadFile("../../docs/guides/" + name + ".md")
	if err != nil {
		t.Fatal(err)
	}
	_, guide, _ := strings.Cut(string(content), "\n# ")
	parts := strings.Split(guide, "\n## ")
	var sections []section
	for _, part := range parts[1:] {
		title, _, _ := strings.Cut(part, "\n")
		if fences.MatchString(part) {
			sections = append(sections, section{title, blocksOf(parts[0] + "\n" + part)})
		}
	}
	return sections
}

func blocksOf(text string) []block {
	var blocks []block
	file, last := "", 0
	for _, at := range fences.FindAllStringSubmatchIndex(text, -1) {
		if names := fileNames.FindAllStringSubmatch(text[last:at[0]], -1); len(names) > 0 {
			file = names[len(names)-1][1]
		}
		last = at[1]
		blocks = append(blocks, block{text[at[2]:at[3]], file, text[at[4]:at[5]]})
	}
	return blocks
}

// The ids, names and emails that the guides speak of, which fakeposthog has under others.
const (
	guideOrganization = "0190b1c2-3d4e-7f5a-8b6c-9d0e1f2a3b4c"
	guideEngineers    = "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"
	guideSupport      = "0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d"
	guideAlice        = "0192d3e4-5f6a-7b8c-8d9e-2f3a4b5c6d7e"
	guideBob          = "0192d3e4-6a7b-7c8d-9e0f-3a4b5c6d7e8f"
	guideCarol        = "0192d3e4-7b8c-7d9e-8f1a-4b5c6d7e8f9a"
)

// A reader of a guide does what it says in an empty folder, with a provider that is installed as from a registry.
type reader struct {
	*workspace
	bed   *testbed
	world *strings.Replacer // from the guide's world to fakeposthog's
}

// newReader returns a reader in whose PostHog Alice and Bob are engineers, and Bob is in support.
func newReader(t *testing.T) *reader {
	t.Helper()
	bed := fake(t, fakeposthog.Roles(2), fakeposthog.Users(3))
	hog := bed.hog
	hog.RenameRole(hog.Role(0), "Engineering")
	hog.RenameRole(hog.Role(1), "Support")
	r := &reader{workspace: newWorkspace(t, nil), bed: bed, world: strings.NewReplacer(
		guideOrganization, hog.OrganizationID, guideEngineers, hog.Role(0), guideSupport, hog.Role(1),
		guideAlice, hog.User(0).UUID, guideBob, hog.User(1).UUID, guideCarol, hog.User(2).UUID,
		"alice@example.com", hog.User(0).Email, "bob@example.com", hog.User(1).Email, "carol@example.com", hog.User(2).Email,
		"phx_...", hog.Key, "https://us.posthog.com", hog.URL,
	)}
	hog.Join(hog.Role(0), hog.User(0).UUID)
	hog.Join(hog.Role(0), hog.User(1).UUID)
	hog.Join(hog.Role(1), hog.User(1).UUID)
	r.installProviders()
	r.setenv("POSTHOG_API_KEY", hog.Key)
	r.setenv("POSTHOG_HOST", hog.URL)
	return r
}

// installProviders lets Terraform find the provider, and the vendor's, in a folder that stands in for the registry.
func (r *reader) installProviders() {
	r.t.Helper()
	mirror := filepath.Join(r.t.TempDir(), "mirror")
	self, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	for name, version := range map[string]string{"posthog-rbac/posthog": "0.1.0", "posthog/posthog": vendorVersion} {
		folder := filepath.Join(mirror, providerHost(), name, version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			r.t.Fatal(err)
		}
		if err := os.Symlink(self, filepath.Join(folder, pluginName+"_v"+version)); err != nil {
			r.t.Fatal(err)
		}
	}
	r.write("terraformrc", fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror))
	binary, err := terraformBinary()
	if err != nil {
		r.t.Fatal(err)
	}
	path := r.t.TempDir()
	if err := os.Symlink(binary, filepath.Join(path, "terraform")); err != nil {
		r.t.Fatal(err)
	}
	r.setenv("PATH", path+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// shell types commands, and says yes to whatever they ask.
func (r *reader) shell(commands string) outcome {
	r.t.Helper()
	command := exec.CommandContext(r.t.Context(), "bash", "-euo", "pipefail", "-c", r.world.Replace(commands))
	command.Dir, command.Env = r.directory, r.env
	command.Stdin = strings.NewReader(strings.Repeat("yes\n", 20))
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	result := outcome{command: commands}
	if err := command.Run(); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			r.t.Fatal(err)
		}
		result.code = failed.ExitCode()
	}
	result.stdout, result.stderr = stdout.String(), stderr.String()
	return result
}

// follow does what the blocks say. Before a file that is there already is replaced, the reader has been at work with it.
func (r *reader) follow(blocks []block) {
	r.t.Helper()
	var printed outcome
	for _, b := range blocks {
		switch b.language {
		case "terraform":
			path := filepath.Join(r.directory, b.file)
			if _, err := os.Stat(path); err == nil {
				r.atWork()
			}
			r.write(b.file, r.world.Replace(b.content))
		case "shell":
			printed = r.shell(b.content)
			if printed.code != 0 {
				r.t.Fatal(printed)
			}
		case "text":
			r.expectPrinted(printed, b.content)
		default:
			r.t.Fatalf("a block of %q, which this test cannot follow:\n%s", b.language, b.content)
		}
	}
}

func (r *reader) atWork() {
	r.t.Helper()
	if result := r.shell("terraform init && terraform apply && terraform plan -detailed-exitcode"); result.code != 0 {
		r.t.Fatal(result)
	}
}

// expectPrinted fails the test unless each line was printed, however Terraform frames and aligns it.
func (r *reader) expectPrinted(result outcome, lines string) {
	r.t.Helper()
	for line := range strings.Lines(r.world.Replace(lines)) {
		if !says(line).MatchString(result.stdout + result.stderr) {
			r.t.Errorf("not printed: %s%s", line, result)
		}
	}
}

// members returns who is in which role.
func (r *reader) members() map[string][]string {
	members := map[string][]string{}
	for i := range 2 {
		role := r.bed.hog.Role(i)
		for _, member := range r.bed.hog.Members(role) {
			members[role] = append(members[role], member.UserUUID)
		}
		slices.Sort(members[role])
	}
	return members
}

func (r *reader) expectMembers(want map[string][]string) {
	r.t.Helper()
	if got := r.members(); !maps.EqualFunc(got, want, slices.Equal) {
		r.t.Errorf("the members are %v, want %v", got, want)
	}
}

// Each way of the guide takes everybody into state, and changes nothing at PostHog.
func TestGuide_existingOrganization(t *testing.T) {
	t.Parallel()
	for _, way := range readGuide(t, "existing-organization") {
		t.Run(way.title, func(t *testing.T) {
			t.Parallel()
			if way.title == "With terraform query" {
				needs(t, "1.14.0", "")
			}
			r := newReader(t)
			before := r.members()
			r.follow(way.blocks)
			r.expectMembers(before)
			if writes := r.bed.hog.CountRequests("POST role_memberships") + r.bed.hog.CountRequests("DELETE role_membership"); writes != 0 {
				t.Errorf("%d memberships were written", writes)
			}
			if state := r.read("terraform.tfstate"); strings.Count(state, `"user_email"`) < 3 {
				t.Errorf("somebody is not in state:\n%s", state)
			}
		})
	}
}

// Either way the memberships are this provider's afterwards, and nobody left a role meanwhile.
func TestGuide_vendorsProvider(t *testing.T) {
	t.Parallel()
	for _, way := range readGuide(t, "vendors-provider") {
		t.Run(way.title, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			r.bed.hog.Leave(r.bed.role, r.bed.user) // The vendor's provider puts her there.
			before := r.members()
			r.follow(way.blocks)

			if n := r.bed.hog.CountRequests("DELETE role_membership"); n != 0 {
				t.Errorf("%d memberships were deleted", n)
			}
			r.bed.hog.ExpectRequests(t, "POST role_memberships", 1)
			for _, resource := range r.resources() {
				own := strings.Contains(resource.Provider, "/posthog-rbac/posthog")
				if own != (resource.Type == "posthog_role_membership") {
					t.Errorf("%s belongs to %s", resource.Type, resource.Provider)
				}
			}
			if result := r.shell("terraform destroy"); result.code != 0 {
				t.Error(result)
			}
			r.expectMembers(before)
		})
	}
}

// Whatever address a membership gets, or whether it gets none, everybody is in the role in the end and the plan is empty; and
// nobody was out of the role for a moment where a block says what moves.
func TestGuide_renamingAndMoving(t *testing.T) {
	t.Parallel()
	for _, change := range readGuide(t, "renaming-and-moving") {
		t.Run(change.title, func(t *testing.T) {
			t.Parallel()
			if slices.ContainsFunc(change.blocks, func(b block) bool { return strings.Contains("\n"+b.content, "\nremoved {") }) {
				needs(t, "1.7.0", "") // OpenTofu says it in its own words.
			}
			r := newReader(t)
			hog := r.bed.hog
			for i := range 2 {
				for _, member := range hog.Members(hog.Role(i)) {
					hog.Leave(hog.Role(i), member.UserUUID)
				}
			}
			hog.ForgetHistory()
			r.follow(change.blocks)

			ever := map[string]bool{}
			for _, event := range hog.History(r.bed.role) {
				ever[event.UserUUID] = true
			}
			if n := len(hog.Members(r.bed.role)); n == 0 || n != len(ever) {
				t.Errorf("%d are in the role, after %v", n, hog.History(r.bed.role))
			}
			if change.title != "Hundreds at once" { // There Terraform may destroy before it creates.
				hog.ExpectRequests(t, "DELETE role_membership", 0)
				hog.ExpectRequests(t, "POST role_memberships", len(ever))
			}
			last := change.blocks[len(change.blocks)-1].content
			if strings.Contains(last, "Successfully removed") { // Whom the state has forgotten, the configuration still names.
				return
			}
			if result := r.shell("terraform plan -detailed-exitcode"); result.code != 0 {
				t.Error(result)
			}
		})
	}
}

// stateResource is what a state says of a resource.
type stateResource struct{ Type, Provider string }

func (r *reader) resources() []stateResource {
	r.t.Helper()
	var state struct{ Resources []stateResource }
	if err := json.Unmarshal([]byte(r.read("terraform.tfstate")), &state); err != nil {
		r.t.Fatal(err)
	}
	if len(state.Resources) == 0 {
		r.t.Fatal("nothing is in state")
	}
	return state.Resources
}

// A job is what a pipeline runs, for a CI service.
type job struct {
	env      map[string]string
	key      string // the secret that it is given as the API key
	commands []string
}

// githubJobs reads a workflow.
func githubJobs(t *testing.T, content string) map[string]job {
	t.Helper()
	var workflow struct {
		Env  map[string]string
		Jobs map[string]struct {
			Env   map[string]string
			Steps []struct {
				Uses, Run string
				With      map[string]any
			}
		}
	}
	if err := yaml.Unmarshal([]byte(content), &workflow); err != nil {
		t.Fatal(err)
	}
	jobs := map[string]job{}
	for name, described := range workflow.Jobs {
		key := strings.Trim(described.Env["POSTHOG_PERSONAL_API_KEY"], "${ }")
		read := job{env: workflow.Env, key: strings.TrimPrefix(key, "secrets.")}
		for _, step := range described.Steps {
			if strings.HasPrefix(step.Uses, "hashicorp/setup-terraform@") && step.With["terraform_wrapper"] != false {
				t.Errorf("job %s runs a wrapper, which hides the exit code 2", name)
			}
			if step.Run != "" {
				read.commands = append(read.commands, step.Run)
			}
		}
		jobs[name] = read
	}
	return jobs
}

// gitlabJobs reads a .gitlab-ci.yml.
func gitlabJobs(t *testing.T, content string) map[string]job {
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
	if err := yaml.Unmarshal([]byte(content), &pipeline); err != nil {
		t.Fatal(err)
	}
	jobs := map[string]job{}
	for name, own := range map[string]described{"plan": pipeline.Plan, "apply": pipeline.Apply, "drift": pipeline.Drift} {
		key := cmp.Or(own.Variables["POSTHOG_PERSONAL_API_KEY"], pipeline.Variables["POSTHOG_PERSONAL_API_KEY"])
		jobs[name] = job{pipeline.Variables, strings.TrimPrefix(key, "$"), slices.Concat(pipeline.Default.BeforeScript, own.Script)}
	}
	return jobs
}

// The jobs of both pipelines, with examples/team as the configuration, and with keys that may do no more than the guide says.
func TestGuide_pipeline(t *testing.T) {
	t.Parallel()
	sections := readGuide(t, "pipeline")
	jobs := map[string]map[string]job{}
	var unmanaged block
	var warning string
	for _, s := range sections {
		for _, b := range s.blocks {
			switch {
			case b.file == ".github/workflows/posthog-roles.yml":
				jobs[s.title] = githubJobs(t, b.content)
			case b.file == ".gitlab-ci.yml":
				jobs[s.title] = gitlabJobs(t, b.content)
			case b.file == "unmanaged.tf" && b.language == "terraform":
				unmanaged = b
			case b.language == "text":
				warning = b.content
			}
		}
	}
	if len(jobs) != 2 || unmanaged.content == "" || warning == "" {
		t.Fatalf("the guide has changed: %v", sections)
	}

	for service, pipeline := range jobs {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			hog := r.bed.hog
			for _, role := range []string{hog.Role(0), hog.Role(1)} {
				for _, member := range hog.Members(role) {
					hog.Leave(role, member.UserUUID)
				}
			}
			keys := map[string]string{
				"POSTHOG_READ_KEY":  hog.AddKey(fakeposthog.Key{Owner: hog.Owner().UUID, Scopes: []string{"organization:read"}}),
				"POSTHOG_WRITE_KEY": hog.AddKey(fakeposthog.Key{Owner: hog.Owner().UUID, Scopes: []string{"organization:read", "organization:write"}}),
			}
			team, err := filepath.Glob("../../examples/team/*")
			if err != nil || len(team) == 0 {
				t.Fatal(team, err)
			}
			for _, file := range team {
				content, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				r.write(filepath.Base(file), r.world.Replace(string(content)))
			}
			r.write(unmanaged.file, unmanaged.content)
			ci := func(name string, want int) outcome {
				t.Helper()
				j, ok := pipeline[name]
				if !ok || keys[j.key] == "" || len(j.commands) < 2 {
					t.Fatalf("the job %s is %+v", name, j)
				}
				for name, value := range j.env {
					r.setenv(name, r.world.Replace(value))
				}
				r.setenv("POSTHOG_PERSONAL_API_KEY", keys[j.key])
				result := r.shell(strings.Join(j.commands, "\n"))
				if result.code != want {
					t.Fatalf("job %s: exit code %d, want %d\n%s", name, result.code, want, result)
				}
				return result
			}

			r.expectPrinted(ci("plan", 0), "Plan: 4 to add, 0 to change, 0 to destroy.")
			r.expectMembers(map[string][]string{})
			r.expectPrinted(ci("apply", 0), "Apply complete! Resources: 4 added, 0 changed, 0 destroyed.")
			r.expectPrinted(ci("drift", 0), "No changes.")

			hog.Leave(hog.Role(0), hog.User(1).UUID)
			r.expectPrinted(ci("drift", 2), "Plan: 1 to add, 0 to change, 0 to destroy.")
			ci("apply", 0)
			ci("drift", 0)

			hog.Join(hog.Role(1), hog.User(2).UUID)
			result := ci("drift", 2)
			r.expectPrinted(result, "Changes to Outputs:")
			r.expectPrinted(result, warning)
		})
	}
}
