package provider

// removedBlock removes a membership from the state without destroying it.
const removedBlock = "  removed {\n" +
	"    from = posthog_role_membership.example\n" +
	"    lifecycle {\n" +
	"      destroy = false\n" +
	"    }\n" +
	"  }"

// What to do about a failure, in words that hold for every case of it.
const (
	adviceNoAPIKey = "Set the environment variable POSTHOG_PERSONAL_API_KEY (or POSTHOG_API_KEY), or api_key in the provider block. " +
		"Personal API keys are made in PostHog under Settings, Personal API keys; this provider needs the scopes organization:read, " +
		"to change memberships organization:write, and to find people by email organization_member:read."
	advicePlainHTTP  = "Use https:// as soon as the server offers it."
	adviceCACertFile = "It must be a PEM file with the certificates of the authorities that sign your servers' certificates, or of the server itself " +
		"where it signs its own, and nothing else: blocks between -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----. A relative path starts at " +
		"the directory that Terraform works in; for a file beside the configuration, write \"${path.module}/ca.pem\". A ~ at the " +
		"beginning is not the home directory: pathexpand(\"~/ca.pem\") is."
	adviceNoOrganization = "Set organization_id here or in the provider block, or the environment variable POSTHOG_ORGANIZATION_ID. " +
		"The organization's UUID is in PostHog under Settings, Organization; its slug will do too, and \"@current\" stands for the one that the " +
		"key's owner last opened."
	adviceNoOrganizationToImport = "Put the organization's UUID in front of the import id (organization_id/…), or set " +
		"organization_id in the provider block, or the environment variable POSTHOG_ORGANIZATION_ID."
	adviceNotKnownYet = "Apply what it depends on first (terraform apply -target=…), or give it a value that is known when planning, " +
		"such as a variable."
	adviceNotRefreshed = "The state is kept as it is; the next plan compares it with PostHog."

	adviceImportOrAdopt = "Or set adopt_existing = true in the provider block. If this resource is being replaced, remove create_before_destroy: a user can " +
		"have only one membership per role. If a replacement has failed, remove the resource from the state (terraform state rm) and import it."
	adviceAdopted   = "From now on Terraform manages the membership: a destroy removes the user from the role."
	adviceWillAdopt = "Terraform will manage the membership, because adopt_existing is set in the provider block."

	adviceUnauthenticated = "The key may be mistyped or revoked, be a project key (phc_…), or belong to another region: keys of " +
		"https://us.posthog.com are unknown to https://eu.posthog.com. Check api_key (or POSTHOG_PERSONAL_API_KEY) and host (or POSTHOG_HOST)."
	adviceScope = "Add the scope %s to the personal API key, in PostHog under Settings, Personal API keys: reading roles takes " +
		"organization:read, adding and removing people organization:write, and finding people outside the role by email organization_member:read."
	adviceNotAdmin = "Adding and removing members takes a key whose owner is an admin or owner of the organization. Use such a person's key, " +
		"or have this one's owner made an admin."
	adviceNotInside   = "The key's owner is not in this organization. Check organization_id, or use the key of somebody who is in it."
	adviceProjectKey  = "Roles belong to organizations. Use a personal API key that is not limited to projects."
	adviceOtherKey    = "Use a personal API key for all organizations, or one whose list of organizations has this one."
	adviceDeactivated = "Nothing can be done with a deactivated organization. Ask PostHog's support, or have it activated again."
	adviceDenied      = "Check that the key's owner is in this organization and, for adding and removing, one of its admins or owners; and " +
		"that the key has the scopes organization:read and organization:write and is not limited to other organizations or to projects."

	adviceNoSuchOrganization = "Check organization_id: it must be the UUID or the slug of an organization on this host, or \"@current\". The " +
		"UUID is in PostHog under Settings, Organization. An organization that is a minute old may not be known everywhere yet."
	adviceNoSuchRole = "Check role_id and organization_id: the role may have been deleted, or be another organization's. The role's UUID is " +
		"in the address of its page in PostHog, under Settings, Roles."
	adviceNoSuchUser = "The user must be in the organization and active. Check the UUID, or invite the user first. A user's UUID is not the " +
		"membership's UUID, nor the person's id or distinct id."
	adviceNobody = "Check the spelling. Who was invited has an account once the invitation is accepted; deactivated people, and those whom the key " +
		"may not see, are not listed, but can be named by UUID. To destroy what there is all the same: terraform destroy -refresh=false."
	adviceSeveral = "Name the right one by UUID."
	adviceNoUser  = "Check the UUID. PostHog's list leaves out deactivated people, and those whom the key may not see; a person's id and " +
		"distinct id are not the user's UUID."
	adviceNoRoleName   = "Check the name: it is in PostHog under Settings, Roles."
	adviceSeveralRoles = "Name the right one by its UUID."
	adviceTwoPeople    = "Give one of the two, or the email and the UUID of one person."
	adviceNewEmail     = "To keep the member, write the new email. To destroy anyway: terraform destroy -refresh=false."
	adviceWrongID      = "Write the user's UUID:"
	adviceStranger     = "PostHog refuses to add somebody who is not in the organization. The apply will fail unless the user joins before it."
	adviceHasLeft      = "The apply will fail as long as that is so. Take the membership out of the configuration, or invite the user " +
		"again. Once it is out of the state, a destroy needs -refresh=false."
	adviceNeedsCurrent = "PostHog servers of September 2025 to February 2026 answer so to every create that names the organization by its " +
		"UUID, and “@current”, which works with them, is another organization now. Have the key's owner open this organization in PostHog " +
		"and run again, or upgrade the server."
	adviceHidden = "The membership may be hidden from this key: where an organization restricts who sees its members, only the keys of its " +
		"admins and owners see everybody. Use such a key. If an admin's key does not see it either, it is kept from another organization, and " +
		"only PostHog's support can remove it."
	adviceElsewhere = "Set organization_id to the organization's UUID: \"@current\" is the organization that the key's owner last opened in " +
		"PostHog, which has changed since. If instead the role was deleted, take its memberships out of the configuration and of the state " +
		"(terraform state rm)."
	adviceRenamed = "If the resource has another name, key or module now, add a moved block:\n\n" +
		"  moved {\n" +
		"    from = posthog_role_membership.old\n" +
		"    to   = posthog_role_membership.new\n" +
		"  }"
	adviceMoved = "Terraform may run the two in any order, so the user could end up outside the role. If the resource has another " +
		"name, key or module now, add a moved block:\n\n" +
		"  moved {\n" +
		"    from = posthog_role_membership.example[\"old\"]\n" +
		"    to   = posthog_role_membership.example[\"new\"]\n" +
		"  }\n\n" +
		"A moved block is impossible if two addresses swap, if a count shifts, or if the new address has a membership already. Then use " +
		"for_each with a key that stays, such as the user, or rename the resources in the state through a third name:\n\n" +
		"  terraform state mv posthog_role_membership.a posthog_role_membership.temporary\n" +
		"  terraform state mv posthog_role_membership.b posthog_role_membership.a\n" +
		"  terraform state mv posthog_role_membership.temporary posthog_role_membership.b\n\n" +
		"After a failed create_before_destroy, remove the resource from the state (terraform state rm) and import it again."
	adviceLeftOver = "Remove it from the state without destroying it:\n\n" +
		removedBlock + "\n\n" +
		"A removed block takes no index or key. For a resource with count or for_each, and for what a failed create_before_destroy has left, use " +
		"terraform state rm, and import again what is to stay."
	adviceTwice = "Remove one of the two. If both are in state, remove that one from the state first, with terraform state rm or a removed block that " +
		"says destroy = false, because destroying either removes the user from the role."
	adviceWanted = "The user stays in the role. Fix the error of the other resource and apply again. If the other resource is this one under a new " +
		"address, add a moved block or, if both are in the state, remove this one from it (terraform state rm)."
	adviceKept     = "Another resource of this configuration manages the membership."
	adviceRoleGone = "It was deleted in PostHog, and with it went its memberships. Take them out of the configuration, or name another " +
		"role. Once they are out of the state, a destroy needs -refresh=false."
	adviceUnclear = "Apply again: if the membership is there by then, Terraform says so and how to import it (or takes it over, with " +
		"adopt_existing = true in the provider block)."

	adviceMixed = "posthog_role_members manages all members of a role. Do not use it together with posthog_role_membership for the same role. " +
		"To change from one to the other, list all users in one kind of resource and remove the other kind from the state:\n\n" +
		removedBlock
	adviceWholeTwice = "Keep one of the two, because each removes the users of the other. If both are in state, remove one from the state first, with " +
		"terraform state rm or a removed block that says destroy = false."
	adviceWholeMoved = "Destroying the one removes all users that the other declares. If the resource has another name, key or module now, add a moved " +
		"block:\n\n" +
		"  moved {\n" +
		"    from = posthog_role_members.old\n" +
		"    to   = posthog_role_members.new\n" +
		"  }\n\n" +
		"If two resources swap their roles, rename them in the state through a third name (terraform state mv)."
	adviceIntoWhole = "If a posthog_role_membership moves to another role, apply the move first. Otherwise remove the posthog_role_membership resources from the state with a removed block instead of destroying them. Users in `users` " +
		"keep their access; all others are removed:\n\n" +
		removedBlock
	adviceOutOfWhole = "Remove posthog_role_members from the state instead, and import the memberships. Then no user loses access:\n\n" +
		"  removed {\n" +
		"    from = posthog_role_members.example\n" +
		"    lifecycle {\n" +
		"      destroy = false\n" +
		"    }\n" +
		"  }\n\n" +
		"  import {\n" +
		"    to = posthog_role_membership.example[\"alice@example.com\"]\n" +
		"    id = \"Engineering/alice@example.com\"\n" +
		"  }"
	adviceUnknownIgnored = "An unknown email or UUID protects nobody: correct it, or remove it from the list. PostHog does not list deactivated users."
	adviceIgnored        = "Users in ignored_users are never added or removed, whatever the plan shows."
	adviceUnplanned      = "Only users listed in the plan are removed. These users stay until the next plan."
	adviceTooMany        = "Correct users, or put who is to be left alone in ignored_users. If all of them are to go, raise max_removals."
	adviceTakesOut       = "To keep a user, add them to users or to ignored_users."
	adviceTakesOutUnseen = "The role is not known until apply. The apply removes every member not in users, and the plan cannot list them yet. Set " +
		"max_removals to limit the number."
	adviceDefaultRole = "Manage another role whole, or choose another default role in PostHog; or give people this one with posthog_role_membership, which " +
		"leaves all others alone."
	adviceBlind      = "The provider cannot tell who is missing. Use the key of an organization admin or owner, also for plans."
	adviceNamedTwice = "Name everybody once; case does not matter, and an email and a UUID may be one person."
	adviceBoth       = "Users in ignored_users are never added or removed. List each user only once."

	adviceRateLimit = "Raise retry_timeout in the provider block, lower terraform's -parallelism, or run again later. The limit belongs to the " +
		"key: a key of its own for Terraform shares it with nobody."
	adviceTimeout     = "Run again later, or raise retry_timeout in the provider block."
	adviceInterrupted = "Nothing more was sent. Run again to go on."
	adviceUntrusted   = "If the server's certificate, or that of a proxy on the way, is signed by an authority of your own, name a PEM file with " +
		"that authority's certificate in ca_cert_file in the provider block (or POSTHOG_CA_CERT_FILE), or add it to the system's certificates. " +
		"On Linux, SSL_CERT_FILE names a file that is read in place of the system's bundle; on macOS and Windows it does nothing. Otherwise check " +
		"host (or POSTHOG_HOST)."
	adviceNoAnswer   = "Check that host (or POSTHOG_HOST) is right and can be reached from here, through a proxy if need be (HTTPS_PROXY), and run again."
	adviceTimedOut   = "Run again, or raise request_timeout in the provider block if the server is that slow."
	adviceRedirect   = "Set host (or POSTHOG_HOST) to the address that the server points to, if it is one that you trust: the API key would go there."
	adviceRedirectTo = "Set host (or POSTHOG_HOST) to %q, if that is an address that you trust: the API key would go there."
	adviceNotPostHog = "Something else than PostHog's API answers there: a login page, a proxy, or another server. Check host (or POSTHOG_HOST); " +
		"it is the address of the web app, such as https://us.posthog.com, without a path."
	adviceServer         = "PostHog, or a proxy in front of it, has failed. Run again later; if it stays, look at the server's log or PostHog's status page."
	adviceLongWait       = "Check the proxy or firewall in front of PostHog, and run again when the wait is over."
	adviceTruncatedRoles = "Use the role's UUID instead of its name, or upgrade PostHog."
	adviceInconsistent   = "The list changed while it was read, or the server leaves members out. To be safe, nothing was taken from it. Run again."
	adviceOther          = "If this stays, look up the answer in PostHog's API documentation, or report it to this provider's issue tracker."

	adviceBadMove  = "Remove the moved block. Remove the old resource from the state with a removed block and import the membership at the new address."
	adviceImportID = "An import id is one of\n\n" +
		"  role_id/MEMBER\n" +
		"  organization_id/role_id/MEMBER\n\n" +
		"MEMBER being the user's email, the user's UUID or the membership's UUID. In the place of role_id the role's name will do, if it has " +
		"no slash in it; organization_id may be a slug or \"@current\". UUIDs are in lower case. For example:\n\n" +
		"  Engineering/alice@example.com"
	adviceRoleImportID = "An import id of a whole role is one of\n\n" +
		"  role_id\n" +
		"  organization_id/role_id\n\n" +
		"In the place of role_id the role's name will do, if it has no slash in it; organization_id may be a slug or \"@current\". UUIDs are in " +
		"lower case."
	adviceAmbiguousImport = "Import the right one by its user's UUID."
	adviceNotAMember      = "Check the member, role_id and organization_id. To add somebody to the role, declare the membership and apply instead."

	adviceUnclearMove      = "Apply again. The next apply finishes the move, or removes what was added if the configuration does not want it any more."
	adviceMoveOntoExisting = "An import block cannot help, because this address already manages a membership. To manage the existing membership, set " +
		"adopt_existing = true in the provider block for one apply."
	adviceUnknownReplacement = "The role or the user will be known only after apply, so the provider cannot tell whether the same membership is created " +
		"again. Apply first without -replace, or give values that are known when planning."
	adviceUndo = "An earlier apply could not finish a move. The apply removes what that move has added, because the configuration does not " +
		"want it any more:\n\n%s"
	adviceCurrentMoved = "A membership does not change its organization because @current does. Set organization_id to the UUID of the organization " +
		"that you mean."
	adviceSkipped        = "No member is removed until every user has been added, so these members stay:"
	adviceIncompleteList = "The list may be incomplete."
	adviceMoveLeaves     = "A move removes nobody from the new role. The next plan lists these users:"
)
