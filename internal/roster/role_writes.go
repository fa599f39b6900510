package roster

import (
	"context"
	"errors"
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
)

// maxRoleAttempts limits how many times a write of a role is sent when earlier attempts had no effect.
const maxRoleAttempts = maxAddAttempts

// AddRole creates a role for the resource that holder identifies. All attempts share one retry timeout. A create with an unknown outcome
// is verified by a read of the roles before it is sent again, so that the role is created once.
//
// If the organization has a role with the name already, AddRole returns a *NameTakenError or, with adopt, that role and isAdopted. Case
// does not matter, so that an adopted role may have another spelling. The other errors are *RoleElsewhereError, *UnclearRoleError,
// *VerifyError, *SkippedAfterRefusalError, those of Roles, and those of posthog.Client.CreateRole for which posthog.MayHaveHappened is
// false.
func (r *Rosters) AddRole(ctx context.Context, organizationID, name, holder string, adopt bool) (role posthog.Role, isAdopted bool, err error) {
	ctx, cancel := r.client.WithRetryTimeout(ctx)
	defer cancel()
	unlock, err := r.roleClaims.lock(ctx, organizationID, name)
	if err != nil {
		return posthog.Role{}, false, r.client.ContextError(ctx, nil)
	}
	defer unlock()
	c := &roleCreate{Rosters: r, organizationID: organizationID, name: name, holder: holder, adopt: adopt}
	if err := c.recordPrevious(ctx); err != nil {
		return posthog.Role{}, false, err
	}
	return c.run(ctx)
}

// AdoptRole makes a resource the holder of an existing role, and returns the role. found is false if the role does not exist any more, has
// another name, or has another holder. Case does not matter. It sends no write. The errors are those of Roster.
func (r *Rosters) AdoptRole(ctx context.Context, ref posthog.RoleRef, name, holder string) (role posthog.Role, found bool, err error) {
	read, err := r.Roster(ctx, ref)
	if err != nil || !read.Exists || !strings.EqualFold(read.Name, name) || !r.roleClaims.hold(ref, holder, true) {
		return posthog.Role{}, false, err
	}
	return read.Role, true, nil
}

// A roleCreate creates one role. The caller holds the lock of its name.
type roleCreate struct {
	*Rosters

	organizationID, name, holder string
	adopt                        bool

	previous     map[string]bool // the ids of roles that existed before
	uncertainErr error           // the error of the last create that may have created the role; nil if there is none
}

// recordPrevious records which roles existed before the create. One cached list serves all creates of this process: roleClaims has the
// roles that were created after it.
func (c *roleCreate) recordPrevious(ctx context.Context) error {
	roles, _, err := c.rolesByOrganization.getCached(ctx, c.organizationID)
	if isTruncated(err) {
		roles, err = c.client.RolesNamed(ctx, c.organizationID, c.name)
	}
	c.previous = map[string]bool{}
	for _, role := range roles {
		c.previous[role.ID] = true
	}
	return err
}

// run sends the create until its outcome is known.
func (c *roleCreate) run(ctx context.Context) (role posthog.Role, isAdopted bool, err error) {
	for attempt := 1; ; attempt++ {
		if err := c.checkRefusal(c.ref("")); err != nil {
			return posthog.Role{}, false, c.abortError(err)
		}
		role, err := c.client.CreateRole(ctx, c.organizationID, c.name)
		if err == nil {
			c.forgetRole(c.ref(role.ID))
			return role, false, c.checkCreated(ctx, role)
		}
		mayHaveHappened, isTaken := posthog.MayHaveHappened(err), posthog.ReasonOf(err) == posthog.ReasonNameTaken
		if mayHaveHappened {
			c.uncertainErr = err
			c.rolesByOrganization.invalidate(c.organizationID)
		}
		if c.uncertainErr == nil && !isTaken {
			c.recordRefusal(c.ref(""), err)
			return posthog.Role{}, false, err
		}
		found, readErr := c.ReadRolesNamed(ctx, c.organizationID, c.name)
		switch {
		case readErr != nil:
			return posthog.Role{}, false, c.verifyFailedError(ctx, err, readErr)
		case len(found) > 0:
			return c.resolve(found)
		case isTaken:
			return posthog.Role{}, false, c.takenError(ctx, c.organizationID, c.name, c.uncertainErr != nil)
		case !mayHaveHappened: // PostHog refused the last create, and the earlier ones had no effect.
			c.recordRefusal(c.ref(""), err)
			return posthog.Role{}, false, err
		case attempt >= maxRoleAttempts:
			return posthog.Role{}, false, c.abortError(err)
		}
		if stop := c.client.Backoff(ctx, attempt-1, err); stop != nil {
			return posthog.Role{}, false, c.abortError(stop)
		}
	}
}

// ref returns a role of the organization.
func (c *roleCreate) ref(id string) posthog.RoleRef {
	return posthog.RoleRef{OrganizationID: c.organizationID, ID: id}
}

// abortError returns the error of a create that is not sent, or not sent again.
func (c *roleCreate) abortError(err error) error {
	if c.uncertainErr != nil {
		return &UnclearRoleError{Name: c.name, Create: c.uncertainErr}
	}
	return err
}

// verifyFailedError returns the error of a create whose outcome could not be read. If the context has ended, the error of the read adds
// nothing.
func (c *roleCreate) verifyFailedError(ctx context.Context, err, readErr error) error {
	switch {
	case ctx.Err() != nil:
		return c.abortError(err)
	case c.uncertainErr != nil:
		return &UnclearRoleError{Name: c.name, Create: c.uncertainErr, Verify: readErr}
	}
	return &VerifyError{Write: err, Verify: readErr}
}

// checkCreated returns an error if a created role is in another organization. If the read fails, the role counts as created where it
// should be, because an error would remove it from the state.
func (c *roleCreate) checkCreated(ctx context.Context, role posthog.Role) error {
	read, _, err := c.roles.get(ctx, c.ref(role.ID))
	if err == nil && !read.Exists {
		openID, err := c.readOpenOrganization(ctx)
		if err == nil && openID != c.organizationID {
			return &RoleElsewhereError{OrganizationID: c.organizationID, OpenID: openID, Role: role, IsCreated: true}
		}
	}
	c.roleClaims.hold(c.ref(role.ID), c.holder, false)
	return nil
}

// resolve returns the created or existing role among those with the name. After an uncertain create, a new role with the exact name is
// its effect.
func (c *roleCreate) resolve(found []posthog.Role) (role posthog.Role, isAdopted bool, err error) {
	for _, role := range found {
		if role.Name != c.name {
			continue
		}
		ref := c.ref(role.ID)
		if c.uncertainErr != nil && !c.previous[role.ID] && !c.roleClaims.isHeld(ref) {
			c.roleClaims.hold(ref, c.holder, false)
			return role, false, nil
		}
		found = []posthog.Role{role}
		break
	}
	if !c.adopt || len(found) > 1 || !c.roleClaims.hold(c.ref(found[0].ID), c.holder, true) {
		return posthog.Role{}, false, &NameTakenError{OrganizationID: c.organizationID, Name: c.name, Roles: found}
	}
	return found[0], true, nil
}

// RenameRole renames a role and returns it. A rename that may have happened is verified by a read of the role before it is sent again. The
// errors are *NameTakenError, *CaseRenameError, *RoleElsewhereError, *MissingRoleError, *VerifyError, *SkippedAfterRefusalError and
// those of posthog.Client.UpdateRole.
func (r *Rosters) RenameRole(ctx context.Context, ref posthog.RoleRef, name string) (posthog.Role, error) {
	ctx, cancel := r.client.WithRetryTimeout(ctx)
	defer cancel()
	unlock, err := r.roleClaims.lock(ctx, ref.OrganizationID, name)
	if err != nil {
		return posthog.Role{}, r.client.ContextError(ctx, nil)
	}
	defer unlock()
	isUncertain := false
	for attempt := 1; ; attempt++ {
		if err := r.checkRefusal(ref); err != nil {
			return posthog.Role{}, err
		}
		role, err := r.client.UpdateRole(ctx, ref, name)
		mayHaveHappened := posthog.MayHaveHappened(err)
		if err == nil || mayHaveHappened {
			r.forgetRole(ref)
		}
		isUncertain = isUncertain || mayHaveHappened
		switch reason := posthog.ReasonOf(err); {
		case err == nil:
			return role, nil
		case reason == posthog.ReasonNotFound:
			return posthog.Role{}, &MissingRoleError{Role: ref}
		case !isUncertain && reason != posthog.ReasonNameTaken:
			r.recordRefusal(ref, err)
			return posthog.Role{}, err
		}
		current, _, readErr := r.roles.get(ctx, ref)
		switch {
		case readErr != nil:
			return posthog.Role{}, &VerifyError{Write: err, Verify: readErr}
		case !current.Exists:
			return posthog.Role{}, &MissingRoleError{Role: ref}
		case current.Name == name:
			return current.Role, nil
		case posthog.ReasonOf(err) == posthog.ReasonNameTaken:
			return posthog.Role{}, r.renameRefusedError(ctx, ref, current.Name, name)
		case !mayHaveHappened || attempt >= maxRoleAttempts:
			r.recordRefusal(ref, err)
			return posthog.Role{}, err
		}
		if stop := r.client.Backoff(ctx, attempt-1, err); stop != nil {
			return posthog.Role{}, stop
		}
	}
}

// renameRefusedError returns why PostHog refuses a name as taken.
func (r *Rosters) renameRefusedError(ctx context.Context, ref posthog.RoleRef, from, to string) error {
	found, err := r.ReadRolesNamed(ctx, ref.OrganizationID, to)
	if err != nil {
		return &NameTakenError{OrganizationID: ref.OrganizationID, Name: to}
	}
	var others []posthog.Role
	for _, role := range found {
		if role.ID != ref.ID {
			others = append(others, role)
		}
	}
	switch {
	case len(others) > 0:
		return &NameTakenError{OrganizationID: ref.OrganizationID, Name: to, Roles: others}
	case strings.EqualFold(from, to):
		return &CaseRenameError{Role: ref, From: from, To: to}
	}
	return r.takenError(ctx, ref.OrganizationID, to, false)
}

// RemoveRole deletes a role for the resource that holder identifies. The role is read first, after all writes of this process: without
// force, a role with members is not deleted. A role that does not exist is not an error. isKept reports that the role stays, because another
// resource of this process has created it, or any has adopted it. The errors are *RoleHasMembersError, *VerifyError,
// *SkippedAfterRefusalError, those of Roster and those of posthog.Client.DeleteRole.
func (r *Rosters) RemoveRole(ctx context.Context, ref posthog.RoleRef, holder string, force bool) (isKept bool, err error) {
	ctx, cancel := r.client.WithRetryTimeout(ctx)
	defer cancel()
	if !r.roleClaims.canDelete(ref, holder) {
		return true, nil
	}
	var last error // the error of the last delete; nil before the first
	for attempt := 1; ; attempt++ {
		role, _, err := r.roles.getAfter(ctx, ref, r.roles.nextSequence())
		switch {
		case err != nil && last != nil:
			return false, &VerifyError{Write: last, Verify: err}
		case err != nil:
			return false, err
		case !role.Exists:
			r.forgetRole(ref)
			return false, nil
		case attempt > maxRoleAttempts:
			return false, last
		case !force && len(role.Members) > 0:
			return false, &RoleHasMembersError{Role: role}
		}
		if err := r.checkRefusal(ref); err != nil {
			return false, err
		}
		last = r.client.DeleteRole(ctx, ref)
		mayHaveHappened := posthog.MayHaveHappened(last)
		switch {
		case last == nil:
			r.forgetRole(ref)
			return false, nil
		case !mayHaveHappened && posthog.ReasonOf(last) != posthog.ReasonNotFound:
			r.recordRefusal(ref, last)
			return false, last
		}
		r.forgetRole(ref) // The next read finds out whether the role still exists.
		if !mayHaveHappened {
			continue
		}
		if stop := r.client.Backoff(ctx, attempt-1, last); stop != nil {
			return false, stop
		}
	}
}

// forgetRole drops a role from the cache after a write, because the role's existence and name may have changed. The list of roles is
// invalidated.
func (r *Rosters) forgetRole(ref posthog.RoleRef) {
	r.roles.forget(ref)
	r.rolesByOrganization.invalidate(ref.OrganizationID)
}

// RolesNamed returns the roles with a name. Case does not matter. It also works on servers before mid-2026 with more roles than they
// list. The errors are those of Roles.
func (r *Rosters) RolesNamed(ctx context.Context, organizationID, name string) ([]posthog.Role, error) {
	roles, _, err := r.rolesByOrganization.get(ctx, organizationID)
	return r.filterNamed(ctx, roles, err, organizationID, name)
}

// ReadRolesNamed is RolesNamed, but it reads the roles again if the cached ones do not have the name.
func (r *Rosters) ReadRolesNamed(ctx context.Context, organizationID, name string) ([]posthog.Role, error) {
	now := r.rolesByOrganization.nextSequence()
	found, err := r.RolesNamed(ctx, organizationID, name)
	if err != nil || len(found) > 0 {
		return found, err
	}
	roles, _, err := r.rolesByOrganization.getAfter(ctx, organizationID, now)
	return r.filterNamed(ctx, roles, err, organizationID, name)
}

// filterNamed returns the roles with a name. If the list of roles is truncated, it asks PostHog for those.
func (r *Rosters) filterNamed(ctx context.Context, roles []posthog.Role, err error, organizationID, name string) ([]posthog.Role, error) {
	if isTruncated(err) {
		return r.client.RolesNamed(ctx, organizationID, name)
	}
	var found []posthog.Role
	for _, role := range roles {
		if strings.EqualFold(role.Name, name) {
			found = append(found, role)
		}
	}
	return found, err
}

// isTruncated reports whether an older server has more roles than it lists.
func isTruncated(err error) bool {
	_, truncated := errors.AsType[*posthog.TruncatedRolesError](err)
	return truncated
}

// takenError returns the error that PostHog refuses a name as taken, and that the organization lists no role with it. An older server may
// have compared the name with the roles of the organization that the key's owner has open.
func (r *Rosters) takenError(ctx context.Context, organizationID, name string, isUncertain bool) error {
	taken := &NameTakenError{OrganizationID: organizationID, Name: name}
	openID, err := r.readOpenOrganization(ctx)
	if err != nil || openID == organizationID {
		return taken
	}
	found, err := r.ReadRolesNamed(ctx, openID, name)
	if err != nil || len(found) == 0 {
		return taken
	}
	return &RoleElsewhereError{OrganizationID: organizationID, OpenID: openID, Role: found[0], IsCreated: isUncertain && found[0].Name == name}
}

// readOpenOrganization returns the UUID of the organization that the key's owner has open now.
func (r *Rosters) readOpenOrganization(ctx context.Context) (string, error) {
	current, _, err := r.currentOrganization.getAfter(ctx, posthog.CurrentOrganization, r.currentOrganization.nextSequence())
	return current.ID, err
}
