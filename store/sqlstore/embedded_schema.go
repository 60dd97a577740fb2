package sqlstore

import (
	"context"
	"database/sql"
	"errors"
)

// prepare makes sure that the table is there and ours, and returns its name as
// the database spells it. What is not ours is not touched: not even the
// journal's mode, which is a byte in the file.
func (p *pool) prepare(ctx context.Context, table string) (string, error) {
	var found inspection
	err := p.read(ctx, func(ctx context.Context, c *sql.Conn) (err error) {
		if found, err = p.look(ctx, c, table); err != nil {
			return err
		}
		if err := p.judge(ctx, found, table); err != nil || p.ready == nil {
			return err
		}
		return p.ready(ctx, c)
	})
	if err != nil || found.whole() {
		return found.table, err
	}
	err = p.write(ctx, func(ctx context.Context, c *sql.Conn) (err error) {
		// another process may have been faster since
		if found, err = p.d.inspect(ctx, c, table); err != nil {
			return err
		}
		if err := p.judge(ctx, found, table); err != nil || found.whole() {
			return err
		}
		if found.table == "" {
			found.table = table
		}
		for _, s := range p.d.create(found.table) {
			if err := exec(ctx, c, s.text, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
	return found.table, err
}

// look inspects the database at one moment: another process may be making the
// tables just now, and half of them would look like somebody else's.
func (p *pool) look(ctx context.Context, c *sql.Conn, table string) (inspection, error) {
	if err := exec(ctx, c, `BEGIN`); err != nil {
		return inspection{}, err
	}
	found, err := p.d.inspect(ctx, c, table)
	return found, errors.Join(err, exec(ctx, c, `ROLLBACK`))
}

// judge returns an error unless the table is ours or not there.
func (p *pool) judge(ctx context.Context, found inspection, table string) error {
	if err := judge(ctx, found, table); err != nil {
		return &explained{p.where + " can't be used", err}
	}
	return nil
}
