package posthog

import (
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

func TestOrganization(t *testing.T) {
	const whole = `{"id":"018F401E-9A6B-7A00-8B00-00000000AAAA","name":"Hogflix","slug":"hogflix","membership_level":15,"plan":{}}`
	for name, test := range map[string]struct {
		id, answer string
		ok         bool
	}{
		"by UUID":       {otherUUID, whole, true},
		"current":       {CurrentOrganization, whole, true},
		"another one":   {someRole.ID, whole, false},
		"a list":        {otherUUID, `{"count":0,"next":null,"results":[]}`, false},
		"null":          {otherUUID, "null", false},
		"a web page":    {otherUUID, "<html>", false},
		"of text":       {otherUUID, strings.Replace(whole, "15", `"owner"`, 1), false},
		"without level": {otherUUID, strings.Replace(whole, "15", "null", 1), true},
	} {
		client, _ := scripted(t, test.answer)
		got, err := client.Organization(t.Context(), test.id)
		if test.ok && (err != nil || got.ID != otherUUID || got.Name != "Hogflix" || got.Slug != "hogflix") {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		if !test.ok && ReasonOf(err) != ReasonNotPostHog {
			t.Errorf("%s: got %v, %v; want an error about the answer", name, got, err)
		}
	}
}

func TestOrganizations(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, _ := connect(t, hog, nil)
	got, err := client.Organizations(t.Context())
	if err != nil || len(got) != 1 || got[0].ID != hog.OrganizationID || got[0].Slug == "" || got[0].MembershipLevel == nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestMembers(t *testing.T) {
	hog := fakeposthog.Start(t, fakeposthog.Users(2*PageSize+1))
	client, _ := connect(t, hog, nil)
	hog.DeactivateUser(hog.User(0).UUID)
	members, err := client.Members(t.Context(), hog.OrganizationID)
	if err != nil || len(members) != 2*PageSize+1 { // one is deactivated, and the owner is a member
		t.Fatalf("%d members, %v", len(members), err)
	}
	seen := map[string]bool{}
	for _, member := range members {
		if seen[member.User.UUID] = true; !IsUUID(member.ID) || member.Level == nil || member.User.Email == "" {
			t.Errorf("got %v", member)
		}
	}
	if len(seen) != len(members) || seen[hog.User(0).UUID] || !seen[hog.Owner().UUID] {
		t.Errorf("%d different ones", len(seen))
	}
	hog.ExpectRequests(t, "GET members", 1)
}

func TestMembers_needTheirOwnScope(t *testing.T) {
	hog := fakeposthog.Start(t)
	client, _ := connect(t, hog, func(config *Config) {
		config.APIKey = hog.AddKey(fakeposthog.Key{Scopes: []string{"organization:read", "organization:write"}})
	})
	_, err := client.Members(t.Context(), hog.OrganizationID)
	if api := asAPIError(t, err); api.Reason != ReasonMissingScope || api.Scope != "organization_member:read" {
		t.Errorf("the error is %+v", api)
	}
}

func TestMembers_whatIsNotOne(t *testing.T) {
	for name, item := range map[string]string{
		"null": "null", "no id": `{` + user + `}`, "no user": `{"id":` + goodID + `}`, "no email": `{"id":` + goodID + `,"user":{"uuid":` + goodID + `}}`,
	} {
		client, _ := scripted(t, `{"count":1,"next":null,"results":[`+item+`]}`)
		if members, err := client.Members(t.Context(), otherUUID); ReasonOf(err) != ReasonNotPostHog {
			t.Errorf("%s: got %v, %v; want an error about the answer", name, members, err)
		}
	}
}
