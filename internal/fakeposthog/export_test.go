package fakeposthog

import (
	"context"
	"fmt"
	"time"
)

// Clock replaces time.Now.
func Clock(now func() time.Time) Option { return func(s *Server) { s.config.clock = now } }

// WaitForIdle blocks until all received requests are processed, including those that the client has aborted.
func (s *Server) WaitForIdle(ctx context.Context) error {
	return s.journal.wait(ctx, func(j *journal) error {
		if j.pending > 0 {
			return fmt.Errorf("waiting for %d requests to finish", j.pending)
		}
		return nil
	})
}
