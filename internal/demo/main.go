// Demo builds the provider and runs it with the real Terraform against a PostHog in memory.
//
//	go run ./internal/demo            runs the story; fails if a step has another result or if it prints 200 lines
//	go run ./internal/demo -serve     keeps the PostHog running, to try the provider by hand
//	go run ./internal/demo -picture   prints a plan with colors
//
// It needs no network, except to download Terraform if it is not installed. It removes all files that it creates.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	serve := flag.Bool("serve", false, "keep the PostHog in memory running until interrupted")
	picture := flag.Bool("picture", false, "print a plan with colors")
	addr := flag.String("addr", "127.0.0.1:0", "address of the PostHog in memory with -serve; port 0 selects a free port")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}

	// SIGHUP: the terminal is closed. SIGPIPE: the output is closed, for example by head.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	var err error
	switch {
	case *serve:
		err = runServer(ctx, *addr)
	case *picture:
		err = printPicture(ctx, os.Stdout)
	default:
		err = runStory(ctx, os.Stdout)
	}
	interrupted := ctx.Err() != nil
	stop()

	switch {
	case err == nil:
	case interrupted:
		fmt.Fprintln(os.Stderr, "\nInterrupted. All temporary files are removed.")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "\nThe demo failed:", err)
		os.Exit(1)
	}
}
