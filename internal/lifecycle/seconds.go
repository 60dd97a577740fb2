package lifecycle

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Seconds is a duration that is written as a number of seconds. It is read from
// such a number or from a text like "1m30s".
type Seconds time.Duration

// MarshalJSON writes the number, with as many decimals as it needs.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(s).Seconds())
}

// UnmarshalJSON reads a number of seconds or a duration text.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		*s = 0
	case float64:
		if math.Abs(v) > math.MaxInt64/float64(time.Second) {
			return fmt.Errorf("%v seconds are too many", v)
		}
		*s = Seconds(math.Round(v * float64(time.Second)))
	case string:
		d, err := time.ParseDuration(v)
		if err != nil {
			return fmt.Errorf("%q is not a duration; write a number of seconds or a text such as 1m30s", v)
		}
		*s = Seconds(d)
	default:
		return fmt.Errorf("%s is not a duration; write a number of seconds or a text such as 1m30s", b)
	}
	return nil
}
