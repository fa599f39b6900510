# By the user's email, in the organization of the provider block or of POSTHOG_ORGANIZATION_ID:
terraform import posthog_role_membership.alice 0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d/alice@example.com

# The same in an organization that the id names:
terraform import posthog_role_membership.alice 0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b/0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d/alice@example.com

# By the user's UUID:
terraform import posthog_role_membership.alice 0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b/0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d/0192d3e4-5f6a-7b8c-8d9e-2f3a4b5c6d7e

# By the membership's UUID:
terraform import posthog_role_membership.alice 0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b/0191c2d3-4e5f-7a6b-9c8d-1e2f3a4b5c6d/0193e4f5-6a7b-7c8d-9e0f-3a4b5c6d7e8f
