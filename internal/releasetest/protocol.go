package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformbin"
)

// cookie is what Terraform says to a provider, so that one does not take a person for Terraform.
const cookie = "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"

// checkProtocol starts the provider as Terraform would, and fails unless it answers that it speaks protocol 6 when it may
// choose. Its answer is one line: the version of the answer, the protocol, the network, the address, and gRPC.
func (b built) checkProtocol(ctx context.Context, s system, temporary string) error {
	content, err := b.checkZip(s)
	if err != nil {
		return err
	}
	path := filepath.Join(temporary, b.binaryName(s))
	if err := os.WriteFile(path, content, 0o700); err != nil {
		return err
	}

	ctx, stop := context.WithCancel(ctx)
	command := exec.CommandContext(ctx, path)
	command.Env = append(terraformbin.Environment(), cookie, "PLUGIN_PROTOCOL_VERSIONS=5,6", "TMPDIR="+temporary)
	out, err := command.StdoutPipe()
	if err != nil {
		stop()
		return err
	}
	if err := command.Start(); err != nil {
		stop()
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	stop()
	_ = command.Wait() // It was killed, which is the error.
	if err != nil {
		return fmt.Errorf("%s says nothing to Terraform: %w", b.binaryName(s), err)
	}
	if fields := strings.Split(line, "|"); len(fields) < 5 || fields[1] != "6" {
		return fmt.Errorf("%s says %q to Terraform, which is not protocol 6", b.binaryName(s), line)
	}
	return nil
}
