package fakeposthog

import (
	"math"
	"time"
)

// Option sets the world a server starts with, or makes the server another one than the newest PostHog.
type Option func(*Server)

// config is what the options set.
type config struct {
	roles, membersEach, users int

	unorderedFirst             int // so many list requests come unordered, then lists settle
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
	clockIsReal                bool
}

func defaultConfig() config {
	return config{roles: 1, users: 3, clock: time.Now, clockIsReal: true}
}

// Roles sets how many roles the default organization has: 1 without this option.
func Roles(n int) Option { return func(s *Server) { s.config.roles = n } }

// MembersEach puts n users in each role, the same n in every role: User(0) to User(n-1).
func MembersEach(n int) Option { return func(s *Server) { s.config.membersEach = n } }

// Users sets how many users of the default organization are in no role, besides the owner: 3 without this option. They come
// after the members of MembersEach in User.
func Users(n int) Option { return func(s *Server) { s.config.users = n } }

// UnorderedFirst makes the first n lists of role memberships come each in another order, as a database that is not told to order
// may answer. Of several pages read one after the other, each repeats a row of the one before, so another row is missing. Then
// lists settle, as a table does when nothing writes to it, so that a client which reads again succeeds.
func UnorderedFirst(n int) Option { return func(s *Server) { s.config.unorderedFirst = n } }

// BeforeMid2026 makes the server one that passes the query parameters of roles to a filter, and answers 500 for any but name and
// name__iexact. For writes, the level counts that the key's owner has in the organization that they last opened. Roles are
// created there, too, and no name may be in use there, even by the role itself.
func BeforeMid2026() Option { return func(s *Server) { s.config.beforeMid2026 = true } }

// before2026 makes the server one of BeforeMid2026 that never orders a list, knows no search for members, refuses to give a
// membership by its id, and answers 500 for a malformed organization.
func before2026(s *Server) {
	s.config.unorderedFirst = math.MaxInt
	s.config.beforeMid2026 = true
	s.config.before2026 = true
}

// RefuseExplicitOrganization makes the server one of September 2025 to February 2026, which compared the organization's UUID
// with its text and so answered every POST of a membership that names the organization by UUID with "Role does not exist.". It
// is one of BeforeMid2026.
func RefuseExplicitOrganization() Option {
	return func(s *Server) {
		before2026(s)
		s.config.refuseExplicitOrganization = true
	}
}

// OldFields makes the server one that knows neither a user's last name and role at the organization nor the
// organization_member of a membership. It is one of BeforeMid2026.
func OldFields() Option {
	return func(s *Server) {
		s.config.beforeMid2026 = true
		s.config.oldFields = true
	}
}

// NullFields puts null in every field that may be null.
func NullFields() Option { return func(s *Server) { s.config.nullFields = true } }

// ExtraFields adds fields nobody has heard of to every object, as every new version of PostHog may.
func ExtraFields() Option { return func(s *Server) { s.config.extraFields = true } }

// Older makes the server one of before 2025: OldFields, lists that are never ordered, no membership by its id, no search for
// members, and 500 for a malformed organization. It is one of BeforeMid2026.
func Older() Option {
	return func(s *Server) {
		before2026(s)
		s.config.oldFields = true
	}
}

// NextBase is the scheme and host written into next and previous, such as "http://posthog-web:8000", as a server behind a
// proxy that does not pass them on would write.
func NextBase(url string) Option { return func(s *Server) { s.config.nextBase = url } }

// RateLimit allows each key n requests in any period of the given length. It may be given several times, from the shortest
// period to the longest; PostHog's cloud has 480 a minute and 4,800 an hour. What is refused for the key, its permissions or
// the organization does not count. A key with a limit of its own has that one instead.
func RateLimit(n int, per time.Duration) Option {
	return func(s *Server) {
		if n := len(s.config.limits); n > 0 && s.config.limits[n-1].per >= per {
			panic("fakeposthog: rate limits go from the shortest period to the longest")
		}
		s.config.limits = append(s.config.limits, rateLimit{n: n, per: per})
	}
}

// Latency makes each request wait before anything is done about it.
func Latency(d time.Duration) Option { return func(s *Server) { s.config.latency = d } }

// RequireTLS answers everything with a 301 to https on the same host, as a host that enforces TLS does.
func RequireTLS() Option { return func(s *Server) { s.config.requireTLS = true } }

// Clock replaces time.Now for joined_at, updated_at, created_at and RateLimit. With the real clock no two memberships have the
// same joined_at; with this one they may, and are ordered by id. It must be safe to call from several goroutines.
func Clock(now func() time.Time) Option {
	return func(s *Server) { s.config.clock, s.config.clockIsReal = now, false }
}
