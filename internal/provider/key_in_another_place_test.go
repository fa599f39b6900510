package provider

import (
	"regexp"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
)

// A key in the place of another value is refused, and so is a value in the place of the key. Neither is in the message.
func TestBadInput_keyInAnotherPlace(t *testing.T) {
	const key = "phx_secretsecret"
	bed := fake(t)
	for name, test := range map[string]struct {
		arguments map[string]any // of the provider
		env       map[string]string
		resource  map[string]any
		blames    string
		want      *regexp.Regexp
	}{
		"organization": {arguments: map[string]any{"organization_id": key}, blames: "organization_id", want: acctest.Message("organization_id must not be an API key")},
		"organization in the environment": {
			arguments: map[string]any{"organization_id": nil}, env: map[string]string{"POSTHOG_ORGANIZATION_ID": key}, blames: "organization_id",
			want: acctest.Message("POSTHOG_ORGANIZATION_ID, which is used because organization_id is not set, must not be an API key"),
		},
		"host": {arguments: map[string]any{"host": key}, blames: "host", want: acctest.Message("host must be a URL", "not an API key")},
		"host in the environment": {
			arguments: map[string]any{"host": nil}, env: map[string]string{"POSTHOG_HOST": key}, blames: "host", want: acctest.Message("POSTHOG_HOST", "not an API key"),
		},
		"file":           {arguments: map[string]any{"ca_cert_file": key}, blames: "ca_cert_file", want: acctest.Message("ca_cert_file must not be an API key")},
		"role":           {resource: map[string]any{"role_id": `"` + key + `"`, "user_uuid": bed.user}, blames: "role_id", want: acctest.Message("role_id must not be an API key")},
		"user":           {resource: map[string]any{"role_id": bed.role, "user_email": key}, blames: "user_email", want: acctest.Message("user_email must not be an API key")},
		"flags key":      {arguments: map[string]any{"api_key": "phs_secretsecret"}, blames: "api_key", want: acctest.Message("api_key is a feature flags secure key (phs_…)")},
		"quotes":         {arguments: map[string]any{"api_key": `"` + key + `"`}, blames: "api_key", want: acctest.Message("api_key must not be in quotation marks")},
		"ingestion host": {arguments: map[string]any{"host": "https://eu.i.posthog.com"}, blames: "host", want: acctest.Message("only takes events", "use https://us.posthog.com or https://eu.posthog.com")},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			c := newCore(t, bed)
			for argument, value := range test.arguments {
				c.Configure(argument, value)
			}
			if test.resource == nil {
				test.resource = membershipOf(bed.role, bed.user)
			}
			c.Declare(one, test.resource)
			result := c.Apply()
			if errors := result.Errors(); !test.want.MatchString(errors) || !result.HasErrorAt(test.blames) || strings.Contains(errors, "secretsecret") {
				t.Errorf("the message is another, repeats the key, or blames another attribute than %q: %s", test.blames, result)
			}
		})
	}
	bed.hog.ExpectRequests(t, "", 0)
}
