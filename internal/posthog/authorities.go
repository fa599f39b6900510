package posthog

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A CACertFileError is a Config.CACertFile that is not what it should be. It never repeats what is in the file, which may be
// a secret that was taken for a certificate.
type CACertFileError struct {
	// Path is where the file was looked for, from the root.
	Path string
	// Problem is what is wrong with it, such as "is a directory".
	Problem string
}

func (e *CACertFileError) Error() string {
	return fmt.Sprintf("the file of trusted authorities, %s, %s", e.Path, e.Problem)
}

// trustedAuthorities returns the system's authorities and those of a file. The errors are *CACertFileError.
func trustedAuthorities(file string) (*x509.CertPool, error) {
	content, err := readCACertFile(file)
	if err != nil {
		return nil, err
	}
	trusted, err := x509.SystemCertPool()
	if err != nil {
		// The system's cannot be read, with or without a file: nobody is trusted but the file's.
		trusted = x509.NewCertPool()
	}
	if problem := addCertificates(trusted, content); problem != "" {
		return nil, &CACertFileError{Path: absolute(file), Problem: problem}
	}
	return trusted, nil
}

// readCACertFile reads a file, which must be one: a device or a pipe may never end.
func readCACertFile(file string) ([]byte, error) {
	failure := func(problem string) error { return &CACertFileError{Path: absolute(file), Problem: problem} }
	about, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, failure("does not exist")
	case err != nil:
		return nil, failure("cannot be read: " + bare(err))
	case about.IsDir():
		return nil, failure("is a directory")
	case !about.Mode().IsRegular():
		return nil, failure("is not a regular file")
	}
	content, err := os.ReadFile(file) //nolint:gosec // The caller says which file it is.
	if err != nil {
		return nil, failure("cannot be read: " + bare(err))
	}
	return content, nil
}

// addCertificates adds each certificate of a PEM file to those that are trusted, or says what is wrong with the file. Text
// between the blocks is let pass, as bundles name their authorities there. Everything that means to be a block has to be a
// certificate: one that is passed over would be missed only when a server is not trusted.
func addCertificates(trusted *x509.CertPool, content []byte) (problem string) {
	if _, err := x509.ParseCertificates(content); err == nil && len(content) > 0 {
		return "is in binary form (DER), not in PEM; convert it with “openssl x509 -inform der”"
	}
	// Editors on Windows put a mark in front of the first line, which would hide it.
	rest := bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	begun := 0
	for line := range bytes.Lines(rest) {
		if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("-----BEGIN ")) {
			begun++
		}
	}
	if begun == 0 {
		return "holds no certificate"
	}

	read := 0
	for block, after := pem.Decode(rest); block != nil; block, after = pem.Decode(after) {
		read++
		if block.Type != "CERTIFICATE" {
			return fmt.Sprintf("holds %s (block %d of %d), where it should hold certificates alone", kindOf(block.Type), read, begun)
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Sprintf("holds a certificate that cannot be read (block %d of %d)", read, begun)
		}
		trusted.AddCert(certificate)
	}
	if read != begun {
		return fmt.Sprintf("is damaged: of %d blocks that begin with -----BEGIN, %d can be read", begun, read)
	}
	return ""
}

// kindOf says what a PEM block is, in words of its own.
func kindOf(blockType string) string {
	switch {
	case strings.HasSuffix(blockType, "PRIVATE KEY"), blockType == "EC PARAMETERS": // OpenSSL writes those in front of the key.
		return "a private key"
	case strings.HasSuffix(blockType, "CERTIFICATE REQUEST"):
		return "a request for a certificate"
	case strings.HasSuffix(blockType, "PUBLIC KEY"):
		return "a public key"
	}
	return "something else"
}

// absolute returns where a file is looked for, which depends on the directory that the process was started in.
func absolute(file string) string {
	if path, err := filepath.Abs(file); err == nil {
		return path
	}
	return file
}

// bare returns an error without the file's name, which is told anyway.
func bare(err error) string {
	if about, ok := errors.AsType[*fs.PathError](err); ok {
		return about.Err.Error()
	}
	return err.Error()
}
