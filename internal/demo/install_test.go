package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestInstall runs make install, and then Terraform without a CLI configuration: with a version constraint, a module and a lock file.
func TestInstall(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make")
	}
	home := t.TempDir()
	install := exec.CommandContext(t.Context(), "make", "install", "PLUGINS="+filepath.Join(home, ".terraform.d", "plugins"))
	install.Dir = b.shop.source
	if printed, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, printed)
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
`, b.command)
	if printed, err := runShell(t, t.TempDir(), commands); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	if got := hog.list("Engineering") + "; " + hog.list("Support"); got != "alice@example.com, frank@example.com; bob@example.com, carol@example.com" {
		t.Errorf("the members are %s", got)
	}
}
