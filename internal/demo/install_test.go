package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstall runs make install, and then Terraform without a CLI configuration: with a version constraint, a module and a lock file. With
// PLUGINS, Terraform needs the option that make prints.
func TestInstall(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make")
	}
	home, other := t.TempDir(), t.TempDir()
	relative, err := filepath.Rel(b.shop.source, other)
	if err != nil {
		t.Fatal(err)
	}
	printed, err := runShell(t, b.shop.source, fmt.Sprintf(`
export GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE) HOME=%s
make --no-print-directory install
make --no-print-directory install PLUGINS=%s/plugins
`, home, relative))
	option := " -plugin-dir=" + filepath.Join(other, "plugins")
	if err != nil || !strings.Contains(printed, "Then run terraform init.\n") || !strings.HasSuffix(printed, "Then run terraform init"+option+"\n") {
		t.Fatalf("%v; want the commands terraform init and terraform init%s\n%s", err, option, printed)
	}

	hog := posthog(t)
	exports := fmt.Sprintf("export HOME=%s POSTHOG_HOST=%s POSTHOG_PERSONAL_API_KEY=%s POSTHOG_ORGANIZATION_ID=%s\n",
		home, hog.URL, hog.Key, hog.OrganizationID)
	commands := exports + "mkdir support\n" + writeFile("support/main.tf", requirements+guideRoleMembers) +
		writeFile("main.tf", guideMembership+"module \"support\" { source = \"./support\" }\n") + fmt.Sprintf(`
%[1]s init
%[1]s apply
rm -r .terraform
%[1]s init -lockfile=readonly
%[1]s plan -detailed-exitcode
export HOME=/nowhere
rm -r .terraform
%[1]s init%[2]s
`, b.command, option)
	if printed, err = runShell(t, t.TempDir(), commands); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	if got := hog.list("Engineering") + "; " + hog.list("Support"); got != "alice@example.com, frank@example.com; bob@example.com, carol@example.com" {
		t.Errorf("the members are %s", got)
	}
}
