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

// series has the results of one provider.
type series struct {
	Name    string   `json:"name"`
	Source  string   `json:"source"`
	Ran     string   `json:"ran"` // machine and version of Terraform
	Results []result `json:"results"`
}

// The table of a page is between these comments.
const (
	tableBegins = "<!-- The table is made by make bench. -->\n"
	tableEnds   = "<!-- Here it ends. -->\n"
)

// saveSeries replaces the series of the measured providers in the file. Series of other providers stay.
func saveSeries(file string, measured []series) error {
	saved, err := readSeries(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, s := range measured {
		isSame := func(old series) bool { return old.Source == s.Source }
		if i := slices.IndexFunc(saved, isSame); i >= 0 {
			saved[i] = s
		} else {
			saved = append(saved, s)
		}
	}
	text, err := json.MarshalIndent(saved, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

func readSeries(file string) ([]series, error) {
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

// writeTables writes the table of the saved results into one page, and its most important rows into another.
func writeTables(page, front, file string) error {
	all, err := readSeries(file)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("%s has no results", file)
	}
	if err := writeTable(page, table(all)); err != nil {
		return err
	}
	return writeTable(front, table(importantRows(all)))
}

// importantRows selects the plans of 1,000 members, with and without the rate limit, and of 10,000 members.
func importantRows(all []series) []series {
	selected := slices.Clone(all)
	selected[0].Results = slices.DeleteFunc(slices.Clone(selected[0].Results), func(r result) bool {
		isPlan := r.Step == stepPlan || r.Step == stepLimited
		return !isPlan || r.Fleet.Memberships != 1000 && r.Fleet.Memberships != 10000
	})
	return selected
}

// writeTable replaces the table of a page.
func writeTable(page, table string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(text, []byte(tableBegins))
	_, after, ends := bytes.Cut(rest, []byte(tableEnds))
	if !begins || !ends {
		return fmt.Errorf("%s must have a table between %q and %q", page, tableBegins, tableEnds)
	}
	updated := slices.Concat(before, []byte(tableBegins+"\n"+table+"\n"+tableEnds), after)
	if bytes.Equal(text, updated) {
		return nil
	}
	return os.WriteFile(page, updated, 0o600)
}
