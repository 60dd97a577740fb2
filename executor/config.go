package executor

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-viper/mapstructure/v2"
)

// Decode reads an executor's configuration into a struct whose fields carry
// `config:"key"` tags; fields that the configuration doesn't name keep their
// values, so that defaults are set before the call. Text is accepted for numbers
// and booleans. A key that the struct does not have is an error that names the
// key and the known ones. Errors wrap [ErrConfig].
func Decode(config map[string]any, into any) error {
	known := keys(into)
	for key := range config {
		if !slices.Contains(known, key) {
			return fmt.Errorf("%w: unknown key %q; %s", ErrConfig, key, listed(known))
		}
	}
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: into, TagName: "config", WeaklyTypedInput: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			mapstructure.StringToTimeDurationHookFunc(), wholeNumbers,
		),
		MatchName: func(key, field string) bool { return key == field },
	})
	if err != nil {
		return err
	}
	if err := d.Decode(config); err != nil {
		return fmt.Errorf("%w: %s", ErrConfig, sentence(err))
	}
	return nil
}

// sentence brings the decoder's errors, one a line and with a heading, into a line.
func sentence(err error) string {
	var all interface{ Unwrap() []error }
	if !errors.As(err, &all) {
		return err.Error()
	}
	var parts []string
	for _, err := range all.Unwrap() {
		var field *mapstructure.DecodeError
		if errors.As(err, &field) {
			parts = append(parts, fmt.Sprintf("%s: %v", field.Name(), field.Unwrap()))
		} else {
			parts = append(parts, err.Error())
		}
	}
	return strings.Join(parts, "; ")
}

// wholeNumbers refuses what would be cut or converted without a word.
func wholeNumbers(from, to reflect.Value) (any, error) {
	v := from.Interface()
	if !to.CanInt() && !to.CanUint() {
		return v, nil
	}
	whole := true
	switch v := v.(type) {
	case float64:
		whole = v == math.Trunc(v) && math.Abs(v) < 1<<53
	case string:
		_, err := strconv.ParseInt(v, 10, 64)
		whole = err == nil
	case bool:
		whole = false
	}
	if !whole {
		return nil, fmt.Errorf("%#v is not a whole number", v)
	}
	return v, nil
}

func keys(into any) []string {
	t := reflect.TypeOf(into).Elem()
	var names []string
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("config"); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func listed(known []string) string {
	if len(known) == 0 {
		return `the only key is "type"`
	}
	return "known keys are " + strings.Join(known, ", ")
}
