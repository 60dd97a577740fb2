package store

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
)

// Decode reads a driver's configuration into a struct whose fields carry
// `config:"key"` tags; fields that the configuration doesn't name keep their
// values, so that defaults are set before the call. Text is accepted for
// numbers and booleans, because a URL has nothing else. A key that the struct
// does not have is an error that names the key and the known ones.
func Decode(config map[string]any, into any) error {
	keys := fields(into)
	for key := range config {
		if !slices.Contains(keys, key) {
			return fmt.Errorf("%w: unknown key %q; known keys are %s", ErrConfig, key, strings.Join(keys, ", "))
		}
	}
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: into, TagName: "config", WeaklyTypedInput: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			mapstructure.TextUnmarshallerHookFunc(),
			mapstructure.StringToTimeDurationHookFunc(),
		),
		MatchName: func(key, field string) bool { return key == field },
	})
	if err != nil {
		return err
	}
	if err := d.Decode(config); err != nil {
		return errors.Join(ErrConfig, err)
	}
	return nil
}

func fields(into any) []string {
	t := reflect.TypeOf(into).Elem()
	var keys []string
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("config"); key != "" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
