package posthog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/ownership"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/posthog"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/roster"
)

// limitedRole is a server with PostHog's two rate limits and one role. Each request takes 50 ms.
type limitedRole struct {
	mu             sync.Mutex
	minute, hour   []time.Time // the requests that count
	members        int
	sent, rejected int
}

// wait returns the Retry-After of a limit of n requests per span, or 0 if it allows a request.
func wait(counted *[]time.Time, n int, span time.Duration, now time.Time) time.Duration {
	for len(*counted) > 0 && now.Sub((*counted)[0]) >= span {
		*counted = (*counted)[1:]
	}
	if len(*counted) < n {
		return 0
	}
	return span - now.Sub((*counted)[0])
}

func (r *limitedRole) RoundTrip(request *http.Request) (*http.Response, error) {
	var body struct {
		UserUUID string `json:"user_uuid"`
	}
	if err := json.NewDecoder(request.Body).Decode(&body); err != nil || request.Method != http.MethodPost {
		return nil, fmt.Errorf("%s is not a create: %w", request.Method, err)
	}
	time.Sleep(50 * time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent++
	now := time.Now()
	asked := wait(&r.hour, 4800, time.Hour, now)
	if asked == 0 {
		r.hour = append(r.hour, now) // The hourly limit also counts what the limit per minute rejects.
		asked = wait(&r.minute, 480, time.Minute, now)
	}
	if asked > 0 {
		r.rejected++
		response := answer(http.StatusTooManyRequests, `{"type": "throttled_error", "code": "throttled", "detail": "Request was throttled.", "attr": null}`)
		response.Header.Set("Retry-After", strconv.Itoa(int((asked+time.Second-1)/time.Second)))
		return response, nil
	}
	r.minute = append(r.minute, now)
	r.members++
	return answer(http.StatusCreated, fmt.Sprintf(`{"id": "018f401e-9a6b-7a00-8b00-%012d", "role_id": %q, "user": {"uuid": %q, "email": "user@example.com"},
		"joined_at": "2025-03-01T00:00:00Z", "updated_at": "2025-03-01T00:00:00Z"}`, r.members, hourRole.ID, body.UserUUID)), nil
}

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
}

var hourRole = posthog.RoleRef{OrganizationID: "018f401e-9a6b-7a00-8b00-00000000aaaa", ID: "018f401e-9a6b-7a00-8b00-00000000bbbb"}

// Ten thousand adds take more than two hours under PostHog's limits, and succeed with a retry timeout of 15 minutes.
func TestReconcile_outlastsTheLimitOfAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 10_000
		hog := &limitedRole{}
		client, err := posthog.New(posthog.Config{APIKey: "phx_test"})
		if err != nil {
			t.Fatal(err)
		}
		client.UseNetwork(hog)
		users := make([]string, n)
		for i := range users {
			users[i] = fmt.Sprintf("018f401e-9a6b-7a00-8c00-%012d", i)
		}
		start, reports := time.Now(), 0
		outcome := roster.New(client, &ownership.Plan{}).Reconcile(t.Context(), roster.Change{Role: hourRole, Add: users, Progress: func(int, int) { reports++ }})
		took := time.Since(start)
		t.Logf("%s, %d progress reports; %d of %d requests were rejected", took, reports, hog.rejected, hog.sent)
		if len(outcome.Failures) > 0 {
			t.Errorf("%d failed, the first with %v", len(outcome.Failures), outcome.Failures[0].Err)
		}
		if len(outcome.Added) != n || hog.members != n || hog.rejected*20 >= hog.sent {
			t.Errorf("%d were added, %d are in the role, %d of %d requests were rejected", len(outcome.Added), hog.members, hog.rejected, hog.sent)
		}
		if took < 2*time.Hour || reports < int(took/time.Minute)-1 {
			t.Errorf("it took %s and reported progress %d times", took, reports)
		}
	})
}

// WaitForRateLimit ends when its caller cancels.
func TestWaitForRateLimit_endsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hog := &limitedRole{}
		for range 4800 {
			hog.hour = append(hog.hour, time.Now())
		}
		client, err := posthog.New(posthog.Config{APIKey: "phx_test"})
		if err != nil {
			t.Fatal(err)
		}
		client.UseNetwork(hog)
		if _, err := client.CreateRoleMembership(t.Context(), hourRole, "018f401e-9a6b-7a00-8c00-000000000000"); posthog.ReasonOf(err) != posthog.ReasonGaveUp {
			t.Fatalf("the create ends with %v", err)
		}
		ctx, leave := context.WithTimeout(t.Context(), time.Minute)
		defer leave()
		if err := client.WaitForRateLimit(ctx); posthog.ReasonOf(err) != posthog.ReasonInterrupted {
			t.Errorf("it ends with %v", err)
		}
		if err := client.WaitForRateLimit(t.Context()); err != nil || time.Since(hog.hour[0]) < time.Hour {
			t.Errorf("it ends with %v after %s", err, time.Since(hog.hour[0]))
		}
	})
}
