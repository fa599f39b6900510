package peakmemory

import "testing"

func TestPeakOf(t *testing.T) {
	if got := peakOf("Name:\tx\nVmHWM:\t   51234 kB\nVmRSS:\t 1 kB\n"); got != 51234 {
		t.Errorf("got %d", got)
	}
}
