package provider

import (
	"bytes"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/posthog-rbac/terraform-provider-posthog/internal/diagnostics"
)

func TestMemberWriter_logsProgress(t *testing.T) {
	var log bytes.Buffer
	w := &memberWriter{about: diagnostics.Subject{Label: "role Engineering"}}
	w.logProgress(tflogtest.RootLogger(t.Context(), &log), 480, 10_000)
	lines, err := tflogtest.MultilineJSONDecode(&log)
	if err != nil || len(lines) != 1 {
		t.Fatal(err, lines)
	}
	if line := lines[0]; line["@level"] != "info" || line["done"] != 480.0 || line["all"] != 10_000.0 || line["role"] != "role Engineering" {
		t.Errorf("the log line is %v", line)
	}
}
