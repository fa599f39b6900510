package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// mostLines is how long the story may be: what is longer, nobody reads.
const mostLines = 199

// A transcript passes on what is told, and keeps it, so that the demo can tell whether it was the story it promises.
type transcript struct {
	to io.Writer

	mu   sync.Mutex // Terraform's output and its errors come from different goroutines.
	told bytes.Buffer
}

func (t *transcript) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.told.Write(text)
	return t.to.Write(text)
}

// parts are what the story promises, and what of it must have been read. Each follows after the one before.
var parts = []struct{ name, text string }{
	{"a misspelt email", `user_email = "alise@example.com"`},
	{"an error message that says what is meant", "Did you mean alice@example.com?"},
	{"how it is mended", `user_email = "alice@example.com"`},
	{"a plan", "Plan: 1 to add, 0 to change, 0 to destroy."},
	{"a membership that is taken over", "# posthog_role_membership.frank will be imported"},
	{"a whole role", `- "grace@example.com" -> null`},
	{"drift", `- "heidi@example.com" -> null`},
	{"drift that is mended", "No changes. Your infrastructure matches the configuration."},
	{"somebody who is taken out", "# posthog_role_membership.frank will be destroyed"},
	{"what the server holds at the end", "In the end PostHog holds"},
}

// check returns what was not told as promised: each of the parts, in few enough lines.
func (t *transcript) check() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var wrong []error
	if lines := bytes.Count(t.told.Bytes(), []byte("\n")); lines > mostLines {
		wrong = append(wrong, fmt.Errorf("it took %d lines, and at most %d are read", lines, mostLines))
	}
	rest := strings.Join(strings.Fields(t.told.String()), " ") // Terraform wraps lines where it likes.
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part.text)
		if !found {
			wrong = append(wrong, fmt.Errorf("%s was not told: %q", part.name, part.text))
			continue
		}
		rest = after
	}
	return errors.Join(wrong...)
}
