package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// control changes the PostHog of the demo outside Terraform, as users and admins do in the web app. The body of a request is a command.
type control struct {
	hog *hogflix

	mu      sync.Mutex
	users   map[string]string // UUIDs of the organization's members by name: the part of the first email before the @
	left    map[string]string // UUIDs of the users who left the organization, by name
	invited map[string]bool   // by name
}

// A controlCommand has arguments, of which ROLE and USER are replaced by ids before the run.
type controlCommand struct {
	arguments string
	run       func(c *control, args []string) error
}

var controlCommands = map[string]controlCommand{
	"add":        {"ROLE USER", func(c *control, args []string) error { c.hog.Join(args[0], args[1]); return nil }},
	"remove":     {"ROLE USER", (*control).remove},
	"rename":     {"ROLE NAME", func(c *control, args []string) error { c.hog.RenameRole(args[0], args[1]); return nil }},
	"email":      {"USER EMAIL", func(c *control, args []string) error { c.hog.ChangeEmail(args[0], args[1]); return nil }},
	"deactivate": {"USER", func(c *control, args []string) error { c.hog.DeactivateUser(args[0]); return nil }},
	"leave":      {"USER", (*control).leave},
	"invite":     {"NAME", (*control).invite},
	"accept":     {"NAME", (*control).accept},
}

// startControl serves a control on a free port of this machine. The caller closes the server.
func startControl(ctx context.Context, hog *hogflix) (url string, server io.Closer, err error) {
	c := &control{hog: hog, users: map[string]string{}, left: map[string]string{}, invited: map[string]bool{}}
	for _, u := range hog.users {
		c.users[userName(u)] = u.UUID
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: c, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(listener) }()
	return "http://" + listener.Addr().String(), s, nil
}

// ServeHTTP runs the command and answers "Done.", or the error and all commands.
func (c *control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<10))
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.runCommand(strings.Fields(string(body))); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "Error: %v\nCommands: %s\n", err, controlUsage())
		return
	}
	fmt.Fprintln(w, "Done.")
}

// controlUsage lists the commands with their arguments.
func controlUsage() string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(controlCommands)) {
		lines = append(lines, name+" "+controlCommands[name].arguments)
	}
	return strings.Join(lines, ", ")
}

func (c *control) runCommand(words []string) error {
	if len(words) == 0 {
		return errors.New("the command is missing")
	}
	command, found := controlCommands[words[0]]
	kinds, args := strings.Fields(command.arguments), words[1:]
	switch {
	case !found:
		return fmt.Errorf("there is no command %q", words[0])
	case len(args) != len(kinds):
		return fmt.Errorf("%s has the arguments %s", words[0], command.arguments)
	}
	for i, kind := range kinds {
		known := map[string]map[string]string{"ROLE": c.roles(), "USER": c.users}[kind]
		if known == nil {
			continue
		}
		id := known[strings.ToLower(args[i])]
		if id == "" {
			return fmt.Errorf("there is no %s %q; choose one of: %s", strings.ToLower(kind), args[i], strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		args[i] = id
	}
	return command.run(c, args)
}

// roles returns the ids of the roles by name in lower case.
func (c *control) roles() map[string]string {
	ids := map[string]string{}
	for id, name := range c.hog.RoleNames("") {
		ids[strings.ToLower(name)] = id
	}
	return ids
}

func (c *control) remove(args []string) error {
	if !c.hog.Leave(args[0], args[1]) {
		return errors.New("the user is not a member of the role")
	}
	return nil
}

// leave removes the user from the organization and its roles. The account stays, so that the user can accept another invitation.
func (c *control) leave(args []string) error {
	c.hog.LeaveOrganization("", args[0])
	for name, uuid := range c.users {
		if uuid == args[0] {
			c.left[name] = uuid
			delete(c.users, name)
		}
	}
	return nil
}

// invite keeps the invitation. PostHog does not list an invited user.
func (c *control) invite(args []string) error {
	name := strings.ToLower(args[0])
	if c.users[name] != "" {
		return fmt.Errorf("%s is in the organization", name)
	}
	c.invited[name] = true
	return nil
}

func (c *control) accept(args []string) error {
	name := strings.ToLower(args[0])
	if !c.invited[name] {
		return fmt.Errorf("%s is not invited", name)
	}
	delete(c.invited, name)
	c.users[name] = c.hog.AddUserWith("", fakeposthog.User{UUID: c.left[name], FirstName: name, Email: name + "@example.com"}).UUID
	return nil
}
