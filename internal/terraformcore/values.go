package terraformcore

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Unknown is a value that is known after apply.
const Unknown = unknownValue("known after apply")

type unknownValue string

// unknownUntilApply is unknown in a plan and known in its apply.
type unknownUntilApply struct{ value any }

// UnknownUntilApply returns a value that is unknown in each plan and known in its apply.
func UnknownUntilApply(value any) any { return unknownUntilApply{value} }

// HasUnknown reports whether a value in a configuration is unknown in a plan.
func HasUnknown(value any) bool {
	switch value := value.(type) {
	case unknownValue, unknownUntilApply:
		return true
	case []any:
		return slices.ContainsFunc(value, HasUnknown)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(value)), HasUnknown)
	}
	return false
}

// KnownValues returns attributes as they are in an apply.
func KnownValues(attributes map[string]any) map[string]any {
	return evaluateAttributes(attributes, true)
}

func evaluateAttributes(attributes map[string]any, isApply bool) map[string]any {
	evaluated, _ := evaluate(attributes, isApply).(map[string]any)
	return evaluated
}

// evaluate returns a configuration, or a value in it, as it is in a plan or an apply.
func evaluate(from any, isApply bool) any {
	switch from := from.(type) {
	case unknownUntilApply:
		if isApply {
			return from.value
		}
		return Unknown
	case []any:
		all := slices.Clone(from)
		for i, element := range all {
			all[i] = evaluate(element, isApply)
		}
		return all
	case map[string]any:
		all := maps.Clone(from)
		for key, element := range all {
			all[key] = evaluate(element, isApply)
		}
		return all
	}
	return from
}

// valueOf converts a Go value to Terraform's: nil, Unknown, a string, a number, a boolean, a list or a map. Attributes that are
// missing in the map of an object become null.
func valueOf(kind tftypes.Type, from any) tftypes.Value {
	switch from := from.(type) {
	case nil:
		return tftypes.NewValue(kind, nil)
	case unknownValue:
		return tftypes.NewValue(kind, tftypes.UnknownValue)
	case tftypes.Value:
		return from
	case []string:
		return valueOf(kind, anyOf(from))
	case map[string]string:
		return valueOf(kind, anyIn(from))
	case []any:
		var elements []tftypes.Value
		for _, element := range from {
			elements = append(elements, valueOf(elementOf(kind), element))
		}
		return tftypes.NewValue(kind, elements)
	case map[string]any:
		return mapOf(kind, from)
	}
	if kind.Is(tftypes.String) {
		return tftypes.NewValue(kind, fmt.Sprint(from)) // Terraform converts numbers to strings.
	}
	return tftypes.NewValue(kind, from)
}

func mapOf(kind tftypes.Type, from map[string]any) tftypes.Value {
	if from == nil {
		return tftypes.NewValue(kind, nil)
	}
	values := map[string]tftypes.Value{}
	if object, ok := kind.(tftypes.Object); ok {
		for name, attribute := range object.AttributeTypes {
			values[name] = valueOf(attribute, from[name])
		}
		for name := range from {
			if _, ok := values[name]; !ok {
				panic("there is no attribute " + name)
			}
		}
		return tftypes.NewValue(kind, values)
	}
	for key, value := range from {
		values[key] = valueOf(elementOf(kind), value)
	}
	return tftypes.NewValue(kind, values)
}

func elementOf(kind tftypes.Type) tftypes.Type {
	switch kind := kind.(type) {
	case tftypes.List:
		return kind.ElementType
	case tftypes.Set:
		return kind.ElementType
	case tftypes.Map:
		return kind.ElementType
	}
	panic(fmt.Sprintf("%s has no elements", kind))
}

func anyOf[T any](from []T) []any {
	to := []any{}
	for _, element := range from {
		to = append(to, element)
	}
	return to
}

func anyIn[T any](from map[string]T) map[string]any {
	to := map[string]any{}
	for key, value := range from {
		to[key] = value
	}
	return to
}

// GoValue is the inverse of valueOf. Lists become []any, maps and objects map[string]any.
func GoValue(value tftypes.Value) any {
	switch {
	case !value.IsKnown():
		return Unknown
	case value.IsNull():
		return nil
	case value.Type().Is(tftypes.String):
		return convert[string](value)
	case value.Type().Is(tftypes.Bool):
		return convert[bool](value)
	case value.Type().Is(tftypes.Number):
		number := convert[big.Float](value)
		if whole, accuracy := number.Int64(); accuracy == big.Exact {
			return whole
		}
		fraction, _ := number.Float64()
		return fraction
	case value.Type().Is(tftypes.Object{}), value.Type().Is(tftypes.Map{}):
		all := map[string]any{}
		for key, element := range elements(value) {
			all[key] = GoValue(element)
		}
		return all
	}
	all := []any{}
	for _, element := range convert[[]tftypes.Value](value) {
		all = append(all, GoValue(element))
	}
	return all
}

func convert[T any](value tftypes.Value) T {
	var to T
	if err := value.As(&to); err != nil {
		panic(err)
	}
	return to
}

// elements returns the attributes of an object or the elements of a map.
func elements(value tftypes.Value) map[string]tftypes.Value {
	return convert[map[string]tftypes.Value](value)
}

// stateAttributes returns the attributes of an object as in a state file.
func stateAttributes(value tftypes.Value) map[string]any {
	attributes, ok := GoValue(value).(map[string]any)
	if !ok {
		panic("the state is not an object")
	}
	return attributes
}

func rawState(attributes map[string]any) *tfprotov6.RawState {
	content, err := json.Marshal(attributes)
	if err != nil {
		panic(err)
	}
	return &tfprotov6.RawState{JSON: content}
}

func encode(value tftypes.Value) *tfprotov6.DynamicValue {
	encoded, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		panic(err)
	}
	return &encoded
}

// Decode returns a value of the protocol. nil becomes null.
func Decode(kind tftypes.Type, value *tfprotov6.DynamicValue) tftypes.Value {
	if value == nil {
		return tftypes.NewValue(kind, nil)
	}
	made, err := value.Unmarshal(kind)
	if err != nil {
		panic(err)
	}
	return made
}

// proposedState returns the new state that Terraform proposes: configured values, and prior values of computed attributes.
func proposedState(schema *tfprotov6.Schema, prior, config tftypes.Value) tftypes.Value {
	values := maps.Clone(elements(config))
	for _, attribute := range schema.Block.Attributes {
		if attribute.Computed && values[attribute.Name].IsNull() && !prior.IsNull() {
			values[attribute.Name] = elements(prior)[attribute.Name]
		}
	}
	return tftypes.NewValue(config.Type(), values)
}

// checkPlan returns the problem of a planned state, or "". A planned value must be the configured one, or the prior one if the
// attribute is configured. Computed attributes that are not configured may have any value.
func checkPlan(schema *tfprotov6.Schema, prior, config, planned tftypes.Value) string {
	if planned.IsNull() {
		return "planned for absence but config wants existence"
	}
	configured, after := elements(config), elements(planned)
	for _, attribute := range schema.Block.Attributes {
		name := attribute.Name
		was := tftypes.NewValue(configured[name].Type(), nil)
		if !prior.IsNull() {
			was = elements(prior)[name]
		}
		switch {
		case after[name].Equal(configured[name]),
			after[name].Equal(was) && !was.IsNull() && !configured[name].IsNull(),
			attribute.Computed && (!attribute.Optional || configured[name].IsNull()):
		default:
			return fmt.Sprintf("%s: planned %v, configured %v, before %v", name, GoValue(after[name]), GoValue(configured[name]), GoValue(was))
		}
	}
	return ""
}

// checkMatch returns where a value differs from the planned one, or "". Unknown parts of the plan match any value.
func checkMatch(planned, actual tftypes.Value, path string) string {
	switch {
	case !planned.IsKnown():
		return ""
	case !actual.IsKnown() || planned.IsNull() != actual.IsNull():
		return fmt.Sprintf("%s: planned %v, and now %v", path, GoValue(planned), GoValue(actual))
	case planned.IsNull() || planned.IsFullyKnown():
		if !planned.Equal(actual) {
			return fmt.Sprintf("%s: planned %v, and now %v", path, GoValue(planned), GoValue(actual))
		}
		return ""
	case planned.Type().Is(tftypes.Object{}), planned.Type().Is(tftypes.Map{}):
		before, after := elements(planned), elements(actual)
		if len(before) != len(after) {
			return fmt.Sprintf("%s: planned %d, and now %d", path, len(before), len(after))
		}
		for key, value := range before {
			now, ok := after[key]
			if !ok {
				return path + "." + key + " is missing"
			}
			if problem := checkMatch(value, now, path+"."+key); problem != "" {
				return problem
			}
		}
		return ""
	}
	before, after := convert[[]tftypes.Value](planned), convert[[]tftypes.Value](actual)
	if len(before) != len(after) {
		return fmt.Sprintf("%s: planned %d, and now %d", path, len(before), len(after))
	}
	if planned.Type().Is(tftypes.Set{}) {
		return "" // Elements of a set cannot be compared one by one.
	}
	for i := range before {
		if problem := checkMatch(before[i], after[i], fmt.Sprintf("%s[%d]", path, i)); problem != "" {
			return problem
		}
	}
	return ""
}

// pathText returns a path as Terraform prints it.
func pathText(path *tftypes.AttributePath) string {
	var text strings.Builder
	for _, step := range path.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			text.WriteString("." + string(step))
		case tftypes.ElementKeyString:
			fmt.Fprintf(&text, "[%q]", string(step))
		default:
			fmt.Fprintf(&text, "[%v]", step)
		}
	}
	return strings.TrimPrefix(text.String(), ".")
}
