package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"

	ogórek "github.com/kisielk/og-rek"
)

// render writes a decoded tree as a JSON object. It refuses all that no document
// of ours decodes to.
func render(tree any) ([]byte, error) {
	doc, err := plain(tree, 0)
	if err != nil {
		return nil, err
	}
	if _, ok := doc.(map[string]any); !ok {
		return nil, errors.New("it is not a dictionary")
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// plain makes of a decoded value what package json writes, and is inside depth
// objects and arrays.
func plain(v any, depth int) (any, error) {
	switch v := v.(type) {
	case nil, bool, int64, uint64:
		return v, nil
	case ogórek.None:
		return nil, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("the number %v has no form in JSON", v)
		}
		return v, nil
	case *big.Int:
		return integer(v)
	case string:
		return v, text(v)
	case []any:
		return list(v, depth+1)
	case ogórek.Tuple:
		return list(v, depth+1)
	case map[string]any:
		return object(v, depth+1)
	case map[any]any:
		return dict(v, depth+1)
	}
	return nil, fmt.Errorf("a value of type %T is no plain data", v)
}

// tooLong is the first integer with more than MaxDigits digits.
var tooLong = new(big.Int).Exp(big.NewInt(10), big.NewInt(MaxDigits), nil)

func integer(n *big.Int) (any, error) {
	if n.CmpAbs(tooLong) >= 0 {
		return nil, fmt.Errorf("an integer has more than %d digits", MaxDigits)
	}
	return n, nil
}

func text(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("a text is not UTF-8")
	}
	return nil
}

func list(values []any, depth int) (any, error) {
	if depth > MaxDepth {
		return nil, errDeep
	}
	out := make([]any, len(values))
	for i, v := range values {
		done, err := plain(v, depth)
		if err != nil {
			return nil, err
		}
		out[i] = done
	}
	return out, nil
}

func object(fields map[string]any, depth int) (any, error) {
	if depth > MaxDepth {
		return nil, errDeep
	}
	for key, v := range fields {
		if err := text(key); err != nil {
			return nil, err
		}
		done, err := plain(v, depth)
		if err != nil {
			return nil, err
		}
		fields[key] = done
	}
	return fields, nil
}

func dict(pairs map[any]any, depth int) (any, error) {
	fields := make(map[string]any, len(pairs))
	for key, v := range pairs {
		name, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("a dictionary has a key of type %T; keys are text", key)
		}
		fields[name] = v
	}
	return object(fields, depth)
}
