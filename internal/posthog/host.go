package posthog

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// ParseHost parses the address of a PostHog server: an absolute http or https URL without credentials, query or fragment.
// It keeps a path, for servers behind a prefix, and drops a slash at the end. Errors complete the sentence "host …". They
// never repeat credentials.
func ParseHost(host string) (*url.URL, error) {
	if host != strings.TrimSpace(host) || strings.ContainsAny(host, " \t\r\n") {
		return nil, errors.New("must not contain spaces or line breaks")
	}
	if LooksLikeAPIKey(host) {
		return nil, errors.New("must be a URL such as https://eu.posthog.com, not an API key")
	}
	if scheme, _, _ := strings.Cut(host, ":"); !strings.Contains(host, "://") && scheme != "http" && scheme != "https" {
		return nil, missingScheme(host)
	}
	parsed, err := url.Parse(host)
	if err != nil {
		return nil, errors.New("must be an absolute URL such as https://eu.posthog.com")
	}
	switch {
	case parsed.User != nil:
		return nil, errors.New("must not carry a user name or password; PostHog authenticates by the API key")
	case parsed.Opaque != "":
		return nil, fmt.Errorf("must be an absolute URL that begins with http:// or https://, such as %s", DefaultHost)
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return nil, fmt.Errorf("must begin with https:// (or http:// for a server on this machine), not %q", parsed.Scheme+"://")
	case parsed.Hostname() == "":
		return nil, errors.New("must name a server, such as https://eu.posthog.com")
	case parsed.RawQuery != "" || parsed.ForceQuery:
		return nil, errors.New("must not carry a query (the part after “?”)")
	case parsed.Fragment != "" || strings.Contains(host, "#"):
		return nil, errors.New("must not carry a fragment (the part after “#”)")
	case strings.HasSuffix(strings.TrimSuffix(strings.ToLower(parsed.Hostname()), "."), ".i.posthog.com"):
		return nil, errors.New("must not be a host that only takes events (*.i.posthog.com); use https://us.posthog.com or https://eu.posthog.com")
	}
	parsed.Path = strings.TrimRight(parsed.Path, "/")
	parsed.RawPath = strings.TrimRight(parsed.RawPath, "/")
	if parsed.Path == "/api" {
		parsed.Path = ""
		return nil, fmt.Errorf("must not have the path /api: write %q", parsed)
	}
	return parsed, nil
}

// missingScheme returns the error about a host without a scheme. It suggests http only for this machine.
func missingScheme(host string) error {
	scheme, address := "https://", strings.TrimLeft(host, "/")
	if local, err := ParseHost("http://" + address); err == nil && !SendsKeyUnencrypted(local) {
		scheme = "http://"
	}
	if _, err := ParseHost(scheme + address); err != nil {
		return err
	}
	return fmt.Errorf("has no scheme: begin it with %s: %q", scheme, scheme+address)
}

// SendsKeyUnencrypted reports whether the key could be read on its way to host: http to any host except localhost and
// loopback addresses. These are the hosts for which http.ProxyFromEnvironment uses no proxy.
func SendsKeyUnencrypted(host *url.URL) bool {
	if host.Scheme != "http" || host.Hostname() == "localhost" {
		return false
	}
	address, err := netip.ParseAddr(host.Hostname())
	return err != nil || !address.Unmap().IsLoopback()
}

// LooksLikeAPIKey reports whether text begins like one of PostHog's keys, after spaces and quotation marks. Messages must not
// repeat such a text.
func LooksLikeAPIKey(text string) bool {
	text = strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(quotationMarks, r)
	})
	return slices.ContainsFunc([]string{"phx_", "phc_", "phs_", "pha_"}, func(prefix string) bool { return strings.HasPrefix(text, prefix) })
}

const quotationMarks = "\"'`“”„‘’"

// CheckAPIKey returns an error if PostHog's private API cannot accept the key. Errors complete the sentence "api_key …".
// They never repeat the key.
func CheckAPIKey(key string) error {
	switch {
	case key == "":
		return errors.New("must not be empty")
	case strings.ContainsAny(key, quotationMarks):
		return errors.New("must not be in quotation marks; they are not part of the key")
	case len(key) > len(bearer) && strings.EqualFold(key[:len(bearer)], bearer):
		return errors.New("begins with the word Bearer: write the key without Bearer")
	case badCharacter(key) != "":
		return errors.New(badCharacter(key))
	case strings.HasPrefix(key, "phc_"):
		return errors.New("is a project key (phc_…), which only sends events; " +
			"create a personal API key (phx_…) in PostHog under Settings, Personal API keys")
	case strings.HasPrefix(key, "phs_"):
		return errors.New("is a feature flags secure key (phs_…), which only evaluates feature flags; " +
			"create a personal API key (phx_…) in PostHog under Settings, Personal API keys")
	}
	return nil
}

// bearer comes before the key in the header of a request, from which keys are copied.
const bearer = "Bearer "

// badCharacter returns the first character that a key cannot have, and its position. It returns "" if there is none.
func badCharacter(key string) string {
	for i, r := range []rune(key) {
		name := fmt.Sprintf("the character %U", r)
		switch {
		case r == '\n' || r == '\r':
			return fmt.Sprintf("has a line break at position %d; if the key is read from a file, trimspace() removes it", i+1)
		case r == ' ':
			name = "a space"
		case r > ' ' && r <= '~':
			continue
		case r == '…':
			name = "the character … (an ellipsis)"
		case unicode.IsPrint(r):
			name = fmt.Sprintf("the character %c (%U)", r, r)
		}
		return fmt.Sprintf("has %s at position %d", name, i+1)
	}
	return ""
}
