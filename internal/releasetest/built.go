package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	project = "terraform-provider-posthog"

	// manifestSource is the file beside the folder, which a release has under another name.
	manifestSource = "terraform-registry-manifest.json"
)

// system is an operating system and an architecture, by Go's names, which are Terraform's too.
type system struct{ os, arch string }

func (s system) String() string { return s.os + "_" + s.arch }

// systems are all that a release is for.
var systems = []system{
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"freebsd", "386"}, {"freebsd", "amd64"}, {"freebsd", "arm"}, {"freebsd", "arm64"},
	{"linux", "386"}, {"linux", "amd64"}, {"linux", "arm"}, {"linux", "arm64"},
	{"windows", "386"}, {"windows", "amd64"}, {"windows", "arm64"},
}

// built is a release, or a snapshot of one, in the folder where goreleaser left it.
type built struct {
	folder  string
	version string // without a v
}

// open returns what lies in the folder. The name of the checksums tells its version.
func open(folder string) (built, error) {
	const prefix, suffix = project + "_", "_SHA256SUMS"
	found, err := filepath.Glob(filepath.Join(folder, prefix+"*"+suffix))
	if err != nil {
		return built{}, err
	}
	if len(found) != 1 {
		return built{}, fmt.Errorf("%d files in %s have a name like %s0.1.0%s; make snapshot leaves one", len(found), folder, prefix, suffix)
	}
	version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), prefix), suffix)
	return built{folder, version}, nil
}

// named returns the name of a file of the release, such as that which ends in "SHA256SUMS".
func (b built) named(end string) string { return project + "_" + b.version + "_" + end }

func (b built) zipName(s system) string  { return b.named(s.String() + ".zip") }
func (b built) sbomName(s system) string { return b.named(s.String() + ".cdx.json") }

// binaryName is what the Registry asks the provider to be called inside a zip.
func (b built) binaryName(s system) string {
	name := project + "_v" + b.version
	if s.os == "windows" {
		name += ".exe"
	}
	return name
}

// read returns the content of a file of the release, which is in the folder, but for the manifest.
func (b built) read(name string) ([]byte, error) {
	if name == b.named("manifest.json") {
		return os.ReadFile(filepath.Join(b.folder, "..", manifestSource))
	}
	return os.ReadFile(filepath.Join(b.folder, name))
}

// check fails unless all is there that a release needs, under its name and with its checksum, and nothing else.
func (b built) check() error {
	want := []string{b.named("manifest.json")}
	for _, s := range systems {
		want = append(want, b.zipName(s), b.sbomName(s))
	}
	if err := b.checkSums(want); err != nil {
		return err
	}
	for _, s := range systems {
		binary, err := b.checkZip(s)
		if err != nil {
			return fmt.Errorf("%s: %w", b.zipName(s), err)
		}
		if err := b.checkSBOM(s, binary); err != nil {
			return fmt.Errorf("%s: %w", b.sbomName(s), err)
		}
	}
	return b.checkManifest()
}

// checkSums fails unless the checksums are right, and those of these files.
func (b built) checkSums(want []string) error {
	sums := b.named("SHA256SUMS")
	text, err := b.read(sums)
	if err != nil {
		return err
	}
	var listed []string
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		content, err := b.read(name)
		if err != nil {
			return fmt.Errorf("%s: %w", sums, err)
		}
		if got := sha256.Sum256(content); hex.EncodeToString(got[:]) != sum {
			return fmt.Errorf("%s: the checksum of %s is %x, and not %s", sums, name, got, sum)
		}
		listed = append(listed, name)
	}
	slices.Sort(want)
	slices.Sort(listed)
	if !slices.Equal(listed, want) {
		return fmt.Errorf("%s lists %q, and not %q", sums, listed, want)
	}
	return nil
}
