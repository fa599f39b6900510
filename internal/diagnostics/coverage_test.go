package diagnostics

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestEveryMessageIsExpectedByATest looks for the texts of each message function in the tests of all packages: four words in a row of a
// message are enough.
func TestEveryMessageIsExpectedByATest(t *testing.T) {
	var tests strings.Builder
	err := filepath.WalkDir("..", func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			var content []byte
			content, err = os.ReadFile(path)
			tests.Write(content)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	messages := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			texts := literals(function)
			if len(texts) == 0 {
				continue
			}
			messages++
			if !isExpected(texts, tests.String()) {
				t.Errorf("no test expects the text of %s", function.Name.Name)
			}
		}
	}
	if messages < 50 {
		t.Errorf("found %d message functions, want at least 50", messages)
	}
}

// literals returns the strings of a function that have four words or more.
func literals(function *ast.FuncDecl) []string {
	var texts []string
	ast.Inspect(function, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil && len(strings.Fields(text)) >= 4 {
				texts = append(texts, text)
			}
		}
		return true
	})
	return texts
}

// isExpected reports whether tests have four words in a row of one of the texts.
func isExpected(texts []string, tests string) bool {
	for _, text := range texts {
		words := strings.Fields(text)
		for i := range len(words) - 3 {
			if window := strings.Join(words[i:i+4], " "); !strings.Contains(window, "%") && strings.Contains(tests, window) {
				return true
			}
		}
	}
	return false
}
