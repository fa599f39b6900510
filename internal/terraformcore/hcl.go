package terraformcore

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// HCL returns the configuration as HCL, without a terraform block.
func (c *Core) HCL() string {
	var text strings.Builder
	var unknown []any // values that only the apply has
	writeBlock(&text, "provider \"posthog\"", c.Arguments, &unknown)
	for _, address := range slices.Sorted(maps.Keys(c.Config)) {
		_, isData := splitAddress(address)
		head := "resource"
		if isData {
			head = "data"
		}
		for part := range strings.SplitSeq(strings.TrimPrefix(address, "data."), ".") {
			head += fmt.Sprintf(" %q", part)
		}
		writeBlock(&text, head, c.Config[address], &unknown)
	}
	if len(unknown) > 0 {
		c.hclCount++
		writeBlock(&text, `resource "terraform_data" "later"`, map[string]any{"input": unknown, "triggers_replace": c.hclCount}, nil)
	}
	for address, from := range c.imports {
		fmt.Fprintf(&text, "import {\n  to = %s\n  id = %q\n}\n", address, from)
	}
	return text.String()
}

// UnknownAddress is the address of a resource in HCL. Its output is unknown in each plan.
const UnknownAddress = "terraform_data.later"

// writeBlock writes a block. It appends the values that only the apply has to unknown.
func writeBlock(text *strings.Builder, head string, attributes map[string]any, unknown *[]any) {
	fmt.Fprintf(text, "%s {\n", head)
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		fmt.Fprintf(text, "  %s = %s\n", name, expression(attributes[name], unknown))
	}
	text.WriteString("}\n")
}

// expression returns a value as HCL. Strings, numbers, booleans, lists and maps are written as in JSON.
func expression(value any, unknown *[]any) string {
	switch value := value.(type) {
	case unknownUntilApply:
		*unknown = append(*unknown, value.value)
		return fmt.Sprintf("%s.output[%d]", UnknownAddress, len(*unknown)-1)
	case []any:
		var elements []string
		for _, element := range value {
			elements = append(elements, expression(element, unknown))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	}
	content, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(content)
}
