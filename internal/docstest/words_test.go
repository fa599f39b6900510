package docstest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// retiredWords are words of the project's former language, which newcomers did not understand.
var retiredWords = regexp.MustCompile(`(?i)\b(whoever|whom|tidings|told|mend(s|ed)?|barren|deed)\b`)

// TestRetiredWords finds retired words in code, comments, messages and documentation. Delete it in December 2027: by then the words will not
// come back.
func TestRetiredWords(t *testing.T) {
	root := filepath.Join("..", "..")
	files := 0
	for _, folder := range []string{"internal", "tools", "templates", "examples", "README.md", "main.go", "GNUmakefile", ".ci", ".golangci.yml"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".sum") {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			for i, line := range strings.Split(string(content), "\n") {
				if word := retiredWords.FindString(line); word != "" {
					t.Errorf("%s:%d has the word %q: %s", path, i+1, word, strings.TrimSpace(line))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Errorf("found %d files, want at least 100", files)
	}
}
