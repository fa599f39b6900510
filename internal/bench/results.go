package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// series is what was measured of one provider.
type series struct {
	Name    string   `json:"name"`
	Source  string   `json:"source"`
	Ran     string   `json:"ran"` // on what machine, with what Terraform
	Results []result `json:"results"`
}

// The table of a page stands between these lines, which a reader of the page does not see.
const (
	tableBegins = "<!-- The table is made by make bench. -->\n"
	tableEnds   = "<!-- Here it ends. -->\n"
)

// keep puts the series into the file, in the place of what it had of the same providers. Those of others stay.
func keep(file string, measured []series) error {
	kept, err := kept(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, s := range measured {
		same := func(old series) bool { return old.Source == s.Source }
		if i := slices.IndexFunc(kept, same); i >= 0 {
			kept[i] = s
		} else {
			kept = append(kept, s)
		}
	}
	text, err := json.MarshalIndent(kept, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

// kept reads the series of a file.
func kept(file string) ([]series, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []series
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return all, nil
}

// writeTables puts the table of the kept results into one page, and the rows that count most into another.
func writeTables(page, front, file string) error {
	all, err := kept(file)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("%s has no results", file)
	}
	if err := writeTable(page, table(all)); err != nil {
		return err
	}
	return writeTable(front, table(whatCounts(all)))
}

// whatCounts returns the plans that tell most: of a thousand members, also under PostHog's rate limit, and of ten thousand.
func whatCounts(all []series) []series {
	chosen := slices.Clone(all)
	chosen[0].Results = slices.DeleteFunc(slices.Clone(chosen[0].Results), func(r result) bool {
		plan := r.Step == stepPlan || r.Step == stepLimited
		return !plan || r.Fleet.Memberships != 1000 && r.Fleet.Memberships != 10000
	})
	return chosen
}

// writeTable puts the table into the page, in the place of the one that it has.
func writeTable(page, made string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(text, []byte(tableBegins))
	_, after, ends := bytes.Cut(rest, []byte(tableEnds))
	if !begins || !ends {
		return fmt.Errorf("%s has no place for a table, between %q and %q", page, tableBegins, tableEnds)
	}
	whole := slices.Concat(before, []byte(tableBegins+"\n"+made+"\n"+tableEnds), after)
	if bytes.Equal(text, whole) {
		return nil
	}
	return os.WriteFile(page, whole, 0o600)
}
