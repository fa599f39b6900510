package acctest

import (
	"regexp"
	"strings"
)

// Message returns a pattern that matches a text with these parts in this order, however Terraform wraps and frames it.
func Message(parts ...string) *regexp.Regexp {
	var pattern []string
	for _, part := range parts {
		words := strings.Fields(part)
		for i, word := range words {
			words[i] = regexp.QuoteMeta(word)
		}
		pattern = append(pattern, strings.Join(words, `[\s│]+`))
	}
	return regexp.MustCompile(`(?s)` + strings.Join(pattern, `.*`))
}
