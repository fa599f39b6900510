package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// checkZip fails unless the zip holds the provider under its name, ready to run, and the texts. It returns the provider.
func (b built) checkZip(s system) ([]byte, error) {
	reader, err := zip.OpenReader(filepath.Join(b.folder, b.zipName(s)))
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }()

	want := []string{"CHANGELOG.md", "LICENSE", b.binaryName(s)}
	names := make([]string, 0, len(want))
	for _, file := range reader.File {
		names = append(names, file.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, want) {
		return nil, fmt.Errorf("holds %q, and not %q", names, want)
	}

	binary, err := reader.Open(b.binaryName(s))
	if err != nil {
		return nil, err
	}
	defer func() { _ = binary.Close() }()
	about, err := binary.Stat()
	if err != nil {
		return nil, err
	}
	if mode := about.Mode(); mode != 0o755 {
		return nil, fmt.Errorf("the provider's mode is %s, and not that of a program that all may run", mode)
	}
	return io.ReadAll(binary)
}

// checkSBOM fails unless the bill of materials is of this provider.
func (b built) checkSBOM(s system, binary []byte) error {
	text, err := b.read(b.sbomName(s))
	if err != nil {
		return err
	}
	var bill struct {
		BOMFormat string
		Metadata  struct {
			Component struct{ Version string }
		}
		Components []struct{ Name string }
	}
	if err := json.Unmarshal(text, &bill); err != nil {
		return err
	}
	if bill.BOMFormat != "CycloneDX" || bill.Metadata.Component.Version != "v"+b.version || len(bill.Components) == 0 {
		return fmt.Errorf("is no bill of materials of v%s: %+v", b.version, bill)
	}
	if sum := sha256.Sum256(binary); !bytes.Contains(text, []byte(hex.EncodeToString(sum[:]))) {
		return fmt.Errorf("is of another binary than the one in the zip, whose SHA-256 is %x", sum)
	}
	return nil
}

// checkManifest fails unless the manifest tells the Registry that the provider speaks protocol 6.
func (b built) checkManifest() error {
	text, err := b.read(b.named("manifest.json"))
	if err != nil {
		return err
	}
	var manifest struct {
		Version  int
		Metadata struct {
			Protocols []string `json:"protocol_versions"`
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return fmt.Errorf("%s: %w", manifestSource, err)
	}
	if manifest.Version != 1 || strings.Join(manifest.Metadata.Protocols, " ") != "6.0" {
		return fmt.Errorf("%s is %+v, and not version 1 with protocol 6.0", manifestSource, manifest)
	}
	return nil
}
