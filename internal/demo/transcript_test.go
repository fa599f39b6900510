package main

import (
	"io"
	"strings"
	"testing"
)

// The demo fails when it tells too much, or leaves out a part of what it promises; "make demo" itself shows that it does not.
func TestTranscript(t *testing.T) {
	var whole []string
	for _, part := range parts {
		whole = append(whole, strings.ReplaceAll(part.text, " ", "\n  ")) // wrapped, at its worst
	}
	check := func(text ...string) string {
		told := &transcript{to: io.Discard}
		for _, line := range text {
			if _, err := io.WriteString(told, line+"\n"); err != nil {
				t.Fatal(err)
			}
		}
		if err := told.check(); err != nil {
			return err.Error()
		}
		return ""
	}

	story := strings.Join(whole, "\n")
	lines := strings.Count(story, "\n") + 1
	if got := check(story + strings.Repeat("\n", mostLines-lines)); got != "" {
		t.Errorf("a whole story of %d lines: %s", mostLines, got)
	}
	if got := check(story + strings.Repeat("\n", mostLines+1-lines)); !strings.Contains(got, "it took 200 lines") {
		t.Errorf("a whole story of 200 lines: %q", got)
	}
	for i, part := range parts {
		var left []string
		left = append(append(left, whole[:i]...), whole[i+1:]...)
		if got := check(left...); !strings.HasPrefix(got, part.name+" was not told") {
			t.Errorf("without %s: %q", part.name, got)
		}
		if i > 0 {
			left[i-1] = whole[i] + "\n" + whole[i-1]
			if got := check(left...); !strings.Contains(got, part.name+" was not told") {
				t.Errorf("with %s too early: %q", part.name, got)
			}
		}
	}
}
