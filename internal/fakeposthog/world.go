package fakeposthog

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// The levels of a member of an organization. Only admins and owners may write.
const (
	LevelMember = 1
	LevelAdmin  = 8
	LevelOwner  = 15
)

// User is a user with an account.
type User struct {
	ID                 int
	UUID               string
	DistinctID         string // null with NullFields
	FirstName          string
	LastName           string
	Email              string
	IsEmailVerified    *bool  // nil is null
	HedgehogConfig     string // JSON; "" is null
	RoleAtOrganization string // "" is null
	Bot                bool   // a bot of PostHog, which lists of organization members omit
}

// Membership is a user in a role.
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
	current       *organization // last opened in the web app; @current
	organizations []*member     // in the order of joining
}

type organization struct {
	id, name, slug string
	active         bool
	members        []*member // in the order of joining
	memberOf       map[*user]*member
	roles          []*role
	defaultRole    *role
	visible        map[string]bool // UUIDs of the users that members below admin see; nil means all
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
	createdBy *user         // nil if the API created the role
	rows      []*membership // sorted by joined_at
	rowOf     map[*user]*membership
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
}

// world is the content of PostHog's database.
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

// populate creates the content that the options describe.
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

// tick returns the time for a new row, in microseconds like PostgreSQL. Each call returns a later time.
func (s *Server) tick() time.Time {
	now := s.config.clock().UTC().Truncate(time.Microsecond)
	if !now.After(s.world.lastTick) {
		now = s.world.lastTick.Add(time.Microsecond)
	}
	s.world.lastTick = now
	return now
}

// organization returns the organization with the id. "" means the default organization.
func (s *Server) organization(id string) *organization {
	if id == "" {
		id = s.OrganizationID
	}
	return mustFind(s.world.organizations, "organization", id)
}

func (s *Server) user(uuid string) *user { return mustFind(s.world.users, "user", uuid) }
func (s *Server) role(id string) *role   { return mustFind(s.world.roles, "role", id) }

// mustFind panics if the object does not exist, because that is a mistake in the test.
func mustFind[T any](all map[string]*T, kind, id string) *T {
	found, ok := all[strings.ToLower(id)]
	if !ok {
		panic(fmt.Sprintf("fakeposthog: there is no %s %q", kind, id))
	}
	return found
}

// The first half of the UUIDs shows the kind of object in the output of a failed test. It has letters, so that upper and lower
// case differ.
const (
	organizationIDs = "018c0a9c-1d3e"
	userIDs         = "018d05e4-7b1f"
	memberIDs       = "018e3eb4-c2d5"
	roleIDs         = "018f401e-9a6b"
	membershipIDs   = "0190be11-5f8d"
)

// ids counts the ids of each kind, so that each run of a test has the same ids, in ascending order. Like PostHog's own UUIDs,
// they do not have a version or variant of RFC 9562.
type ids map[string]int

func (i ids) next(kind string) string {
	i[kind]++
	return fmt.Sprintf("%s-0a00-1b00-%012x", kind, i[kind])
}

// parseUUID returns the canonical form of a UUID. It accepts the same forms as Python's uuid.UUID, which PostHog uses: any case,
// any hyphens, braces, and a prefix "urn:uuid:".
func parseUUID(text string) (string, bool) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "urn:", ""), "uuid:", "")
	text = strings.ReplaceAll(strings.Trim(text, "{}"), "-", "")
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 16 {
		return "", false
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]), true
}
