package main

import (
	"slices"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	small := fleet{Memberships: 100, Roles: 5}
	got := table([]series{
		{Name: "this", Ran: "here", Results: []result{
			{Fleet: small, Step: "apply", Seconds: 2, Requests: 110, Memory: 20480},
			{Fleet: small, Step: "plan -refresh=false", Seconds: 1},
			{Fleet: small, Step: "plan", Seconds: 1.25, Requests: 5, Refused: 1},
			{Fleet: small, Step: "destroy", Seconds: 3, Requests: 105},
		}},
		{Name: "that", Ran: "there", Results: []result{
			{Fleet: small, Step: "apply", Seconds: 3, Requests: 100},
			{Fleet: small, Step: "plan", Seconds: 5, Requests: 100, Failure: "fails: Client Error"},
		}},
	})
	for _, want := range []string{
		"| 100 memberships in 5 roles | apply | 2.0 s, 110 requests, 20 MB | 3.0 s, 100 requests (1.5 × the time, 1 × the requests) |",
		"| 100 memberships in 5 roles | plan | 1.2 s, 5 requests (1 refused) (1.25 × -refresh=false) | 5.0 s, 100 requests; **fails: Client Error** |",
		"| 100 memberships in 5 roles | destroy | 3.0 s, 105 requests | – |",
		"- that: there",
	} {
		if !slices.Contains(strings.Split(got, "\n"), want) {
			t.Errorf("the table has no line %q:\n%s", want, got)
		}
	}
}

func TestImportantRows(t *testing.T) {
	rows := []result{
		{Fleet: fleet{Memberships: 100, Roles: 1}, Step: stepPlan}, {Fleet: fleet{Memberships: 1000, Roles: 10}, Step: "apply"}, {Fleet: fleet{Memberships: 1000, Roles: 10}, Step: stepPlan},
		{Fleet: fleet{Memberships: 1000, Roles: 10}, Step: stepLimited}, {Fleet: fleet{Memberships: 10000, Roles: 1, Whole: true}, Step: stepPlan},
	}
	all := []series{{Name: "this", Results: rows}}
	if got := importantRows(all)[0].Results; !slices.Equal(got, rows[2:]) || len(all[0].Results) != len(rows) {
		t.Errorf("the rows are %v, of %v", got, all[0].Results)
	}
}

func TestMiddle(t *testing.T) {
	if got := middle([]result{{Seconds: 3}, {Seconds: 1}, {Seconds: 2}}); got.Seconds != 2 {
		t.Errorf("the median of 3, 1, 2 is %v", got.Seconds)
	}
}

func TestParseFleets(t *testing.T) {
	if got, err := parseFleets("100/5,1000/10", false); err != nil || !slices.Equal(got, []fleet{{100, 5, false}, {1000, 10, false}}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"100", "100/0", "5/10", "100/3", "x/y"} {
		if _, err := parseFleets(bad, false); err == nil {
			t.Errorf("%q passed", bad)
		}
	}
}
