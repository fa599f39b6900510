// Bench measures requests, time and memory of Terraform with this provider against a PostHog in memory with latency. It prints a
// table in Markdown. With -results it saves the results, and with -page it writes the table of saved results into BENCHMARKS.md.
//
//	BENCH_VERSUS         binary of another provider to compare with, named as in its releases
//	BENCH_VERSUS_SOURCE  its source address, such as "posthog/posthog"
//	BENCH_VERSUS_NAME    its name in the table; the default is the address
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

const (
	source  = "posthog-rbac/posthog"
	latency = 50 * time.Millisecond // of each request
	plans   = 3                     // number of times each plan is run; the result is the median
)

func main() {
	largest := flag.Int("max", 10000, "number of memberships of the largest fleets to measure")
	file := flag.String("results", "", "save the results in this file; it keeps results of other providers")
	page := flag.String("page", "", "measure nothing, and write the table of saved results into this page")
	front := flag.String("front", "", "with -page, write six rows into this page")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if *page != "" {
		err = writeTables(*page, *front, *file)
	} else {
		err = run(ctx, *largest, *file)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures all providers, prints the table, and saves the results in the file if it has a name.
func run(ctx context.Context, largest int, file string) error {
	folder, err := os.MkdirTemp("", "posthog-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	terraform, err := terraformbin.Find(ctx, folder)
	if err != nil {
		return err
	}
	contenders, err := findContenders(ctx, folder)
	if err != nil {
		return err
	}

	var all []series
	for _, c := range contenders {
		measured := series{Name: c.name, Source: c.source, Ran: describeEnvironment(ctx, terraform)}
		for _, f := range fleets(c.source, largest) {
			fmt.Fprintf(os.Stderr, "%s: %s\n", c.name, f)
			results, err := measure(ctx, terraform, c, f)
			if err != nil {
				return err
			}
			measured.Results = append(measured.Results, results...)
		}
		all = append(all, measured)
	}
	fmt.Print(table(all))
	if file == "" {
		return nil
	}
	return saveSeries(file, all)
}

// contender is a provider to measure.
type contender struct{ name, source, binary string }

// findContenders builds this provider, and adds the provider of the environment variables.
func findContenders(ctx context.Context, folder string) ([]contender, error) {
	binary := filepath.Join(folder, "terraform-provider-posthog")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/posthog-rbac/terraform-provider-posthog")
	printed, err := build.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, printed)
	}
	own := contender{name: "this provider", source: source, binary: binary}

	other := contender{source: os.Getenv("BENCH_VERSUS_SOURCE"), binary: os.Getenv("BENCH_VERSUS")}
	switch {
	case other == contender{}:
		return []contender{own}, nil
	case other.source == "" || other.binary == "":
		return nil, errors.New("set both BENCH_VERSUS (a binary) and BENCH_VERSUS_SOURCE (such as posthog/posthog)")
	}
	other.name = cmp.Or(os.Getenv("BENCH_VERSUS_NAME"), other.source)
	other.binary, err = filepath.Abs(other.binary)
	return []contender{own, other}, err
}

// describeEnvironment returns the processor and the version of Terraform.
func describeEnvironment(ctx context.Context, terraform string) string {
	processor := runtime.GOARCH
	info, _ := os.ReadFile("/proc/cpuinfo") // Only Linux has it.
	if match := regexp.MustCompile(`(?m)^model name\s*: *(.*?) *$`).FindSubmatch(info); match != nil {
		processor = string(match[1])
	}
	printed, _ := exec.CommandContext(ctx, terraform, "version").Output()
	version, _, _ := strings.Cut(string(printed), "\n")
	return fmt.Sprintf("%s of latency on %d × %s, %s, %s; plans are the median of up to %d.",
		latency, runtime.NumCPU(), processor, version, runtime.Version(), plans)
}
