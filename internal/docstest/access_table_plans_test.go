package docstest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// Plans of the real Terraform in which users seem to gain or lose access.
func TestAccessTable_ofPlans(t *testing.T) {
	t.Parallel()
	acctest.RequireTerraform(t, "1.7.0", "1.7.0")
	hog, emails := fakeposthog.Start(t, fakeposthog.Roles(3), fakeposthog.Users(5)), make([]string, 5)
	for i := range emails {
		emails[i] = hog.User(i).Email
	}
	hog.RenameRole(hog.Role(0), "Ops")
	hog.RenameRole(hog.Role(1), "Sales")
	hog.RenameRole(hog.Role(2), "Support")
	for _, user := range []int{0, 1, 2} {
		hog.Join(hog.Role(0), hog.User(user).UUID)
	}
	hog.Join(hog.Role(1), hog.User(0).UUID)
	w := acctest.NewWorkspace(t, nil)
	begin := acctest.Requirements + fmt.Sprintf(
		"provider \"posthog\" {\n  host = %q\n  api_key = %q\n  organization_id = %q\n  adopt_existing = true\n}\n", hog.URL, hog.Key, hog.OrganizationID)
	single := func(name string, role int, user string) string {
		return fmt.Sprintf("resource \"posthog_role_membership\" %q {\n  role_id = %q\n  user_email = %q\n}\n", name, hog.Role(role), user)
	}
	whole := func(role string, arguments string, users ...string) string {
		return fmt.Sprintf("resource \"posthog_role_members\" \"ops\" {\n  role_id = %s\n  users = [\"%s\"]\n  %s\n}\n", role, strings.Join(users, `", "`), arguments)
	}
	ops := fmt.Sprintf("%q", hog.Role(0))
	expect := func(what, config, want string, options ...string) {
		t.Helper()
		w.Write("main.tf", begin+config)
		w.Must(0, append([]string{"plan", "-out=saved.tfplan"}, options...)...)
		if got := rows(accessTable(t, w.Must(0, "show", "-json", "saved.tfplan").Stdout)); got != want {
			t.Errorf("%s: the table says\n%s\nwant\n%s", what, got, want)
		}
	}
	const none = "No user gains or loses access."
	importing := fmt.Sprintf("import {\n  to = posthog_role_members.ops\n  id = %s\n}\n", ops)

	expect("a membership that is adopted", single("a", 1, emails[0]), none)
	expect("a whole role that is created", whole(ops, "", emails[0], emails[3]),
		fmt.Sprintf("**Access: at most 2 gained, losses not known. See the notes below.**\ngains | %s | Ops\ngains | %s | Ops\n", emails[0], emails[3])+
			"posthog\\_role\\_members.ops manages all members of Ops without an import. Users who are in Ops already gain nothing. Members who are not declared lose access. The plan warns about them.")
	imported := single("a", 1, emails[0]) + whole(ops, "", emails[0], emails[1], emails[3])
	expect("a whole role that is imported", imported+importing,
		fmt.Sprintf("**Access: 1 gained, 1 lost**\ngains | %s | Ops\nloses | %s | Ops", emails[3], emails[2]))
	w.Apply()

	expect("another address", "moved {\n  from = posthog_role_membership.a\n  to = posthog_role_membership.b\n}\n"+
		strings.Replace(imported, `"a"`, `"b"`, 1), none)
	expect("who is ignored", single("a", 1, emails[0])+whole(ops, fmt.Sprintf("ignored_users = [%q]", strings.ToUpper(emails[1])), emails[0], emails[3]), none)
	w.Apply()
	hog.Join(hog.Role(0), hog.User(1).UUID)
	expect("who is ignored no longer", single("a", 1, emails[0])+whole(ops, "", emails[0], emails[3]),
		"**Access: 0 gained, losses not known. See the notes below.**\n"+
			fmt.Sprintf("posthog\\_role\\_members.ops no longer ignores %s. Users who are in Ops already gain nothing. ", emails[1])+
			"Members who are not declared lose access. The plan warns about them.")
	w.Write("main.tf", begin+imported)
	w.Apply()
	expect("a whole role that is forgotten, for single memberships", single("a", 1, emails[0])+acctest.RemovedBlock("posthog_role_members.ops")+
		single("c", 0, emails[1])+fmt.Sprintf("import {\n  to = posthog_role_membership.c\n  id = \"Ops/%s\"\n}\n", emails[1]), none)
	expect("another user", single("a", 1, emails[4])+whole(ops, "", emails[0], emails[1], emails[3]),
		fmt.Sprintf("**Access: 1 gained, 1 lost**\ngains | %s | Sales\nloses | %s | Sales", emails[4], emails[0]))
	expect("a role that is known only after apply", imported+"resource \"terraform_data\" \"role\" {\n  input = \"x\"\n}\n"+
		fmt.Sprintf("resource \"posthog_role_membership\" \"later\" {\n  role_id = terraform_data.role.id\n  user_email = %q\n}\n", emails[4]),
		fmt.Sprintf("**Access: 1 gained, 0 lost**\ngains | %s | known after apply, posthog\\_role\\_membership.later", emails[4]))
	expect("a new role with its members", imported+"resource \"posthog_role\" \"new\" {\n  name = \"New\"\n}\n"+
		strings.Replace(whole("posthog_role.new.id", "", emails[4]), `"ops"`, `"new"`, 1),
		fmt.Sprintf("**Access: at most 1 gained, losses not known. See the notes below.**\ngains | %s | known after apply, posthog\\_role\\_members.new\n", emails[4])+
			"The role of posthog\\_role\\_members.new is known only after apply. If it is not a new role: its members who are not declared lose access, "+
			"and users who are in it already gain nothing.")
	expect("members who are known only after apply", single("a", 1, emails[0])+"resource \"terraform_data\" \"who\" {\n  input = \"x\"\n}\n"+
		strings.Replace(whole(ops, "", emails[0], emails[1]), `"]`, `", terraform_data.who.id]`, 1), "**Access: gains not known, losses not known. See the notes below.**\nThe members of Ops are known only after apply.")

	// Moves: users are added in the new place, then removed from the old one.
	kept, whoIs := whole(ops, "", emails[0], emails[1], emails[3]), "resource \"terraform_data\" \"later\" {\n  input = \"x\"\n}\n"
	support := fmt.Sprintf("%q", hog.Role(2))
	later := func(config, value string) string {
		return whoIs + strings.Replace(config, value, "terraform_data.later.id", 1)
	}
	expect("an unchanged membership and role that are replaced", imported, none, "-replace=posthog_role_membership.a", "-replace=posthog_role_members.ops")
	expect("a membership that moves to another role", single("a", 2, emails[0])+kept,
		fmt.Sprintf("**Access: 1 gained, 1 lost**\nloses | %s | Sales\ngains | %[1]s | Support", emails[0]))
	hog.Join(hog.Role(2), hog.User(0).UUID)
	expect("a membership that moves to an existing one", single("a", 2, emails[0])+kept,
		fmt.Sprintf("**Access: 0 gained, 1 lost**\nloses | %s | Sales", emails[0]))
	hog.Leave(hog.Role(2), hog.User(0).UUID)
	const aMayMove = "**Access: gains not known, losses not known. See the notes below.**\nThe %s of posthog\\_role\\_membership.a is known only after apply. The apply may move users."
	expect("a membership whose role is known only after apply", kept+later(single("a", 1, emails[0]), fmt.Sprintf("%q", hog.Role(1))), fmt.Sprintf(aMayMove, "role"))
	expect("a membership whose user is known only after apply", kept+later(single("a", 1, emails[0]), fmt.Sprintf("%q", emails[0])), fmt.Sprintf(aMayMove, "user"))
	expect("a membership whose organization is known only after apply",
		kept+later(strings.Replace(single("a", 1, emails[0]), "{", "{\n  organization_id = @", 1), "@"), fmt.Sprintf(aMayMove, "organization"))
	moved := fmt.Sprintf("**Access: at most %%d gained, 3 lost. See the notes below.**\nloses | %s | Ops\nloses | %s | Ops\nloses | %s | Ops\n%%s", emails[0], emails[1], emails[3])
	const opsMoves = "posthog\\_role\\_members.ops moves to Support. Users who are in Support already gain nothing. Other members of Support stay until the next plan."
	expect("all members of a role move", single("a", 1, emails[0])+whole(support, "", emails[0], emails[1], emails[3]),
		fmt.Sprintf(moved, 3, fmt.Sprintf("gains | %s | Support\ngains | %s | Support\ngains | %s | Support\n", emails[0], emails[1], emails[3]))+opsMoves)
	expect("all members of a role move, and some are ignored from now on",
		single("a", 1, emails[0])+whole(support, fmt.Sprintf("ignored_users = [%q]", emails[1]), emails[0], emails[3]),
		fmt.Sprintf(moved, 2, fmt.Sprintf("gains | %s | Support\ngains | %s | Support\n", emails[0], emails[3]))+opsMoves)
	expect("members whose role is known only after apply", single("a", 1, emails[0])+later(kept, ops),
		"**Access: gains not known, losses not known. See the notes below.**\nThe role of posthog\\_role\\_members.ops is known only after apply. The apply may move users.")
	expect("an empty configuration", "",
		fmt.Sprintf("**Access: 0 gained, 4 lost**\nloses | %s | Ops\nloses | %s | Ops\nloses | %s | Ops\nloses | %s | Sales", emails[0], emails[1], emails[3], emails[0]))

	// PostHog refuses the removal, so the user stays in both roles. The move is reverted.
	hog.Inject(fakeposthog.Fault{On: "DELETE role_membership", Times: fakeposthog.Forever, Do: fakeposthog.Error(409, "server_error", "conflict", "No.", "")})
	w.Write("main.tf", begin+single("a", 2, emails[0])+kept)
	w.Must(1, "apply", "-auto-approve")
	hog.ClearFaults()
	expect("a move that is undone", imported,
		"**Access: 0 gained, losses not known. See the notes below.**\nposthog\\_role\\_membership.a undoes an unfinished move. The apply removes the users that the move has added.")
}
