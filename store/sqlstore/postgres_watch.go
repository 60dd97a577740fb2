package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"reflect"
)

// channelName is the channel on which the users of a table tell each other of
// it: a name of PostgreSQL has 63 bytes at most.
func channelName(schema, table string) string {
	sum := sha256.Sum256([]byte(schema + "." + table))
	return "asyncz_" + hex.EncodeToString(sum[:8])
}

// listens tells whether the driver is pgx.
func (d *postgres) listens(c *sql.Conn) bool {
	ok := false
	_ = c.Raw(func(driverConn any) error {
		_, ok = waiter(driverConn)
		return nil
	})
	return ok
}

// listen waits for notifications on the channel.
func (d *postgres) listen(ctx context.Context, c *sql.Conn, wake func()) error {
	if err := exec(ctx, c, `LISTEN `+d.channel); err != nil {
		return err
	}
	wake() // for what was written before it listened
	return c.Raw(func(driverConn any) error {
		wait, ok := waiter(driverConn)
		if !ok {
			return errors.New("this driver can't wait for notifications")
		}
		for {
			payload, err := wait(ctx)
			if err != nil {
				return err
			}
			if payload != d.self {
				wake()
			}
		}
	})
}

// waiter finds what waits for a notification on a connection of pgx's driver
// for database/sql, and returns its payload. The types in that method's
// signature are pgx's own, which this package does not import: so it is found by
// its name.
func waiter(driverConn any) (wait func(ctx context.Context) (payload string, err error), ok bool) {
	if echo, is := driverConn.(*echoConn); is {
		driverConn = echo.Conn
	}
	outer := reflect.ValueOf(driverConn).MethodByName("Conn")
	if !outer.IsValid() || outer.Type().NumIn() != 0 || outer.Type().NumOut() != 1 {
		return nil, false
	}
	inner := outer.Call(nil)[0].MethodByName("WaitForNotification")
	if !inner.IsValid() || inner.Type().NumIn() != 1 || inner.Type().NumOut() != 2 {
		return nil, false
	}
	return func(ctx context.Context) (string, error) {
		out := inner.Call([]reflect.Value{reflect.ValueOf(ctx)})
		if err, _ := out[1].Interface().(error); err != nil {
			return "", err
		}
		return out[0].Elem().FieldByName("Payload").String(), nil
	}, true
}
