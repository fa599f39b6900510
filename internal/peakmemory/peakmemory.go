// Package peakmemory tells how much memory a provider's process took, for the benchmark and a test.
package peakmemory

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Watch watches the processes that Terraform (the process pid) starts from a binary of the given name, and returns
// how to stop and learn the most memory that one of them has used, in KiB. Where there is no /proc it is 0.
func Watch(pid int, binary string) (stop func() int) {
	done, answer := make(chan struct{}), make(chan int)
	go func() {
		most := 0
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				answer <- most
				return
			case <-ticker.C:
				most = max(most, largestChild(pid, binary))
			}
		}
	}()
	return func() int { close(done); return <-answer }
}

// largestChild returns the peak memory, until now, of the largest child of a process that runs a binary.
func largestChild(pid int, binary string) int {
	most := 0
	lists, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	for _, list := range lists {
		children, _ := os.ReadFile(list)
		for child := range strings.FieldsSeq(string(children)) {
			if command, _ := os.ReadFile("/proc/" + child + "/cmdline"); !strings.Contains(string(command), binary) {
				continue
			}
			status, _ := os.ReadFile("/proc/" + child + "/status")
			most = max(most, peakOf(string(status)))
		}
	}
	return most
}

// peakOf reads the peak of resident memory, in KiB, from a process's status.
func peakOf(status string) int {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			return kib
		}
	}
	return 0
}
