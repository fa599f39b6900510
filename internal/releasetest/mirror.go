package main

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

// Where Terraform and OpenTofu look for a provider whose source names no registry.
var registries = []string{"registry.terraform.io", "registry.opentofu.org"}

// mirror is a folder that takes the place of the registries, with one zip for one system in it.
type mirror struct {
	folder    string
	zipName   string
	cliConfig string // for TF_CLI_CONFIG_FILE
}

// newMirror puts the zip, as it was released, where Terraform and OpenTofu look for it.
func newMirror(b built, s system, folder string) (mirror, error) {
	m := mirror{filepath.Join(folder, "mirror"), b.zipName(s), filepath.Join(folder, "terraformrc")}
	content, err := b.read(m.zipName)
	if err != nil {
		return m, err
	}
	for _, path := range m.zips() {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return m, err
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return m, err
		}
	}
	return m, os.WriteFile(m.cliConfig, terraformbin.MirrorConfig(m.folder), 0o600)
}

// zips returns the path of the zip for each registry.
func (m mirror) zips() (paths []string) {
	for _, registry := range registries {
		paths = append(paths, filepath.Join(m.folder, registry, "posthog-rbac", "posthog", m.zipName))
	}
	return paths
}

// tamper adds one byte to the end of each file in the zips.
func (m mirror) tamper() error {
	for _, path := range m.zips() {
		if err := tamperWith(path); err != nil {
			return err
		}
	}
	return nil
}

func tamperWith(path string) error {
	reader, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer func() { _ = reader.Close() }()
	tampered, err := os.Create(path + ".tampered")
	if err != nil {
		return err
	}
	defer func() { _ = tampered.Close() }()

	writer := zip.NewWriter(tampered)
	for _, file := range reader.File {
		if err := copyWithOneMore(writer, file); err != nil {
			return err
		}
	}
	if err := writer.Close(); err != nil {
		return err
	}
	return os.Rename(tampered.Name(), path)
}

func copyWithOneMore(to *zip.Writer, file *zip.File) error {
	in, err := file.Open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	header := zip.FileHeader{Name: file.Name, Method: zip.Deflate, Modified: file.Modified}
	header.SetMode(file.Mode())
	out, err := to.CreateHeader(&header)
	if err != nil {
		return err
	}
	content, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	_, err = out.Write(append(content, 0))
	return err
}
