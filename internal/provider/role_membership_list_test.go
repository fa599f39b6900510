package provider

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
)

func TestQuery_bringsAnOrganizationUnderTerraform(t *testing.T) {
	t.Parallel()
	acctest.RequireTerraform(t, "1.14.0", "")
	const roles, users = 5, 40
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.MembersEach(users))
	w := acctest.NewWorkspace(t, map[string]string{
		"main.tf":             acctest.Requirements + bed.provider(),
		"members.tfquery.hcl": "list \"posthog_role_membership\" \"all\" {\n  provider = posthog\n  limit    = 1000\n}\n",
	})

	result := w.Must(0, "query", "-generate-config-out=generated.tf")
	if n := strings.Count(result.Stdout, "@"); n < roles*users {
		t.Errorf("the query lists %d addresses, want %d: %s", n, roles*users, result)
	}
	bed.hog.ExpectRequests(t, "GET roles", 1)
	bed.hog.ExpectRequests(t, "GET role", roles)
	bed.hog.ExpectRequests(t, "", roles+1)

	generated := w.Read("generated.tf")
	if n := strings.Count(generated, "user_email"); n != roles*users || strings.Count(generated, "user_uuid") != roles*users {
		t.Errorf("the configuration names %d by email, want %d, and UUIDs in identities alone: %.1000s", n, roles*users, generated)
	}

	bed.hog.ForgetRequests()
	applied := w.Must(0, "apply", "-auto-approve")
	if want := fmt.Sprintf("Apply complete! Resources: %d imported, 0 added, 0 changed, 0 destroyed.", roles*users); !strings.Contains(applied.Stdout, want) {
		t.Errorf("the apply does not say %q: %s", want, applied)
	}
	t.Logf("the apply of %d imports made %d requests", roles*users, len(bed.hog.Requests()))
	bed.hog.ExpectRequests(t, "GET role", len(bed.hog.Requests()))
	if n := len(bed.hog.Requests()); n > 2*roles {
		t.Errorf("the apply of the imports made %d requests, want at most %d", n, 2*roles)
	}
	if empty := w.Must(0, "plan", "-detailed-exitcode"); !strings.Contains(empty.Stdout, "No changes") {
		t.Errorf("the plan is not empty: %s", empty)
	}
}

func TestQuery_documentedExamples(t *testing.T) {
	t.Parallel()
	acctest.RequireTerraform(t, "1.14.0", "")
	for resource, want := range map[string]struct {
		line  *regexp.Regexp
		times int
	}{
		"posthog_role_membership": {regexp.MustCompile(`@example\.com in `), 6 + 3}, // the members of both roles, and of one
		"posthog_role_members":    {regexp.MustCompile(`(?m)^list\.posthog_role_members\.`), 2 + 1},
	} {
		t.Run(resource, func(t *testing.T) {
			t.Parallel()
			example, err := os.ReadFile("../../examples/list-resources/" + resource + "/list-resource.tfquery.hcl")
			if err != nil {
				t.Fatal(err)
			}
			bed := fake(t, fakeposthog.Roles(2), fakeposthog.MembersEach(3))
			bed.hog.RenameRole(bed.hog.Role(1), "Engineering")
			role := "data \"posthog_role\" \"engineering\" {\n  name = \"Engineering\"\n}\n"
			w := acctest.NewWorkspace(t, map[string]string{"main.tf": acctest.Requirements + bed.provider() + role, "found.tfquery.hcl": string(example)})
			if result := w.Must(0, "query"); len(want.line.FindAllString(result.Stdout, -1)) != want.times {
				t.Errorf("the query does not list %d: %s", want.times, result)
			}
		})
	}
}

// protocol is the provider as Terraform talks to it, configured.
type protocol struct {
	t       *testing.T
	served  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

func newProtocol(t *testing.T, bed *testbed) *protocol {
	t.Helper()
	p := &protocol{t: t, served: tfserver.New(newTestProvider())}
	var err error
	if p.schemas, err = p.served.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	configured, err := p.served.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: p.value(p.schemas.Provider, map[string]string{"host": bed.host, "api_key": bed.key, "organization_id": bed.organization}),
	})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatal(err, configured.Diagnostics)
	}
	return p
}

// value returns an object of a schema whose other attributes are null.
func (p *protocol) value(schema *tfprotov6.Schema, texts map[string]string) *tfprotov6.DynamicValue {
	p.t.Helper()
	kind, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		p.t.Fatalf("the schema is not an object: %v", schema.ValueType())
	}
	complete := map[string]tftypes.Value{}
	for name, attribute := range kind.AttributeTypes {
		complete[name] = tftypes.NewValue(attribute, nil)
		if text, ok := texts[name]; ok {
			complete[name] = tftypes.NewValue(attribute, text)
		}
	}
	value, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, complete))
	if err != nil {
		p.t.Fatal(err)
	}
	return &value
}

// texts returns the attributes of an object that are texts.
func (p *protocol) texts(kind tftypes.Type, value *tfprotov6.DynamicValue) map[string]string {
	p.t.Helper()
	object, err := value.Unmarshal(kind)
	if err != nil {
		p.t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := object.As(&attributes); err != nil {
		p.t.Fatal(err)
	}
	texts := map[string]string{}
	for name, attribute := range attributes {
		var text *string
		if attribute.As(&text) == nil && text != nil {
			texts[name] = *text
		}
	}
	return texts
}

// lists runs the list resource over the protocol, as Terraform 1.14 and later do.
func lists(t *testing.T, bed *testbed, limit int64, include bool, config map[string]string) []tfprotov6.ListResourceResult {
	t.Helper()
	return newProtocol(t, bed).lists(limit, include, config)
}

func (p *protocol) lists(limit int64, include bool, config map[string]string) []tfprotov6.ListResourceResult {
	p.t.Helper()
	return p.listsOf("posthog_role_membership", limit, include, config)
}

// listsOf runs a list resource.
func (p *protocol) listsOf(typeName string, limit int64, include bool, config map[string]string) []tfprotov6.ListResourceResult {
	p.t.Helper()
	lister, ok := p.served.(tfprotov6.ListResourceServer)
	if !ok {
		p.t.Fatal("the provider serves no list resources")
	}
	stream, err := lister.ListResource(p.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Config: p.value(p.schemas.ListResourceSchemas[typeName], config),
		IncludeResource: include, Limit: limit,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return slices.Collect(stream.Results)
}

// What terraform query does with an organization, and then the plan and the apply of what it generated, over the protocol:
// for the versions of Terraform that have no query.
func TestList_whatItFindsImportsToAnEmptyPlan(t *testing.T) {
	t.Parallel()
	const roles, users = 5, 40
	bed := fake(t, fakeposthog.Roles(roles), fakeposthog.MembersEach(users))
	p := newProtocol(t, bed)
	results := p.lists(1000, true, nil)
	if len(results) != roles*users || problems(results) != "" {
		t.Fatalf("%d results, want %d; %s", len(results), roles*users, problems(results))
	}
	bed.hog.ExpectRequests(t, "GET roles", 1)
	bed.hog.ExpectRequests(t, "GET role", roles)
	bed.hog.ExpectRequests(t, "", roles+1)

	// The apply is another run of Terraform, and so another process of the provider.
	bed.hog.ForgetRequests()
	p = newProtocol(t, bed)
	schema := p.schemas.ResourceSchemas["posthog_role_membership"]
	kind := schema.ValueType()
	inputs := map[string]tftypes.Type{"organization_id": tftypes.String, "role_id": tftypes.String, "user_uuid": tftypes.String}
	ctx, name := t.Context(), "posthog_role_membership"
	for _, result := range results {
		listed := p.texts(kind, result.Resource)
		imported, err := p.served.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: name, Identity: result.Identity})
		if err != nil || len(imported.Diagnostics) > 0 || len(imported.ImportedResources) != 1 {
			t.Fatalf("%s: %v %+v", result.DisplayName, err, imported)
		}
		one := imported.ImportedResources[0]
		read, err := p.served.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: one.State, CurrentIdentity: one.Identity})
		if err != nil || len(read.Diagnostics) > 0 {
			t.Fatalf("%s: %v %+v", result.DisplayName, err, read)
		}
		state := p.texts(kind, read.NewState)
		if !maps.Equal(state, listed) {
			t.Errorf("%s: the state is %v, want what was listed, %v", result.DisplayName, state, listed)
		}

		config := map[string]string{}
		for input := range inputs {
			config[input] = listed[input]
		}
		if identity := p.texts(tftypes.Object{AttributeTypes: inputs}, result.Identity.IdentityData); !maps.Equal(identity, config) {
			t.Errorf("%s: the identity is %v, want %v", result.DisplayName, identity, config)
		}
		planned, err := p.served.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
			TypeName: name, Config: p.value(schema, config), PriorState: read.NewState, ProposedNewState: read.NewState,
			PriorIdentity: read.NewIdentity,
		})
		if err != nil || len(planned.Diagnostics) > 0 || len(planned.RequiresReplace) > 0 {
			t.Fatalf("%s: %v %+v", result.DisplayName, err, planned)
		}
		if after := p.texts(kind, planned.PlannedState); !maps.Equal(after, state) {
			t.Errorf("%s: the plan is not empty: from %v to %v", result.DisplayName, state, after)
		}
	}
	bed.hog.ExpectRequests(t, "GET role", roles)
	bed.hog.ExpectRequests(t, "", roles)
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
	t.Parallel()
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
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(3), fakeposthog.MembersEach(4))
	results := lists(t, bed, 0, false, map[string]string{"role_id": bed.hog.Role(2)})
	if len(results) != 4 || problems(results) != "" {
		t.Fatalf("%d results, want 4; %s", len(results), problems(results))
	}
	bed.hog.ExpectRequests(t, "GET role", 1)
	bed.hog.ExpectRequests(t, "", 1)
}

func TestList_limitStopsTheRequests(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(10), fakeposthog.MembersEach(5))
	if results := lists(t, bed, 3, false, nil); len(results) != 3 {
		t.Fatalf("%d results, want 3; %s", len(results), problems(results))
	}
	bed.hog.ExpectRequests(t, "GET roles", 1)
	bed.hog.ExpectRequests(t, "GET role", 1)

	bed.hog.ForgetRequests()
	if results := lists(t, bed, 7, false, nil); len(results) != 7 {
		t.Fatalf("%d results, want 7; %s", len(results), problems(results))
	}
	bed.hog.ExpectRequests(t, "GET role", 2)
}

func TestList_olderServers(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Older(), fakeposthog.Roles(3), fakeposthog.MembersEach(4))
	if results := lists(t, bed, 100, true, nil); len(results) != 12 || problems(results) != "" {
		t.Fatalf("%d results, want 12; %s", len(results), problems(results))
	}
}

func TestList_errorsReachTheUser(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(3), fakeposthog.MembersEach(1))
	bed.hog.Inject(fakeposthog.Fault{On: "GET role", Skip: 1, Do: fakeposthog.Error(403, "authentication_error", "permission_denied", "No.", "")})
	results := lists(t, bed, 100, false, nil)
	if len(results) != 2 || !strings.Contains(problems(results), "Unable to list members") {
		t.Errorf("%d results, want a member and an error; %s", len(results), problems(results))
	}

	const nobody = "018f401e-9a6b-7a00-8b00-00000000aaaa"
	if results := lists(t, bed, 100, false, map[string]string{"role_id": nobody}); !strings.Contains(problems(results), "Role not found") {
		t.Errorf("no error for a role that does not exist: %s", problems(results))
	}
	bed.hog.RevokeKey(bed.key)
	if results := lists(t, bed, 100, false, nil); !strings.Contains(problems(results), "Unable to list roles") {
		t.Errorf("no error for a revoked key: %s", problems(results))
	}
}

func TestList_skipsARoleThatVanishes(t *testing.T) {
	t.Parallel()
	bed := fake(t, fakeposthog.Roles(3), fakeposthog.MembersEach(1))
	action, release := fakeposthog.Hold()
	bed.hog.Inject(fakeposthog.Fault{On: "GET role", Do: action})
	done := make(chan []tfprotov6.ListResourceResult)
	go func() { done <- lists(t, bed, 100, false, nil) }()
	if err := bed.hog.WaitForRequest(t.Context(), "GET role", 1); err != nil {
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
