package provider

import (
	"testing"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/acctest"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/fakeposthog"
)

// Each fault strikes the addition or the removal of a move: the user is in one of the two roles at all times, and the next apply
// finishes the move.
func TestFaultMatrix_moves(t *testing.T) {
	t.Parallel()
	if acctest.RunWithoutRaceDetector(t) {
		return
	}
	for _, f := range faults() {
		if f.do == nil || f.pace == patient || likeAnother[f.name] {
			continue
		}
		for _, request := range []string{kindOfAdd, kindOfRemove} {
			for name, times := range map[string]int{justOnce: 1, forEver: fakeposthog.Forever} {
				t.Run(f.name+"/"+request+"/"+name, func(t *testing.T) {
					t.Parallel()
					bed := fake(t, append([]fakeposthog.Option{fakeposthog.Roles(2)}, f.options...)...)
					from, to := bed.role, bed.hog.Role(1)
					c := newCore(t, bed)
					for argument, value := range f.patience() {
						c.Configure(argument, value)
					}
					c.Declare(one, membershipOf(from, bed.user))
					c.MustApply()
					c.Declare(one, membershipOf(to, bed.user))
					bed.hog.Inject(fakeposthog.Fault{On: request, Times: times, Do: f.do(bed, "http://127.0.0.1:1")})
					result := c.Apply()
					bed.hog.ClearFaults()
					old, moved := bed.hog.IsMember(from, bed.user), bed.hog.IsMember(to, bed.user)
					if !old && !moved || !result.HasErrors() && (old || !moved) || len(c.State) != 1 {
						t.Errorf("in the old role: %t, in the new one: %t, in state: %d; %s", old, moved, len(c.State), result)
					}
					c.Must(c.Apply())
					c.ExpectNoChanges()
					if bed.hog.IsMember(from, bed.user) || !bed.hog.IsMember(to, bed.user) {
						t.Errorf("the next apply does not finish the move after %s", result)
					}
				})
			}
		}
	}
}
