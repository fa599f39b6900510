package fakeposthog

import "slices"

// Forever is a value of Fault.Times. The fault hits every matching request until it is removed.
const Forever = -1

// Fault makes matching requests fail.
type Fault struct {
	On    string             // kind of request; "" matches all
	When  func(Request) bool // nil matches all; must not call methods of Server, because a lock is held
	Times int                // number of requests to hit; 0 means 1
	Skip  int                // number of matching requests to process normally first
	Do    Action
}

// Inject adds a fault and returns a function that removes it. The first matching fault hits a request, in the order of Inject.
func (s *Server) Inject(f Fault) (remove func()) {
	checkKind(f.On)
	if f.Do.run == nil {
		panic("fakeposthog: the fault has no action")
	}
	if f.Times == 0 {
		f.Times = 1
	}
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.faults = append(s.journal.faults, &f)
	return func() {
		s.journal.mu.Lock()
		defer s.journal.mu.Unlock()
		s.journal.faults = slices.DeleteFunc(s.journal.faults, func(other *Fault) bool { return other == &f })
	}
}

// ClearFaults removes all faults. It does not affect requests that are in progress.
func (s *Server) ClearFaults() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.faults = nil
}

// FaultsUsed returns the number of requests that faults have hit.
func (s *Server) FaultsUsed() int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.used
}

// pick returns the action for a request. The caller holds the lock.
func (j *journal) pick(r Request) Action {
	for i, f := range j.faults {
		if f.On != "" && f.On != r.Kind || f.When != nil && !f.When(r) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times > 0 {
			f.Times--
			if f.Times == 0 {
				j.faults = slices.Delete(j.faults, i, i+1)
			}
		}
		j.used++
		return f.Do
	}
	return Action{run: func(x *exchange) { x.send(x.process()) }}
}
