package roster

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// serve returns a server and the rosters of a client of it, with quick retries.
func serve(t *testing.T, options ...fakeposthog.Option) (*fakeposthog.Server, *Rosters) {
	t.Helper()
	hog := fakeposthog.Start(t, options...)
	client, err := posthog.New(posthog.Config{
		Host: hog.URL, APIKey: hog.Key, Backoff: time.Millisecond, RetryTimeout: time.Minute, RequestTimeout: 200 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return hog, New(client, &ownership.Plan{})
}

func expectNames(t *testing.T, hog *fakeposthog.Server, names ...string) {
	t.Helper()
	if got := slices.Sorted(maps.Values(hog.RoleNames(""))); !slices.Equal(got, names) {
		t.Errorf("the roles are %q, want %q", got, names)
	}
}

// isA returns a function that reports whether an error has a type.
func isA[E error](err error) bool { _, ok := errors.AsType[E](err); return ok }

// roleFaults are faults of one write.
var roleFaults = map[string]fakeposthog.Action{
	"500":             fakeposthog.Error(500, "server_error", "error", "A server error occurred.", ""),
	"500 after":       fakeposthog.ErrorAfter(500, "server_error", "error", "A server error occurred.", ""),
	"502 of a proxy":  fakeposthog.BadGateway(),
	"502 after":       fakeposthog.AnswerAfter(502, "text/html", "<html></html>"),
	"408":             fakeposthog.Answer(408, "text/plain", ""),
	"closed before":   fakeposthog.CloseBefore(),
	"closed after":    fakeposthog.CloseAfter(),
	"timeout after":   fakeposthog.DelayAfter(400 * time.Millisecond),
	"404":             fakeposthog.Error(404, "invalid_request", "not_found", "Not found.", ""),
	"login page":      fakeposthog.HTMLLogin(),
	"web page, after": fakeposthog.AnswerAfter(200, "text/html", "<html></html>"),
}

func TestAddRole_isCreatedOnce(t *testing.T) {
	faults := maps.Clone(roleFaults)
	delete(faults, "404")
	for name, fault := range faults {
		for _, times := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s/%d", name, times), func(t *testing.T) {
				t.Parallel()
				hog, rosters := serve(t)
				hog.Inject(fakeposthog.Fault{On: "POST roles", Do: fault, Times: times})
				role, isAdopted, err := rosters.AddRole(t.Context(), hog.OrganizationID, "Support", "holder", false)
				if err != nil || isAdopted || role.Name != "Support" || hog.RoleNames("")[role.ID] != "Support" {
					t.Errorf("%v, %t, %v", role, isAdopted, err)
				}
				expectNames(t, hog, "Role 0", "Support")
			})
		}
	}
	for name, fault := range faults {
		t.Run(name+"/for ever", func(t *testing.T) {
			t.Parallel()
			hog, rosters := serve(t)
			hog.Inject(fakeposthog.Fault{On: "POST roles", Do: fault, Times: fakeposthog.Forever})
			_, _, err := rosters.AddRole(t.Context(), hog.OrganizationID, "Support", "holder", false)
			if happens := len(hog.RoleNames("")) == 2; happens != (err == nil) || !happens && !isA[*UnclearRoleError](err) {
				t.Errorf("the error is %v", err)
			}
			if n := hog.CountRequests("POST roles"); n > maxRoleAttempts {
				t.Errorf("%d creates", n)
			}
		})
	}
}

func TestAddRole_nameTaken(t *testing.T) {
	answer := fakeposthog.Error(500, "server_error", "error", "A server error occurred.", "")
	for name, test := range map[string]struct {
		existing []string
		fault    *fakeposthog.Fault
		taken    int  // how many roles the error names
		adopts   bool // whether adopt helps
	}{
		"exactly":                    {existing: []string{"Support"}, taken: 1, adopts: true},
		"in another case":            {existing: []string{"sUPPORT"}, taken: 1, adopts: true},
		"twice":                      {existing: []string{"sUPPORT", "support"}, taken: 2},
		"twice, once exactly":        {existing: []string{"support", "Support"}, taken: 1, adopts: true},
		"and the answer is a 500":    {existing: []string{"Support"}, fault: &fakeposthog.Fault{On: "POST roles", Do: answer}, taken: 1, adopts: true},
		"since the roles were read":  {fault: &fakeposthog.Fault{On: "POST roles"}, taken: 1, adopts: true},
		"in another case, and a 500": {existing: []string{"support"}, fault: &fakeposthog.Fault{On: "POST roles", Do: answer}, taken: 1, adopts: true},
	} {
		for _, adopt := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%t", name, adopt), func(t *testing.T) {
				t.Parallel()
				hog, rosters := serve(t, fakeposthog.Roles(0))
				for _, existing := range test.existing {
					hog.AddRole("", existing)
				}
				if test.fault != nil {
					fault := *test.fault
					if len(test.existing) == 0 {
						fault.Do = fakeposthog.Before(func() { hog.AddRole("", "Support") })
					}
					hog.Inject(fault)
				}
				role, isAdopted, err := rosters.AddRole(t.Context(), hog.OrganizationID, "Support", "holder", adopt)
				if adopt && test.adopts {
					if err != nil || !isAdopted || !strings.EqualFold(hog.RoleNames("")[role.ID], "Support") {
						t.Errorf("%v, %t, %v", role, isAdopted, err)
					}
					return
				}
				taken, ok := errors.AsType[*NameTakenError](err)
				if !ok || len(taken.Roles) != test.taken || isAdopted {
					t.Errorf("the error is %v", err)
				}
			})
		}
	}
}

// Creates of one name take turns. Only one resource has the role, even with adopt.
func TestAddRole_takesTurns(t *testing.T) {
	hog, rosters := serve(t, fakeposthog.Roles(0))
	action, release := fakeposthog.HoldAfter()
	hog.Inject(fakeposthog.Fault{On: "POST roles", Do: action})
	var group sync.WaitGroup
	results := make(chan error, 5)
	for i := range 5 {
		group.Go(func() {
			_, _, err := rosters.AddRole(t.Context(), hog.OrganizationID, []string{"Support", "SUPPORT"}[i%2], fmt.Sprint(i), true)
			results <- err
		})
	}
	if err := hog.WaitForRequest(t.Context(), "POST roles", 1); err != nil {
		t.Fatal(err)
	}
	hog.ExpectRequests(t, "POST roles", 1)
	release()
	group.Wait()
	close(results)
	created := 0
	for err := range results {
		if err == nil {
			created++
		} else if !isA[*NameTakenError](err) {
			t.Error(err)
		}
	}
	if created != 1 || len(hog.RoleNames("")) != 1 {
		t.Errorf("%d are created, and the roles are %v", created, hog.RoleNames(""))
	}
}

// A create with an unknown outcome is not the one of another resource, nor a role of a list that was read before it.
func TestAddRole_isNotAnotherOne(t *testing.T) {
	hog, rosters := serve(t, fakeposthog.Roles(0))
	if _, _, err := rosters.AddRole(t.Context(), hog.OrganizationID, "Support", "first", false); err != nil {
		t.Fatal(err)
	}
	hog.Inject(fakeposthog.Fault{On: "POST roles", Do: fakeposthog.BadGateway()})
	if _, _, err := rosters.AddRole(t.Context(), hog.OrganizationID, "Support", "second", true); !isA[*NameTakenError](err) {
		t.Errorf("the error is %v", err)
	}

	id := hog.AddRole("", "sales")
	hog.AddRole("", "Other")
	fresh := New(rosters.client, &ownership.Plan{})
	if roles, err := fresh.Roles(t.Context(), hog.OrganizationID); err != nil || len(roles) != 3 {
		t.Fatal(roles, err)
	}
	hog.DeleteRole(id)
	hog.Inject(fakeposthog.Fault{On: "POST roles", Do: fakeposthog.CloseAfter()})
	role, isAdopted, err := fresh.AddRole(t.Context(), hog.OrganizationID, "Sales", "third", true)
	if err != nil || isAdopted || hog.RoleNames("")[role.ID] != "Sales" {
		t.Errorf("%v, %t, %v", role, isAdopted, err)
	}
}

// Many roles cost one list, and a create and a read for each.
func TestAddRole_requests(t *testing.T) {
	hog, rosters := serve(t)
	for i := range 20 {
		role, _, err := rosters.AddRole(t.Context(), hog.OrganizationID, fmt.Sprintf("New %d", i), "holder", false)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := rosters.Roster(t.Context(), posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: role.ID}); err != nil || !read.Exists {
			t.Errorf("%v, %v", read, err)
		}
	}
	hog.ExpectRequests(t, "GET roles", 1)
	hog.ExpectRequests(t, "POST roles", 20)
	hog.ExpectRequests(t, "GET role", 20)
	hog.ExpectRequests(t, "", 41)
	if roles, err := rosters.Roles(t.Context(), hog.OrganizationID); err != nil || len(roles) != 21 {
		t.Errorf("%d roles, %v: the list is not invalidated", len(roles), err)
	}
}

func TestAddRole_older(t *testing.T) {
	elsewhere := func(t *testing.T) (*fakeposthog.Server, *Rosters, string) {
		hog, rosters := serve(t, fakeposthog.BeforeMid2026())
		other := hog.AddOrganization("Other")
		hog.AddUserWith(other, hog.Owner())
		hog.SetLevel(other, hog.Owner().UUID, fakeposthog.LevelOwner)
		return hog, rosters, other
	}
	t.Run("created in the open organization", func(t *testing.T) {
		hog, rosters, other := elsewhere(t)
		_, _, err := rosters.AddRole(t.Context(), other, "Support", "holder", false)
		misplaced, ok := errors.AsType[*RoleElsewhereError](err)
		if !ok || !misplaced.IsCreated || misplaced.OpenID != hog.OrganizationID || hog.RoleNames("")[misplaced.Role.ID] != "Support" {
			t.Errorf("the error is %v", err)
		}
		expectNames(t, hog, "Role 0", "Support") // It is not deleted by guess.
		hog.SetCurrentOrganization(hog.Owner().UUID, other)
		if _, _, err := rosters.AddRole(t.Context(), other, "Support", "holder", false); err != nil {
			t.Error(err)
		}
	})
	t.Run("and the answer is lost", func(t *testing.T) {
		hog, rosters, other := elsewhere(t)
		hog.Inject(fakeposthog.Fault{On: "POST roles", Do: fakeposthog.CloseAfter()})
		_, _, err := rosters.AddRole(t.Context(), other, "Support", "holder", true)
		if misplaced, ok := errors.AsType[*RoleElsewhereError](err); !ok || !misplaced.IsCreated {
			t.Errorf("the error is %v", err)
		}
		expectNames(t, hog, "Role 0", "Support")
	})
	t.Run("taken in the open organization", func(t *testing.T) {
		_, rosters, other := elsewhere(t)
		_, _, err := rosters.AddRole(t.Context(), other, "role 0", "holder", true)
		if misplaced, ok := errors.AsType[*RoleElsewhereError](err); !ok || misplaced.IsCreated {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("taken, and no role has the name", func(t *testing.T) {
		hog, rosters := serve(t)
		hog.Inject(fakeposthog.Fault{
			On: "POST roles", Do: fakeposthog.Error(400, "validation_error", "unique", "There is already a role with this name.", "name"),
		})
		_, _, err := rosters.AddRole(t.Context(), hog.OrganizationID, "Support", "holder", true)
		if taken, ok := errors.AsType[*NameTakenError](err); !ok || len(taken.Roles) != 0 {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("more roles than it lists", func(t *testing.T) {
		hog, rosters := serve(t, fakeposthog.BeforeMid2026(), fakeposthog.Roles(131))
		hog.Inject(fakeposthog.Fault{On: "POST roles", Do: fakeposthog.CloseAfter()})
		role, isAdopted, err := rosters.AddRole(t.Context(), hog.OrganizationID, "Support", "holder", false)
		if err != nil || isAdopted || hog.RoleNames("")[role.ID] != "Support" {
			t.Errorf("%v, %v", role, err)
		}
		if role, isAdopted, err := rosters.AddRole(t.Context(), hog.OrganizationID, "role 130", "other", true); err != nil || !isAdopted || role.Name != "Role 130" {
			t.Errorf("%v, %v", role, err)
		}
	})
	t.Run("renamed to another case", func(t *testing.T) {
		hog, rosters := serve(t, fakeposthog.BeforeMid2026())
		ref := posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}
		if _, err := rosters.RenameRole(t.Context(), ref, "ROLE 0"); !isA[*CaseRenameError](err) {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestRenameRole(t *testing.T) {
	faults := maps.Clone(roleFaults)
	delete(faults, "404")
	faults["none"] = fakeposthog.DelayAfter(0)
	for name, fault := range faults {
		for older, options := range map[string][]fakeposthog.Option{"newest": nil, "older": {fakeposthog.BeforeMid2026()}} {
			t.Run(name+"/"+older, func(t *testing.T) {
				t.Parallel()
				hog, rosters := serve(t, append(options, fakeposthog.MembersEach(2))...)
				ref := posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}
				if _, err := rosters.CachedRole(t.Context(), ref); err != nil {
					t.Fatal(err)
				}
				hog.Inject(fakeposthog.Fault{On: "PATCH role", Do: fault})
				role, err := rosters.RenameRole(t.Context(), ref, "Support")
				if err != nil || role.ID != ref.ID || role.Name != "Support" {
					t.Errorf("%v, %v", role, err)
				}
				expectNames(t, hog, "Support")
				if cached, err := rosters.CachedRole(t.Context(), ref); err != nil || cached.Name != "Support" || len(cached.Members) != 2 {
					t.Errorf("the cache has %v, %v", cached, err)
				}
			})
		}
	}
	t.Run("taken", func(t *testing.T) {
		hog, rosters := serve(t)
		hog.AddRole("", "Support")
		_, err := rosters.RenameRole(t.Context(), posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}, "SUPPORT")
		if taken, ok := errors.AsType[*NameTakenError](err); !ok || len(taken.Roles) != 1 {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("deleted", func(t *testing.T) {
		hog, rosters := serve(t)
		ref := posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}
		hog.DeleteRole(ref.ID)
		if _, err := rosters.RenameRole(t.Context(), ref, "Support"); !isA[*MissingRoleError](err) {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("fails for ever", func(t *testing.T) {
		hog, rosters := serve(t)
		hog.Inject(fakeposthog.Fault{On: "PATCH role", Do: fakeposthog.BadGateway(), Times: fakeposthog.Forever})
		_, err := rosters.RenameRole(t.Context(), posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}, "Support")
		if posthog.ReasonOf(err) != posthog.ReasonServerFailure {
			t.Errorf("the error is %v", err)
		}
		hog.ExpectRequests(t, "PATCH role", maxRoleAttempts)
	})
	t.Run("and cannot be verified", func(t *testing.T) {
		hog, rosters := serve(t)
		hog.Inject(fakeposthog.Fault{On: "PATCH role", Do: fakeposthog.CloseAfter()})
		hog.Inject(fakeposthog.Fault{On: "GET role", Do: fakeposthog.HTMLLogin(), Times: fakeposthog.Forever})
		_, err := rosters.RenameRole(t.Context(), posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}, "Support")
		if !isA[*VerifyError](err) {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestRemoveRole(t *testing.T) {
	faults := maps.Clone(roleFaults)
	faults["none"] = fakeposthog.DelayAfter(0)
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hog, rosters := serve(t, fakeposthog.MembersEach(2))
			ref := posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}
			_, err := rosters.RemoveRole(t.Context(), ref, "holder", false)
			if refused, ok := errors.AsType[*RoleHasMembersError](err); !ok || len(refused.Role.Members) != 2 {
				t.Errorf("the error is %v", err)
			}
			hog.ExpectRequests(t, "DELETE role", 0)
			hog.Inject(fakeposthog.Fault{On: "DELETE role", Do: fault})
			if isKept, err := rosters.RemoveRole(t.Context(), ref, "holder", true); isKept || err != nil {
				t.Errorf("%t, %v", isKept, err)
			}
			expectNames(t, hog)
			if cached, err := rosters.CachedRole(t.Context(), ref); err != nil || cached.Exists {
				t.Errorf("the cache has %v, %v", cached, err)
			}
			if isKept, err := rosters.RemoveRole(t.Context(), ref, "holder", false); isKept || err != nil {
				t.Errorf("%t, %v", isKept, err)
			}
		})
	}
	t.Run("members are read after this process's writes", func(t *testing.T) {
		hog, rosters := serve(t, fakeposthog.MembersEach(1))
		ref := posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}
		member := hog.Members(ref.ID)[0]
		if _, err := rosters.Roster(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
		if _, err := rosters.Remove(t.Context(), ref, member.ID, member.UserUUID, "membership"); err != nil {
			t.Fatal(err)
		}
		if _, err := rosters.RemoveRole(t.Context(), ref, "holder", false); err != nil {
			t.Error(err)
		}
		expectNames(t, hog)
	})
	t.Run("another resource has the role", func(t *testing.T) {
		hog, rosters := serve(t)
		ref := posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}
		if _, _, err := rosters.AddRole(t.Context(), hog.OrganizationID, "Role 0", "new", true); err != nil {
			t.Fatal(err)
		}
		if isKept, err := rosters.RemoveRole(t.Context(), ref, "old", true); !isKept || err != nil {
			t.Errorf("%t, %v", isKept, err)
		}
		expectNames(t, hog, "Role 0")
		if isKept, err := rosters.RemoveRole(t.Context(), ref, "new", true); !isKept || err != nil {
			t.Errorf("%t, %v: the create half of a replacement has adopted the role", isKept, err)
		}
		created, _, err := rosters.AddRole(t.Context(), hog.OrganizationID, "Support", "new", true)
		if err != nil {
			t.Fatal(err)
		}
		if isKept, err := rosters.RemoveRole(t.Context(), posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: created.ID}, "new", true); isKept || err != nil {
			t.Errorf("%t, %v", isKept, err)
		}
		expectNames(t, hog, "Role 0")
	})
	t.Run("fails for ever", func(t *testing.T) {
		hog, rosters := serve(t)
		hog.Inject(fakeposthog.Fault{On: "DELETE role", Do: fakeposthog.BadGateway(), Times: fakeposthog.Forever})
		_, err := rosters.RemoveRole(t.Context(), posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}, "holder", true)
		if posthog.ReasonOf(err) != posthog.ReasonServerFailure {
			t.Errorf("the error is %v", err)
		}
		hog.ExpectRequests(t, "DELETE role", maxRoleAttempts)
	})
}

// After PostHog has refused a write for a reason that holds for all, no write of a role or membership is sent.
func TestRoleWrites_afterARefusal(t *testing.T) {
	writes := map[string]func(t *testing.T, rosters *Rosters, ref posthog.RoleRef) error{
		"POST roles": func(t *testing.T, rosters *Rosters, ref posthog.RoleRef) error {
			_, _, err := rosters.AddRole(t.Context(), ref.OrganizationID, "Support", "holder", false)
			return err
		},
		"PATCH role": func(t *testing.T, rosters *Rosters, ref posthog.RoleRef) error {
			_, err := rosters.RenameRole(t.Context(), ref, "Support")
			return err
		},
		"DELETE role": func(t *testing.T, rosters *Rosters, ref posthog.RoleRef) error {
			_, err := rosters.RemoveRole(t.Context(), ref, "holder", true)
			return err
		},
	}
	for first, write := range writes {
		t.Run(first, func(t *testing.T) {
			hog, rosters := serve(t)
			hog.SetLevel("", hog.Owner().UUID, fakeposthog.LevelMember)
			ref := posthog.RoleRef{OrganizationID: hog.OrganizationID, ID: hog.Role(0)}
			if err := write(t, rosters, ref); posthog.ReasonOf(err) != posthog.ReasonNotAdmin || isA[*SkippedAfterRefusalError](err) {
				t.Errorf("the error is %v", err)
			}
			for _, next := range writes {
				if err := next(t, rosters, ref); !isA[*SkippedAfterRefusalError](err) {
					t.Errorf("the error is %v", err)
				}
			}
			_, _, err := rosters.Add(t.Context(), ref, hog.User(0).UUID, "holder", false)
			if !isA[*SkippedAfterRefusalError](err) {
				t.Errorf("the error is %v", err)
			}
			for kind := range writes {
				hog.ExpectRequests(t, kind, map[bool]int{true: 1}[kind == first])
			}
		})
	}
}
