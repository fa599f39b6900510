package provider

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const guide = "../../templates/guides/troubleshooting.md.tmpl"

// constants returns the string constants of a file whose names begin with prefix.
func constants(t *testing.T, file, prefix string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			return true
		}
		found[spec.Names[0].Name] = literal(t, spec.Values[0])
		return false
	})
	if len(found) == 0 {
		t.Fatalf("%s has no constants %s…", file, prefix)
	}
	return found
}

func literal(t *testing.T, expression ast.Expr) string {
	t.Helper()
	switch e := expression.(type) {
	case *ast.BinaryExpr:
		return literal(t, e.X) + literal(t, e.Y)
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	t.Fatalf("a message is made of %T, which this test cannot read", expression)
	return ""
}

// flat makes texts comparable in spite of how they are wrapped, and what stands in for a value.
func flat(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("%s", "…", "%q", "`…`").Replace(text)), " ")
}

// The guide has a section for every message of the code, and none for a message that does not exist.
func TestTroubleshooting_listsEveryMessage(t *testing.T) {
	content, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^##+ (.+)$`).FindAllStringSubmatch(string(content), -1) {
		headings[heading[1]] = true
	}

	for name, summary := range constants(t, "summaries.go", "summary") {
		if !headings[flat(summary)] {
			t.Errorf("the guide has no heading %q (%s)", flat(summary), name)
		}
		delete(headings, flat(summary))
	}
	for _, section := range []string{"Before anything is asked of PostHog", "What a plan refuses", "Who is meant", "A saved plan that is out of date", "Adding and removing", "Importing and listing"} {
		delete(headings, section)
	}
	if len(headings) > 0 {
		t.Errorf("the guide has headings for messages that do not exist: %v", headings)
	}
}

// Messages are made nowhere else: what is not a constant of these files would not be in the guide.
func TestTroubleshooting_messagesAreConstants(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	inline := regexp.MustCompile(`(AddError|AddWarning|NewErrorDiagnostic|NewWarningDiagnostic)\("|(AddAttributeError|AddAttributeWarning|NewAttributeErrorDiagnostic)\([^,]*, "`)
	for _, file := range files {
		if strings.HasSuffix(file.Name(), "_test.go") || !strings.HasSuffix(file.Name(), ".go") {
			continue
		}
		content, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range inline.FindAllString(string(content), -1) {
			if !strings.Contains(string(content), found+"Unexpected provider data") { // A bug, not a message for users.
				t.Errorf("%s makes a message in place: %s", file.Name(), found)
			}
		}
	}
}
