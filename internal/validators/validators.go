// Package validators checks values of the configuration. Its messages name the attribute and the fix.
package validators

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// summary is that of each message, with the attribute.
const summary = "Invalid %s"

// checkedString is a validator that calls check.
type checkedString struct {
	what  string
	check func(string) error
}

var _ validator.String = checkedString{}

// String returns a validator that reports what check says about a value. what is what the value must be.
func String(what string, check func(string) error) validator.String {
	return checkedString{what, check}
}

func (v checkedString) Description(context.Context) string { return "value must be " + v.what }

func (v checkedString) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v checkedString) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf(summary, req.Path), fmt.Sprintf("%s %s.", req.Path, err))
	}
}

// oneOf requires that one attribute of two is set.
type oneOf struct{ first, second string }

var _ validator.String = oneOf{}

// OneOf returns a validator that requires one of two attributes at the root of a schema, or both.
func OneOf(first, second string) validator.String { return oneOf{first, second} }

// Description implements validator.String.
func (v oneOf) Description(context.Context) string {
	return fmt.Sprintf("%s or %s must be set", v.first, v.second)
}

func (v oneOf) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v oneOf) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	for _, name := range []string{v.first, v.second} {
		var value types.String
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(name), &value)...)
		if !value.IsNull() {
			return
		}
	}
	resp.Diagnostics.AddError(fmt.Sprintf("Missing %s or %s", v.first, v.second), fmt.Sprintf("Set %s or %s.", v.first, v.second))
}

// WholeNumber accepts 0, 1, 2 and so on. It checks a Number, because the framework's own error for a fraction in an Int64 asks
// users to report a bug in the provider.
type WholeNumber struct{}

var _ validator.Number = WholeNumber{}

// Description implements validator.Number.
func (WholeNumber) Description(context.Context) string {
	return "value must be a whole number, zero or more"
}

// MarkdownDescription implements validator.Number.
func (v WholeNumber) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateNumber implements validator.Number.
func (WholeNumber) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if value := req.ConfigValue.ValueBigFloat(); value.Sign() < 0 || !value.IsInt() {
		resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf(summary, req.Path),
			fmt.Sprintf("%s must be a whole number, zero or more, not %s.", req.Path, value.Text('g', -1)))
	}
}

// Users accepts a list of emails and UUIDs of users without repeats.
type Users struct{}

var _ validator.List = Users{}

// Description implements validator.List.
func (Users) Description(context.Context) string {
	return "elements must be emails or UUIDs of users, each once"
}

// MarkdownDescription implements validator.List.
func (v Users) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateList implements validator.List.
func (Users) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	first := map[string]path.Path{}
	for i, element := range req.ConfigValue.Elements() {
		entry, ok := element.(types.String)
		if !ok || entry.IsUnknown() {
			continue
		}
		where, key := req.Path.AtListIndex(i), strings.ToLower(entry.ValueString())
		if err := checkUser(entry); err != nil {
			resp.Diagnostics.AddAttributeError(where, fmt.Sprintf(summary, req.Path), fmt.Sprintf("%s %s.", where, err))
		} else if earlier, isRepeat := first[key]; isRepeat {
			resp.Diagnostics.AddAttributeError(where, "User listed twice", fmt.Sprintf(
				"%s names the same user as %s: %s. List each user once.", where, earlier, entry))
		} else {
			first[key] = where
		}
	}
}

// checkUser returns why an entry is neither an email nor a UUID. The error completes a sentence that begins with the entry's path.
func checkUser(entry types.String) error {
	switch value := entry.ValueString(); {
	case entry.IsNull():
		return errors.New("must be an email or a UUID, not null")
	case strings.Contains(value, "@"):
		return CheckEmail(value)
	case CheckUUID(value) != nil:
		if _, ok := NormalizeUUID(value); ok || CheckEnds(value) != nil {
			return CheckUUID(value)
		}
		return fmt.Errorf("must be an email address such as \"alice@example.com\" or a user's UUID, not %q", value)
	}
	return nil
}

// CheckHost returns why a value cannot be the address of a PostHog server. The error completes a sentence that begins with the attribute.
func CheckHost(value string) error {
	_, err := posthog.ParseHost(value)
	return err
}

// refuseKey returns an error if the value looks like an API key, which no message must repeat.
func refuseKey(value string) error {
	if posthog.LooksLikeAPIKey(value) {
		return errors.New("must not be an API key")
	}
	return nil
}

// CheckPath returns why a value cannot be the path of a file. The error completes a sentence that begins with the attribute.
func CheckPath(value string) error {
	if value == "" {
		return errors.New("must not be empty")
	}
	return refuseKey(value)
}

// CheckUUID returns why a value is not a UUID as PostHog writes it. The error completes a sentence that begins with the attribute.
func CheckUUID(value string) error {
	if posthog.IsUUID(value) {
		return nil
	}
	if err := cmp.Or(refuseKey(value), CheckEnds(value)); err != nil {
		return err
	}
	if right, ok := NormalizeUUID(value); ok {
		return fmt.Errorf("must be a UUID in lower case with hyphens: write %q instead of %q", right, value)
	}
	return fmt.Errorf("must be a UUID in lower case with hyphens, such as \"018f2f6e-7c3a-7b1e-9a54-2f1c8d0e5b6a\", not %q", value)
}

// CheckRoleID returns why a value is not the UUID of a role. The error completes a sentence that begins with the attribute.
func CheckRoleID(value string) error {
	if trimmed := trim(value); trimmed != "" && !posthog.IsUUID(trimmed) {
		value = trimmed // The message must suggest a name without spaces at the ends.
	}
	err := CheckUUID(value)
	if _, isUUID := NormalizeUUID(value); err == nil || isUUID || refuseKey(value) != nil {
		return err
	}
	return fmt.Errorf("%w; to name a role by its name, write role_name = %q", err, value)
}

// CheckUserUUID returns why a value is not the UUID of a user. The error completes a sentence that begins with the attribute.
func CheckUserUUID(value string) error {
	if trimmed := trim(value); CheckEmail(trimmed) == nil {
		value = trimmed // The message must suggest an email without spaces at the ends.
	}
	err := CheckUUID(value)
	if err != nil && CheckEmail(value) == nil {
		return fmt.Errorf("%w; to name a user by email, write user_email = %q", err, value)
	}
	return err
}

// slug is the form of an organization's slug (posthog/models/utils.py: slugify, with digits after a slug that is taken).
var slug = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

// CheckOrganization returns why a value cannot be an organization: a UUID, a slug or @current. The error completes a sentence that
// begins with the attribute.
func CheckOrganization(value string) error {
	if value == posthog.CurrentOrganization || posthog.IsUUID(value) {
		return nil
	}
	if err := cmp.Or(refuseKey(value), CheckEnds(value)); err != nil {
		return err
	}
	if right, ok := NormalizeUUID(value); ok {
		return fmt.Errorf("must be a UUID in lower case with hyphens: write %q instead of %q", right, value)
	}
	if slug.MatchString(value) {
		return nil
	}
	return fmt.Errorf("must be the organization's UUID in lower case with hyphens, its slug, or %q, not %q "+
		"(the UUID is in PostHog under Settings, Organization)", posthog.CurrentOrganization, value)
}

// CheckEmail returns why a value cannot be an email address. The error completes a sentence that begins with the attribute.
func CheckEmail(value string) error {
	if err := cmp.Or(refuseKey(value), CheckEnds(value)); err != nil {
		return err
	}
	local, domain, found := strings.Cut(value, "@")
	if !found || local == "" || domain == "" || strings.ContainsAny(value, " \t\r\n") {
		return fmt.Errorf("must be an email address such as \"alice@example.com\", not %q", value)
	}
	return nil
}

// maxRoleName is the maximum number of characters of a role's name (ee/api/rbac/role.py).
const maxRoleName = 200

// CheckRoleName returns why a value cannot be the name of a role. PostHog removes the white space around a name, so that such a name would
// differ in every plan (ee/api/rbac/role.py). The error completes a sentence that begins with the attribute.
func CheckRoleName(value string) error {
	trimmed := trim(value)
	switch {
	case refuseKey(trimmed) != nil:
		return refuseKey(trimmed)
	case trimmed == "":
		return errors.New("must not be blank")
	case trimmed != value:
		return CheckEnds(value)
	case strings.Contains(value, "\x00"):
		return errors.New("must not have null characters")
	case utf8.RuneCountInString(value) > maxRoleName:
		return fmt.Errorf("must have at most %d characters, not %d", maxRoleName, utf8.RuneCountInString(value))
	}
	return nil
}

// CheckEnds returns the error that a value, which is not blank, begins or ends with white space. The error completes a sentence that begins
// with the attribute.
func CheckEnds(value string) error {
	trimmed := trim(value)
	if trimmed == value || trimmed == "" {
		return nil
	}
	before, after, _ := strings.Cut(value, trimmed)
	kind, where := "space", "beginning and the end"
	switch {
	case before == "":
		where = "end"
	case after == "":
		where = "beginning"
	}
	if strings.ContainsAny(before+after, "\r\n") {
		kind = "line break"
	}
	return fmt.Errorf("has a %s at the %s: write %q instead of %q", kind, where, trimmed, value)
}

// trim removes what PostHog removes at the ends of a name: the white space of Unicode, and four separators of ASCII (Python's str.strip).
func trim(value string) string {
	return strings.TrimFunc(value, func(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f })
}

// CheckDuration returns why a value cannot be a duration. The error completes a sentence that begins with the attribute.
func CheckDuration(value string) error {
	parsed, err := time.ParseDuration(value)
	if err != nil {
		return fmt.Errorf("must be a duration such as \"30s\", \"5m\" or \"1h30m\", not %q", value)
	}
	if parsed <= 0 {
		return errors.New("must be longer than zero")
	}
	return nil
}

// NormalizeUUID returns a UUID in PostHog's spelling: lower case with hyphens. ok is false for a value that is no UUID.
func NormalizeUUID(value string) (normalized string, ok bool) {
	digits := strings.ToLower(strings.TrimSpace(value))
	digits = strings.TrimPrefix(digits, "urn:uuid:")
	digits = strings.TrimSuffix(strings.TrimPrefix(digits, "{"), "}")
	digits = strings.ReplaceAll(digits, "-", "")
	if len(digits) != 32 || strings.Trim(digits, "0123456789abcdef") != "" {
		return "", false
	}
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-"), true
}
