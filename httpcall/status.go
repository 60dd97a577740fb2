package httpcall

import (
	"fmt"
	"strconv"
	"strings"
)

// statuses are ranges of status codes, both ends included.
type statuses [][2]int

// parseStatuses reads "200-299,404"; the empty text stands for 200-299.
func parseStatuses(text string) (statuses, error) {
	if text == "" {
		return statuses{{200, 299}}, nil
	}
	var s statuses
	for item := range strings.SplitSeq(text, ",") {
		low, high, ranged := strings.Cut(strings.TrimSpace(item), "-")
		if !ranged {
			high = low
		}
		from, ok := statusCode(low)
		to, ok2 := statusCode(high)
		if !ok || !ok2 || from > to {
			return nil, fmt.Errorf("expect_status is %q; it must be status codes (100 to 599) and ranges of them, such as 200-299,404", text)
		}
		s = append(s, [2]int{from, to})
	}
	return s, nil
}

func statusCode(text string) (int, bool) {
	text = strings.TrimSpace(text)
	n, err := strconv.Atoi(text)
	return n, err == nil && len(text) == 3 && n >= 100 && n <= 599
}

func (s statuses) contain(code int) bool {
	for _, r := range s {
		if r[0] <= code && code <= r[1] {
			return true
		}
	}
	return false
}

// String is the form that parseStatuses reads.
func (s statuses) String() string {
	items := make([]string, len(s))
	for i, r := range s {
		items[i] = strconv.Itoa(r[0])
		if r[1] > r[0] {
			items[i] += "-" + strconv.Itoa(r[1])
		}
	}
	return strings.Join(items, ",")
}
