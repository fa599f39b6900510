package docstest

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The guide links each file of examples/pipeline, and each linked example exists.
func TestGuide_pipelineLinks(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guides/pipeline.md")
	if err != nil {
		t.Fatal(err)
	}
	linked := map[string]bool{}
	for _, link := range regexp.MustCompile(`terraform-provider-posthog/(?:blob|tree)/main/([\w./-]+)`).FindAllStringSubmatch(string(guide), -1) {
		linked[link[1]] = true
		if _, err := os.Stat("../../" + link[1]); err != nil {
			t.Error(err)
		}
	}
	files, err := os.ReadDir("../../examples/pipeline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if path := "examples/pipeline/" + file.Name(); !linked[path] {
			t.Errorf("%s is not linked", path)
		}
	}
}

// ghScript is a gh that saves its calls and the comment it writes. Each page of comments goes through the --jq program on its own.
const ghScript = `
echo "$*" >> "$GH/calls"
test "$GH_TOKEN $GH_REPO" = "secret acme/roles"
comments=repos/acme/roles/issues
case "$*" in
"run download 42 --name "*" --dir artifact")
  cp -r "$GH/artifacts/$5" artifact ;;
"api --paginate $comments/7/comments --jq "*)
  test ! -e "$GH/outage"
  printf '%s' "${!#}" > "$GH/program.jq"
  for page in "$GH"/page*; do jq -r -f "$GH/program.jq" "$page"; done ;;
"api --silent $comments/7/comments -F body=@comment.md")
  cp comment.md "$GH/created" ;;
"api --silent --method PATCH $comments/comments/55 -F body=@comment.md")
  cp comment.md "$GH/updated" ;;
*)
  echo "unexpected: gh $*" >&2
  exit 1 ;;
esac`

// The workflow that comments on a pull request. It has a token that writes, and an artifact that the pull request's code may have forged.
func TestGuide_pipelineComment(t *testing.T) {
	roles := rolesWorkflow(t)
	flow := readWorkflow(t, "github-comment.yml", map[string]string{"actions": "read", "pull-requests": "write"})
	on := map[string]any{"workflows": []any{roles.Name}, "types": []any{"completed"}}
	if got := fmt.Sprint(flow.On); got != fmt.Sprint(map[string]any{"workflow_run": on}) {
		t.Errorf("the workflow runs on %s", got)
	}
	comment := flow.Jobs["comment"]
	conditions := []string{
		"github.event.workflow_run.event == 'pull_request'",
		"github.event.workflow_run.head_repository.full_name == github.repository",
		"github.event.workflow_run.pull_requests[0].base.ref == 'main'",
	}
	if got := strings.Split(comment.If, " && "); !slices.Equal(got, conditions) {
		t.Errorf("the job runs if %q", got)
	}
	if want := "posthog-comment-${{ github.event.workflow_run.pull_requests[0].number }}"; comment.Concurrency != want {
		t.Errorf("the concurrency group is %q, want %q", comment.Concurrency, want)
	}
	// The values come from GitHub, and not from the pull request's code.
	event := map[string]string{
		"github.token":      "secret",
		"github.repository": "acme/roles",
		"github.event.workflow_run.pull_requests[0].number": "7",
		"github.event.workflow_run.head_sha":                "c0ffee",
		"github.event.workflow_run.id":                      "42",
		"github.event.workflow_run.html_url":                "https://github.com/acme/roles/actions/runs/42",
	}
	upload := roles.Jobs["plan"].Steps[len(roles.Jobs["plan"].Steps)-1]
	if !strings.HasPrefix(upload.Uses, "actions/upload-artifact@") {
		t.Fatalf("the last step of the plan is %+v", upload)
	}
	name, file := fmt.Sprint(upload.With["name"]), fmt.Sprint(upload.With["path"])

	const (
		begin  = "<!-- posthog-access -->\n[Plan](https://github.com/acme/roles/actions/runs/42) of c0ffee. The pull request's code made the table, so review the changes too.\n\n"
		table  = "**Access: 1 gained, 0 lost**\n\n| | User | Role |\n|---|---|---|\n| gains | carol@example.com | Support |\n"
		forged = "`touch forged` $(touch forged) ${GH_TOKEN} $GH_TOKEN \"; touch forged; '\n::warning::forged\nEOF\n<!-- posthog-access -->\n<!-- @alice"
		none   = "There is no table. The log of the plan says why.\n"
		large  = "The table is too large for a comment. It is in the summary of the plan.\n"

		// Comments that are not the one to update: another author's, and another text of the same author.
		others = `[{"id":51,"user":{"login":"mallory"},"body":"<!-- posthog-access -->\nforged"},` +
			`{"id":52,"user":{"login":"github-actions[bot]"},"body":"quotes <!-- posthog-access -->"}]`
		ours = `[{"id":55,"user":{"login":"github-actions[bot]"},"body":"<!-- posthog-access -->\nold"},` +
			`{"id":56,"user":{"login":"github-actions[bot]"},"body":"<!-- posthog-access -->\nnewer"}]`
	)
	for what, test := range map[string]struct {
		artifact map[string]string
		pages    []string
		planned  string // the conclusion of the plan; "" means success
		fails    bool
		outage   bool // GitHub does not list the comments
		created  string
		updated  string
	}{
		"the first comment":           {artifact: map[string]string{file: table}, created: begin + table},
		"comments of others":          {artifact: map[string]string{file: table}, pages: []string{others, others}, created: begin + table},
		"an update":                   {artifact: map[string]string{file: table}, pages: []string{others, ours}, updated: begin + table},
		"the plan failed":             {planned: "failure", pages: []string{ours}, updated: begin + none},
		"the table cannot be read":    {pages: []string{ours}, fails: true},
		"an artifact without a table": {artifact: map[string]string{"other.md": table}, created: begin + none},
		"the largest table":           {artifact: map[string]string{file: strings.Repeat("x", 60000)}, created: begin + strings.Repeat("x", 60000)},
		"a table that is too large":   {artifact: map[string]string{file: strings.Repeat("x", 60001)}, created: begin + large},
		"a forged table":              {artifact: map[string]string{file: forged}, created: begin + forged},
		"comments cannot be listed":   {artifact: map[string]string{file: table}, outage: true, fails: true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			work, tools, gh := t.TempDir(), t.TempDir(), t.TempDir()
			linkJQ(t, tools)
			writeScript(t, filepath.Join(tools, "gh"), ghScript)
			files := map[string]string{"page0": "[]"}
			for i, page := range test.pages {
				files[fmt.Sprint("page", i)] = page
			}
			if test.outage {
				files["outage"] = ""
			}
			for file, content := range test.artifact {
				files[filepath.Join("artifacts", name, file)] = content
			}
			for file, content := range files {
				path := filepath.Join(gh, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			env := []string{"GH=" + gh, "PATH=" + tools + string(os.PathListSeparator) + os.Getenv("PATH")}
			for variable, value := range comment.Env {
				if value == "${{ github.event.workflow_run.conclusion }}" {
					env = append(env, variable+"="+cmp.Or(test.planned, "success"))
					continue
				}
				known, ok := event[strings.Trim(value, "${ }")]
				if !ok {
					t.Fatalf("%s is %s", variable, value)
				}
				env = append(env, variable+"="+known)
			}

			var printed string
			var failed error
			for _, step := range comment.Steps {
				if step.Run == "" {
					t.Fatalf("the job uses %+v", step)
				}
				// As GitHub runs it, without pipefail.
				command := exec.CommandContext(t.Context(), "bash", "-e", "-c", step.Run)
				command.Dir, command.Env = work, env
				var output []byte
				output, failed = command.CombinedOutput()
				printed += string(output)
				if failed != nil {
					break
				}
			}
			if (failed != nil) != test.fails {
				t.Fatalf("%v\n%s", failed, printed)
			}
			got := map[string]string{}
			for _, name := range []string{"created", "updated"} {
				if content, err := os.ReadFile(filepath.Join(gh, name)); err == nil {
					got[name] = string(content)
				}
			}
			want := map[string]string{"created": test.created, "updated": test.updated}
			maps.DeleteFunc(want, func(_, content string) bool { return content == "" })
			if !maps.Equal(got, want) {
				t.Errorf("the comment is %q, want %q", got, want)
			}
			if calls, err := os.ReadFile(filepath.Join(gh, "calls")); err != nil || !test.fails && strings.Count(string(calls), "\n") != 3 {
				t.Errorf("the calls are %s: %v", calls, err)
			}
			if strings.Contains(printed, "carol") || strings.Contains(printed, "forged") {
				t.Errorf("the log has the table: %s", printed)
			}
			if _, err := os.Stat(filepath.Join(work, "forged")); err == nil {
				t.Error("the table has run a command")
			}
			for _, body := range got {
				if len(body) > 65536 {
					t.Errorf("the comment has %d bytes", len(body))
				}
			}
		})
	}
}
