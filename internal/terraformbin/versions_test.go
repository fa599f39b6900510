package terraformbin_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The workflow and both tables of the docs list the versions of Terraform and OpenTofu that the provider is tested on.
func TestSupportedVersions(t *testing.T) {
	read := func(file string) string {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}

	var tested []string
	workflow := read(".github/workflows/test.yml")
	for _, row := range regexp.MustCompile(`- \{ name: (\w+) ([\d.]+), command: (\w+), version: ~([\d.]+)\.0 \}`).FindAllStringSubmatch(workflow, -1) {
		tested = append(tested, row[1]+" "+row[2])
		if command := map[string]string{"Terraform": "terraform", "OpenTofu": "tofu"}[row[1]]; row[3] != command || row[4] != row[2] {
			t.Errorf("test.yml has %q, want the command %s and version %s", row[0], command, row[2])
		}
	}
	if want := strings.Count(workflow, "- { name: "); len(tested) == 0 || len(tested) != want {
		t.Fatalf("read %d of %d rows of the matrix in test.yml", len(tested), want)
	}

	const pageA, pageB = "README.md", "templates/index.md.tmpl"
	tables := map[string][]string{}
	for _, page := range []string{pageA, pageB} {
		var listed []string
		for _, row := range regexp.MustCompile(`(?m)^\| ((?:Terraform|OpenTofu) [\d.]+) \|.*$`).FindAllStringSubmatch(read(page), -1) {
			listed = append(listed, row[1])
			tables[page] = append(tables[page], row[0])
		}
		if !slices.Equal(listed, tested) {
			t.Errorf("%s lists %v, and test.yml tests %v", page, listed, tested)
		}
	}
	if !slices.Equal(tables[pageA], tables[pageB]) {
		t.Errorf("the tables differ: %q", tables)
	}
}
