package posthog

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A CACertFileError reports that Config.CACertFile cannot be used. It never repeats the content of the file, which may be a
// private key.
type CACertFileError struct {
	// Path is the absolute path of the file.
	Path string
	// Problem completes the sentence "The file …", such as "is a directory".
	Problem string
}

func (e *CACertFileError) Error() string {
	return fmt.Sprintf("CA certificate file %s %s", e.Path, e.Problem)
}

// trustedAuthorities returns the system's certificate authorities and those of a PEM file. The error is a *CACertFileError.
func trustedAuthorities(file string) (*x509.CertPool, error) {
	trusted, err := x509.SystemCertPool()
	if err != nil {
		trusted = x509.NewCertPool() // The system has no readable authorities, so only the file's are trusted.
	}
	if problem := addCertificates(trusted, file); problem != "" {
		if path, err := filepath.Abs(file); err == nil {
			file = path
		}
		return nil, &CACertFileError{Path: file, Problem: problem}
	}
	return trusted, nil
}

// addCertificates adds the certificates of a PEM file to trusted. It returns what is wrong with the file, or "".
func addCertificates(trusted *x509.CertPool, file string) (problem string) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case err == nil && info.IsDir():
		return "is a directory"
	case err == nil && !info.Mode().IsRegular():
		return "is not a regular file" // Reading a device may never end.
	}
	content, err := os.ReadFile(file) //nolint:gosec // The path is configured by the user.
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return "cannot be read: " + pathErr.Err.Error() // Without the path, which CACertFileError has.
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")) // A byte order mark would hide the first certificate.
	switch {
	case bytes.Contains(content, []byte("PRIVATE KEY-----")):
		return "holds a private key, but must hold only certificates"
	case trusted.AppendCertsFromPEM(content):
		return ""
	case bytes.Contains(content, []byte("-----BEGIN CERTIFICATE-----")):
		return "is damaged: none of its certificates can be read"
	}
	return "holds no certificate"
}
