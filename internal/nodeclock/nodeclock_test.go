package nodeclock_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asyncz/asyncz/internal/nodeclock"
)

func TestAShiftedClockIsWrongByThatMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer nodeclock.Shift(0)
		right := time.Now()
		if got := nodeclock.Now(); got != right {
			t.Errorf("unshifted: %v, want %v, monotonic part included", got, right)
		}
		nodeclock.Shift(-90 * time.Second)
		got := nodeclock.Now()
		if want := right.Add(-90 * time.Second).Round(0); got != want {
			t.Errorf("shifted: %v, want %v and no monotonic part", got, want)
		}
		// A difference that came from monotonic parts would not show the shift.
		if d := right.Sub(got); d != 90*time.Second {
			t.Errorf("the shift shows as %v", d)
		}
		nodeclock.Shift(0)
		if got := nodeclock.Now(); got != right {
			t.Errorf("set right: %v, want %v", got, right)
		}
	})
}
