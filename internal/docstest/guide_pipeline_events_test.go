package docstest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/itchyny/gojq"
	"go.yaml.in/yaml/v3"
)

// holds evaluates a condition of a job. The operators of both CI services are those of jq, with other names.
func holds(t *testing.T, condition string, event map[string]any) bool {
	t.Helper()
	condition = regexp.MustCompile(`\$|github\.`).ReplaceAllString(condition, ".")
	query, err := gojq.Parse(strings.NewReplacer("'", `"`, "&&", " and ", "||", " or ").Replace(condition))
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	result, _ := query.Run(event).Next()
	value, ok := result.(bool)
	if !ok {
		t.Fatalf("%s is %v", condition, result)
	}
	return value
}

// Each event runs one job, and only the main branch is applied. A pipeline that is started by hand undoes drift.
func TestGuide_pipelineEvents(t *testing.T) {
	type described struct {
		If    string
		Rules []struct{ If string }
	}
	var github struct {
		On   map[string]any
		Jobs map[string]described
	}
	var gitlab struct{ Plan, Apply, Drift described }
	for file, content := range map[string]any{"github-actions.yml": &github, "gitlab-ci.yml": &gitlab} {
		if err := yaml.Unmarshal([]byte(readExample(t, file)), content); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ github, gitlab, branch, want string }{
		{"pull_request", "merge_request_event", "", "plan"},
		{"push", "push", "main", "apply"},
		{"workflow_dispatch", "web", "main", "apply"},
		{"workflow_dispatch", "web", "other", ""},
		{"push", "push", "other", ""},
		{"schedule", "schedule", "main", "drift"},
	} {
		if _, ok := github.On[test.github]; !ok {
			t.Errorf("GitHub does not run the workflow on %s", test.github)
		}
		var onGitHub, onGitLab string
		for name, job := range github.Jobs {
			if holds(t, job.If, map[string]any{"event_name": test.github, "ref": "refs/heads/" + test.branch}) {
				onGitHub += name
			}
		}
		for name, job := range map[string]described{"plan": gitlab.Plan, "apply": gitlab.Apply, "drift": gitlab.Drift} {
			event := map[string]any{"CI_PIPELINE_SOURCE": test.gitlab, "CI_COMMIT_BRANCH": test.branch, "CI_DEFAULT_BRANCH": "main"}
			for _, rule := range job.Rules {
				if holds(t, rule.If, event) {
					onGitLab += name
				}
			}
		}
		if onGitHub != test.want || onGitLab != test.want {
			t.Errorf("%s of branch %q runs the job %q of GitHub and %q of GitLab, want %q", test.github, test.branch, onGitHub, onGitLab, test.want)
		}
	}
}
