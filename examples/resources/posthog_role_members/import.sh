# The role's name, in the organization of the provider block or of POSTHOG_ORGANIZATION_ID:
terraform import posthog_role_members.support Support

# The same in an organization that the id names, by its UUID or its slug:
terraform import posthog_role_members.support hogflix/Support

# By the role's UUID, where its name has a slash in it, or is that of two roles:
terraform import posthog_role_members.support 0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d
