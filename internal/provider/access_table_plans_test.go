package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// Plans of the real Terraform in which somebody seems to come or to go.
func TestAccessTable_ofPlans(t *testing.T) {
	t.Parallel()
	needs(t, "1.7.0", "1.7.0")
	bed := fake(t, fakeposthog.Roles(2), fakeposthog.Users(5))
	hog, emails := bed.hog, make([]string, 5)
	for i := range emails {
		emails[i] = bed.email(i)
	}
	hog.RenameRole(hog.Role(0), "Ops")
	hog.RenameRole(hog.Role(1), "Sales")
	for _, user := range []int{0, 1, 2} {
		hog.Join(hog.Role(0), hog.User(user).UUID)
	}
	hog.Join(hog.Role(1), hog.User(0).UUID)
	w := newWorkspace(t, nil)
	begin := requirements + bed.provider("adopt_existing = true")
	single := func(name string, role int, user string) string {
		return fmt.Sprintf("resource \"posthog_role_membership\" %q {\n  role_id = %q\n  user_email = %q\n}\n", name, hog.Role(role), user)
	}
	whole := func(role string, arguments string, users ...string) string {
		return fmt.Sprintf("resource \"posthog_role_members\" \"ops\" {\n  role_id = %s\n  users = [\"%s\"]\n  %s\n}\n", role, strings.Join(users, `", "`), arguments)
	}
	ops := fmt.Sprintf("%q", hog.Role(0))
	expect := func(what, config, want string) {
		t.Helper()
		w.write("main.tf", begin+config)
		w.must(0, "plan", "-out=saved.tfplan")
		if got := rows(accessTable(t, w.must(0, "show", "-json", "saved.tfplan").stdout)); got != want {
			t.Errorf("%s: the table says\n%s\nwant\n%s", what, got, want)
		}
	}
	const nobody = "Nobody gains or loses access."
	importing := fmt.Sprintf("import {\n  to = posthog_role_members.ops\n  id = %s\n}\n", ops)

	expect("a membership that is adopted", single("a", 1, emails[0]), nobody)
	expect("a whole role that is created", whole(ops, "", emails[0], emails[3]),
		fmt.Sprintf("**Access: 2 gained, 0 lost**\ngains | %s | Ops\ngains | %s | Ops\n", emails[0], emails[3])+
			"Ops is declared whole without an import: who is in it already gains nothing, and who is not declared loses access. The plan warns of them.")
	imported := single("a", 1, emails[0]) + whole(ops, "", emails[0], emails[1], emails[3])
	expect("a whole role that is imported", imported+importing,
		fmt.Sprintf("**Access: 1 gained, 1 lost**\ngains | %s | Ops\nloses | %s | Ops", emails[3], emails[2]))
	w.apply()

	expect("another address", "moved {\n  from = posthog_role_membership.a\n  to = posthog_role_membership.b\n}\n"+
		strings.Replace(imported, `"a"`, `"b"`, 1), nobody)
	expect("who is ignored", single("a", 1, emails[0])+whole(ops, fmt.Sprintf("ignored_users = [%q]", strings.ToUpper(emails[1])), emails[0], emails[3]), nobody)
	expect("a whole role that is forgotten, for single memberships", single("a", 1, emails[0])+forget("posthog_role_members.ops")+
		single("c", 0, emails[1])+fmt.Sprintf("import {\n  to = posthog_role_membership.c\n  id = \"Ops/%s\"\n}\n", emails[1]), nobody)
	expect("somebody else", single("a", 1, emails[4])+whole(ops, "", emails[0], emails[1], emails[3]),
		fmt.Sprintf("**Access: 1 gained, 1 lost**\ngains | %s | Sales\nloses | %s | Sales", emails[4], emails[0]))
	expect("a role that is known only after apply", imported+"resource \"terraform_data\" \"role\" {\n  input = \"x\"\n}\n"+
		fmt.Sprintf("resource \"posthog_role_membership\" \"later\" {\n  role_id = terraform_data.role.id\n  user_email = %q\n}\n", emails[4]),
		fmt.Sprintf("**Access: 1 gained, 0 lost**\ngains | %s | known after apply", emails[4]))
	expect("members who are known only after apply", single("a", 1, emails[0])+"resource \"terraform_data\" \"who\" {\n  input = \"x\"\n}\n"+
		strings.Replace(whole(ops, "", emails[0], emails[1]), `"]`, `", terraform_data.who.id]`, 1), "Who is in Ops is known only after apply.")
	expect("nobody any more", "",
		fmt.Sprintf("**Access: 0 gained, 4 lost**\nloses | %s | Ops\nloses | %s | Ops\nloses | %s | Ops\nloses | %s | Sales", emails[0], emails[1], emails[3], emails[0]))
}
