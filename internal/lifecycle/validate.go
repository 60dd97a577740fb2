package lifecycle

import (
	"fmt"
	"strings"
	"time"
)

// Validate returns an error that names the first field that can't be, with its
// value and what is allowed.
func (d *Definition) Validate() error {
	switch {
	case d.Func == "" && d.Local == nil:
		return fmt.Errorf("function: it is empty; name a registered one")
	case d.Trigger == nil:
		return fmt.Errorf("trigger: there is none")
	case d.Executor == "" || strings.HasPrefix(d.Executor, "@"):
		return fmt.Errorf("executor: %q is not an alias", d.Executor)
	case d.MaxInstances < 1 || d.MaxInstances > 1000:
		return fmt.Errorf("max_instances: %d is not from 1 to 1000", d.MaxInstances)
	case d.CatchUp < 1 || d.CatchUp > 1000:
		return fmt.Errorf("catch_up: %d is not from 1 to 1000", d.CatchUp)
	case d.OnLost != Rerun && d.OnLost != Skip:
		return fmt.Errorf("on_lost: %q is neither %q nor %q", d.OnLost, Rerun, Skip)
	case d.Retry.Attempts < 0:
		return fmt.Errorf("retry.attempts: %d is negative", d.Retry.Attempts)
	}
	if err := checkMetadata(d.Metadata); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		d    time.Duration
	}{{"mistrigger_grace_time", d.Grace}, {"timeout", d.Timeout}, {"retry.delay", d.Retry.Delay}, {"retry.max_delay", d.Retry.MaxDelay}} {
		if f.d < 0 {
			return fmt.Errorf("%s: %v is negative", f.name, f.d)
		}
	}
	return nil
}
