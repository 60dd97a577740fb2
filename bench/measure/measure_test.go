package measure_test

import (
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/bench/measure"
)

func TestASampleHasAMedianAndASpread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sample              measure.Sample
		median, least, most float64
	}{
		{measure.Sample{7}, 7, 7, 7},
		{measure.Sample{9, 1, 5}, 5, 1, 9},
		{measure.Sample{4, 1, 3, 100}, 3.5, 1, 100},
		{measure.Sample{2, 2, 2, -8, 2}, 2, -8, 2},
	} {
		before := slices.Clone(c.sample)
		if m, l, h := c.sample.Median(), c.sample.Least(), c.sample.Most(); m != c.median || l != c.least || h != c.most {
			t.Errorf("%v: %v (%v–%v)", c.sample, m, l, h)
		}
		if !slices.Equal(before, c.sample) {
			t.Errorf("%v has become %v", before, c.sample)
		}
	}
	var none measure.Sample
	if !math.IsNaN(none.Median()) || !math.IsNaN(none.Least()) || !math.IsNaN(none.Most()) {
		t.Error("nothing has a median")
	}
}

func TestAQuantileIsAValueThatWasMeasured(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100) // 100 ms down to 1 ms
	for i := range hundred {
		hundred[i] = time.Duration(100-i) * time.Millisecond
	}
	two := []time.Duration{3 * time.Millisecond, time.Millisecond}
	for _, c := range []struct {
		all  []time.Duration
		q    float64
		want float64
	}{
		{hundred, 0.5, 50}, {hundred, 0.99, 99}, {hundred, 1, 100}, {hundred, 0, 1}, {two, 0.5, 1}, {two, 0.99, 3}, {two[:1], 0.5, 1},
	} {
		if got := measure.Quantile(c.all, c.q); got != c.want {
			t.Errorf("the quantile %v of %d: %v ms, not %v", c.q, len(c.all), got, c.want)
		}
	}
	if !math.IsNaN(measure.Quantile(nil, 0.5)) {
		t.Error("nothing has a quantile")
	}
}

func TestSystemsTakeTurnsAndEachBeginsOnce(t *testing.T) {
	t.Parallel()
	want := []measure.Turn{{0, "a"}, {0, "b"}, {0, "c"}, {1, "b"}, {1, "c"}, {1, "a"}, {2, "c"}, {2, "a"}, {2, "b"}, {3, "a"}, {3, "b"}, {3, "c"}}
	if got := measure.Interleave([]string{"a", "b", "c"}, 4); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestAWatchSeesWhatTheProcessUses(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: memory is known on Linux alone")
	}
	w, f := measure.StartWatch(), measure.Figures{}
	for began, x := time.Now(), 0; time.Since(began) < 50*time.Millisecond; x++ { // work
	}
	w.Note(f)
	if f[measure.CPU] <= 0 || f[measure.CPU] > 1000*float64(runtime.NumCPU()) {
		t.Errorf("%v %% of a core", f[measure.CPU])
	}
	if f[measure.Peak] < 1 || f[measure.Peak] > 1<<20 {
		t.Errorf("%v MiB", f[measure.Peak])
	}
}

func TestFiguresHaveNamesInTheOrder(t *testing.T) {
	t.Parallel()
	f := measure.Figures{}
	f.Rate(100, 4*time.Second)
	f.Late([]time.Duration{time.Millisecond, 2 * time.Millisecond})
	if f[measure.PerSecond] != 25 || f[measure.Seconds] != 4 || f[measure.P50] != 1 || f[measure.Max] != 2 {
		t.Errorf("%v", f)
	}
	for name := range f {
		if !slices.Contains(measure.Names, name) {
			t.Errorf("%s would not be shown", name)
		}
	}
}
