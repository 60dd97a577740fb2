package store

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-viper/mapstructure/v2"
)

// Decode reads a driver's configuration into a struct whose fields carry
// `config:"key"` tags; fields that the configuration doesn't name keep their
// values, so that defaults are set before the call. Text is accepted for
// numbers and booleans, because a URL has nothing else; a field that is an
// [encoding.TextUnmarshaler] reads text itself.
//
// A key that the struct does not have is an error that names the key and the
// known ones; a value that doesn't fit is one that names the key, and the value
// when it should have been a number or a boolean: what else there is may be
// secret. Errors wrap [ErrConfig], and leave the struct as it was.
func Decode(config map[string]any, into any) error {
	target := reflect.ValueOf(into).Elem()
	fields := fieldsByKey(target.Type())
	decoded := reflect.New(target.Type()).Elem()
	decoded.Set(target)
	for _, key := range slices.Sorted(maps.Keys(config)) {
		i, ok := fields[key]
		if !ok {
			return fmt.Errorf("%w: unknown key %q; %s", ErrConfig, key, listKeys(fields))
		}
		if err := decodeValue(config[key], decoded.Field(i)); err != nil {
			return fmt.Errorf("%w: key %q: %w", ErrConfig, key, err)
		}
	}
	target.Set(decoded)
	return nil
}

func fieldsByKey(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("config"); key != "" {
			fields[key] = i
		}
	}
	return fields
}

func listKeys(fields map[string]int) string {
	if len(fields) == 0 {
		return `there is no key but "type"`
	}
	return "known keys are " + strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
}

func decodeValue(value any, field reflect.Value) error {
	if value == nil {
		return nil
	}
	_, isText := value.(string)
	if _, reads := field.Addr().Interface().(encoding.TextUnmarshaler); !reads || !isText {
		if err := checkScalar(value, field); err != nil {
			return err
		}
	}
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: field.Addr().Interface(), TagName: "config", WeaklyTypedInput: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			mapstructure.TextUnmarshallerHookFunc(),
			mapstructure.StringToTimeDurationHookFunc(),
		),
	})
	if err != nil {
		return err
	}
	if err := d.Decode(value); err != nil {
		// The decoder's own words speak of a field without a name.
		var inner *mapstructure.DecodeError
		if errors.As(err, &inner) {
			err = inner.Unwrap()
		}
		return err
	}
	if s, ok := field.Interface().(Seconds); ok {
		return s.check()
	}
	return nil
}

// checkScalar refuses what the decoder would cut or convert without a word.
func checkScalar(value any, field reflect.Value) error {
	v := reflect.ValueOf(value)
	switch _, isText := value.(string); {
	case field.Type().PkgPath() == "time" && isText:
		return nil
	case field.Kind() == reflect.Bool:
		if _, err := strconv.ParseBool(fmt.Sprint(value)); err != nil {
			return fmt.Errorf("%#v is not a bool: write true or false", value)
		}
	case field.CanInt():
		if n, ok := whole(v); !ok || field.OverflowInt(n) {
			return fmt.Errorf("%#v is not a whole number in range", value)
		}
	case field.CanUint():
		if n, ok := whole(v); !ok || n < 0 || field.OverflowUint(uint64(n)) {
			return fmt.Errorf("%#v is not a whole number in range, 0 or more", value)
		}
	case field.Kind() == reflect.String:
		if k := v.Kind(); k == reflect.Map || k == reflect.Slice || k == reflect.Struct {
			return fmt.Errorf("it takes text, not a value of type %T", value)
		}
	}
	return nil
}

// whole returns the number that a value stands for, if it is a whole one.
func whole(v reflect.Value) (n int64, ok bool) {
	switch {
	case v.CanInt():
		return v.Int(), true
	case v.CanUint():
		return int64(v.Uint()), v.Uint() <= math.MaxInt64
	case v.CanFloat():
		f := v.Float()
		return int64(f), f == math.Trunc(f) && math.Abs(f) < 1<<53
	case v.Kind() == reflect.String:
		n, err := strconv.ParseInt(v.String(), 0, 64)
		return n, err == nil
	}
	return 0, false
}
