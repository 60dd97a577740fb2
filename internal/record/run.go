package record

import (
	"fmt"

	"github.com/go-asyncz/asyncz/seal"
	"github.com/go-asyncz/asyncz/store"
)

// SealRun sets the data of a row of a history, sealed to its place: the row can't
// be moved to another.
func (k *Keeper) SealRun(e *store.RunEntry, plain []byte) (err error) {
	e.Data, err = k.ring.Seal(k.runBinding(e), plain)
	return err
}

// OpenRun returns the data of a row. Errors are those of [seal.Ring.Open].
func (k *Keeper) OpenRun(e *store.RunEntry) ([]byte, error) {
	return k.ring.Open(k.runBinding(e), e.Data)
}

func (k *Keeper) runBinding(e *store.RunEntry) seal.Binding {
	id := fmt.Sprintf("%s\x00%s\x00%d\x00%d", e.Log, e.Task, e.Fire.UnixMicro(), e.Ended.UnixMicro())
	return seal.Binding{Kind: seal.KindRun, Namespace: k.namespace, ID: id}
}
