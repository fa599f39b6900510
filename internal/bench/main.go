// Bench measures requests, time and memory of Terraform with this provider against a PostHog in memory with latency. It prints a
// table in Markdown. With -results it saves the results, and with -page it writes the table of saved results into the docs.
//
//	BENCH_VERSUS         binary of another provider to compare with
//	BENCH_VERSUS_SOURCE  its source address, such as "posthog/posthog"
//	BENCH_VERSUS_NAME    its name in the table; the default is the address
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
	sizes := flag.String("sizes", "100/1,200/2,500/5,1000/10", "memberships/roles to measure with posthog_role_membership, separated by commas")
	wholes := flag.String("whole", "100/1,200/2,500/5,1000/10,2000/20,5000/50,10000/100,10000/1", "memberships/roles to measure with posthog_role_members")
	limited := flag.String("limited", "1000/10", "memberships/roles for the plan with the rate limit")
	latency := flag.Duration("latency", 50*time.Millisecond, "latency of each request")
	plans := flag.Int("plans", 5, "number of times each plan is run; the result is the median")
	apart := flag.Bool("apart", false, "use one resource block for each role instead of one for all")
	patience := flag.Duration("patience", 10*time.Minute, "timeout of a step")
	file := flag.String("results", "", "save the results in this file; it keeps results of other providers")
	page := flag.String("page", "", "measure nothing, and write the table of saved results into this page")
	front := flag.String("front", "", "measure nothing, and write the most important rows into this page")
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

// bench is the configuration of the measurements.
type bench struct {
	latency   time.Duration
	plans     int
	apart     bool
	patience  time.Duration
	terraform string
	folder    string
}

// fleet is a number of memberships in a number of roles of equal size. Whole means that posthog_role_members manages them.
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
		fleets = append(fleets, fleet{Memberships: memberships, Roles: roles, Whole: whole})
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
	limitedFleets, err := parseFleets(limited, false)
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
		measuredNow := series{Name: c.name, Source: c.source, Ran: b.environment(ctx)}
		work := fleets
		if c.source == source { // The other provider has no posthog_role_members.
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
		for _, f := range limitedFleets {
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
	return saveSeries(file, all)
}

// contender is a provider to measure.
type contender struct{ name, source, binary string }

func contenders(ctx context.Context, folder string) ([]contender, error) {
	binary := filepath.Join(folder, "own", "terraform-provider-posthog")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/posthog-rbac/terraform-provider-posthog")
	if printed, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, printed)
	}
	all := []contender{{name: "this provider", source: source, binary: binary}}

	versus, versusSource := os.Getenv("BENCH_VERSUS"), os.Getenv("BENCH_VERSUS_SOURCE")
	switch {
	case versus == "" && versusSource == "":
		return all, nil
	case versus == "" || versusSource == "":
		return nil, fmt.Errorf("set both BENCH_VERSUS (a binary) and BENCH_VERSUS_SOURCE (such as posthog/posthog)")
	}
	link := filepath.Join(folder, "versus", "terraform-provider-"+filepath.Base(versusSource))
	absolute, err := filepath.Abs(versus)
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(filepath.Dir(link), 0o700); err != nil {
		return nil, err
	}
	name := cmp.Or(os.Getenv("BENCH_VERSUS_NAME"), versusSource)
	return append(all, contender{name: name, source: versusSource, binary: link}), os.Symlink(absolute, link)
}

// environment describes the machine and the version of Terraform.
func (b bench) environment(ctx context.Context) string {
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
