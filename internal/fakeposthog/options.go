package fakeposthog

import (
	"math"
	"time"
)

// Option changes the initial content of a server, or its version.
type Option func(*Server)

type config struct {
	roles, membersEach, users int

	unorderedFirst             int // number of lists of memberships that are still unordered
	beforeMid2026              bool
	before2026                 bool
	refuseExplicitOrganization bool
	oldFields                  bool
	nullFields                 bool
	extraFields                bool
	nextBase                   string
	limits                     []rateLimit
	latency                    time.Duration
	requireTLS                 bool
	clock                      func() time.Time
}

// Roles sets the number of roles in the default organization. The default is 1.
func Roles(n int) Option { return func(s *Server) { s.config.roles = n } }

// MembersEach adds the same n users to each role: User(0) to User(n-1).
func MembersEach(n int) Option { return func(s *Server) { s.config.membersEach = n } }

// Users sets the number of users without a role in the default organization, not counting the owner. The default is 3. User
// numbers them after those of MembersEach.
func Users(n int) Option { return func(s *Server) { s.config.users = n } }

// UnorderedFirst returns the first n lists of role memberships in different orders, as a database does without an ORDER BY. Each
// page repeats a row of the page before, so that another row is missing. Later lists are ordered.
func UnorderedFirst(n int) Option { return func(s *Server) { s.config.unorderedFirst = n } }

// setBefore2026 makes the server one of before 2026. Query parameters of roles are filters, and most of them are answered 500.
// Writes are checked against the owner's level in the current organization, and roles are created there. A rename to the same
// name in another case is refused. Lists are unordered. Members have no search. Memberships cannot be read by id. A malformed
// organization is answered 500.
func setBefore2026(s *Server) {
	s.config.unorderedFirst = math.MaxInt
	s.config.beforeMid2026 = true
	s.config.before2026 = true
}

// BeforeMid2026 makes the server one of before mid-2026, without the other differences of Older.
func BeforeMid2026() Option { return func(s *Server) { s.config.beforeMid2026 = true } }

// RefuseExplicitOrganization makes the server one of September 2025 to February 2026. It answers every POST of a membership that
// has the organization's UUID in its path with "Role does not exist.".
func RefuseExplicitOrganization() Option {
	return func(s *Server) {
		setBefore2026(s)
		s.config.refuseExplicitOrganization = true
	}
}

// OldFields makes the server one of before mid-2026 without organization_member, last_name and role_at_organization.
func OldFields() Option {
	return func(s *Server) {
		s.config.beforeMid2026 = true
		s.config.oldFields = true
	}
}

// NullFields sets every nullable field to null.
func NullFields() Option { return func(s *Server) { s.config.nullFields = true } }

// ExtraFields adds unknown fields to every object, as a newer version of PostHog may.
func ExtraFields() Option { return func(s *Server) { s.config.extraFields = true } }

// Older makes the server one of before 2025, with OldFields. Lists are unordered, memberships cannot be read by id, and a
// malformed organization is answered 500.
func Older() Option {
	return func(s *Server) {
		setBefore2026(s)
		s.config.oldFields = true
	}
}

// NextBase sets the scheme and host of next and previous, such as "http://posthog-web:8000", as behind a proxy that does not
// forward them.
func NextBase(url string) Option { return func(s *Server) { s.config.nextBase = url } }

// RateLimit allows n requests of each key in any period of this length. Several limits are given from the shortest period to the
// longest. PostHog's cloud has 480 a minute and 4,800 an hour. Requests that fail the checks of key, organization and permissions
// do not count. Key.Requests overrides it.
func RateLimit(n int, per time.Duration) Option {
	return func(s *Server) {
		last := len(s.config.limits) - 1
		if n < 1 || last >= 0 && s.config.limits[last].per >= per {
			panic("fakeposthog: rate limits allow at least one request, and go from the shortest period to the longest")
		}
		s.config.limits = append(s.config.limits, rateLimit{n: n, per: per})
	}
}

// Latency delays each request before it is processed.
func Latency(d time.Duration) Option { return func(s *Server) { s.config.latency = d } }

// RequireTLS answers all requests with a 301 to https on the same host.
func RequireTLS() Option { return func(s *Server) { s.config.requireTLS = true } }
