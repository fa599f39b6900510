package diagnostics

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryMessageIsExpectedByATest looks for the texts of each message function in the tests of all packages. Three words in a row of a
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
			windows := wordWindows(function, file == "operation.go")
			if len(windows) == 0 {
				continue
			}
			messages++
			if !slices.ContainsFunc(windows, func(window string) bool { return strings.Contains(tests.String(), window) }) {
				t.Errorf("no test expects the text of %s", function.Name.Name)
			}
		}
	}
	if messages < 50 {
		t.Errorf("found %d message functions, want at least 50", messages)
	}
}

// wordWindows returns each three words in a row of a function's strings. A string of two words in hasActions is the action of an operation,
// whose summary begins with "Unable to".
func wordWindows(function *ast.FuncDecl, hasActions bool) []string {
	var windows []string
	ast.Inspect(function, func(node ast.Node) bool {
		literal, ok := node.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		words := strings.Fields(text)
		if err == nil && len(words) == 2 && hasActions {
			words = append([]string{"Unable", "to"}, words...)
		}
		for i := range max(0, len(words)-2) {
			if window := strings.Join(words[i:i+3], " "); !strings.Contains(window, "%") {
				windows = append(windows, window)
			}
		}
		return true
	})
	return windows
}
