package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz/trigger"
)

func (a *app) previewCommand() *cobra.Command {
	var w when
	var from string
	var count int
	var out output
	cmd := &cobra.Command{
		Use: "preview", Short: "Show when a trigger fires; no store is needed", Args: none,
		Example: `  asyncz preview --cron '30 2 * * *' --timezone America/New_York --from 2026-03-07T00:00:00 --count 3
  asyncz preview --trigger '{"type":"interval","minutes":5}' --json`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if count < 1 || count > 10000 {
			return usagef("--count: %d is not from 1 to 10000", count)
		}
		now := time.Now()
		t, err := w.parse(cmd.Flags(), now)
		if err != nil {
			return err
		}
		if t == nil {
			return usagef("which trigger? give %s", oneTrigger)
		}
		zone, err := w.shownIn()
		if err != nil {
			return err
		}
		start := now
		if from != "" {
			if start, err = parseTime("--from", from, zone, now); err != nil {
				return err
			}
		}
		return printFires(cmd, t, trigger.Preview(t, start, count), zone, &out)
	}
	w.flags(cmd.Flags())
	cmd.Flags().StringVar(&from, "from", "", "begin at this `time`; else now")
	cmd.Flags().IntVar(&count, "count", 10, "show so many `fires`")
	outputFlags(cmd, &out)
	return cmd
}

// shownIn is the zone of the trigger if it says one, else the local one.
func (w *when) shownIn() (*time.Location, error) {
	var form struct {
		Timezone string `json:"timezone"`
	}
	if w.timezone == "" && json.Unmarshal([]byte(w.json), &form) == nil && form.Timezone != "" {
		return time.LoadLocation(form.Timezone)
	}
	return w.zone()
}

func printFires(cmd *cobra.Command, t trigger.Trigger, all []time.Time, zone *time.Location, out *output) error {
	for i := range all {
		all[i] = all[i].In(zone)
	}
	if out.isData() {
		return out.print(cmd, struct {
			Trigger     trigger.Trigger `json:"trigger"`
			Description string          `json:"description"`
			Fires       []time.Time     `json:"fires"`
		}{t, t.String(), append([]time.Time{}, all...)})
	}
	w := cmd.OutOrStdout()
	fmt.Fprintln(w, t.String())
	for _, at := range all {
		if _, err := fmt.Fprintln(w, at.Format("Mon 2006-01-02 15:04:05 -07:00 MST")); err != nil {
			return err
		}
	}
	if len(all) == 0 && t.Type() != "shutdown" {
		fmt.Fprintln(w, "no fires")
	}
	return nil
}
