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

// writeTable puts the table of the kept results into the page, in the place of the one that it has.
func writeTable(page, file string) error {
	all, err := kept(file)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(text, []byte(tableBegins))
	_, after, ends := bytes.Cut(rest, []byte(tableEnds))
	if !begins || !ends || len(all) == 0 {
		return fmt.Errorf("%s has no place for a table, between %q and %q, or %s has no results", page, tableBegins, tableEnds, file)
	}
	whole := slices.Concat(before, []byte(tableBegins+"\n"+table(all)+"\n"+tableEnds), after)
	if bytes.Equal(text, whole) {
		return nil
	}
	return os.WriteFile(page, whole, 0o600)
}
