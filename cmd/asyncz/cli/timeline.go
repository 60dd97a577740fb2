package cli

import (
	"cmp"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

func (a *app) timelineCommand() *cobra.Command {
	var f asyncz.Filter
	var ahead string
	var lanes int
	var out output
	cmd := &cobra.Command{
		Use: "timeline [ID...]", Short: "Draw what fires in the next hours", ValidArgsFunction: a.completeTasks(mostCompletions),
		Long: `Draw when the tasks fire in the next hours, as their triggers stand: a lane a task, in
which the height tells how many fires there are in the time of a column. The tasks that
fire first have lanes of their own, and all others share one.

A task that fires very often is counted for a while and then taken to go on like that;
its number has a ~.`,
		Example: `  asyncz timeline
  asyncz timeline backup report --for 7d
  asyncz timeline --executor slow --json`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		length, err := parseDuration("--for", ahead)
		switch {
		case err != nil:
			return err
		case length < time.Minute || length > maxAhead:
			return usagef("--for: %s is not from 1m to %s", ahead, span(maxAhead))
		case lanes < 0:
			return usagef("--lanes: %d is negative", lanes)
		}
		s, where, err := a.openFor(cmd, f.Store, asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		tasks, err := s.named(cmd.Context(), args, f, where)
		if err != nil {
			return err
		}
		width := cmp.Or(terminalWidth(cmd.OutOrStdout()), plainWidth)
		t := newTimeline(time.Now(), length, laneWidth(width))
		t.add(tasks, lanes)
		if out.isData() {
			return out.print(cmd, t)
		}
		return printStyled(cmd.OutOrStdout(), t.draw(width, len(s.places) > 1))
	}
	fs := cmd.Flags()
	fs.StringVar(&ahead, "for", "6h", "look so far ahead: a `duration`")
	fs.IntVar(&lanes, "lanes", 20, "draw `n` tasks by themselves; 0 means all")
	fs.StringVar(&f.Executor, "executor", "", "only tasks of the executor with this `alias`")
	fs.StringVar(&f.Trigger, "trigger", "", "only tasks with this `type` of trigger: cron, interval, date, …")
	fs.StringVar(&f.Text, "text", "", "only tasks with this `text` in their id, name, function, arguments or trigger")
	fs.StringVar(&f.Store, "in", "", "only tasks of the store with this `alias`")
	a.completeStores(cmd, "in")
	outputFlags(cmd, &out)
	return cmd
}

const (
	maxAhead  = 366 * 24 * time.Hour
	mostFires = 5000    // of one task that are counted one by one
	allFires  = 2000000 // of all tasks
)

// A timeline is what fires between two times, in columns of equal length.
type timeline struct {
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Step   float64   `json:"step"` // seconds
	Tasks  int       `json:"tasks"`
	Lanes  []*lane   `json:"lanes"`
	Others *lane     `json:"others"` // nil: each task has a lane

	step time.Duration
}

// A lane is what one task has in a timeline, or all others together.
type lane struct {
	Task    string    `json:"task,omitempty"`
	Store   string    `json:"store,omitempty"`
	Name    string    `json:"name,omitempty"`
	Trigger string    `json:"trigger,omitempty"`
	Tasks   int       `json:"tasks"`
	Fires   int       `json:"fires"`
	About   bool      `json:"about"` // Fires and Counts are not exact
	First   time.Time `json:"first_fire"`
	Counts  []int     `json:"counts"` // by column
}

func newTimeline(now time.Time, length time.Duration, columns int) *timeline {
	t := &timeline{From: now, Until: now.Add(length), Lanes: []*lane{}, step: length / time.Duration(columns)}
	t.Step = t.step.Seconds()
	return t
}

func (t *timeline) columns() int { return int(t.Until.Sub(t.From) / t.step) }

// add puts tasks in: so many in lanes of their own, or all when it is 0.
func (t *timeline) add(tasks []asyncz.Task, own int) {
	var all []*lane
	for i, task := range tasks {
		most := max(1, min(mostFires, (allFires-t.counted(all))/(len(tasks)-i)))
		if l := t.lane(task, most); l != nil {
			all = append(all, l)
		}
	}
	t.Tasks = len(all)
	slices.SortStableFunc(all, func(a, b *lane) int { return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Task, b.Task)) })
	if own == 0 || own >= len(all) {
		t.Lanes = append(t.Lanes, all...)
		return
	}
	t.Lanes = append(t.Lanes, all[:own]...)
	t.Others = &lane{First: all[own].First, Counts: make([]int, t.columns())}
	for _, l := range all[own:] {
		t.Others.join(l)
	}
}

func (t *timeline) counted(all []*lane) (n int) {
	for _, l := range all {
		n += min(l.Fires, mostFires)
	}
	return n
}

// lane counts the fires of a task; nil when there are none. Of more than most
// fires it takes the rest to follow at the same pace.
func (t *timeline) lane(task asyncz.Task, most int) *lane {
	fires := task.NextFires(most+1, t.From)
	l := &lane{Task: task.ID, Store: task.Store, Name: task.Name, Tasks: 1, Counts: make([]int, t.columns())}
	for _, at := range fires[:min(len(fires), most)] {
		if !at.Before(t.Until) {
			break
		}
		l.count(t, at, 1)
	}
	if l.Fires == 0 {
		return nil
	}
	l.First, l.Trigger = fires[0], task.Trigger.String()
	if last := fires[len(fires)-1]; len(fires) > most && last.Before(t.Until) {
		l.About = true
		pace := max(last.Sub(l.First)/time.Duration(most), 1)
		for i := range l.Counts {
			begin, end := t.From.Add(time.Duration(i)*t.step), t.From.Add(time.Duration(i+1)*t.step)
			if begin.Before(last) {
				begin = last
			}
			if end.After(begin) {
				l.count(t, begin, int(end.Sub(begin)/pace))
			}
		}
	}
	return l
}

// count adds n fires at a time. What is due already stands at the beginning.
func (l *lane) count(t *timeline, at time.Time, n int) {
	i := min(max(int(at.Sub(t.From)/t.step), 0), len(l.Counts)-1)
	l.Counts[i] += n
	l.Fires += n
}

// join adds what another lane has.
func (l *lane) join(other *lane) {
	l.Tasks++
	l.Fires += other.Fires
	l.About = l.About || other.About
	for i, n := range other.Counts {
		l.Counts[i] += n
	}
}
