// Demo shows the provider at work: it builds it, starts a PostHog in memory, and drives the real Terraform.
//
//	go run ./internal/demo          tells a story, and fails when any step of it is not as told, or when it takes 200 lines
//	go run ./internal/demo -serve   keeps that PostHog running, to play with by hand
//
// Nothing leaves this machine, but for the download of Terraform where there is none, and nothing is left behind.
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
	pictured := flag.Bool("picture", false, "print a plan as a reviewer sees it, in colours")
	addr := flag.String("addr", "127.0.0.1:0", "where the PostHog in memory listens with -serve; port 0 is any that is free")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}

	// Nothing is left behind either when the terminal is closed (SIGHUP) or the output is cut off, as by head (SIGPIPE).
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := run(ctx, *serve, *pictured, *addr)
	interrupted := ctx.Err() != nil
	stop()

	switch {
	case err == nil:
	case interrupted:
		fmt.Fprintln(os.Stderr, "\nInterrupted. Nothing is left behind.")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "\nThe demo failed:", err)
		os.Exit(1)
	}
}

// run returns when the demo is over, with everything it made removed.
func run(ctx context.Context, serve, pictured bool, addr string) error {
	switch {
	case serve:
		return serveByHand(ctx, addr)
	case pictured:
		return picture(ctx, os.Stdout)
	}
	out := &transcript{to: os.Stdout}
	shop, err := openWorkshop(ctx, out)
	if err != nil {
		return err
	}
	defer shop.close()
	if err := tell(ctx, out, shop); err != nil {
		return err
	}
	return out.check()
}
