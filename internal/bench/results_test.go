package main

import (
	"slices"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	small, byUUID := fleet{Memberships: 100, Roles: 5}, fleet{Memberships: 100, Roles: 5, UUIDs: true}
	got := table([]series{
		{Name: "this", Ran: "here", Results: []result{
			{Fleet: small, Step: "apply", Seconds: 2, Requests: 110, Memory: 20480, State: 1100},
			{Fleet: small, Step: "plan -refresh=false", Seconds: 1},
			{Fleet: small, Step: "plan", Seconds: 1.25, Requests: 5, Refused: 1},
			{Fleet: small, Step: "destroy", Seconds: 3, Requests: 105},
		}},
		{Name: "that", Ran: "there", Results: []result{
			{Fleet: byUUID, Step: "apply", Seconds: 3, Requests: 100},
			{Fleet: byUUID, Step: "plan", Seconds: 5, Requests: 100, Failure: "fails: Client Error"},
		}},
	})
	for _, want := range []string{
		"| 100 memberships in 5 roles | apply | 2.0 s, 110 requests, 20 MB, state of 1100 bytes a member | 3.0 s, 100 requests (1.5 × the time, 1 × the requests) |",
		"| 100 memberships in 5 roles | plan | 1.2 s, 5 requests (1 refused) (1.25 × -refresh=false) | 5.0 s, 100 requests; **fails: Client Error** |",
		"| 100 memberships in 5 roles | destroy | 3.0 s, 105 requests | – |",
		"- that: there",
	} {
		if !slices.Contains(strings.Split(got, "\n"), want) {
			t.Errorf("the table has no line %q:\n%s", want, got)
		}
	}
}

func TestIsDetail(t *testing.T) {
	single, byUUID := fleet{Memberships: 1000, Roles: 10}, fleet{Memberships: 1000, Roles: 10, UUIDs: true}
	all := fleet{Memberships: 10000, Roles: 1, RoleMembers: true}
	for _, r := range []result{{Fleet: single, Step: stepPlan}, {Fleet: single, Step: stepLimited}, {Fleet: single, Step: stepApply}, {Fleet: all, Step: stepPlan}} {
		if isDetail(r) {
			t.Errorf("the front page omits %s of %s", r.Step, r.Fleet)
		}
	}
	for _, r := range []result{{Fleet: all, Step: stepApply}, {Fleet: byUUID, Step: stepPlan}, {Fleet: fleet{Memberships: 100, Roles: 1}, Step: stepPlan}} {
		if !isDetail(r) {
			t.Errorf("the front page has %s of %s", r.Step, r.Fleet)
		}
	}
}

func TestFleets(t *testing.T) {
	for provider, want := range map[string][]fleet{
		source:            {{Memberships: 100, Roles: 1}, {Memberships: 100, Roles: 1, RoleMembers: true}},
		"posthog/posthog": {{Memberships: 100, Roles: 1, UUIDs: true}},
	} {
		if got := fleets(provider, 100); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", provider, got, want)
		}
	}
}
