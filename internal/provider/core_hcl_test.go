package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// hcl writes the configuration of a core as a user would.
func (c *core) hcl() string {
	var text strings.Builder
	var known []any // what is known only in the apply
	hclBlock(&text, "provider \"posthog\"", c.arguments, &known)
	for _, address := range slices.Sorted(maps.Keys(c.declared)) {
		_, data := kindOf(address)
		head := "resource"
		if data {
			head = "data"
		}
		for part := range strings.SplitSeq(strings.TrimPrefix(address, "data."), ".") {
			head += fmt.Sprintf(" %q", part)
		}
		hclBlock(&text, head, c.declared[address], &known)
	}
	if len(known) > 0 {
		c.written++
		hclBlock(&text, `resource "terraform_data" "later"`, map[string]any{"input": known, "triggers_replace": c.written}, nil)
	}
	for address, from := range c.imports {
		fmt.Fprintf(&text, "import {\n  to = %s\n  id = %q\n}\n", address, from)
	}
	return text.String()
}

// addressOfLater is that of the resource whose output is known only in the apply.
const addressOfLater = "terraform_data.later"

// hclBlock writes a block. It appends values that are known only in the apply to known.
func hclBlock(text *strings.Builder, head string, attributes map[string]any, known *[]any) {
	fmt.Fprintf(text, "%s {\n", head)
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		fmt.Fprintf(text, "  %s = %s\n", name, hclValue(attributes[name], known))
	}
	text.WriteString("}\n")
}

// hclValue writes a value. Texts, numbers, truths, and lists and maps of texts are the same in JSON.
func hclValue(value any, known *[]any) string {
	switch value := value.(type) {
	case laterValue:
		*known = append(*known, value.value)
		return fmt.Sprintf("%s.output[%d]", addressOfLater, len(*known)-1)
	case []any:
		var elements []string
		for _, element := range value {
			elements = append(elements, hclValue(element, known))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	}
	content, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(content)
}
