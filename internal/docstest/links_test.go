package docstest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// repository is the address of this repository in the pages of the registry, which has no relative links to other files.
var repository = regexp.MustCompile(`^https://github\.com/posthog-rbac/terraform-provider-posthog/(?:blob|tree)/main/`)

// Each link to a file or a heading of this repository leads somewhere.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages := []string{"../../README.md", "../../CONTRIBUTING.md", "../../SECURITY.md", "../../CHANGELOG.md", "../../BENCHMARKS.md"}
	for _, pattern := range []string{"../../docs/*.md", "../../docs/*/*.md", "../../examples/*/README.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no page matches %s: %v", pattern, err)
		}
		pages = append(pages, found...)
	}
	for _, page := range pages {
		for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(readPage(t, page), -1) {
			file, anchor, _ := strings.Cut(link[1], "#")
			switch {
			case repository.MatchString(file):
				file = "../../" + repository.ReplaceAllString(file, "")
			case strings.Contains(file, "://"):
				continue
			case file == "":
				file = page
			default:
				file = filepath.Join(filepath.Dir(page), file)
			}
			info, err := os.Stat(file)
			if err != nil {
				t.Errorf("%s links to %s, which does not exist", page, link[1])
				continue
			}
			if info.IsDir() {
				file = filepath.Join(file, "README.md")
			}
			if anchor != "" && !hasAnchor(readPage(t, file), anchor) {
				t.Errorf("%s links to %s, and no heading has this anchor", page, link[1])
			}
		}
	}
}

// hasAnchor reports whether a heading of the page has the anchor, as GitHub and the registry make it.
func hasAnchor(page, anchor string) bool {
	if strings.Contains(page, `<a id="`+anchor+`">`) {
		return true
	}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		text := regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		if strings.ReplaceAll(text, " ", "-") == anchor {
			return true
		}
	}
	return false
}

func readPage(t *testing.T, page string) string {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
