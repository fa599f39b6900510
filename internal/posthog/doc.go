// Package posthog talks to PostHog over HTTP: one request in, one decoded answer or one typed error out.
//
// It retries what may be retried, waits out the rate limit, reads every page, and refuses answers that PostHog would not
// give. What an answer means for a membership is decided in package roster; nothing here knows of Terraform.
//
// Facts about the API come from PostHog's own source (ee/api/rbac/role.py, posthog/api/routing.py, permissions.py,
// rate_limit.py and auth.py) unless a comment names another place.
package posthog
