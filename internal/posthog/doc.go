// Package posthog talks to PostHog over HTTP: one request in, one decoded response or one typed error out.
//
// It retries, waits for the rate limit, reads all pages of a list, and rejects responses that PostHog would not send.
// Package roster decides what a response means for a membership. Nothing here depends on Terraform.
//
// Facts about the API come from PostHog's source code (ee/api/rbac/role.py, posthog/api/routing.py, permissions.py,
// rate_limit.py and auth.py) unless a comment names another place.
package posthog
