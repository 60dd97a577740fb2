package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/store"
)

type sqlState string

func (s sqlState) Error() string    { return "an error of PostgreSQL" }
func (s sqlState) SQLState() string { return string(s) }

func TestErrorsOfPostgresAreExplained(t *testing.T) {
	t.Parallel()
	p := &serverPool{d: &postgres{}, where: `the PostgreSQL database "tasks" at db:5432`}
	for _, c := range []struct {
		err   error
		is    error
		words string
	}{
		{sqlState("53100"), nil, "disk is full"},
		{sqlState("53200"), nil, "out of memory"},
		{sqlState("53300"), store.ErrUnreachable, "max_connections"},
		{sqlState("57P03"), store.ErrUnreachable, "starting or recovering"},
		{sqlState("08006"), store.ErrUnreachable, "db:5432"},
		{sqlState("28P01"), store.ErrConfig, "user or the password"},
		{sqlState("28000"), store.ErrConfig, "user or the password"},
		{sqlState("3D000"), store.ErrConfig, "create it"},
		{sqlState("42501"), store.ErrConfig, "grant"},
		{sqlState("42P01"), nil, "lost a table"},
		{sqlState("25006"), nil, "primary"},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, store.ErrUnreachable, "db:5432"},
		{fmt.Errorf("connecting: %w", context.DeadlineExceeded), store.ErrUnreachable, "db:5432"},
		{io.ErrUnexpectedEOF, store.ErrUnreachable, "db:5432"},
		{driver.ErrBadConn, store.ErrUnreachable, "db:5432"},
	} {
		got := p.explain(c.err, p.trouble(c.err))
		if !errors.Is(got, c.err) || !strings.Contains(got.Error(), c.words) || !strings.Contains(got.Error(), p.where) {
			t.Errorf("%v becomes %q, want one that wraps it, names the database and says %q", c.err, got, c.words)
		}
		for _, kind := range []error{store.ErrUnreachable, store.ErrConfig} {
			if errors.Is(got, kind) != (kind == c.is) { //nolint:errorlint // these are the sentinels themselves
				t.Errorf("%v: that it is %q is %v", c.err, kind, errors.Is(got, kind))
			}
		}
	}
	for _, err := range []error{sqlState("42601"), store.ErrClosed, errors.New("odd")} {
		if got := p.explain(err, p.trouble(err)); got != err { //nolint:errorlint // it must be the same
			t.Errorf("%v becomes %v", err, got)
		}
	}
	for code, repeated := range map[string]bool{"40001": true, "40P01": true, "23505": false, "": false} {
		if p.trouble(sqlState(code)).repeat != repeated {
			t.Errorf("%q is repeated: %v", code, !repeated)
		}
	}
}
