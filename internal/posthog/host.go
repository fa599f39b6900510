package posthog

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// ParseHost reads the address of a PostHog server: an absolute http or https URL without credentials, query or fragment.
// A path is kept, for servers behind a prefix; a slash at the end is dropped. The errors are sentences that begin with a
// verb and never repeat credentials.
func ParseHost(host string) (*url.URL, error) {
	if host != strings.TrimSpace(host) || strings.ContainsAny(host, " \t\r\n") {
		return nil, errors.New("must not contain spaces or line breaks")
	}
	parsed, err := url.Parse(host)
	if err != nil {
		return nil, errors.New("must be an absolute URL such as https://eu.posthog.com")
	}
	switch {
	case parsed.User != nil:
		return nil, errors.New("must not carry a user name or password; the API key is what authenticates")
	case parsed.Scheme == "" && parsed.Host == "" || parsed.Opaque != "":
		return nil, fmt.Errorf("must be an absolute URL, with http:// or https:// in front, such as %s", DefaultHost)
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return nil, fmt.Errorf("must begin with https:// (or http:// for a server on this machine), not %q", parsed.Scheme+"://")
	case parsed.Hostname() == "":
		return nil, errors.New("must name a server, such as https://eu.posthog.com")
	case parsed.RawQuery != "" || parsed.ForceQuery:
		return nil, errors.New("must not carry a query (the part from “?” on)")
	case parsed.Fragment != "" || strings.Contains(host, "#"):
		return nil, errors.New("must not carry a fragment (the part from “#” on)")
	}
	parsed.Path = strings.TrimRight(parsed.Path, "/")
	parsed.RawPath = strings.TrimRight(parsed.RawPath, "/")
	return parsed, nil
}

// SendsKeyInClear reports whether a key sent to host could be read on the way: http to anything but this machine.
func SendsKeyInClear(host *url.URL) bool {
	if host.Scheme != "http" {
		return false
	}
	name := strings.TrimSuffix(strings.ToLower(host.Hostname()), ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return false
	}
	address := net.ParseIP(name)
	return address == nil || !address.IsLoopback()
}

// CheckAPIKey says why a key cannot be one that PostHog's private API takes, without ever repeating the key.
func CheckAPIKey(key string) error {
	switch {
	case key == "":
		return errors.New("must not be empty")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("must not contain spaces, line breaks or characters outside ASCII; " +
			"a line break at the end often comes from reading the key from a file (trimspace() removes it)")
	case strings.HasPrefix(key, "phc_"):
		return errors.New("is a project key (phc_…), which only sends events; " +
			"create a personal API key (phx_…) in PostHog under Settings, Personal API keys")
	}
	return nil
}
