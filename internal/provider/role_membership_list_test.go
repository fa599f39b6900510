package provider

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestQuery_bringsAnOrganizationUnderTerraform(t *testing.T) {
	needs(t, "1.14.0", "")
	const roles, users = 5, 40
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.MembersEach(users))
	w := newWorkspace(t, map[string]string{
		"main.tf":             requirements + bed.provider(),
		"members.tfquery.hcl": "list \"posthog_role_membership\" \"all\" {\n  provider = posthog\n  limit    = 1000\n}\n",
	})
	w.must(0, "init")

	result := w.must(0, "query", "-generate-config-out=generated.tf")
	if n := strings.Count(result.stdout, "@"); n < roles*users {
		t.Errorf("the query lists %d addresses, want %d: %s", n, roles*users, result)
	}
	bed.hog.ExpectRequests(t, "GET roles", 1)
	bed.hog.ExpectRequests(t, "GET role_memberships", roles)
	bed.hog.ExpectRequests(t, "", roles+1)

	bed.hog.ForgetRequests()
	applied := w.must(0, "apply", "-auto-approve")
	if want := fmt.Sprintf("Apply complete! Resources: %d imported, 0 added, 0 changed, 0 destroyed.", roles*users); !strings.Contains(applied.stdout, want) {
		t.Errorf("the apply does not say %q: %s", want, applied)
	}
	t.Logf("the apply of %d imports made %d requests", roles*users, len(bed.hog.Requests()))
	bed.hog.ExpectRequests(t, "GET role_memberships", len(bed.hog.Requests()))
	if n := len(bed.hog.Requests()); n > 2*roles {
		t.Errorf("the apply of the imports made %d requests, want at most %d", n, 2*roles)
	}
	if empty := w.must(0, "plan", "-detailed-exitcode"); !strings.Contains(empty.stdout, "No changes") {
		t.Errorf("the plan is not empty: %s", empty)
	}
}

func TestQuery_documentedExample(t *testing.T) {
	needs(t, "1.14.0", "")
	example, err := os.ReadFile("../../examples/list-resources/posthog_role_membership/list-resource.tfquery.hcl")
	if err != nil {
		t.Fatal(err)
	}
	bed := fake(t, fakeposthog.Roles(2), fakeposthog.MembersEach(3))
	query := regexp.MustCompile(`role_id = "[^"]*"`).ReplaceAllString(string(example), fmt.Sprintf("role_id = %q", bed.hog.Role(1)))
	w := newWorkspace(t, map[string]string{"main.tf": requirements + bed.provider(), "members.tfquery.hcl": query})
	w.must(0, "init")
	if result := w.must(0, "query"); strings.Count(result.stdout, "@example.com in ") != 6+3 {
		t.Errorf("the query does not list the 6 of both roles and the 3 of one: %s", result)
	}
}

// lists runs the list resource over the protocol, as Terraform 1.14 and later do.
func lists(t *testing.T, bed *testbed, limit int64, include bool, config map[string]tftypes.Value) []tfprotov6.ListResourceResult {
	t.Helper()
	ctx := context.Background()
	served, err := factories()["posthog"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := served.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	dynamic := func(schema *tfprotov6.Schema, values map[string]tftypes.Value) *tfprotov6.DynamicValue {
		kind, ok := schema.ValueType().(tftypes.Object)
		if !ok {
			t.Fatalf("the schema is not an object: %v", schema.ValueType())
		}
		complete := map[string]tftypes.Value{}
		for name, attribute := range kind.AttributeTypes {
			complete[name] = tftypes.NewValue(attribute, nil)
			if value, ok := values[name]; ok {
				complete[name] = value
			}
		}
		value, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, complete))
		if err != nil {
			t.Fatal(err)
		}
		return &value
	}
	text := func(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }

	configured, err := served.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: dynamic(schemas.Provider, map[string]tftypes.Value{
		"host": text(bed.host), "api_key": text(bed.key), "organization_id": text(bed.organization),
	})})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatal(err, configured.Diagnostics)
	}
	lister, ok := served.(tfprotov6.ListResourceServer)
	if !ok {
		t.Fatal("the provider serves no list resources")
	}
	stream, err := lister.ListResource(ctx, &tfprotov6.ListResourceRequest{
		TypeName: "posthog_role_membership", Config: dynamic(schemas.ListResourceSchemas["posthog_role_membership"], config),
		IncludeResource: include, Limit: limit,
	})
	if err != nil {
		t.Fatal(err)
	}
	var results []tfprotov6.ListResourceResult
	for result := range stream.Results {
		results = append(results, result)
	}
	return results
}

func problems(results []tfprotov6.ListResourceResult) string {
	var all strings.Builder
	for _, result := range results {
		for _, diagnostic := range result.Diagnostics {
			fmt.Fprintln(&all, diagnostic.Summary, diagnostic.Detail)
		}
	}
	return all.String()
}

func TestList_everyRole(t *testing.T) {
	bed := fake(t, fakeposthog.Roles(3), fakeposthog.MembersEach(4))
	bed.hog.RenameRole(bed.hog.Role(1), "Engineering")
	for _, include := range []bool{false, true} {
		results := lists(t, bed, 100, include, nil)
		if len(results) != 12 || problems(results) != "" {
			t.Fatalf("%d results, want 12; %s", len(results), problems(results))
		}
		names := map[string]bool{}
		for _, result := range results {
			names[result.DisplayName] = true
			if result.Identity == nil || (result.Resource != nil) != include {
				t.Errorf("%s: identity %v, resource %v", result.DisplayName, result.Identity, result.Resource)
			}
		}
		if want := bed.hog.User(0).Email + " in Engineering"; len(names) != 12 || !names[want] {
			t.Errorf("the names are %v, want %q among 12", names, want)
		}
	}
}

func TestList_oneRole(t *testing.T) {
	bed := fake(t, fakeposthog.Roles(3), fakeposthog.MembersEach(4))
	results := lists(t, bed, 0, false, map[string]tftypes.Value{"role_id": tftypes.NewValue(tftypes.String, bed.hog.Role(2))})
	if len(results) != 4 || problems(results) != "" {
		t.Fatalf("%d results, want 4; %s", len(results), problems(results))
	}
	bed.hog.ExpectRequests(t, "GET role", 1)
	bed.hog.ExpectRequests(t, "GET role_memberships", 1)
	bed.hog.ExpectRequests(t, "", 2)
}

func TestList_limitStopsTheRequests(t *testing.T) {
	bed := fake(t, fakeposthog.Roles(10), fakeposthog.MembersEach(5))
	if results := lists(t, bed, 3, false, nil); len(results) != 3 {
		t.Fatalf("%d results, want 3; %s", len(results), problems(results))
	}
	bed.hog.ExpectRequests(t, "GET roles", 1)
	bed.hog.ExpectRequests(t, "GET role_memberships", 1)
	if query := bed.hog.Requests()[1].RawQuery; query != "limit=3" {
		t.Errorf("the members were asked for with %q, want a page of 3", query)
	}

	bed.hog.ForgetRequests()
	if results := lists(t, bed, 7, false, nil); len(results) != 7 {
		t.Fatalf("%d results, want 7; %s", len(results), problems(results))
	}
	bed.hog.ExpectRequests(t, "GET role_memberships", 2)
}

func TestList_olderServers(t *testing.T) {
	bed := fake(t, fakeposthog.Older(), fakeposthog.Roles(3), fakeposthog.MembersEach(4))
	if results := lists(t, bed, 100, true, nil); len(results) != 12 || problems(results) != "" {
		t.Fatalf("%d results, want 12; %s", len(results), problems(results))
	}
}

func TestList_errorsReachTheUser(t *testing.T) {
	bed := fake(t, fakeposthog.Roles(3), fakeposthog.MembersEach(1))
	bed.hog.Inject(fakeposthog.Fault{On: "GET role_memberships", Skip: 1, Do: fakeposthog.Error(403, "authentication_error", "permission_denied", "No.", "")})
	results := lists(t, bed, 100, false, nil)
	if len(results) != 2 || !strings.Contains(problems(results), "Unable to list members") {
		t.Errorf("%d results, want a member and an error; %s", len(results), problems(results))
	}

	nobody := tftypes.NewValue(tftypes.String, "018f401e-9a6b-7a00-8b00-00000000aaaa")
	if results := lists(t, bed, 100, false, map[string]tftypes.Value{"role_id": nobody}); !strings.Contains(problems(results), "Role does not exist") {
		t.Errorf("no error for a role that does not exist: %s", problems(results))
	}
	bed.hog.RevokeKey(bed.key)
	if results := lists(t, bed, 100, false, nil); !strings.Contains(problems(results), "Unable to list roles") {
		t.Errorf("no error for a revoked key: %s", problems(results))
	}
}

func TestList_skipsARoleThatVanishes(t *testing.T) {
	bed := fake(t, fakeposthog.Roles(3), fakeposthog.MembersEach(1))
	action, release := fakeposthog.Hold()
	bed.hog.Inject(fakeposthog.Fault{On: "GET role_memberships", Do: action})
	done := make(chan []tfprotov6.ListResourceResult)
	go func() { done <- lists(t, bed, 100, false, nil) }()
	if err := bed.hog.WaitForRequest(t.Context(), "GET role_memberships", 1); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if bed.hog.Requests()[1].Role != bed.hog.Role(i) {
			bed.hog.DeleteRole(bed.hog.Role(i))
			break
		}
	}
	release()
	if results := <-done; len(results) != 2 || problems(results) != "" {
		t.Errorf("%d results, want those of the 2 roles that are left; %s", len(results), problems(results))
	}
}
