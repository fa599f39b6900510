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

// unknown is a value that will be known only after apply.
const Unknown = unknownValue("known after apply")

type unknownValue string

// A laterValue is unknown in a plan, and known in its apply.
type unknownUntilApply struct{ value any }

// knownLater returns a value that is unknown in each plan, and known in its apply.
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
func KnownValues(attributes map[string]any) map[string]any { return evaluated(attributes, true) }

// evaluated returns attributes, or a value in them, as they are in a plan or an apply.
func evaluated[T any](from T, applying bool) T {
	return evaluate(from, applying).(T)
}

func evaluate(from any, applying bool) any {
	switch from := from.(type) {
	case unknownUntilApply:
		if applying {
			return from.value
		}
		return Unknown
	case []any:
		all := slices.Clone(from)
		for i, element := range all {
			all[i] = evaluate(element, applying)
		}
		return all
	case map[string]any:
		all := maps.Clone(from)
		for key, element := range all {
			all[key] = evaluate(element, applying)
		}
		return all
	}
	return from
}

// valueOf makes a value of Terraform's from one of Go's: nil, unknown, a text, a number, a truth, a list or a map of such.
// What a map leaves out of an object is null.
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
		return tftypes.NewValue(kind, fmt.Sprint(from)) // Terraform makes a text of a number.
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

// plain is valueOf the other way round: lists are []any, and maps and objects are map[string]any.
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

// attributesOf returns what is in an object or a map.
func elements(value tftypes.Value) map[string]tftypes.Value {
	return convert[map[string]tftypes.Value](value)
}

// inState returns the attributes of an object as a state file has them.
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

// proposed is the new state that Terraform proposes: what is configured, and what is computed as it was.
func proposedState(schema *tfprotov6.Schema, prior, config tftypes.Value) tftypes.Value {
	values := maps.Clone(elements(config))
	for _, attribute := range schema.Block.Attributes {
		if attribute.Computed && values[attribute.Name].IsNull() && !prior.IsNull() {
			values[attribute.Name] = elements(prior)[attribute.Name]
		}
	}
	return tftypes.NewValue(config.Type(), values)
}

// invalid says what a provider must not have planned: anything but what is configured, or what was there and means the
// same. What is computed and not configured is its own business.
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

// incompatible says where a value is not what was planned, which may be unknown in part.
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
				return path + "." + key + " has vanished"
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
		return "" // What is unknown in a set cannot be told from the rest.
	}
	for i := range before {
		if problem := checkMatch(before[i], after[i], fmt.Sprintf("%s[%d]", path, i)); problem != "" {
			return problem
		}
	}
	return ""
}

// pathText writes a path as people do.
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
