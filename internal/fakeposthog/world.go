package fakeposthog

import (
	"fmt"
	"strings"
	"time"
)

// The levels of a member of an organization. Admins and owners may write.
const (
	LevelMember = 1
	LevelAdmin  = 8
	LevelOwner  = 15
)

// User is somebody with an account. Empty texts are served as "", except where PostHog serves null: see each field.
type User struct {
	ID                 int
	UUID               string
	DistinctID         string // served as null when NullFields is on
	FirstName          string
	LastName           string
	Email              string
	IsEmailVerified    *bool  // nil is null
	HedgehogConfig     string // JSON; "" is null
	RoleAtOrganization string // "" is null
	Bot                bool   // one of PostHog's own, which the members of an organization leave out
}

// Membership is a user in a role, as it truly is.
type Membership struct {
	ID        string
	RoleID    string
	UserUUID  string
	Email     string
	JoinedAt  time.Time
	UpdatedAt time.Time
}

type user struct {
	User
	active        bool
	lastLogin     time.Time     // zero when never
	current       *organization // last opened in the web app
	organizations []*member     // in the order joined
}

type organization struct {
	id, name, slug string
	active         bool
	createdAt      time.Time
	members        []*member // in the order joined
	memberOf       map[*user]*member
	roles          []*role
	defaultRole    *role
	visible        map[string]bool // UUIDs of the users non-admins see; nil is everyone
}

// member is a user in an organization.
type member struct {
	id        string
	user      *user
	org       *organization
	level     int
	joinedAt  time.Time
	updatedAt time.Time
}

type role struct {
	id, name  string
	org       *organization
	createdAt time.Time
	createdBy *user         // nil for a role that the API created
	rows      []*membership // ordered by joined_at, id
	rowOf     map[*user]*membership
	hidden    int // how many of the rows are hidden
}

// membership is a user in a role.
type membership struct {
	id        string
	role      *role
	user      *user
	member    *member
	joinedAt  time.Time
	updatedAt time.Time
	hidden    bool
	orphan    bool // organization_member is null
}

// world is everything PostHog's database holds.
type world struct {
	ids           ids
	lastTick      time.Time
	owner         *user
	organizations map[string]*organization
	users         map[string]*user
	roles         map[string]*role
	memberships   map[string]*membership
	keys          map[string]*Key
	history       history
}

// populate builds the world the options ask for.
func (s *Server) populate() {
	s.world = world{
		ids:           ids{},
		organizations: map[string]*organization{},
		users:         map[string]*user{},
		roles:         map[string]*role{},
		memberships:   map[string]*membership{},
		keys:          map[string]*Key{},
		history:       history{},
	}
	s.OrganizationID = s.AddOrganization("Hogflix")
	owner := s.AddUser("", "owner@example.com")
	s.world.owner = s.world.users[owner.UUID]
	s.SetLevel("", owner.UUID, LevelOwner)
	s.Key = s.AddKey(Key{})

	for i := range s.config.membersEach + s.config.users {
		s.AddUser("", fmt.Sprintf("user%d@example.com", i))
	}
	for i := range s.config.roles {
		id := s.AddRole("", fmt.Sprintf("Role %d", i))
		for n := range s.config.membersEach {
			s.Join(id, s.User(n).UUID)
		}
	}
	s.ForgetHistory()
}

// tick returns the time to write into the database, in whole microseconds as PostgreSQL keeps it. The real clock is pushed on
// where it has not moved since the last call, so that the order of events can be told.
func (s *Server) tick() time.Time {
	now := s.config.clock().UTC().Truncate(time.Microsecond)
	if s.config.clockIsReal {
		if !now.After(s.world.lastTick) {
			now = s.world.lastTick.Add(time.Microsecond)
		}
		s.world.lastTick = now
	}
	return now
}

// organization returns the organization with the id, "" being the default one.
func (s *Server) organization(id string) *organization {
	if id == "" {
		id = s.OrganizationID
	}
	return mustFind(s.world.organizations, "organization", id)
}

func (s *Server) user(uuid string) *user { return mustFind(s.world.users, "user", uuid) }
func (s *Server) role(id string) *role   { return mustFind(s.world.roles, "role", id) }

// mustFind panics when there is no such object: only tests get here, and a test that names an object which does not exist
// would otherwise pass for the wrong reason.
func mustFind[T any](all map[string]*T, kind, id string) *T {
	found, ok := all[strings.ToLower(id)]
	if !ok {
		panic(fmt.Sprintf("fakeposthog: there is no %s %q", kind, id))
	}
	return found
}
