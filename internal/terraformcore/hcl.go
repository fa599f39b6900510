package terraformcore

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// hcl writes the configuration of a core as a user would.
func (c *Core) HCL() string {
	var text strings.Builder
	var known []any // what is known only in the apply
	writeBlock(&text, "provider \"posthog\"", c.Arguments, &known)
	for _, address := range slices.Sorted(maps.Keys(c.Config)) {
		_, data := splitAddress(address)
		head := "resource"
		if data {
			head = "data"
		}
		for part := range strings.SplitSeq(strings.TrimPrefix(address, "data."), ".") {
			head += fmt.Sprintf(" %q", part)
		}
		writeBlock(&text, head, c.Config[address], &known)
	}
	if len(known) > 0 {
		c.hclCount++
		writeBlock(&text, `resource "terraform_data" "later"`, map[string]any{"input": known, "triggers_replace": c.hclCount}, nil)
	}
	for address, from := range c.imports {
		fmt.Fprintf(&text, "import {\n  to = %s\n  id = %q\n}\n", address, from)
	}
	return text.String()
}

// addressOfLater is that of the resource whose output is known only in the apply.
const UnknownAddress = "terraform_data.later"

// hclBlock writes a block. It appends values that are known only in the apply to known.
func writeBlock(text *strings.Builder, head string, attributes map[string]any, known *[]any) {
	fmt.Fprintf(text, "%s {\n", head)
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		fmt.Fprintf(text, "  %s = %s\n", name, expression(attributes[name], known))
	}
	text.WriteString("}\n")
}

// hclValue writes a value. Texts, numbers, truths, and lists and maps of texts are the same in JSON.
func expression(value any, known *[]any) string {
	switch value := value.(type) {
	case unknownUntilApply:
		*known = append(*known, value.value)
		return fmt.Sprintf("%s.output[%d]", UnknownAddress, len(*known)-1)
	case []any:
		var elements []string
		for _, element := range value {
			elements = append(elements, expression(element, known))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	}
	content, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(content)
}
