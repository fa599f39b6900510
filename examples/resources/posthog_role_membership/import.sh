# By the role's name and the user's email, in the organization of the provider block or of POSTHOG_ORGANIZATION_ID:
terraform import posthog_role_membership.alice Engineering/alice@example.com

# With an organization, by UUID or slug:
terraform import posthog_role_membership.alice hogflix/Engineering/alice@example.com

# By the role's UUID, if its name has a slash in it or belongs to two roles:
terraform import posthog_role_membership.alice 0191c2d3-5f6a-7b7c-8d9e-2f3a4b5c6d7e/alice@example.com
