package posthog

import (
	"bytes"
	"encoding/base64"
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

// newAuthority returns a certificate authority whose certificate is valid for a year.
func newAuthority(t *testing.T) *fakeposthog.Authority {
	t.Helper()
	return fakeposthog.NewAuthority(t, time.Now().AddDate(1, 0, 0))
}

// writeFile returns the path of a new file with this content.
func writeFile(t *testing.T, content ...[]byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, bytes.Join(content, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// withCACertFile returns a change of the configuration for connect.
func withCACertFile(file string) func(*Config) {
	return func(config *Config) { config.CACertFile = file }
}

func TestAuthorities_ofAFile(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	hog := fakeposthog.StartTLS(t, ours)
	for name, test := range map[string]struct {
		file string
		want Reason
	}{
		"no file":                {"", ReasonUntrusted},
		"another authority":      {writeFile(t, other.PEM), ReasonUntrusted},
		"the authority":          {writeFile(t, ours.PEM), 0},
		"among others":           {writeFile(t, other.PEM, ours.PEM), 0},
		"with text about it":     {writeFile(t, []byte("# Our authority\n====\n"), ours.PEM, []byte("\nThe end.\n")), 0},
		"with a byte order mark": {writeFile(t, []byte("\xef\xbb\xbf"), bytes.ReplaceAll(ours.PEM, []byte("\n"), []byte("\r\n"))), 0},
	} {
		t.Run(name, func(t *testing.T) {
			client, role := connect(t, hog, withCACertFile(test.file))
			_, err := client.Role(t.Context(), role)
			if test.want == 0 && err != nil || test.want != 0 && ReasonOf(err) != test.want {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// A trusted authority does not make a certificate valid for another host name.
func TestAuthorities_certificateOfAnotherHost(t *testing.T) {
	ours := newAuthority(t)
	hog := fakeposthog.StartTLS(t, ours)
	client, role := connect(t, hog, func(config *Config) {
		config.Host = strings.Replace(config.Host, "127.0.0.1", "localhost", 1)
		config.CACertFile = writeFile(t, ours.PEM)
	})
	if _, err := client.Role(t.Context(), role); ReasonOf(err) != ReasonUntrusted {
		t.Errorf("the error is %v", err)
	}
	hog.ExpectRequests(t, "", 0)
}

// An expired authority is not an error of the file, which may hold its successor too. The connection fails instead.
func TestAuthorities_expired(t *testing.T) {
	old := fakeposthog.NewAuthority(t, time.Now().AddDate(0, 0, -1))
	client, role := connect(t, fakeposthog.StartTLS(t, old), withCACertFile(writeFile(t, old.PEM)))
	_, err := client.Role(t.Context(), role)
	if ReasonOf(err) != ReasonUntrusted || !strings.Contains(err.Error(), "certificate has expired") {
		t.Errorf("the error is %v", err)
	}
}

func TestAuthorities_redirectsAreNotFollowed(t *testing.T) {
	ours := newAuthority(t)
	hog, other := fakeposthog.StartTLS(t, ours), fakeposthog.StartTLS(t, ours)
	hog.Inject(fakeposthog.Fault{Do: fakeposthog.Redirect(302, other.URL)})
	client, role := connect(t, hog, withCACertFile(writeFile(t, ours.PEM)))
	if _, err := client.Role(t.Context(), role); ReasonOf(err) != ReasonRedirect {
		t.Errorf("the error is %v", err)
	}
	other.ExpectRequests(t, "", 0)
}

// The file is read once, by New.
func TestAuthorities_areReadOnce(t *testing.T) {
	ours := newAuthority(t)
	file := writeFile(t, ours.PEM)
	client, role := connect(t, fakeposthog.StartTLS(t, ours), withCACertFile(file))
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Role(t.Context(), role); err != nil {
		t.Error(err)
	}
}

func TestAuthorities_badFiles(t *testing.T) {
	good := newAuthority(t).PEM
	block := func(kind string, content []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	}
	secret := []byte("the content of the file")
	for name, test := range map[string]struct {
		file, want string
	}{
		"missing":                 {filepath.Join(t.TempDir(), "none.pem"), "does not exist"},
		"beneath a file":          {filepath.Join(writeFile(t, good), "ca.pem"), "cannot be read: not a directory"},
		"directory":               {t.TempDir(), "is a directory"},
		"device":                  {os.DevNull, "is not a regular file"},
		"empty":                   {writeFile(t), "holds no certificate"},
		"garbage":                 {writeFile(t, secret), "holds no certificate"},
		"public key":              {writeFile(t, block("PUBLIC KEY", secret)), "holds no certificate"},
		"private key":             {writeFile(t, block("PRIVATE KEY", secret)), "holds a private key, but must hold only certificates"},
		"RSA private key":         {writeFile(t, block("RSA PRIVATE KEY", secret)), "holds a private key, but"},
		"certificate and its key": {writeFile(t, good, block("EC PRIVATE KEY", secret)), "holds a private key, but"},
		"not a certificate":       {writeFile(t, block("CERTIFICATE", secret)), "is damaged: none of its certificates can be read"},
		"cut off":                 {writeFile(t, good[:len(good)/2]), "is damaged: none of its certificates can be read"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(Config{Host: "https://posthog.invalid", APIKey: "phx_x", CACertFile: test.file})
			unusable, ok := errors.AsType[*CACertFileError](err)
			if !ok || !strings.HasPrefix(unusable.Problem, test.want) || unusable.Path != test.file {
				t.Fatalf("the error is %v", err)
			}
			if encoded := base64.StdEncoding.EncodeToString(secret); strings.Contains(err.Error(), string(secret)) || strings.Contains(err.Error(), encoded) {
				t.Errorf("the error repeats the content of the file: %v", err)
			}
		})
	}
}

func TestAuthorities_unreadableFile(t *testing.T) {
	file := writeFile(t, newAuthority(t).PEM)
	if err := os.Chmod(file, 0); err != nil {
		t.Fatal(err)
	}
	if opened, err := os.Open(file); err == nil {
		opened.Close()
		t.Skip("the user of this test can read every file")
	}
	_, err := New(Config{APIKey: "phx_x", CACertFile: file})
	if unusable, ok := errors.AsType[*CACertFileError](err); !ok || unusable.Problem != "cannot be read: permission denied" {
		t.Errorf("the error is %v", err)
	}
}

// A relative path starts at the working directory. The error has the absolute path.
func TestAuthorities_relativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := New(Config{APIKey: "phx_x", CACertFile: "ca.pem"})
	here, _ := os.Getwd()
	if unusable, ok := errors.AsType[*CACertFileError](err); !ok || unusable.Path != filepath.Join(here, "ca.pem") {
		t.Fatalf("the error is %v", err)
	}
	if err := os.WriteFile("ca.pem", newAuthority(t).PEM, 0o600); err != nil {
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

// The authorities of the file are trusted in addition to the system's. Go reads the system's once per process, so the test
// runs a child process with another SSL_CERT_FILE.
func TestAuthorities_besideTheSystems(t *testing.T) {
	if os.Getenv(envServers) != "" {
		askServers(t)
		return
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("SSL_CERT_FILE does nothing on this system")
	}
	systems, ours, other := newAuthority(t), newAuthority(t), newAuthority(t)
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
	command.Env = append(os.Environ(), "SSL_CERT_FILE="+writeFile(t, systems.PEM), "SSL_CERT_DIR="+t.TempDir(),
		envFile+"="+writeFile(t, ours.PEM), envServers+"="+strings.Join(servers, ","))
	printed, err := command.CombinedOutput()
	if err != nil || !bytes.Contains(printed, []byte("trusted: [true true false]; without the file: [true false false]")) {
		t.Errorf("%v: %s", err, printed)
	}
}

// askServers prints which of the servers are trusted.
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
