package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

var errDeep = fmt.Errorf("objects and arrays are nested deeper than %d", MaxDepth)

// parse reads a JSON object into maps, slices, strings, booleans, nils and the
// number types that [number] gives.
func parse(doc []byte) (map[string]any, error) {
	if len(doc) > MaxSize {
		return nil, tooLarge(len(doc))
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it is not JSON: there is more after the object")
	}
	object, ok := tree.(map[string]any)
	if !ok {
		return nil, errors.New("it is not a JSON object")
	}
	if err := fixObject(object, 1); err != nil {
		return nil, err
	}
	return object, nil
}

func fixObject(object map[string]any, depth int) error {
	if depth > MaxDepth {
		return errDeep
	}
	for key, v := range object {
		fixed, err := fix(v, depth)
		if err != nil {
			return err
		}
		object[key] = fixed
	}
	return nil
}

// fix replaces the numbers in v, which is inside depth objects and arrays.
func fix(v any, depth int) (any, error) {
	switch v := v.(type) {
	case json.Number:
		return number(string(v))
	case map[string]any:
		return v, fixObject(v, depth+1)
	case []any:
		if depth+1 > MaxDepth {
			return nil, errDeep
		}
		for i := range v {
			fixed, err := fix(v[i], depth+1)
			if err != nil {
				return nil, err
			}
			v[i] = fixed
		}
	}
	return v, nil
}
