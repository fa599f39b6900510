package main

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// release writes a release, of no real binaries, as goreleaser would, and returns it. With change, something is different.
func release(t *testing.T, change func(files map[string]string)) built {
	t.Helper()
	root := t.TempDir()
	b := built{folder: filepath.Join(root, "dist"), version: "1.2.3"}
	files := map[string]string{}
	for _, s := range systems {
		binary := "the provider for " + s.String()
		files[b.zipName(s)] = zipped(t, map[string]string{"LICENSE": "MIT", "CHANGELOG.md": "", b.binaryName(s): binary}, 0o755)
		files[b.sbomName(s)] = fmt.Sprintf(
			`{"bomFormat": "CycloneDX", "metadata": {"component": {"version": "v1.2.3"}, "hash": "%x"}, "components": [{"name": "std"}]}`,
			sha256.Sum256([]byte(binary)))
	}
	files["manifest"] = `{"version": 1, "metadata": {"protocol_versions": ["6.0"]}}`
	if change != nil {
		change(files)
	}

	sums := files["SHA256SUMS"]
	for name, content := range files {
		if name == "manifest" {
			name = b.named("manifest.json")
		}
		if name != "SHA256SUMS" {
			sums += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(content)), name)
		}
	}
	files[b.named("SHA256SUMS")] = sums
	delete(files, "SHA256SUMS")

	if err := os.Mkdir(b.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(b.folder, name)
		if name == "manifest" {
			path = filepath.Join(root, manifestSource)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func zipped(t *testing.T, files map[string]string, mode fs.FileMode) string {
	t.Helper()
	var text strings.Builder
	writer := zip.NewWriter(&text)
	for name, content := range files {
		header := zip.FileHeader{Name: name}
		header.SetMode(mode)
		file, err := writer.CreateHeader(&header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestCheck_acceptsARelease(t *testing.T) {
	made := release(t, nil)
	found, err := open(made.folder)
	if err != nil {
		t.Fatal(err)
	}
	if found != made {
		t.Fatalf("open found %+v, want %+v", found, made)
	}
	if err := found.check(); err != nil {
		t.Error(err)
	}
}

func TestCheck_refusesWhatTheRegistryWould(t *testing.T) {
	const zipName, sbomName = "terraform-provider-posthog_1.2.3_linux_arm64.zip", "terraform-provider-posthog_1.2.3_linux_arm64.cdx.json"
	for name, test := range map[string]struct {
		change func(files map[string]string)
		want   string
	}{
		"a zip is missing": {func(f map[string]string) { delete(f, zipName) }, "SHA256SUMS lists"},
		"a zip too many":   {func(f map[string]string) { f["more.zip"] = "" }, "SHA256SUMS lists"},
		"a wrong checksum": {func(f map[string]string) { f["SHA256SUMS"] = "0  " + zipName + "\n" }, "the checksum of " + zipName},
		"another binary's name": {func(f map[string]string) {
			f[zipName] = zipped(t, map[string]string{"LICENSE": "", "CHANGELOG.md": "", "terraform-provider-posthog": ""}, 0o755)
		}, `holds ["CHANGELOG.md" "LICENSE" "terraform-provider-posthog"]`},
		"a binary that does not run": {func(f map[string]string) {
			f[zipName] = zipped(t, map[string]string{"LICENSE": "", "CHANGELOG.md": "", "terraform-provider-posthog_v1.2.3": ""}, 0o644)
		}, "mode is -rw-r--r--"},
		"another binary in the bill of materials": {func(f map[string]string) {
			f[zipName] = zipped(t, map[string]string{"LICENSE": "", "CHANGELOG.md": "", "terraform-provider-posthog_v1.2.3": "other"}, 0o755)
		}, "is of another binary"},
		"another version in the bill of materials": {func(f map[string]string) {
			f[sbomName] = strings.ReplaceAll(f[sbomName], "v1.2.3", "v1.2.2")
		}, "is no bill of materials of v1.2.3"},
		"another protocol": {func(f map[string]string) {
			f["manifest"] = strings.ReplaceAll(f["manifest"], "6.0", "5.0")
		}, "and not version 1 with protocol 6.0"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := release(t, test.change).check(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("says %v, want %q", err, test.want)
			}
		})
	}
}
