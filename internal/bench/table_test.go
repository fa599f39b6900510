package main

import (
	"slices"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	small := fleet{100, 5, false}
	got := table([]contender{{name: "this"}, {name: "that"}}, map[string][]result{
		"this": {
			{fleet: small, step: "apply", seconds: 2, requests: 110, memory: 20480},
			{fleet: small, step: "plan -refresh=false", seconds: 1},
			{fleet: small, step: "plan", seconds: 1.25, requests: 5, refused: 1},
			{fleet: small, step: "destroy", seconds: 3, requests: 105},
		},
		"that": {
			{fleet: small, step: "apply", seconds: 3, requests: 100},
			{fleet: small, step: "plan", seconds: 5, requests: 100, failure: "fails: Client Error"},
		},
	})
	for _, want := range []string{
		"| 100 memberships in 5 roles | apply | 2.0 s, 110 requests, 20 MB | 3.0 s, 100 requests (1.5 × the time, 1 × the requests) |",
		"| 100 memberships in 5 roles | plan | 1.2 s, 5 requests (1 refused) (1.25 × -refresh=false) | 5.0 s, 100 requests; **fails: Client Error** |",
		"| 100 memberships in 5 roles | destroy | 3.0 s, 105 requests | – |",
	} {
		if !slices.Contains(strings.Split(got, "\n"), want) {
			t.Errorf("the table has no line %q:\n%s", want, got)
		}
	}
}

func TestMiddle(t *testing.T) {
	if got := middle([]result{{seconds: 3}, {seconds: 1}, {seconds: 2}}); got.seconds != 2 {
		t.Errorf("the median of 3, 1, 2 is %v", got.seconds)
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
