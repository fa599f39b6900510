package provider

import "testing"

func TestParseImportID(t *testing.T) {
	const role, org, user = "018f401e-9a6b-7a00-8b00-00000000aaaa", "018f401e-9a6b-7a00-8b00-00000000bbbb", "018f401e-9a6b-7a00-8b00-00000000cccc"
	for text, want := range map[string]importID{
		role + "/" + user:                              {"", role, user},
		org + "/" + role + "/" + user:                  {org, role, user},
		"@current/" + role + "/a@example.com":          {"@current", role, "a@example.com"},
		"hogflix/" + role + "/a@example.com":           {"hogflix", role, "a@example.com"},
		role + "/a@example.com":                        {"", role, "a@example.com"},
		role + "/first/second@example.com":             {role, "first", "second@example.com"},
		"Engineering/a@example.com":                    {"", "Engineering", "a@example.com"},
		"hogflix/Data & Web/" + user:                   {"hogflix", "Data & Web", user},
		org + "/" + role + "/first/second@example.com": {org, role, "first/second@example.com"},
		role + "/O'Hara+x@example.com":                 {"", role, "O'Hara+x@example.com"},
		"":                                             {}, "/": {}, "//": {}, role: {}, role + "/": {}, "/" + user: {}, role + "/" + user + "/": {}, "/" + role + "/" + user: {}, role + "/a@example.com/": {}, "a b/" + role + "/" + user: {},
		" " + role + "/" + user: {}, role + "/" + user + "\n": {}, role + "/a b@example.com": {},
	} {
		got, err := parseMembershipImportID(text)
		if got != want || (err != nil) != (want == importID{}) {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
}

// What parses prints again as it was written.
func FuzzImportID(f *testing.F) {
	const id = "018f401e-9a6b-7a00-8b00-00000000aaaa"
	for _, seed := range []string{
		"", "/", id, id + "/" + id, id + "/" + id + "/" + id, "@current/" + id + "/a@b", id + "/a/b@c", id + "/" + id + "/a/b@c", id + "/a@b/c@d",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseMembershipImportID(text)
		if err != nil {
			return
		}
		if parsed.String() != text {
			t.Errorf("%q became %q", text, parsed)
		}
		if again, err := parseMembershipImportID(parsed.String()); err != nil || again != parsed {
			t.Errorf("%q: %+v became %+v, %v", text, parsed, again, err)
		}
	})
}
