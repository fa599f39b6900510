# By the role's name, in the organization of the provider block or of POSTHOG_ORGANIZATION_ID:
terraform import posthog_role.support Support

# With an organization, by UUID or slug:
terraform import posthog_role.support hogflix/Support

# By the role's UUID, if its name has a slash in it or belongs to two roles:
terraform import posthog_role.support 0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d
