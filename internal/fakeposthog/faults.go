package fakeposthog

import "slices"

// Forever makes a fault hit every matching request until ClearFaults.
const Forever = -1

// Fault makes matching requests fail.
type Fault struct {
	On    string             // the kind of request, "" being any
	When  func(Request) bool // which of them, nil being all; it is asked under a lock, so it must not call the Server
	Times int                // how many requests to hit: 1 if 0, or Forever
	Skip  int                // how many matching requests to let through first
	Do    Action
}

// Inject adds a fault. Faults are tried in the order injected, and a request is hit by the first that matches and has nothing
// left to skip. The function returned removes the fault, if it is still there.
func (s *Server) Inject(f Fault) (remove func()) {
	mustKnow(f.On)
	if f.Do.run == nil {
		panic("fakeposthog: a fault needs something to do")
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

// ClearFaults drops the faults that are left. Requests already hit stay so.
func (s *Server) ClearFaults() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.faults = nil
}

// FaultsUsed returns how many requests were hit by a fault since the start, so that a test can tell that its fault happened.
func (s *Server) FaultsUsed() int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.used
}

func (f *Fault) matches(r Request) bool {
	return (f.On == "" || f.On == r.Kind) && (f.When == nil || f.When(r))
}

// pick returns what to do about a request. It needs the lock.
func (j *journal) pick(r Request) Action {
	for i, f := range j.faults {
		if !f.matches(r) {
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
	return Action{run: func(x *exchange) { x.send(x.work()) }}
}
