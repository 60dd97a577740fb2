package store

import (
	"context"
	"errors"
)

// ErrAbsent: there is nothing yet at the place of the store, and nothing was to
// be made. See [WithoutCreating].
var ErrAbsent = errors.New("there is no store at this place yet")

type withoutCreating struct{}

// WithoutCreating returns a context with which Open makes no store that is not
// there yet, and returns ErrAbsent in its place: for those who only want to look.
// A driver that makes something when it opens a store, such as a directory, a
// file or a table, asks [MayCreate] first.
func WithoutCreating(ctx context.Context) context.Context {
	return context.WithValue(ctx, withoutCreating{}, true)
}

// MayCreate reports whether a store may be made that is not there yet.
func MayCreate(ctx context.Context) bool { return ctx.Value(withoutCreating{}) == nil }
