package codec

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// number returns the value of a JSON number: int64, uint64 or *big.Int when it
// is written without fraction and exponent, and float64 otherwise. A number that
// no float64 is read back as is refused: rounding it would change a value that
// its owner wrote.
func number(literal string) (any, error) {
	if strings.ContainsAny(literal, ".eE") {
		return decimal(literal)
	}
	if literal == "-0" {
		return math.Copysign(0, -1), nil // no integer has this sign
	}
	if i, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return i, nil
	}
	if u, err := strconv.ParseUint(literal, 10, 64); err == nil {
		return u, nil
	}
	if digits := len(strings.TrimPrefix(literal, "-")); digits > MaxDigits {
		return nil, fmt.Errorf("an integer has %d digits; at most %d are allowed", digits, MaxDigits)
	}
	n, ok := new(big.Int).SetString(literal, 10)
	if !ok {
		return nil, fmt.Errorf("the number %.40s is not a number", literal)
	}
	return n, nil
}

func decimal(literal string) (any, error) {
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil || !sameDecimal(literal, strconv.FormatFloat(f, 'e', -1, 64)) {
		return nil, fmt.Errorf("the number %.40s does not fit into a float64; write it as text, or use codec json", literal)
	}
	return f, nil
}

// sameDecimal tells whether two decimal literals are the same number. Zeros are
// alike whatever their exponent.
func sameDecimal(a, b string) bool {
	digitsA, expA, okA := normalize(a)
	digitsB, expB, okB := normalize(b)
	return okA && okB && digitsA == digitsB && expA == expB
}

// normalize returns the digits of a literal without the zeros at either end, with
// its sign, and the power of ten of the last of them.
func normalize(literal string) (digits string, exp int, ok bool) {
	sign := ""
	if strings.HasPrefix(literal, "-") {
		sign, literal = "-", literal[1:]
	}
	mantissa, power := literal, ""
	if i := strings.IndexAny(literal, "eE"); i >= 0 {
		mantissa, power = literal[:i], literal[i+1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all := strings.TrimLeft(whole+fraction, "0")
	if all == "" {
		return sign, 0, true
	}
	if power != "" {
		n, err := strconv.Atoi(power)
		if err != nil {
			return "", 0, false
		}
		exp = n
	}
	digits = strings.TrimRight(all, "0")
	return sign + digits, exp - len(fraction) + len(all) - len(digits), true
}
