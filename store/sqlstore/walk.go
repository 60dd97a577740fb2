package sqlstore

import (
	"context"

	"github.com/go-asyncz/asyncz/store"
)

// pageSize is the number of records that a walk reads at a time.
const pageSize = 500

// walkPages yields page after page; move goes to the place of the page's last row.
// It returns false when the walk is over.
func walkPages(ctx context.Context, yield func(store.Record, error) bool, read func() ([]row, error), move func(last row)) bool {
	for {
		rows, err := read()
		if err != nil {
			yield(store.Record{}, err)
			return false
		}
		for i := range rows {
			if err := ctx.Err(); err != nil {
				yield(store.Record{}, err)
				return false
			}
			if !yield(rows[i].record, rows[i].broken) {
				return false
			}
		}
		if len(rows) < pageSize {
			return true
		}
		move(rows[len(rows)-1])
	}
}
