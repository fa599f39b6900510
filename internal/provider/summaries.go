package provider

// Everything that the provider has to say begins with one of these summaries, and says what to do in one of the words of
// advice.go. The troubleshooting guide lists them all.
const (
	summaryNoAPIKey          = "No API key"
	summaryBadProviderValue  = "Invalid provider configuration"
	summaryPlainHTTP         = "API key sent unencrypted"
	summaryBadValue          = "Invalid %s"
	summaryNoOrganization    = "No organization"
	summaryNotKnownYet       = "Provider configuration not known yet"
	summaryNotRefreshed      = "Membership not refreshed"
	summaryExists            = "User is already in the role"
	summaryAdopted           = "Existing membership adopted"
	summaryWillAdopt         = "Existing membership will be adopted"
	summaryUnable            = "Unable to %s"
	summaryUnableEither      = "Unable to %s, as above: %s"
	summaryTwice             = "Membership declared twice"
	summaryMoved             = "Membership moves to another address"
	summaryMovedToo          = "Membership moves to another address, as above: %s"
	summaryLeftOver          = "Membership both kept and destroyed"
	summaryKept              = "Membership kept"
	summaryRoleGone          = "Role is gone"
	summaryUnclear           = "Membership may have been created"
	summaryNoSuchRole        = "Role does not exist"
	summaryNotAMember        = "No such member to import"
	summaryAmbiguousImport   = "More than one member to import"
	summaryBadImportID       = "Invalid import id"
	summaryBadImportIdentity = "Invalid import identity"
)
