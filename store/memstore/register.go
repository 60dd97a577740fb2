package memstore

import (
	"context"
	"fmt"

	"github.com/go-asyncz/asyncz/store"
)

func init() {
	store.Register(store.Driver{Open: open, FromURL: fromURL}, "memory")
}

func open(_ context.Context, config map[string]any) (store.Store, error) {
	if err := store.Decode(config, &struct{}{}); err != nil {
		return nil, err
	}
	return New(), nil
}

func fromURL(url string) (map[string]any, error) {
	if url != "memory:" && url != "memory://" {
		return nil, fmt.Errorf(`%w: the memory store has nothing to configure; write "memory:"`, store.ErrConfig)
	}
	return map[string]any{}, nil
}
