package posthog

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// private returns an authority whose certificate is good for another year.
func private(t *testing.T) *fakeposthog.Authority {
	t.Helper()
	return fakeposthog.NewAuthority(t, time.Now().AddDate(1, 0, 0))
}

// kept returns the path of a file with this content.
func kept(t *testing.T, content ...[]byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, bytes.Join(content, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// trusting makes the change of a client's configuration that names a file.
func trusting(file string) func(*Config) {
	return func(config *Config) { config.CACertFile = file }
}

func TestAuthorities_ofAFile(t *testing.T) {
	ours, other := private(t), private(t)
	hog := fakeposthog.StartTLS(t, ours)
	for name, test := range map[string]struct {
		file string
		want Reason
	}{
		"no file":               {"", ReasonUntrusted},
		"another authority":     {kept(t, other.PEM), ReasonUntrusted},
		"the authority":         {kept(t, ours.PEM), 0},
		"among others":          {kept(t, other.PEM, ours.PEM), 0},
		"with text about it":    {kept(t, []byte("# Ours, of 2026\n====\n"), ours.PEM, []byte("\nThe end.\n")), 0},
		"of an editor's making": {kept(t, []byte("\xef\xbb\xbf"), bytes.ReplaceAll(ours.PEM, []byte("\n"), []byte("\r\n"))), 0},
	} {
		t.Run(name, func(t *testing.T) {
			client, role := connect(t, hog, trusting(test.file))
			_, err := client.Role(t.Context(), role)
			if test.want == 0 && err != nil || test.want != 0 && ReasonOf(err) != test.want {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// What a server says of itself is held against it as without a file.
func TestAuthorities_ofAFileVouchForNoOtherName(t *testing.T) {
	ours := private(t)
	hog := fakeposthog.StartTLS(t, ours)
	client, role := connect(t, hog, func(config *Config) {
		config.Host = strings.Replace(config.Host, "127.0.0.1", "localhost", 1)
		config.CACertFile = kept(t, ours.PEM)
	})
	if _, err := client.Role(t.Context(), role); ReasonOf(err) != ReasonUntrusted {
		t.Errorf("the error is %v", err)
	}
	hog.ExpectRequests(t, "", 0)
}

// An authority whose time is over is no error of the file, which may hold its successor too; the server's refusal names it.
func TestAuthorities_thatAreOutOfDate(t *testing.T) {
	old := fakeposthog.NewAuthority(t, time.Now().AddDate(0, 0, -1))
	client, role := connect(t, fakeposthog.StartTLS(t, old), trusting(kept(t, old.PEM)))
	_, err := client.Role(t.Context(), role)
	if ReasonOf(err) != ReasonUntrusted || !strings.Contains(err.Error(), "certificate has expired") {
		t.Errorf("the error is %v", err)
	}
}

func TestAuthorities_redirectsAreNotFollowed(t *testing.T) {
	ours := private(t)
	hog, other := fakeposthog.StartTLS(t, ours), fakeposthog.StartTLS(t, ours)
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.Redirect(302, other.URL)})
	client, role := connect(t, hog, trusting(kept(t, ours.PEM)))
	if _, err := client.Role(t.Context(), role); ReasonOf(err) != ReasonRedirect {
		t.Errorf("the error is %v", err)
	}
	other.ExpectRequests(t, "", 0)
}

// The file is read when the client is made, and its going away later changes nothing.
func TestAuthorities_areReadOnce(t *testing.T) {
	ours := private(t)
	file := kept(t, ours.PEM)
	client, role := connect(t, fakeposthog.StartTLS(t, ours), trusting(file))
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Role(t.Context(), role); err != nil {
		t.Error(err)
	}
}

func TestAuthorities_badFiles(t *testing.T) {
	good := private(t).PEM
	decoded, _ := pem.Decode(good)
	block := func(kind string, content []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	}
	secret := []byte("a secret of somebody")
	directory := t.TempDir()
	beneath := filepath.Join(kept(t, good), "ca.pem")
	for name, test := range map[string]struct {
		file, want string
	}{
		"missing":                      {filepath.Join(directory, "none.pem"), "does not exist"},
		"beneath a file":               {beneath, "cannot be read: not a directory"},
		"directory":                    {directory, "is a directory"},
		"device":                       {os.DevNull, "is not a regular file"},
		"empty":                        {kept(t), "holds no certificate"},
		"garbage":                      {kept(t, secret), "holds no certificate"},
		"binary":                       {kept(t, decoded.Bytes), "is in binary form (DER), not in PEM; convert it with “openssl x509 -inform der”"},
		"private key":                  {kept(t, block("PRIVATE KEY", secret)), "holds a private key (block 1 of 1), where it should hold certificates alone"},
		"private key of another form":  {kept(t, block("RSA PRIVATE KEY", secret)), "holds a private key (block 1 of 1), where"},
		"private key of a curve":       {kept(t, block("EC PARAMETERS", secret), block("EC PRIVATE KEY", secret)), "holds a private key (block 1 of 2), where"},
		"certificate, and its key":     {kept(t, good, block("EC PRIVATE KEY", secret)), "holds a private key (block 2 of 2), where"},
		"request":                      {kept(t, block("CERTIFICATE REQUEST", secret)), "holds a request for a certificate (block 1 of 1), where"},
		"public key":                   {kept(t, block("PUBLIC KEY", secret)), "holds a public key (block 1 of 1), where"},
		"something else":               {kept(t, block("A SECRET OF SOMEBODY", secret)), "holds something else (block 1 of 1), where"},
		"block that is no certificate": {kept(t, good, block("CERTIFICATE", secret)), "holds a certificate that cannot be read (block 2 of 2)"},
		"cut off":                      {kept(t, good, good[:len(good)/2]), "is damaged: of 2 blocks that begin with -----BEGIN, 1 can be read"},
		"cut off in the middle":        {kept(t, good[:len(good)/2], []byte("\n"), good), "is damaged: of 2 blocks"},
		"indented":                     {kept(t, []byte("  "), bytes.ReplaceAll(good, []byte("\n"), []byte("\n  "))), "is damaged: of 1 blocks that begin with -----BEGIN, 0 can be read"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(Config{Host: "https://posthog.invalid", APIKey: "phx_x", CACertFile: test.file})
			unusable, ok := errors.AsType[*CACertFileError](err)
			if !ok || !strings.HasPrefix(unusable.Problem, test.want) || unusable.Path != test.file {
				t.Fatalf("the error is %v", err)
			}
			for _, inside := range []string{"secret of somebody", "SECRET"} {
				if strings.Contains(err.Error(), inside) {
					t.Errorf("it tells what is in the file: %v", err)
				}
			}
		})
	}
}

func TestAuthorities_fileThatMayNotBeRead(t *testing.T) {
	file := kept(t, private(t).PEM)
	if err := os.Chmod(file, 0); err != nil {
		t.Fatal(err)
	}
	if opened, err := os.Open(file); err == nil {
		opened.Close()
		t.Skip("whoever runs this may read everything")
	}
	_, err := New(Config{APIKey: "phx_x", CACertFile: file})
	if unusable, ok := errors.AsType[*CACertFileError](err); !ok || unusable.Problem != "cannot be read: permission denied" {
		t.Errorf("the error is %v", err)
	}
}

// A relative path starts where the process works, which the error tells.
func TestAuthorities_relativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := New(Config{APIKey: "phx_x", CACertFile: "ca.pem"})
	here, _ := os.Getwd()
	if unusable, ok := errors.AsType[*CACertFileError](err); !ok || unusable.Path != filepath.Join(here, "ca.pem") {
		t.Fatalf("the error is %v", err)
	}
	if err := os.WriteFile("ca.pem", private(t).PEM, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{APIKey: "phx_x", CACertFile: "ca.pem"}); err != nil {
		t.Error(err)
	}
}

// The environment of the process that TestAuthorities_besideTheSystems runs.
const (
	envServers = "TEST_AUTHORITIES_SERVERS"
	envFile    = "TEST_AUTHORITIES_FILE"
)

// Those of a file are trusted besides the system's, not in their place. What the system trusts is settled once in a process,
// so that another one is run, whose system has one authority.
func TestAuthorities_besideTheSystems(t *testing.T) {
	if os.Getenv(envServers) != "" {
		askServers(t)
		return
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("SSL_CERT_FILE does nothing on this system")
	}
	systems, ours, other := private(t), private(t), private(t)
	var servers []string
	for _, authority := range []*fakeposthog.Authority{systems, ours, other} {
		hog := fakeposthog.StartTLS(t, authority)
		servers = append(servers, hog.URL+" "+hog.Key)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, "-test.run=^TestAuthorities_besideTheSystems$", "-test.v")
	command.Env = append(os.Environ(), "SSL_CERT_FILE="+kept(t, systems.PEM), "SSL_CERT_DIR="+t.TempDir(),
		envFile+"="+kept(t, ours.PEM), envServers+"="+strings.Join(servers, ","))
	printed, err := command.CombinedOutput()
	if err != nil || !bytes.Contains(printed, []byte("trusted: [true true false]; without the file: [true false false]")) {
		t.Errorf("%v: %s", err, printed)
	}
}

// askServers tells which of the servers are trusted.
func askServers(t *testing.T) {
	t.Helper()
	trusted := func(file string) (all []bool) {
		for server := range strings.SplitSeq(os.Getenv(envServers), ",") {
			host, key, _ := strings.Cut(server, " ")
			client, err := New(Config{Host: host, APIKey: key, CACertFile: file, Backoff: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Organization(t.Context(), CurrentOrganization)
			if err != nil && ReasonOf(err) != ReasonUntrusted {
				t.Error(err)
			}
			all = append(all, err == nil)
			client.CloseIdleConnections()
		}
		return all
	}
	fmt.Printf("trusted: %v; without the file: %v\n", trusted(os.Getenv(envFile)), trusted(""))
}
