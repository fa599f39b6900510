package main

import (
	"fmt"
	"strings"
)

// table returns the results in Markdown, with a row for each step of the first series and a column for each series. Later columns
// have the ratio to the first. A list below the table describes each environment.
func table(all []series) string {
	var text strings.Builder
	text.WriteString("| memberships | step |")
	for _, s := range all {
		fmt.Fprintf(&text, " %s |", s.Name)
	}
	text.WriteString("\n|---|---|" + strings.Repeat("---|", len(all)) + "\n")

	first := all[0].Results
	for i, row := range first {
		fmt.Fprintf(&text, "| %s | %s |", row.Fleet, row.Step)
		for j, s := range all {
			other, ok := find(s.Results, row)
			switch {
			case !ok:
				text.WriteString(" – |")
			case j == 0:
				fmt.Fprintf(&text, " %s%s |", cell(other), overhead(first, i))
			default:
				fmt.Fprintf(&text, " %s%s |", cell(other), ratio(other, row))
			}
		}
		text.WriteString("\n")
	}
	text.WriteString("\n")
	for _, s := range all {
		fmt.Fprintf(&text, "- %s: %s\n", s.Name, s.Ran)
	}
	return text.String()
}

// find returns the result of the same step with the same fleet.
func find(results []result, like result) (result, bool) {
	for _, r := range results {
		if r.Fleet == like.Fleet && r.Step == like.Step {
			return r, true
		}
	}
	return result{}, false
}

func cell(r result) string {
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
	if r.Failure != "" {
		text += "; **" + r.Failure + "**"
	}
	return text
}

// overhead compares a plan with the plan without refresh, which is the row before it.
func overhead(rows []result, i int) string {
	if i == 0 || rows[i].Step != stepPlan || rows[i-1].Step != stepAlone || rows[i-1].Seconds == 0 {
		return ""
	}
	return fmt.Sprintf(" (%.2f × -refresh=false)", rows[i].Seconds/rows[i-1].Seconds)
}

// ratio returns the ratio of time and requests to those of this provider. It is empty for a failure.
func ratio(other, own result) string {
	if other.Failure != "" || own.Failure != "" || own.Seconds == 0 {
		return ""
	}
	text := fmt.Sprintf(" (%.1f × the time", other.Seconds/own.Seconds)
	if own.Requests > 0 {
		text += fmt.Sprintf(", %.0f × the requests", float64(other.Requests)/float64(own.Requests))
	}
	return text + ")"
}
