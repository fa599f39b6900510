package docstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/itchyny/gojq"
)

// jqName is the program that makes the table in a pipeline. In a test it is a link to the test binary.
const jqName = "jq"

// runJQ is the program jq.
func runJQ() error {
	table, err := jq(os.Args[1:])
	fmt.Print(table)
	return err
}

// jq runs a program on an input, as the command of this name does with the arguments -r -f PROGRAM INPUT.
func jq(arguments []string) (string, error) {
	if len(arguments) != 4 || arguments[0] != "-r" || arguments[1] != "-f" {
		return "", fmt.Errorf("unsupported arguments %q, want -r -f PROGRAM INPUT", arguments)
	}
	program, err := os.ReadFile(arguments[2])
	if err != nil {
		return "", err
	}
	content, err := os.ReadFile(arguments[3])
	if err != nil {
		return "", err
	}
	query, err := gojq.Parse(string(program))
	if err != nil {
		return "", err
	}
	var input any
	if err := json.Unmarshal(content, &input); err != nil {
		return "", err
	}
	var printed strings.Builder
	results := query.Run(input)
	for result, more := results.Next(); more; result, more = results.Next() {
		if err, failed := result.(error); failed {
			return "", err
		}
		fmt.Fprintln(&printed, result)
	}
	return printed.String(), nil
}

// accessTable returns the table of a plan in JSON. If jq is installed, it must return the same.
func accessTable(t *testing.T, plan string) string {
	t.Helper()
	input := t.TempDir() + "/saved.json"
	if err := os.WriteFile(input, []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := []string{"-r", "-f", "../../examples/pipeline/access.jq", input}
	table, err := jq(arguments)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := exec.LookPath(jqName); err == nil {
		var stderr bytes.Buffer
		command := exec.CommandContext(t.Context(), found, arguments...)
		command.Stderr = &stderr
		printed, err := command.Output()
		if err != nil {
			t.Fatal(err, stderr.String())
		}
		if string(printed) != table {
			t.Errorf("%s makes\n%s\nand gojq\n%s", found, printed, table)
		}
	}
	return table
}

// rows returns the rows of a table and the text below it, without the frame.
func rows(table string) string {
	var kept []string
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if line != "" && line != "| | User | Role |" && line != "|---|---|---|" {
			kept = append(kept, strings.Trim(line, "| "))
		}
	}
	return strings.Join(kept, "\n")
}

// Resources in the form of a plan.
const (
	aliceInOps   = `{"id":"m1","role_id":"r1","role_name":"Ops","user_uuid":"u1","user_email":"alice@example.com"}`
	bobInOps     = `{"id":"m2","role_id":"r1","role_name":"Ops","user_uuid":"u2","user_email":"bob@example.com"}`
	aliceInSales = `{"id":"m3","role_id":"r2","role_name":"Sales","user_uuid":"u1","user_email":"alice@example.com"}`
	newInOps     = `{"role_id":"r1","role_name":"Ops","user_uuid":"u1","user_email":"alice@example.com"}`
	opsOf        = `{"id":"r1","role_id":"r1","role_name":"Ops","members":{%s}}`
	alice        = `"u1":"alice@example.com"`
	bob          = `"u2":"bob@example.com"`
)

func ops(members ...string) string { return fmt.Sprintf(opsOf, strings.Join(members, ",")) }

// sales returns a resource of the role Ops as one of the role Sales.
func sales(resource string) string {
	return strings.NewReplacer("r1", "r2", "Ops", "Sales").Replace(resource)
}

// plannedAs returns the change of a resource: its actions, the values before and after, and optional fields.
func plannedAs(address, actions, before, after string, more ...string) string {
	kind, _, _ := strings.Cut(address, ".")
	return fmt.Sprintf(`{"address":%q,"mode":"managed","type":"posthog_%s","change":{"actions":[%s],"before":%s,"after":%s%s}}`,
		"posthog_"+address, kind, actions, before, after, strings.Join(append([]string{""}, more...), ","))
}

func TestAccessTable(t *testing.T) {
	const (
		membership, other, whole = "role_membership.a", "role_membership.b", "role_members.ops"
		none                     = "No user gains or loses access."
		mayMove                  = "**Access: gains not known, losses not known. See the notes below.**\nThe %s of posthog\\_role\\_%s is known only after apply. The apply may move users."
		moves                    = "posthog\\_role\\_members.ops moves to Sales. Users who are in Sales already gain nothing. Other members of Sales stay until the next plan."
		roleUnknown              = "The role of posthog\\_role\\_members.ops is known only after apply. If it is not a new role: its members who are not declared lose access, and users who are in it already gain nothing."
		notImported              = "posthog\\_role\\_members.ops manages all members of Ops without an import. Users who are in Ops already gain nothing. Members who are not declared lose access. The plan warns about them."
	)
	for name, test := range map[string]struct {
		changes []string
		want    string
	}{
		"an empty plan": {nil, none},
		"what is not ours": {[]string{
			`{"address":"data.posthog_role_members.x","mode":"data","type":"posthog_role_members","change":{"actions":["read"],"before":null,"after":` + ops(alice) + `}}`,
			`{"address":"posthog_role.x","mode":"managed","type":"posthog_role","change":{"actions":["delete"],"before":{"id":"r1"},"after":null}}`,
		}, none},
		"added, removed and kept": {[]string{
			plannedAs(membership, `"create"`, "null", newInOps, `"after_unknown":{"id":true,"updated_at":true}`),
			plannedAs(other, `"delete"`, bobInOps, "null", `"after_unknown":{}`),
			plannedAs("role_membership.c", `"no-op"`, aliceInSales, aliceInSales),
		}, "**Access: 1 gained, 1 lost**\ngains | alice@example.com | Ops\nloses | bob@example.com | Ops"},
		"a whole role": {[]string{
			plannedAs(whole, `"update"`, ops(alice), ops(bob), `"after_unknown":{"members":{}}`),
		}, "**Access: 1 gained, 1 lost**\ngains | bob@example.com | Ops\nloses | alice@example.com | Ops"},
		"a whole role that is imported": {[]string{
			plannedAs(whole, `"update"`, ops(alice), ops(alice, bob), `"importing":{"id":"Ops"}`),
		}, "**Access: 1 gained, 0 lost**\ngains | bob@example.com | Ops"},
		"a whole role that is not imported": {[]string{
			plannedAs(whole, `"create"`, "null", ops(alice)),
		}, "**Access: at most 1 gained, losses not known. See the notes below.**\ngains | alice@example.com | Ops\n" + notImported},
		"a whole role that is destroyed": {[]string{
			plannedAs(whole, `"delete"`, ops(alice, bob), "null"),
		}, "**Access: 0 gained, 2 lost**\nloses | alice@example.com | Ops\nloses | bob@example.com | Ops"},
		"a whole role that is replaced": {[]string{
			plannedAs(whole, `"delete","create"`, ops(alice), ops(alice)),
		}, none},
		"a whole role in the place of another": {[]string{
			plannedAs(whole, `"delete","create"`, strings.ReplaceAll(ops(alice), "r1", "r0"), ops(alice)),
		}, "**Access: at most 1 gained, at least 1 lost. See the notes below.**\ngains | alice@example.com | Ops\nloses | alice@example.com | Ops\n" + notImported},
		"whose email is not known": {[]string{
			plannedAs(whole, `"update"`, ops(alice), ops(alice), `"after_unknown":{"members":{"u9":true}}`),
			plannedAs(membership, `"create"`, "null", `{"role_id":"r2","role_name":"Sales","user_uuid":"u8"}`, `"after_unknown":{"user_email":true}`),
		}, "**Access: 2 gained, 0 lost**\ngains | u9 | Ops\ngains | u8 | Sales"},
		"an email that another resource has": {[]string{
			plannedAs(whole, `"no-op"`, ops(bob), ops(bob)),
			plannedAs(membership, `"create"`, "null", `{"role_id":"r2","role_name":"Sales","user_uuid":"U2"}`),
		}, "**Access: 1 gained, 0 lost**\ngains | bob@example.com | Sales"},
		"who is known only after apply": {[]string{
			plannedAs(membership, `"create"`, "null", `{"role_id":"r1","role_name":"Ops"}`, `"after_unknown":{"user_uuid":true,"user_email":true}`),
			plannedAs(other, `"create"`, "null", `{"role_id":"r1","role_name":"Ops"}`, `"after_unknown":{"user_uuid":true,"user_email":true}`),
		}, "**Access: 2 gained, 0 lost**\ngains | known after apply | Ops\ngains | known after apply | Ops"},
		"a role that is known only after apply": {[]string{
			plannedAs(membership, `"create"`, "null", `{"user_email":"alice@example.com"}`, `"after_unknown":{"role_id":true,"role_name":true,"user_uuid":true}`),
			plannedAs(other, `"create"`, "null", `{"user_email":"alice@example.com"}`, `"after_unknown":{"role_id":true,"role_name":true,"user_uuid":true}`),
		}, "**Access: 2 gained, 0 lost**\ngains | alice@example.com | known after apply, posthog\\_role\\_membership.a\n" +
			"gains | alice@example.com | known after apply, posthog\\_role\\_membership.b"},
		"members who are known only after apply": {[]string{
			plannedAs(whole, `"update"`, ops(alice), `{"id":"r1","role_id":"r1","role_name":"Ops"}`, `"after_unknown":{"members":true}`),
		}, "**Access: gains not known, losses not known. See the notes below.**\nThe members of Ops are known only after apply."},
		"another whole role, and members who are known only after apply": {[]string{
			plannedAs(whole, `"delete","create"`, sales(ops(alice)), `{"role_id":"r1","role_name":"Ops"}`, `"after_unknown":{"members":true}`),
		}, "**Access: gains not known, at least 1 lost. See the notes below.**\nloses | alice@example.com | Sales\nThe members of Ops are known only after apply."},
		"a whole role without users that is not imported": {[]string{
			plannedAs(whole, `"create"`, "null", ops()),
		}, "**Access: 0 gained, losses not known. See the notes below.**\n" + notImported},
		"notes with rows of other resources": {[]string{
			plannedAs(other, `"create"`, "null", strings.ReplaceAll(aliceInSales, `"id":"m3",`, "")),
			plannedAs("role_membership.c", `"delete"`, strings.ReplaceAll(aliceInSales, "1", "3"), "null"),
			plannedAs(whole, `"update"`, ops(alice), `{"id":"r1","role_id":"r1","role_name":"Ops"}`, `"after_unknown":{"members":true}`),
		}, "**Access: at least 1 gained, at least 1 lost. See the notes below.**\ngains | alice@example.com | Sales\nloses | alice@example.com | Sales\n" +
			"The members of Ops are known only after apply."},
		"notes that together leave the gains open": {[]string{
			plannedAs("role_members.sales", `"create"`, "null", sales(ops(alice))),
			plannedAs(whole, `"update"`, ops(alice), `{"id":"r1","role_id":"r1","role_name":"Ops"}`, `"after_unknown":{"members":true}`),
		}, "**Access: gains not known, losses not known. See the notes below.**\ngains | alice@example.com | Sales\n" +
			sales(strings.Replace(notImported, "ops", "sales", 1)) + "\nThe members of Ops are known only after apply."},
		"a membership that moves to another role": {[]string{
			plannedAs(membership, `"update"`, aliceInSales, newInOps, `"after_unknown":{"id":true,"updated_at":true}`),
		}, "**Access: 1 gained, 1 lost**\ngains | alice@example.com | Ops\nloses | alice@example.com | Sales"},
		"a membership that moves to another user": {[]string{
			plannedAs(membership, `"update"`, bobInOps, newInOps, `"after_unknown":{"id":true}`),
		}, "**Access: 1 gained, 1 lost**\ngains | alice@example.com | Ops\nloses | bob@example.com | Ops"},
		"a membership that moves to another user, known by UUID": {[]string{
			plannedAs(membership, `"update"`, bobInOps, `{"role_id":"r1","role_name":"Ops","user_uuid":"u9"}`, `"after_unknown":{"id":true,"user_email":true}`),
		}, "**Access: 1 gained, 1 lost**\ngains | u9 | Ops\nloses | bob@example.com | Ops"},
		"a membership that moves to another user, known by email": {[]string{
			plannedAs(membership, `"update"`, bobInOps, `{"role_id":"r1","user_email":"alice@example.com"}`, `"after_unknown":{"id":true,"role_name":true,"user_uuid":true}`),
		}, "**Access: 1 gained, 1 lost**\ngains | alice@example.com | Ops\nloses | bob@example.com | Ops"},
		"a membership that moves to an existing one": {[]string{
			plannedAs(membership, `"update"`, aliceInSales, aliceInOps),
		}, "**Access: 0 gained, 1 lost**\nloses | alice@example.com | Sales"},
		"a membership that keeps its id and moves": {[]string{
			plannedAs(membership, `"update"`, strings.Replace(aliceInSales, "m3", "m1", 1), aliceInOps),
		}, "**Access: 1 gained, 1 lost**\ngains | alice@example.com | Ops\nloses | alice@example.com | Sales"},
		"a membership whose role is known only after apply": {[]string{
			plannedAs(membership, `"update"`, aliceInOps, `{"user_email":"alice@example.com"}`, `"after_unknown":{"id":true,"role_id":true,"role_name":true,"user_uuid":true}`),
		}, fmt.Sprintf(mayMove, "role", "membership.a")},
		"a membership whose role is known only after apply, and whose user is another": {[]string{
			plannedAs(membership, `"update"`, aliceInOps, `{"user_uuid":"u2"}`, `"after_unknown":{"id":true,"role_id":true,"role_name":true,"user_email":true}`),
		}, fmt.Sprintf(mayMove, "role", "membership.a")},
		"a membership whose user is known only after apply": {[]string{
			plannedAs(membership, `"update"`, aliceInOps, `{"role_id":"r1"}`, `"after_unknown":{"id":true,"role_name":true,"user_uuid":true,"user_email":true}`),
		}, fmt.Sprintf(mayMove, "user", "membership.a")},
		"a membership whose organization is known only after apply": {[]string{
			plannedAs(membership, `"update"`, aliceInOps, `{"role_id":"r1","user_uuid":"u1"}`, `"after_unknown":{"id":true,"organization_id":true,"role_name":true,"user_email":true}`),
		}, fmt.Sprintf(mayMove, "organization", "membership.a")},
		"a move that is undone": {[]string{
			plannedAs(membership, `"update"`, aliceInOps, aliceInOps, `"after_unknown":{"updated_at":true}`),
		}, "**Access: 0 gained, losses not known. See the notes below.**\nposthog\\_role\\_membership.a undoes an unfinished move. The apply removes the users that the move has added."},
		"all members move to another role": {[]string{
			plannedAs(whole, `"update"`, strings.Replace(ops(alice), "{", `{"ignored_users":["u9"],`, 1), sales(ops(alice))),
		}, "**Access: at most 1 gained, 1 lost. See the notes below.**\nloses | alice@example.com | Ops\ngains | alice@example.com | Sales\n" + moves},
		"all members move to another role, and some are ignored in it": {[]string{
			plannedAs(whole, `"update"`, ops(alice, bob), sales(strings.Replace(ops(alice), "{", `{"ignored_users":["u2"],`, 1))),
		}, "**Access: at most 1 gained, 2 lost. See the notes below.**\nloses | alice@example.com | Ops\nloses | bob@example.com | Ops\ngains | alice@example.com | Sales\n" + moves},
		"all members move to the role of another resource": {[]string{
			plannedAs(whole, `"update"`, ops(alice), sales(ops(alice))),
			plannedAs("role_members.sales", `"forget"`, sales(ops(alice, bob)), "null"),
		}, "**Access: 0 gained, 1 lost**\nloses | alice@example.com | Ops"},
		"members who move and are known only after apply": {[]string{
			plannedAs(whole, `"update"`, ops(alice), `{"role_id":"r2","role_name":"Sales"}`, `"after_unknown":{"members":true}`),
		}, "**Access: gains not known, at least 1 lost. See the notes below.**\nloses | alice@example.com | Ops\nThe members of Sales are known only after apply."},
		"members whose role is known only after apply": {[]string{
			plannedAs(whole, `"update"`, ops(alice), `{}`, `"after_unknown":{"role_id":true,"role_name":true,"members":true}`),
		}, fmt.Sprintf(mayMove, "role", "members.ops")},
		"members whose organization is known only after apply": {[]string{
			plannedAs(whole, `"update"`, ops(alice), `{"role_id":"r1"}`, `"after_unknown":{"organization_id":true,"role_name":true,"members":true}`),
		}, fmt.Sprintf(mayMove, "organization", "members.ops")},
		"a new role whose id is known only after apply": {[]string{
			plannedAs(whole, `"create"`, "null", `{"users":["alice@example.com","U2"]}`, `"after_unknown":{"role_id":true,"role_name":true,"members":true,"users":[false,false]}`),
		}, "**Access: at most 2 gained, losses not known. See the notes below.**\ngains | alice@example.com | known after apply, posthog\\_role\\_members.ops\n" +
			"gains | u2 | known after apply, posthog\\_role\\_members.ops\n" + roleUnknown},
		"a new role whose id and users are known only after apply": {[]string{
			plannedAs(whole, `"create"`, "null", `{"users":["alice@example.com",null]}`, `"after_unknown":{"role_id":true,"role_name":true,"members":true,"users":[false,true]}`),
		}, "**Access: gains not known, losses not known. See the notes below.**\nThe members of posthog\\_role\\_members.ops are known only after apply."},
		"a membership that is imported": {[]string{
			plannedAs(membership, `"no-op"`, aliceInOps, aliceInOps, `"importing":{"id":"Ops/alice@example.com"}`),
		}, none},
		"a membership that is adopted": {[]string{
			plannedAs(membership, `"create"`, "null", aliceInOps),
		}, none},
		"a membership that is replaced": {[]string{
			plannedAs(membership, `"delete","create"`, aliceInOps, newInOps, `"after_unknown":{"id":true}`),
		}, none},
		"a membership that is replaced by one in another role": {[]string{
			plannedAs(membership, `"create","delete"`, aliceInSales, newInOps, `"after_unknown":{"id":true}`),
		}, "**Access: 1 gained, 1 lost**\ngains | alice@example.com | Ops\nloses | alice@example.com | Sales"},
		"a membership that is forgotten": {[]string{
			plannedAs(membership, `"forget"`, aliceInOps, "null"),
		}, none},
		"a membership that is forgotten, and replaced": {[]string{
			plannedAs(membership, `"create","forget"`, aliceInOps, strings.ReplaceAll(newInOps, "alice", "carol"), `"after_unknown":{"user_uuid":true}`),
		}, none},
		"nothing and an update that moves nobody": {[]string{
			plannedAs(membership, `"no-op"`, aliceInOps, aliceInOps), plannedAs(other, `"update"`, aliceInSales, aliceInSales),
		}, none},
		"emails that the plan does not show": {[]string{
			plannedAs(membership, `"delete"`, aliceInOps, "null", `"before_sensitive":{"user_email":true}`),
			plannedAs(whole, `"update"`, ops(), ops(bob), `"before_sensitive":{"users":[]}`, `"after_sensitive":{"users":[true]}`),
		}, "**Access: 1 gained, 1 lost**\ngains | u2 | Ops\nloses | u1 | Ops"},
		"roles of one name in two organizations": {[]string{
			plannedAs(membership, `"delete"`, strings.Replace(aliceInOps, "{", `{"organization_id":"o1",`, 1), "null"),
			plannedAs(other, `"create"`, "null", strings.Replace(strings.ReplaceAll(newInOps, "r1", "r9"), "{", `{"organization_id":"o2",`, 1), `"after_unknown":{"id":true}`),
		}, "**Access: 1 gained, 1 lost**\nloses | alice@example.com | Ops of o1\ngains | alice@example.com | Ops of o2"},
		"a membership that moves without a block": {[]string{
			plannedAs(membership, `"delete"`, aliceInOps, "null"),
			plannedAs(other, `"create"`, "null", newInOps, `"after_unknown":{"id":true}`),
		}, none},
		"a membership that is written in another way": {[]string{
			plannedAs(membership, `"delete"`, strings.ReplaceAll(aliceInOps, "r1", "R1"), "null"),
			plannedAs(other, `"create"`, "null", `{"role_id":"r1","role_name":"Ops","user_email":"Alice@Example.com"}`, `"after_unknown":{"user_uuid":true}`),
		}, none},
		"single memberships that become a whole role": {[]string{
			plannedAs(membership, `"forget"`, aliceInOps, "null"),
			plannedAs(other, `"forget"`, bobInOps, "null"),
			plannedAs(whole, `"update"`, ops(alice, bob), ops(alice), `"importing":{"id":"Ops"}`),
		}, "**Access: 0 gained, 1 lost**\nloses | bob@example.com | Ops"},
		"a whole role that becomes single memberships": {[]string{
			plannedAs(whole, `"forget"`, ops(alice, bob), "null"),
			plannedAs(membership, `"create"`, "null", newInOps, `"after_unknown":{"id":true}`),
		}, none},
		"a deposed object": {[]string{
			plannedAs(membership, `"no-op"`, aliceInOps, aliceInOps),
			strings.Replace(plannedAs(membership, `"delete"`, aliceInOps, "null"), `"mode"`, `"deposed":"0a1b2c3d","mode"`, 1),
			strings.Replace(plannedAs(membership, `"delete"`, aliceInSales, "null"), `"mode"`, `"deposed":"4e5f6a7b","mode"`, 1),
		}, "**Access: 0 gained, 1 lost**\nloses | alice@example.com | Sales"},
		"a role that has another name": {[]string{
			plannedAs(whole, `"update"`, ops(alice), strings.ReplaceAll(ops(alice), "Ops", "Operations")),
			plannedAs(membership, `"delete"`, bobInOps, "null"),
		}, "**Access: 0 gained, 1 lost**\nloses | bob@example.com | Operations"},
		"who is ignored from now on": {[]string{
			plannedAs(whole, `"update"`, ops(`"u1":"ALICE@example.com"`, bob, `"u3":"carol@example.com"`), strings.Replace(ops(), "{", `{"ignored_users":["Alice@example.com","U2"],`, 1)),
		}, "**Access: 0 gained, 1 lost**\nloses | carol@example.com | Ops"},
		"who is ignored no longer": {[]string{
			plannedAs(whole, `"update"`, strings.Replace(ops(alice), "{", `{"ignored_users":["Bob@example.com","u3","u4"],`, 1),
				strings.Replace(ops(alice, `"u3":"carol@example.com"`), "{", `{"ignored_users":["U4"],`, 1)),
		}, "**Access: at most 1 gained, losses not known. See the notes below.**\ngains | carol@example.com | Ops\nposthog\\_role\\_members.ops no longer ignores bob@example.com, u3. " +
			"Users who are in Ops already gain nothing. Members who are not declared lose access. The plan warns about them."},
		"order, case and signs": {[]string{
			plannedAs(membership, `"create"`, "null", `{"role_id":"r3","role_name":"b|[x](y)\n<i>","user_uuid":"u7","user_email":"Z@example.com"}`),
			plannedAs(other, `"create"`, "null", `{"role_id":"r3","role_name":"b|[x](y)\n<i>","user_uuid":"u6","user_email":"y@example.com"}`),
			plannedAs("role_membership.c", `"delete"`, `{"role_id":"r3","role_name":"b|[x](y)\n<i>","user_uuid":"u5","user_email":"a|b@example.com"}`, "null"),
			plannedAs("role_membership.d", `"create"`, "null", `{"role_id":"r4","role_name":"C","user_uuid":"u4","user_email":"_x_~~y~~&#124;$1$@example.com"}`),
		}, `**Access: 3 gained, 1 lost**
gains | y@example.com | b\|\[x\](y) \<i\>
gains | Z@example.com | b\|\[x\](y) \<i\>
loses | a\|b@example.com | b\|\[x\](y) \<i\>
gains | \_x\_\~\~y\~\~\&\#124;\$1\$@example.com | C`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := accessTable(t, `{"format_version":"1.2","resource_changes":[`+strings.Join(test.changes, ",")+"]}")
			if got := rows(table); got != test.want {
				t.Errorf("the table says\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}
