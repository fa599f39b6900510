// Bench measures what Terraform does with this provider, and with another one beside it, against a PostHog in memory that
// takes its time: requests, seconds and memory. It prints a table in Markdown, keeps the results in a file when told to, and
// writes the table of kept results into a page of the docs.
//
//	BENCH_VERSUS         another provider's binary, to run through the same work
//	BENCH_VERSUS_SOURCE  that provider's source address, such as "posthog/posthog"
//	BENCH_VERSUS_NAME    what the table calls it, if not by that address
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

const source = "posthog-rbac/posthog"

func main() {
	sizes := flag.String("sizes", "100/1,200/2,500/5,1000/10", "single memberships/roles, separated by commas")
	wholes := flag.String("whole", "100/1,200/2,500/5,1000/10,2000/20,5000/50,10000/100,10000/1", "likewise, of whole roles")
	limited := flag.String("limited", "1000/10", "memberships/roles for the plan under the rate limit")
	latency := flag.Duration("latency", 50*time.Millisecond, "how long PostHog takes for each request")
	plans := flag.Int("plans", 5, "how often each plan is made; the median counts")
	apart := flag.Bool("apart", false, "declare each role in a block of its own, instead of one block for all")
	patience := flag.Duration("patience", 10*time.Minute, "how long a step may take")
	file := flag.String("results", "", "keep the results in this file, beside what it has of providers that are not measured now")
	page := flag.String("page", "", "measure nothing, and write the table of the kept results into this page")
	front := flag.String("front", "", "likewise, and those of its rows that count most into this one")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if *page != "" || *front != "" {
		err = writeTables(*page, *front, *file)
	} else {
		err = run(ctx, *sizes, *wholes, *limited, *file, bench{latency: *latency, plans: *plans, patience: *patience, apart: *apart})
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is how to measure.
type bench struct {
	latency   time.Duration
	plans     int
	apart     bool
	patience  time.Duration
	terraform string
	folder    string
}

// fleet is a number of memberships, spread evenly over roles, each of which is declared singly or with its whole role.
type fleet struct {
	Memberships int  `json:"memberships"`
	Roles       int  `json:"roles"`
	Whole       bool `json:"whole"`
}

func (f fleet) String() string {
	switch {
	case f.Whole && f.Roles == 1:
		return fmt.Sprintf("a whole role of %d", f.Memberships)
	case f.Whole:
		return fmt.Sprintf("%d whole roles of %d", f.Roles, f.Memberships/f.Roles)
	case f.Roles == 1:
		return fmt.Sprintf("%d memberships in one role", f.Memberships)
	}
	return fmt.Sprintf("%d memberships in %d roles", f.Memberships, f.Roles)
}

func parseFleets(text string, whole bool) ([]fleet, error) {
	var fleets []fleet
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		left, right, _ := strings.Cut(part, "/")
		memberships, err := strconv.Atoi(left)
		roles, err2 := strconv.Atoi(right)
		if err != nil || err2 != nil || roles < 1 || memberships < roles || memberships%roles != 0 {
			return nil, fmt.Errorf("%q is not memberships/roles, such as 1000/10", part)
		}
		fleets = append(fleets, fleet{memberships, roles, whole})
	}
	return fleets, nil
}

func run(ctx context.Context, sizes, wholes, limited, file string, b bench) error {
	fleets, err := parseFleets(sizes, false)
	if err != nil {
		return err
	}
	wholeRoles, err := parseFleets(wholes, true)
	if err != nil {
		return err
	}
	under, err := parseFleets(limited, false)
	if err != nil {
		return err
	}
	b.folder, err = os.MkdirTemp("", "posthog-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.folder) }()
	if b.terraform, err = terraformbin.Find(ctx, b.folder); err != nil {
		return err
	}
	contenders, err := contenders(ctx, b.folder)
	if err != nil {
		return err
	}

	var all []series
	for _, c := range contenders {
		measuredNow := series{Name: c.name, Source: c.source, Ran: b.ranOn(ctx)}
		work := fleets
		if c.source == source { // The other one has no such resource.
			work = append(slices.Clone(fleets), wholeRoles...)
		}
		for _, f := range work {
			fmt.Fprintf(os.Stderr, "%s: %s\n", c.name, f)
			measured, err := b.measure(ctx, c, f)
			if err != nil {
				return err
			}
			measuredNow.Results = append(measuredNow.Results, measured...)
		}
		for _, f := range under {
			fmt.Fprintf(os.Stderr, "%s: %s under 480 requests a minute\n", c.name, f)
			measured, err := b.measureLimited(ctx, c, f)
			if err != nil {
				return err
			}
			measuredNow.Results = append(measuredNow.Results, measured)
		}
		all = append(all, measuredNow)
	}
	fmt.Print(table(all))
	if file == "" {
		return nil
	}
	return keep(file, all)
}

// contender is a provider that is measured.
type contender struct{ name, source, binary string }

func contenders(ctx context.Context, folder string) ([]contender, error) {
	binary := filepath.Join(folder, "own", "terraform-provider-posthog")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/posthog-rbac/terraform-provider-posthog")
	if printed, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, printed)
	}
	all := []contender{{"this provider", source, binary}}

	versus, versusSource := os.Getenv("BENCH_VERSUS"), os.Getenv("BENCH_VERSUS_SOURCE")
	switch {
	case versus == "" && versusSource == "":
		return all, nil
	case versus == "" || versusSource == "":
		return nil, fmt.Errorf("BENCH_VERSUS (a binary) and BENCH_VERSUS_SOURCE (such as posthog/posthog) go together")
	}
	linked := filepath.Join(folder, "versus", "terraform-provider-"+filepath.Base(versusSource))
	absolute, err := filepath.Abs(versus)
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(filepath.Dir(linked), 0o700); err != nil {
		return nil, err
	}
	name := cmp.Or(os.Getenv("BENCH_VERSUS_NAME"), versusSource)
	return append(all, contender{name, versusSource, linked}), os.Symlink(absolute, linked)
}

// ranOn says what machine and what Terraform this was.
func (b bench) ranOn(ctx context.Context) string {
	processor := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				processor = strings.TrimSpace(value)
				break
			}
		}
	}
	version := "Terraform"
	if printed, err := exec.CommandContext(ctx, b.terraform, "version").Output(); err == nil {
		version, _, _ = strings.Cut(string(printed), "\n")
	}
	return fmt.Sprintf("%s of latency on %d × %s, %s, %s; plans are the median of up to %d.",
		b.latency, runtime.NumCPU(), processor, version, runtime.Version(), b.plans)
}
