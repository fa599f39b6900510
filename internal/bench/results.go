package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// series has the results of one provider.
type series struct {
	Name    string   `json:"name"`
	Source  string   `json:"source"`
	Ran     string   `json:"ran"` // machine and version of Terraform
	Results []result `json:"results"`
}

// saveSeries replaces the series of the measured providers in the file. Series of other providers stay.
func saveSeries(file string, measured []series) error {
	saved, err := readSeries(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	saved = slices.DeleteFunc(saved, func(old series) bool {
		return slices.ContainsFunc(measured, func(s series) bool { return s.Source == old.Source })
	})
	text, err := json.MarshalIndent(append(measured, saved...), "", "\t")
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
	err = json.Unmarshal(text, &all)
	return all, err
}

// writeTables writes the table of the saved results into one page, and the rows that most users ask about into another.
func writeTables(page, front, file string) error {
	all, err := readSeries(file)
	if err != nil {
		return err
	}
	if err := writeTable(page, table(all)); err != nil {
		return err
	}
	all[0].Results = slices.DeleteFunc(all[0].Results, isDetail)
	return writeTable(front, table(all))
}

// isDetail reports whether the front page omits a result. It has plans of 1,000 and 10,000 members, and the apply of 1,000 memberships.
func isDetail(r result) bool {
	isPlan := r.Step == stepPlan || r.Step == stepLimited
	isApply := r.Step == stepApply && !r.Fleet.RoleMembers
	return r.Fleet.Memberships < 1000 || r.Fleet.UUIDs || !isPlan && !isApply
}

// writeTable replaces the table of a page.
func writeTable(page, table string) error {
	const begin, end = "<!-- The table is made by make bench. -->\n", "<!-- Here it ends. -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(text), begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return fmt.Errorf("%s must have a table between %q and %q", page, begin, end)
	}
	return os.WriteFile(page, []byte(before+begin+"\n"+table+"\n"+end+after), 0o600)
}

// table returns the results in Markdown, with a row for each step of the first series and a column for each series. Later columns
// have the ratio to the first. A list below the table describes each environment.
func table(all []series) string {
	header, list := "| memberships | step |", ""
	for _, s := range all {
		header += fmt.Sprintf(" %s |", s.Name)
		list += fmt.Sprintf("- %s: %s\n", s.Name, s.Ran)
	}
	var text strings.Builder
	text.WriteString(header + "\n|---|---|" + strings.Repeat("---|", len(all)) + "\n")
	own := all[0].Results
	for _, row := range own {
		fmt.Fprintf(&text, "| %s | %s | %s%s |", row.Fleet, row.Step, row, overhead(own, row))
		for _, s := range all[1:] {
			sameSize := row.Fleet
			sameSize.UUIDs = true // Another provider has no names.
			if other, found := find(s.Results, sameSize, row.Step); found {
				fmt.Fprintf(&text, " %s%s |", other, ratio(other, row))
			} else {
				text.WriteString(" – |")
			}
		}
		text.WriteString("\n")
	}
	return text.String() + "\n" + list
}

func find(results []result, f fleet, step string) (result, bool) {
	i := slices.IndexFunc(results, func(r result) bool { return r.Fleet == f && r.Step == step })
	if i < 0 {
		return result{}, false
	}
	return results[i], true
}

func (r result) String() string {
	requests := "requests"
	if r.Requests == 1 {
		requests = "request"
	}
	text := fmt.Sprintf("%.1f s, %d %s", r.Seconds, r.Requests, requests)
	if r.Refused > 0 {
		text += fmt.Sprintf(" (%d refused)", r.Refused)
	}
	if r.Memory > 0 {
		text += fmt.Sprintf(", %d MB", (r.Memory+512)/1024)
	}
	if r.State > 0 {
		text += fmt.Sprintf(", state of %d bytes a member", r.State)
	}
	if r.Failure != "" {
		text += "; **" + r.Failure + "**"
	}
	return text
}

// overhead compares a plan with the plan without refresh. It is empty for other steps.
func overhead(results []result, r result) string {
	alone, found := find(results, r.Fleet, stepAlone)
	if r.Step != stepPlan || !found {
		return ""
	}
	return fmt.Sprintf(" (%.2f × -refresh=false)", r.Seconds/alone.Seconds)
}

// ratio returns the ratio of time and requests to those of this provider. It is empty for a failure.
func ratio(other, own result) string {
	if other.Failure != "" || own.Failure != "" {
		return ""
	}
	text := fmt.Sprintf(" (%.1f × the time", other.Seconds/own.Seconds)
	if own.Requests > 0 {
		text += fmt.Sprintf(", %.0f × the requests", float64(other.Requests)/float64(own.Requests))
	}
	return text + ")"
}
