package terraformbin

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// peakMemory matches the peak of resident memory in /proc/PID/status.
var peakMemory = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// WatchMemory measures the provider processes that the Terraform process pid starts from a binary with this name. The returned
// function stops it and returns the peak memory of the largest process in KiB, or 0 on a system without /proc.
func WatchMemory(pid int, binary string) (stop func() int) {
	done, result := make(chan struct{}), make(chan int)
	go func() {
		peak := 0
		for {
			select {
			case <-done:
				result <- peak
				return
			case <-time.After(20 * time.Millisecond):
				peak = max(peak, childrenPeak(pid, binary))
			}
		}
	}()
	return func() int { close(done); return <-result }
}

// childrenPeak returns the peak memory of the largest child of a process that runs the binary, in KiB.
func childrenPeak(pid int, binary string) (peak int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		children, _ := os.ReadFile(list)
		for child := range strings.FieldsSeq(string(children)) {
			command, _ := os.ReadFile("/proc/" + child + "/cmdline")
			status, _ := os.ReadFile("/proc/" + child + "/status")
			if match := peakMemory.FindSubmatch(status); match != nil && strings.Contains(string(command), binary) {
				kib, _ := strconv.Atoi(string(match[1]))
				peak = max(peak, kib)
			}
		}
	}
	return peak
}
