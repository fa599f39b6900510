package provider

import (
	"encoding/pem"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// private returns a testbed whose server has a certificate of an authority that no system knows, and that authority's.
func private(t *testing.T) (bed *testbed, certificate string) {
	t.Helper()
	authority := fakeposthog.NewAuthority(t, time.Now().AddDate(1, 0, 0))
	hog := fakeposthog.StartTLS(t, authority)
	return &testbed{
		hog: hog, host: hog.URL, key: hog.Key, organization: hog.OrganizationID, role: hog.Role(0), user: hog.User(0).UUID,
	}, string(authority.PEM)
}

// The real Terraform, since a relative path starts at the directory that it works in.
func TestCACertFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		argument, variable string
		chdir              bool
	}{
		"in the configuration":   {argument: `ca_cert_file = "certificates/ca.pem"`},
		"beside the module":      {argument: `ca_cert_file = "${path.module}/certificates/ca.pem"`},
		"in the environment":     {variable: "certificates/ca.pem"},
		"in another directory":   {argument: `ca_cert_file = "certificates/ca.pem"`, chdir: true},
		"the configuration wins": {argument: `ca_cert_file = "certificates/ca.pem"`, variable: "none.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed, certificate := private(t)
			folder, options := "", []string(nil)
			if test.chdir {
				folder, options = "infrastructure", []string{"-chdir=infrastructure"}
			}
			w := acctest.NewWorkspace(t, map[string]string{
				filepath.Join(folder, "main.tf"):                acctest.Requirements + bed.provider(test.argument) + membership(bed.role, bed.user),
				filepath.Join(folder, "certificates", "ca.pem"): certificate,
			})
			if test.variable != "" {
				w.Setenv("POSTHOG_CA_CERT_FILE", test.variable)
			}
			w.Must(0, append(options, "apply", "-auto-approve")...)
			w.Must(0, append(options, "plan", "-detailed-exitcode")...)
			if !bed.hog.IsMember(bed.role, bed.user) {
				t.Error("the user is not in the role")
			}
		})
	}
}

// Without the file the server is not trusted, and gets no request; and the message leads to the file.
func TestCACertFile_leftOut(t *testing.T) {
	t.Parallel()
	bed, _ := private(t)
	w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + membership(bed.role, bed.user)})
	result := w.Must(1, "plan")
	if !acctest.Message("Error: Unable to read role", "No answer from "+bed.host, "certificate signed by unknown authority", "ca_cert_file in the provider block", "POSTHOG_CA_CERT_FILE", "SSL_CERT_FILE").MatchString(result.Stderr) {
		t.Errorf("the message is another: %s", result)
	}
	bed.hog.ExpectRequests(t, "", 0)
}

// Where the path is not known in the plan, there is no plan from PostHog, as with every other attribute of the provider.
func TestCACertFile_notKnownYet(t *testing.T) {
	t.Parallel()
	bed, certificate := private(t)
	c := newCore(t, bed)
	c.Configure("ca_cert_file", terraformcore.Unknown)
	listing(bed, c)
	if result := c.Plan(); !acctest.Message("Provider configuration not known yet", "The provider's ca_cert_file will be known only after apply.").MatchString(result.Errors()) {
		t.Errorf("the message is another: %s", result)
	}
	w := acctest.NewWorkspace(t, map[string]string{
		"main.tf": acctest.Requirements + "resource \"terraform_data\" \"certificate\" {\n  input = \"ca.pem\"\n}\n" +
			bed.provider("ca_cert_file = terraform_data.certificate.output") + membership(bed.role, bed.user),
		"ca.pem": certificate,
	})
	w.Apply()
	if !bed.hog.IsMember(bed.role, bed.user) {
		t.Error("the user is not in the role")
	}
}

// A bad file is reported before any request, with the line or the environment variable that names it.
func TestCACertFile_badFiles(t *testing.T) {
	t.Parallel()
	bed, certificate := private(t)
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte(strings.Repeat("secret", 20))}))
	inside := strings.Split(key, "\n")[1]
	for name, test := range map[string]struct {
		argument, variable string
		want               *regexp.Regexp
	}{
		"missing":                        {argument: `ca_cert_file = "none.pem"`, want: acctest.Message("Error: Unusable ca_cert_file", "on main.tf line", `ca_cert_file = "none.pem"`, "ca_cert_file names /", "none.pem, which does not exist.", "PEM", "path.module", "pathexpand")},
		"home directory that is not one": {argument: `ca_cert_file = "~/ca.pem"`, want: acctest.Message("Error: Unusable ca_cert_file", "~/ca.pem, which does not exist.", `pathexpand("~/ca.pem")`)},
		"directory":                      {argument: `ca_cert_file = path.module`, want: acctest.Message("Error: Unusable ca_cert_file", "which is a directory.")},
		"garbage":                        {argument: `ca_cert_file = "main.tf"`, want: acctest.Message("Error: Unusable ca_cert_file", "main.tf, which holds no certificate.")},
		"private key":                    {argument: `ca_cert_file = "key.pem"`, want: acctest.Message("Error: Unusable ca_cert_file", "key.pem, which holds a private key")},
		"certificate that is cut off":    {argument: `ca_cert_file = "cut.pem"`, want: acctest.Message("Error: Unusable ca_cert_file", "cut.pem, which is damaged")},
		"nothing":                        {argument: `ca_cert_file = ""`, want: acctest.Message("Error: Invalid ca_cert_file", "must not be empty")},
		"private key in the environment": {variable: "key.pem", want: acctest.Message("Error: Unusable ca_cert_file", "The environment variable POSTHOG_CA_CERT_FILE, which is used because ca_cert_file is not set, names", "key.pem, which holds a private key")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorkspace(t, map[string]string{
				"main.tf": acctest.Requirements + bed.provider(test.argument) + membership(bed.role, bed.user),
				"key.pem": key, "cut.pem": certificate[:len(certificate)/2],
			})
			w.Setenv("TF_LOG", "TRACE")
			if test.variable != "" {
				w.Setenv("POSTHOG_CA_CERT_FILE", test.variable)
			}
			result := w.Must(1, "plan")
			if !test.want.MatchString(result.Stderr) {
				t.Errorf("the message is another: %s", result)
			}
			if strings.Contains(result.Stdout+result.Stderr, inside) {
				t.Error("the private key is in the output or in the log")
			}
		})
	}
	t.Cleanup(func() { bed.hog.ExpectRequests(t, "", 0) })
}
