package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	streamLife = 10 * time.Minute // then the browser asks again, and is again asked who it is
	streamPing = 15               // seconds between signs of life
)

var errNoStream = errors.New("this server can't stream")

// stream tells a page as server-sent events what has changed, at most once a
// second, and with "now" in the query what the last minutes are like.
func (d *Dashboard) stream(w http.ResponseWriter, r *http.Request) error {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // the server's own is for pages; one that can't be set is no obstacle
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would keep the events back
	if err := control.Flush(); err != nil {
		h.Del("X-Accel-Buffering")
		return fmt.Errorf("%w: %w", errNoStream, err)
	}
	fmt.Fprint(w, "retry: 3000\n\n")
	wantsNow := r.URL.Query().Has("now")
	seen := d.pulse.changes()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	end := time.NewTimer(streamLife)
	defer end.Stop()
	for n := 1; ; n++ {
		select {
		case <-r.Context().Done():
			return nil
		case <-d.done:
			return nil
		case <-end.C:
			return nil
		case <-tick.C:
		}
		changes := d.pulse.changes()
		if topics := differ(seen, changes); len(topics) > 0 {
			fmt.Fprintf(w, "event: change\ndata: %s\n\n", strings.Join(topics, " "))
		}
		seen = changes
		if wantsNow {
			body, err := json.Marshal(d.nowText(r))
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "event: now\ndata: %s\n\n", body)
		}
		if n%streamPing == 0 {
			fmt.Fprint(w, ": alive\n\n")
		}
		if control.Flush() != nil {
			return nil // the browser has gone away
		}
	}
}

// differ returns the topics of which something has changed, in order.
func differ(before, after map[string]uint64) []string {
	var topics []string
	for k, n := range after {
		if before[k] != n {
			topics = append(topics, k)
		}
	}
	slices.Sort(topics)
	return topics
}
