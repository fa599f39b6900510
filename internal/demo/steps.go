package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

// The parts of Terraform's output that the story omits. OpenTofu prints the same with its own name.
var (
	legend   = regexp.MustCompile(`(?s)^.*will perform the following actions:[^\n]*\n\n`)
	omitted  = regexp.MustCompile(`(?m)^ {6,}[+-]? *((id|\w+_id|\w+_uuid|\w+_at) += .*|# \(\d+ unchanged.*)\n`)
	identity = regexp.MustCompile(` {2,}organization_id=\S+ {2,}`) // in the lines of a query
)

// A step is a part of a chapter. It prints what it does, and fails if the result is not the expected one.
type step func(context.Context, *stage) error

func say(text string) step {
	return func(_ context.Context, s *stage) error {
		fmt.Fprintf(s.out, "\n▸ %s\n", text)
		return nil
	}
}

// write writes a file and prints it.
func write(name, text string) step {
	return func(_ context.Context, s *stage) error {
		s.printFile(name, text)
		return s.writeFile(name, text)
	}
}

// edit replaces a text in a file and prints the changed line.
func edit(name, old, replacement string) step {
	return func(_ context.Context, s *stage) error {
		content, err := os.ReadFile(filepath.Join(s.folder, name))
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(content)) {
			if strings.Contains(line, old) {
				s.printFile(name, strings.ReplaceAll(line, old, replacement))
			}
		}
		return s.writeFile(name, strings.ReplaceAll(string(content), old, replacement))
	}
}

// planFails runs terraform plan, which must fail with this text.
func planFails(want string) step {
	return func(ctx context.Context, s *stage) error {
		s.printCommand("plan")
		_, stderr, err := s.run(ctx, "plan", "-input=false", "-no-color")
		s.printOutput(stderr)
		if err == nil {
			return errors.New("the plan does not fail")
		}
		return expectText(stderr, want)
	}
}

// plan runs terraform plan, which must print these texts. It keeps the plan for apply.
func plan(want ...string) step {
	return func(ctx context.Context, s *stage) error {
		s.printCommand("plan")
		if _, _, err := s.run(ctx, "plan", "-input=false", "-out="+planFile); err != nil {
			return err
		}
		shown, _, err := s.run(ctx, "show", "-no-color", planFile)
		if err != nil {
			return err
		}
		shown = omitted.ReplaceAllString(legend.ReplaceAllString(shown, ""), "")
		s.printOutput(shown)
		return expectText(shown, want...)
	}
}

// apply applies the plan and prints the last line of the output.
func apply() step {
	return func(ctx context.Context, s *stage) error {
		s.printCommand("apply")
		printed, _, err := s.run(ctx, "apply", "-no-color", planFile)
		printed = strings.TrimSpace(printed)
		s.printOutput(printed[strings.LastIndex(printed, "\n")+1:])
		return err
	}
}

// ifHasQuery runs the steps if Terraform has the command query.
func ifHasQuery(steps ...step) step {
	return func(ctx context.Context, s *stage) error {
		if !terraformbin.HasQuery(ctx, s.terraform) {
			return nil
		}
		for _, run := range steps {
			if err := run(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
}

// query runs terraform query, which must print these texts.
func query(want ...string) step {
	return func(ctx context.Context, s *stage) error {
		s.printCommand("query")
		printed, _, err := s.run(ctx, "query", "-no-color")
		if err != nil {
			return err
		}
		s.printOutput(identity.ReplaceAllString(printed, "   "))
		return expectText(printed, want...)
	}
}

// expectText fails unless the output has each of the texts. Terraform may wrap their lines.
func expectText(output string, want ...string) error {
	for _, text := range want {
		if !strings.Contains(strings.Join(strings.Fields(output), " "), strings.Join(strings.Fields(text), " ")) {
			return fmt.Errorf("the output does not contain %q", text)
		}
	}
	return nil
}

// expectMembers prints the members of a role, and fails unless they are these, in alphabetical order.
func expectMembers(role string, names ...string) step {
	return func(_ context.Context, s *stage) error {
		got := s.hog.list(role)
		fmt.Fprintf(s.out, "✓ %s: %s\n", role, got)
		if want := strings.Join(names, "@example.com, ") + "@example.com"; got != want {
			return fmt.Errorf("the members of %s are %s, want %s", role, got, want)
		}
		return nil
	}
}
