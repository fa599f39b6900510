package docstest

import (
	"bytes"
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
	"sync"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// A block of a guide is the text between two fences.
type block struct {
	language string // terraform, yaml: a file; shell: commands; text: a part of the output of the last commands
	file     string // named by the text before the block
	before   string // the text before the block
	content  string
	shared   bool // whether it comes before the first section
}

// A section of a guide is followed on its own, in an empty directory.
type section struct {
	title  string
	blocks []block
}

var (
	fences    = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?\n)```$")
	fileNames = regexp.MustCompile("`([\\w./-]+\\.(?:tf|hcl|jq|ya?ml))`")
)

// flat makes texts comparable in spite of how they are wrapped.
func flat(text string) string {
	return strings.Join(strings.Fields(text), " ")
}

// readGuide returns the sections of a guide that have blocks. Each begins with the blocks before the first section.
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
			shared := blocksOf(parts[0])
			for i := range shared {
				shared[i].shared = true
			}
			sections = append(sections, section{title, append(shared, blocksOf(part)...)})
		}
	}
	return sections
}

func blocksOf(text string) []block {
	var blocks []block
	file, last := "", 0
	for _, at := range fences.FindAllStringSubmatchIndex(text, -1) {
		before := flat(text[last:at[0]])
		if names := fileNames.FindAllStringSubmatch(before, -1); len(names) > 0 {
			file = names[len(names)-1][1]
		}
		last = at[1]
		blocks = append(blocks, block{language: text[at[2]:at[3]], file: file, before: before, content: text[at[4]:at[5]]})
	}
	return blocks
}

// The ids in the guides. fakeposthog has others.
const (
	guideOrganization = "0190b1c2-3d4e-7f5a-8b6c-9d0e1f2a3b4c"
	guideEngineers    = "0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e"
	guideSupport      = "0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d"
	guideAlice        = "0192d3e4-5f6a-7b8c-8d9e-2f3a4b5c6d7e"
	guideBob          = "0192d3e4-6a7b-7c8d-9e0f-3a4b5c6d7e8f"
	guideCarol        = "0192d3e4-7b8c-7d9e-8f1a-4b5c6d7e8f9a"
)

// A reader follows a guide in an empty directory. The provider is installed as from a registry.
type reader struct {
	*acctest.Workspace
	hog     *fakeposthog.Server
	world   *strings.Replacer // replaces the ids, names and emails of the guide by those of fakeposthog
	events  map[string]func() // changes in PostHog, by the sentence between two blocks that mentions them
	applied bool              // whether the written files were applied
	inited  bool              // whether “terraform init” ran since a provider or a module was added
	path    string            // the first directory of PATH
}

// newReader returns a reader in whose PostHog Alice and Bob are engineers, and Bob is in support.
func newReader(t *testing.T) *reader {
	t.Helper()
	hog := fakeposthog.Start(t, fakeposthog.Roles(2), fakeposthog.Users(3))
	hog.RenameRole(hog.Role(0), "Engineering")
	hog.RenameRole(hog.Role(1), "Support")
	r := &reader{Workspace: acctest.NewWorkspace(t, nil), hog: hog, world: strings.NewReplacer(
		guideOrganization, hog.OrganizationID, guideEngineers, hog.Role(0), guideSupport, hog.Role(1),
		guideAlice, hog.User(0).UUID, guideBob, hog.User(1).UUID, guideCarol, hog.User(2).UUID,
		"alice@example.com", hog.User(0).Email, "bob@example.com", hog.User(1).Email, "carol@example.com", hog.User(2).Email, "dave@example.com", "user3@example.com",
		"olivia@example.com", hog.Owner().Email,
		"phx_...", hog.Key, "https://us.posthog.com", hog.URL,
	)}
	hog.Join(hog.Role(0), hog.User(0).UUID)
	hog.Join(hog.Role(0), hog.User(1).UUID)
	hog.Join(hog.Role(1), hog.User(1).UUID)
	r.installProviders()
	r.Setenv("POSTHOG_API_KEY", hog.Key)
	r.Setenv("POSTHOG_HOST", hog.URL)
	r.Setenv("POSTHOG_ORGANIZATION_ID", hog.OrganizationID)
	return r
}

// emptyRoles removes all members of the roles.
func (r *reader) emptyRoles() {
	for role, users := range r.members() {
		for _, user := range users {
			r.hog.Leave(role, user)
		}
	}
	r.hog.ForgetHistory()
}

// installProviders installs this provider and the vendor's from a directory instead of the registry. A provider is a script that
// executes the test binary, because Terraform computes the checksum of the installed file in each run.
func (r *reader) installProviders() {
	r.T.Helper()
	mirror := filepath.Join(r.T.TempDir(), "mirror")
	binary, err := os.Executable()
	if acctest.HasRaceDetector {
		binary, err = acctest.BinaryWithoutRaceDetector()
	}
	if err != nil {
		r.T.Fatal(err)
	}
	script := fmt.Sprintf("#!/usr/bin/env bash\nexec -a \"$0\" %q \"$@\"\n", binary)
	for name, version := range map[string]string{"posthog-rbac/posthog": "0.1.0", "posthog/posthog": acctest.VendorVersion} {
		folder := filepath.Join(mirror, acctest.ProviderHost(), name, version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			r.T.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, acctest.PluginName+"_v"+version), []byte(script), 0o700); err != nil {
			r.T.Fatal(err)
		}
	}
	r.Write("terraformrc", fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror))
	command, err := acctest.TerraformBinary()
	if err != nil {
		r.T.Fatal(err)
	}
	r.path = r.T.TempDir()
	if err := os.Symlink(command, filepath.Join(r.path, "terraform")); err != nil {
		r.T.Fatal(err)
	}
	r.Setenv("PATH", r.path+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// shell runs commands and answers yes to their questions.
func (r *reader) shell(commands string) acctest.Outcome {
	r.T.Helper()
	command := exec.CommandContext(r.T.Context(), "bash", "-euo", "pipefail", "-c", r.world.Replace(commands))
	command.Dir, command.Env = r.Directory, r.Env
	command.Stdin = strings.NewReader(strings.Repeat("yes\n", 20))
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	result := acctest.Outcome{Command: commands}
	if err := command.Run(); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			r.T.Fatal(err)
		}
		result.Code = failed.ExitCode()
	}
	result.Stdout, result.Stderr = stdout.String(), stderr.String()
	return result
}

// follow follows the blocks. It applies the files before a section replaces a file of its own, and before an event in PostHog.
// Commands must fail if the next block is an error, and only then.
func (r *reader) follow(blocks []block) {
	r.T.Helper()
	own := map[string]bool{}
	var printed acctest.Outcome
	for i, b := range blocks {
		for sentence, happens := range r.events {
			if strings.Contains(b.before, sentence) {
				r.applyFiles()
				happens()
				delete(r.events, sentence)
			}
		}
		switch b.language {
		case "terraform", "yaml":
			if own[b.file] {
				r.applyFiles()
			}
			own[b.file] = !b.shared
			r.Write(b.file, r.world.Replace(b.content))
			r.applied = false
			r.inited = r.inited && !strings.Contains(b.content, "required_providers") && !strings.Contains(b.content, "module ")
		case "shell":
			printed = r.shell(b.content)
			fails := i+1 < len(blocks) && blocks[i+1].language == "text" && strings.HasPrefix(blocks[i+1].content, "Error: ")
			if (printed.Code != 0) != fails {
				r.T.Fatal(printed)
			}
			r.inited = r.inited || strings.HasPrefix(b.content, "terraform init\n")
		case "text":
			r.expectPrinted(printed, b.content)
		default:
			r.T.Fatalf("unknown language %q of a block:\n%s", b.language, b.content)
		}
	}
	for sentence := range r.events {
		r.T.Errorf("the guide does not contain %q", sentence)
	}
}

// settled has the configurations whose plan was empty after an apply. Many sections begin with the same one.
var settled sync.Map

// applyFiles applies the files unless that was done. The next plan must be empty.
func (r *reader) applyFiles() {
	r.T.Helper()
	if r.applied {
		return
	}
	commands := "terraform apply"
	if !r.inited {
		commands = "terraform init && " + commands
	}
	if _, before := settled.LoadOrStore(r.configuration(), true); !before {
		commands += " && terraform plan -detailed-exitcode"
	}
	if result := r.shell(commands); result.Code != 0 {
		r.T.Fatal(result)
	}
	r.applied, r.inited = true, true
}

// configuration returns the content of the configuration files.
func (r *reader) configuration() string {
	r.T.Helper()
	files, err := filepath.Glob(filepath.Join(r.Directory, "*.*"))
	if err != nil {
		r.T.Fatal(err)
	}
	text := ""
	for _, file := range files {
		if name := filepath.Base(file); slices.Contains([]string{".tf", ".yaml"}, filepath.Ext(name)) {
			text += name + "\n" + r.Read(name)
		}
	}
	return text
}

// expectPrinted fails the test unless each line was printed, however Terraform frames and aligns it. “…” matches any text.
func (r *reader) expectPrinted(result acctest.Outcome, lines string) {
	r.T.Helper()
	for line := range strings.Lines(r.world.Replace(lines)) {
		if !acctest.Message(strings.Split(line, "…")...).MatchString(result.Stdout + result.Stderr) {
			r.T.Errorf("not printed: %s%s", line, result)
		}
	}
}

// roleNamed returns the id of the role with a name, or "".
func (r *reader) roleNamed(name string) string {
	for id, roleName := range r.hog.RoleNames("") {
		if roleName == name {
			return id
		}
	}
	return ""
}

// members returns the members of each role.
func (r *reader) members() map[string][]string {
	members := map[string][]string{}
	for i := range 2 {
		role := r.hog.Role(i)
		for _, member := range r.hog.Members(role) {
			members[role] = append(members[role], member.UserUUID)
		}
		slices.Sort(members[role])
	}
	return members
}

func (r *reader) expectMembers(want map[string][]string) {
	r.T.Helper()
	if got := r.members(); !maps.EqualFunc(got, want, slices.Equal) {
		r.T.Errorf("the members are %v, want %v", got, want)
	}
}
