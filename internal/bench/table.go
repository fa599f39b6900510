package main

import (
	"fmt"
	"strings"
)

// table returns the results in Markdown: a row for each step, a column for each contender, and for those after the first
// how many times as long and as many requests they took.
func table(contenders []contender, results map[string][]result) string {
	var text strings.Builder
	text.WriteString("| memberships | step |")
	for _, c := range contenders {
		fmt.Fprintf(&text, " %s |", c.name)
	}
	text.WriteString("\n|---|---|" + strings.Repeat("---|", len(contenders)) + "\n")

	first := results[contenders[0].name]
	for i, row := range first {
		fmt.Fprintf(&text, "| %s | %s |", row.fleet, row.step)
		for j, c := range contenders {
			other, ok := find(results[c.name], row)
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
	return text.String()
}

// find returns the result of the same step with the same fleet.
func find(results []result, like result) (result, bool) {
	for _, r := range results {
		if r.fleet == like.fleet && r.step == like.step {
			return r, true
		}
	}
	return result{}, false
}

func cell(r result) string {
	text := fmt.Sprintf("%.1f s, %d requests", r.seconds, r.requests)
	if r.refused > 0 {
		text += fmt.Sprintf(" (%d refused)", r.refused)
	}
	if r.memory > 0 {
		text += fmt.Sprintf(", %d MB", (r.memory+512)/1024)
	}
	if r.failure != "" {
		text += "; **" + r.failure + "**"
	}
	return text
}

// overhead says how a plan compares with the one without a refresh, which is the row before it.
func overhead(rows []result, i int) string {
	if i == 0 || rows[i].step != "plan" || rows[i-1].step != "plan -refresh=false" || rows[i-1].seconds == 0 {
		return ""
	}
	return fmt.Sprintf(" (%.2f × -refresh=false)", rows[i].seconds/rows[i-1].seconds)
}

// ratio says how many times as much another provider took. Of a failure it says nothing.
func ratio(other, own result) string {
	if other.failure != "" || own.failure != "" || own.seconds == 0 {
		return ""
	}
	text := fmt.Sprintf(" (%.1f × the time", other.seconds/own.seconds)
	if own.requests > 0 {
		text += fmt.Sprintf(", %.0f × the requests", float64(other.requests)/float64(own.requests))
	}
	return text + ")"
}
