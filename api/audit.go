package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-asyncz/asyncz"
)

// via says in the audit by what somebody did something.
const via = "api"

// auditTime is how long it may take to write down what was done; the request may
// have ended meanwhile.
const auditTime = 5 * time.Second

// A deed is what somebody did, or tried to do.
type deed struct{ action, store, task, detail string }

// audit writes down what was done, also when it failed.
func (s *Server) audit(ctx context.Context, d deed, failure error) {
	e := asyncz.AuditEntry{Who: caller(ctx).Name, Via: via, Action: d.action, Store: d.store, Task: d.task, Detail: d.detail}
	e.From, _ = ctx.Value(addressKey{}).(string)
	if failure != nil {
		e.Error = failure.Error()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTime)
	defer cancel()
	if err := s.scheduler.WriteAudit(ctx, e); err != nil {
		s.settings.logger.Error("what was done can't be put into the audit", "who", e.Who, "action", d.action, "store", d.store, "task", d.task, "error", err)
	}
}

// actions are what the audit calls the operations that write.
var actions = map[string]string{
	"create-task": "task.add", "replace-task": "task.replace", "update-task": "task.update", "remove-task": "task.remove",
	"run-task": "task.run", "pause-task": "task.pause", "resume-task": "task.resume",
	"pause-scheduler": "scheduler.pause", "resume-scheduler": "scheduler.resume",
}

// refused writes down that somebody with a token tried what it is not for.
func (s *Server) refused(r *http.Request, c Caller, op *huma.Operation, p error) {
	ctx := context.WithValue(r.Context(), callerKey{}, c)
	s.audit(ctx, deed{action: actions[op.OperationID], store: r.URL.Query().Get("store"), task: r.PathValue("id")}, p)
}
