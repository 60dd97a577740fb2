package journal

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"
)

func TestHowARunBeganAndEndedIsKeptOfAnEndlessOne(t *testing.T) {
	t.Parallel()
	var j Journal
	total := 0
	for i := range 100_000 {
		n, err := fmt.Fprintf(&j, "line %d\n", i)
		if err != nil {
			t.Fatal(err)
		}
		total += n
		if i%10 == 0 {
			j.Log(Line{Message: fmt.Sprint("log ", i)})
			total += len(fmt.Sprint("log ", i)) + 32
		}
	}
	got := j.Said()
	if !strings.HasPrefix(got.Output, "line 0\nline 1\n") || !strings.HasSuffix(got.Output, "line 99999\n") || !strings.Contains(got.Output, "left out here") {
		t.Errorf("%d bytes: %.40q … %q", len(got.Output), got.Output, got.Output[max(0, len(got.Output)-40):])
	}
	first, last := got.Lines[0].Message, got.Lines[len(got.Lines)-1].Message
	if first != "log 0" || last != "log 99990" {
		t.Errorf("the log is from %q to %q", first, last)
	}
	kept := len(got.Output) - len("\n… some of the output was left out here …\n")
	for _, l := range got.Lines {
		kept += l.size()
	}
	if kept > most || kept < most-2*piece || kept+got.Cut != total {
		t.Errorf("%d bytes kept and %d cut of %d; %d may be kept", kept, got.Cut, total, most)
	}
}

func TestOneHugeLineLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	var j Journal
	j.Log(Line{Message: "before"})
	j.Log(Line{Message: strings.Repeat("x", 1<<20), Attrs: strings.Repeat("y", 1<<20)})
	j.Log(Line{Message: "after"})
	got := j.Said()
	if len(got.Lines) != 3 || got.Lines[0].Message != "before" || len(got.Lines[1].Message) > piece || got.Lines[2].Message != "after" {
		t.Errorf("%d lines", len(got.Lines))
	}
}

func TestBytesThatAreNoTextStayReadable(t *testing.T) {
	t.Parallel()
	var j Journal
	_, _ = j.Write([]byte("a\xff\xfeb"))
	if got := j.Said().Output; got != "a\uFFFDb" {
		t.Errorf("%q", got)
	}
}

func TestTheJournalHasTheLogWhateverTheLoggerShows(t *testing.T) {
	t.Parallel()
	var j Journal
	var shown strings.Builder
	next := slog.NewTextHandler(&shown, &slog.HandlerOptions{Level: slog.LevelError})
	log := slog.New(NewHandler(next.WithAttrs([]slog.Attr{slog.String("task", "t")}), &j))
	log.Debug("too fine")
	log.With("a", 1).WithGroup("g").Info("hello", "b", "two words", "time", time.Duration(5))
	log.Error("bad")
	got := j.Said().Lines
	if len(got) != 2 || got[0].Message != "hello" || got[0].Attrs != `a=1 g.b="two words" g.time=5ns` || got[1].Level != slog.LevelError || got[1].Attrs != "" {
		t.Errorf("%+v", got)
	}
	if text := shown.String(); !strings.Contains(text, "bad task=t") || strings.Contains(text, "hello") {
		t.Errorf("shown: %s", text)
	}
}

func TestTheHandlerIsAProperOne(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	var j Journal
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		out.Reset()
		return NewHandler(slog.NewTextHandler(&out, nil), &j)
	}, func(t *testing.T) map[string]any { return parse(out.String()) })
}

// parse reads what a text handler wrote.
func parse(text string) map[string]any {
	m := map[string]any{}
	for _, field := range strings.Fields(text) {
		path, value, _ := strings.Cut(field, "=")
		at := m
		keys := strings.Split(path, ".")
		for _, k := range keys[:len(keys)-1] {
			if at[k] == nil {
				at[k] = map[string]any{}
			}
			at = at[k].(map[string]any)
		}
		at[keys[len(keys)-1]] = strings.Trim(value, `"`)
	}
	return m
}

func TestManyMayWriteWhileOthersRead(t *testing.T) {
	t.Parallel()
	var j Journal
	log := slog.New(NewHandler(slog.DiscardHandler, &j))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 100 {
				log.Info("x", "i", i)
				_, _ = j.Write([]byte("y"))
				_ = j.Said()
			}
		})
	}
	wg.Wait()
	got := j.Said()
	if len(got.Lines) != 400 || len(got.Output) != 400 {
		t.Errorf("%d lines and %d bytes", len(got.Lines), len(got.Output))
	}
}
