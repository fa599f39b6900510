package fakeposthog

import (
	"context"
	"fmt"
	"time"
)

// BeforeMid2026 selects the behavior of servers before mid-2026 alone.
func BeforeMid2026() Option { return func(s *Server) { s.config.beforeMid2026 = true } }

// Clock replaces time.Now. With this clock two memberships can have the same joined_at; they are sorted by id.
func Clock(now func() time.Time) Option {
	return func(s *Server) { s.config.clock, s.config.clockIsReal = now, false }
}

// RoleNames returns the name of each role of the organization by its id.
func (s *Server) RoleNames(org string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := map[string]string{}
	for _, r := range s.organization(org).roles {
		names[r.id] = r.name
	}
	return names
}

// WaitForIdle blocks until all received requests are processed, including those that the client has aborted.
func (s *Server) WaitForIdle(ctx context.Context) error {
	return s.journal.wait(ctx, func(j *journal) error {
		if j.pending > 0 {
			return fmt.Errorf("waiting for %d requests to finish", j.pending)
		}
		return nil
	})
}
