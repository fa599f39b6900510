package provider

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/terraformcore"
	"github.com/posthog-rbac/terraform-provider-posthog/internal/tfserver"
)

// callsFile names the environment variable with the file to which the provider under Terraform writes its calls.
const callsFile = "RECORD_CALLS"

// A coreCall is one call of the protocol about one resource.
type coreCall struct {
	Resource    string // the type, and the role and user it is about: a provider does not know addresses
	What        string
	Given, Made string // hashes of the private state that came with the call, and that was answered; "" is none
}

// A callLog keeps calls in the order in which they began.
type callLog struct {
	mu    sync.Mutex
	calls []*coreCall
	file  *os.File // where they are written, too; nil is nowhere
}

// forget empties the log.
func (l *callLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = nil
}

// lines returns one line for each resource, with its calls in order and where their private state came from.
func (l *callLog) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	texts, origins := map[string][]string{}, map[string]map[string]string{}
	for _, call := range l.calls {
		if origins[call.Resource] == nil {
			origins[call.Resource] = map[string]string{}
		}
		text := call.What
		if call.Given != "" {
			origin, ok := origins[call.Resource][call.Given]
			if !ok {
				origin = "earlier"
			}
			text += " with the private state of " + origin
		}
		texts[call.Resource] = append(texts[call.Resource], text)
		if call.Made != "" {
			origins[call.Resource][call.Made] = fmt.Sprintf("call %d", len(texts[call.Resource]))
		}
	}
	var lines []string
	for _, resource := range slices.Sorted(maps.Keys(texts)) {
		lines = append(lines, "called for "+resource+": "+strings.Join(texts[resource], ", "))
	}
	return lines
}

// readCalls reads the calls that a provider under Terraform has written.
func readCalls(content string) (*callLog, error) {
	log := &callLog{}
	scanner := bufio.NewScanner(strings.NewReader(content))
	for scanner.Scan() {
		var call coreCall
		if err := json.Unmarshal(scanner.Bytes(), &call); err != nil {
			return nil, err
		}
		log.calls = append(log.calls, &call)
	}
	return log, scanner.Err()
}

// serveRecorded serves the provider to Terraform, and appends its calls to a file.
func serveRecorded(path string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	log := &callLog{file: file}
	return tf6server.Serve(Address, func() tfprotov6.ProviderServer { return recordCalls(newServer(), log) })
}

// A recordedServer is a provider whose calls about resources are kept in a log.
type recordingServer struct {
	tfserver.FrameworkServer
	log   *callLog
	kinds map[string]tftypes.Type
}

func recordCalls(served tfprotov6.ProviderServer, log *callLog) tfprotov6.ProviderServer {
	schemas, err := served.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		panic(err)
	}
	kinds := map[string]tftypes.Type{}
	for name, schema := range schemas.ResourceSchemas {
		kinds[name] = schema.ValueType()
	}
	return &recordingServer{served.(tfserver.FrameworkServer), log, kinds}
}

// ReadResource records a read.
func (s *recordingServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	finish := s.record(req.TypeName, "read", req.Private, req.CurrentState)
	answer, err := s.FrameworkServer.ReadResource(ctx, req)
	finish(answer.Private)
	return answer, err
}

// PlanResourceChange records a plan.
func (s *recordingServer) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	finish := s.record(req.TypeName, "plan "+s.action(req.TypeName, req.PriorState, req.ProposedNewState), req.PriorPrivate, req.PriorState, req.Config)
	answer, err := s.FrameworkServer.PlanResourceChange(ctx, req)
	finish(answer.PlannedPrivate)
	return answer, err
}

// ApplyResourceChange records an apply.
func (s *recordingServer) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	finish := s.record(req.TypeName, "apply "+s.action(req.TypeName, req.PriorState, req.PlannedState), req.PlannedPrivate, req.PriorState, req.Config)
	answer, err := s.FrameworkServer.ApplyResourceChange(ctx, req)
	finish(answer.Private)
	return answer, err
}

func (s *recordingServer) action(name string, prior, planned *tfprotov6.DynamicValue) string {
	switch {
	case terraformcore.Decode(s.kinds[name], planned).IsNull():
		return terraformcore.Delete
	case terraformcore.Decode(s.kinds[name], prior).IsNull():
		return terraformcore.Create
	}
	return terraformcore.Update
}

// record notes the beginning of a call about the first of the values that is not null. It returns what notes its end.
func (s *recordingServer) record(name, what string, private []byte, values ...*tfprotov6.DynamicValue) func(private []byte) {
	call := &coreCall{Resource: name, What: what, Given: hashed(private)}
	for _, value := range values {
		if about := terraformcore.Decode(s.kinds[name], value); !about.IsNull() {
			attributes := terraformcore.GoValue(about).(map[string]any)
			call.Resource += fmt.Sprintf(" %v %v", attributes["role_id"], cmp.Or(attributes["user_uuid"], attributes["user_email"]))
			break
		}
	}
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.calls = append(s.log.calls, call)
	return func(private []byte) {
		s.log.mu.Lock()
		defer s.log.mu.Unlock()
		call.Made = hashed(private)
		if s.log.file != nil {
			content, err := json.Marshal(call)
			if err != nil {
				panic(err)
			}
			if _, err := s.log.file.Write(append(content, '\n')); err != nil {
				panic(err)
			}
		}
	}
}

func hashed(private []byte) string {
	if len(bytes.TrimSpace(private)) == 0 {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(private))[:16]
}
