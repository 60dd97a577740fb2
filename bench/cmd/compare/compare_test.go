package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/bench/measure"
	"github.com/go-asyncz/asyncz/bench/place"
	"github.com/go-asyncz/asyncz/bench/report"
	"github.com/go-asyncz/asyncz/bench/scenario"
	"github.com/go-asyncz/asyncz/bench/system"
)

// The program of the tests does a measurement when it is started for one.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && (os.Args[1] == measureCommand || os.Args[1] == scenario.NodeCommand) {
		if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func compared(t *testing.T, args ...string) (out, progress string, err error) {
	t.Helper()
	var o, p bytes.Buffer
	err = run(t.Context(), append([]string{"-dir", t.TempDir()}, args...), strings.NewReader(""), &o, &p)
	return o.String(), p.String(), err
}

func TestOneCommandMeasuresAndWritesTextJSONAndCharts(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	out, _, err := compared(t, "-scenario", "cron,drain", "-place", "memory,sqlite", "-system", "robfig,asyncz,bare", "-kind", "30 2 * * *,", "-size", "20", "-reps", "2", "-out", dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "results.txt"))
	if err != nil || string(text) != out {
		t.Errorf("the file is not what is printed: %v", err)
	}
	for _, name := range []string{"cron.svg", "drain.svg", "chart.svg"} {
		svg, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Contains(svg, []byte("asyncz")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f, err := os.Open(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := report.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, c := range r.Cases {
		for _, row := range c.Rows {
			rows = append(rows, c.String()+": "+row.System)
			if row.Failed != "" || len(row.Figures[c.Shows]) != 2 {
				t.Errorf("%v, %s: %v %s", c, row.System, row.Figures, row.Failed)
			}
		}
	}
	want := []string{"cron, memory, 30 2 * * *: asyncz", "cron, memory, 30 2 * * *: robfig", "drain, sqlite, 20: bare", "drain, sqlite, 20: asyncz"}
	if !slices.Equal(rows, want) {
		t.Errorf("%q", rows)
	}
	if len(r.Verdicts) == 0 || r.Machine.Cores == 0 || r.Places[place.SQLite]["file system"] == "" || len(r.Systems) != 3 {
		t.Errorf("%+v", r)
	}
}

func TestASystemThatNeedsTooLongIsToldAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	out, progress, err := compared(t, "-scenario", "periodic", "-place", "memory", "-system", "heap", "-kind", "aligned", "-size", "1", "-reps", "3", "-seconds", "3600s", "-timeout", "2s")
	if err != nil || !strings.Contains(out, "not done within 2s") || strings.Count(progress, "not done within 2s") != 1 {
		t.Errorf("%v\n%s\n%s", err, progress, out)
	}
}

func TestAMeasurementThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	s := scenario.Setup{Case: scenario.Case{Scenario: "drain", Place: place.SQLite, Size: 1}, System: "bare", At: place.Place{Kind: place.SQLite, URL: "postgres://x"}}
	if _, err := inProcess(t.Context(), s, ending); err == nil || !strings.Contains(err.Error(), "does not start with sqlite:///") {
		t.Error(err)
	}
}

func TestTheListHasAllThereIs(t *testing.T) {
	t.Parallel()
	out, _, err := compared(t, "-list")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenario.All {
		if !strings.Contains(out, "\n  "+s.Name+" ") {
			t.Errorf("no %s in:\n%s", s.Name, out)
		}
	}
	for _, s := range system.All {
		if !strings.Contains(out, "\n  "+s.Name+" ") {
			t.Errorf("no %s in:\n%s", s.Name, out)
		}
	}
}

func TestFlagsThatAreWrongSayWhatIsAllowed(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`no scenario "x"`:      {"-scenario", "burst,x"},
		`no system "y"`:        {"-system", "y"},
		`no place "z"`:         {"-place", "z"},
		"-reps 0":              {"-reps", "0"},
		"whole seconds":        {"-seconds", "1500ms"},
		`"more"`:               {"more"},
		"no system takes part": {"-scenario", "burst", "-place", "sqlite"},
	} {
		if _, _, err := compared(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// A server that was asked for and is not there must not go unnoticed.
func TestAPlaceThatIsAskedForMustBeThere(t *testing.T) {
	for _, v := range variables {
		t.Setenv(v.name, "")
	}
	if _, _, err := compared(t, "-scenario", "drain", "-place", "redis"); err == nil || !strings.Contains(err.Error(), "ASYNCZ_TEST_REDIS_URL") {
		t.Error(err)
	}
	_, progress, err := compared(t, "-scenario", "cron", "-system", "asyncz", "-kind", "30 2 * * *", "-reps", "1")
	if err != nil || !strings.Contains(progress, "not measured: postgres") {
		t.Errorf("%v\n%s", err, progress)
	}
}

func TestTheCasesOfAPlanKeepTheOrderOfScenarios(t *testing.T) {
	t.Parallel()
	where := []site{{Place: place.Place{Kind: place.Memory}}, {Place: place.Place{Kind: place.RedisAlways}}}
	o := options{scenarios: []string{"drain", "burst"}, size: 5}
	var all []string
	for _, p := range planned(o, where) {
		all = append(all, fmt.Sprint(p.c, " ", p.systems))
	}
	want := []string{
		"burst, memory, 5 [heap asyncz asyncz-nohistory gocron robfig go-quartz]",
		"drain, redis-always, 5 [bare asyncz asyncz-sealed asyncz-nohistory asynq asynq-defaults]",
	}
	if !slices.Equal(all, want) {
		t.Errorf("%q", all)
	}
	if shows := planned(o, where)[0].shows; shows != measure.Seconds {
		t.Errorf("burst shows %s", shows)
	}
}

func TestRunsOfPartsAreJoined(t *testing.T) {
	t.Parallel()
	one, two, both := t.TempDir(), t.TempDir(), t.TempDir()
	for dir, args := range map[string][]string{one: {"-system", "robfig,asyncz"}, two: {"-system", "asyncz,go-quartz"}} {
		if _, _, err := compared(t, append(args, "-scenario", "cron", "-kind", "30 2 * * *", "-reps", "1", "-out", dir)...); err != nil {
			t.Fatal(err)
		}
	}
	out, _, err := compared(t, "-join", one+","+two, "-out", both)
	if err != nil || !strings.Contains(out, "below 1 × robfig") || !strings.Contains(out, "below 1 × go-quartz") {
		t.Errorf("%v\n%s", err, out)
	}
	r, err := read(filepath.Join(both, "results.json"))
	if err != nil || len(r.Cases) != 1 || len(r.Cases[0].Rows) != 3 || len(r.Cases[0].Row("asyncz").Figures[measure.Nanos]) != 2 {
		t.Errorf("%v: %+v", err, r)
	}
	if _, _, err := compared(t, "-join", t.TempDir()); err == nil {
		t.Error("a folder without results was joined")
	}
}

func TestAMeasurementCanBeProfiled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "profiles")
	if _, _, err := compared(t, "-scenario", "cron", "-kind", "30 2 * * *", "-system", "asyncz", "-reps", "1", "-profile", dir); err != nil {
		t.Fatal(err)
	}
	profile, err := os.ReadFile(filepath.Join(dir, "cron-memory-30-2-asyncz-1.pprof"))
	if err != nil || len(profile) == 0 {
		t.Errorf("%d bytes, %v", len(profile), err)
	}
}
