package provider

import (
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
)

// The keys that docs/index.md says are enough for each task are, limited to the organization however that is written.
func TestSecurity_leastKeys(t *testing.T) {
	t.Parallel()
	const reads, writes, finds = "organization:read", "organization:write", "organization_member:read"
	read := func(bed *testbed, c *terraformcore.Core) {
		c.Declare(roleByItsName, map[string]any{"name": "Role 0"})
		c.Declare(all, map[string]any{"role_id": bed.role})
		c.MustApply()
		c.Must(c.Import(one, "Role 0/"+bed.email(1)))
	}
	whole := func(bed *testbed, c *terraformcore.Core) {
		c.Declare(oneWhole, map[string]any{"role_id": bed.role, "users": []any{bed.email(1), bed.email(2)}})
		if plan := c.Must(c.Plan()); plan.Action(oneWhole) != terraformcore.Create {
			t.Errorf("the role is not to be made: %s", plan)
		}
	}
	write := func(bed *testbed, c *terraformcore.Core) {
		c.Declare(one, map[string]any{"role_id": bed.role, "user_email": bed.email(0)})
		c.MustApply()
		if !bed.hog.IsMember(bed.role, bed.user) {
			t.Error("the user is not in the role")
		}
		c.Must(c.Destroy())
	}
	for name, test := range map[string]struct {
		level  int // of the key's owner
		scopes []string
		do     func(*testbed, *terraformcore.Core)
	}{
		"reading":                  {fakeposthog.LevelMember, []string{reads}, read},
		"planning whole roles":     {fakeposthog.LevelAdmin, []string{reads}, whole},
		"writing":                  {fakeposthog.LevelAdmin, []string{writes, finds}, write},
		"reading of the writing":   {fakeposthog.LevelAdmin, []string{writes}, read},
		"reading in the pipelines": {fakeposthog.LevelAdmin, []string{reads, finds}, read},
	} {
		for _, written := range []string{"uuid", "hogflix", "@current"} {
			t.Run(name+", "+written, func(t *testing.T) {
				t.Parallel()
				bed := fake(t, fakeposthog.Users(4))
				bed.hog.Join(bed.role, bed.hog.User(1).UUID)
				bed.hog.Join(bed.role, bed.hog.User(2).UUID)
				owner := bed.hog.User(3).UUID
				bed.hog.SetLevel("", owner, test.level)
				bed.key = bed.hog.AddKey(fakeposthog.Key{Owner: owner, Scopes: test.scopes, Organizations: []string{""}})
				if written != "uuid" {
					bed.organization = written
				}
				test.do(bed, newCore(t, bed))
			})
		}
	}
}

// One scope or the level less, and the same is refused: so these are the least keys.
func TestSecurity_lessIsRefused(t *testing.T) {
	t.Parallel()
	const reads, writes, finds = "organization:read", "organization:write", "organization_member:read"
	for name, test := range map[string]struct {
		level  int
		scopes []string
		object string
		config func(*testbed) map[string]any
		want   string
	}{
		"reading without its scope": {fakeposthog.LevelMember, []string{finds}, roleByItsName,
			func(*testbed) map[string]any { return map[string]any{"name": "Role 0"} }, reads},
		"planning whole roles by a plain member": {fakeposthog.LevelMember, []string{reads, finds}, oneWhole,
			func(bed *testbed) map[string]any {
				return map[string]any{"role_id": bed.role, "users": []any{bed.email(1)}}
			}, "admin"},
		"finding people without its scope": {fakeposthog.LevelAdmin, []string{writes}, one,
			func(bed *testbed) map[string]any {
				return map[string]any{"role_id": bed.role, "user_email": bed.email(0)}
			}, finds},
		"writing without its scope": {fakeposthog.LevelAdmin, []string{reads, finds}, one,
			func(bed *testbed) map[string]any { return map[string]any{"role_id": bed.role, "user_uuid": bed.user} }, writes},
		"writing by a plain member": {fakeposthog.LevelMember, []string{writes, finds}, one,
			func(bed *testbed) map[string]any { return map[string]any{"role_id": bed.role, "user_uuid": bed.user} }, "admin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bed := fake(t, fakeposthog.Users(4))
			owner := bed.hog.User(3).UUID
			bed.hog.SetLevel("", owner, test.level)
			bed.key = bed.hog.AddKey(fakeposthog.Key{Owner: owner, Scopes: test.scopes})
			c := newCore(t, bed)
			c.Declare(test.object, test.config(bed))
			if result := c.Apply(); !acctest.Message(test.want).MatchString(result.Errors()) {
				t.Errorf("the apply is not refused for want of %q: %s", test.want, result)
			}
			if bed.hog.IsMember(bed.role, bed.user) {
				t.Error("the user is in the role")
			}
		})
	}
}
