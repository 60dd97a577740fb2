package record

import (
	"strconv"

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
	if k.ring == nil {
		return seal.Binding{} // nothing is bound to it
	}
	id := make([]byte, 0, len(e.Log)+len(e.Task)+2+2*20)
	id = append(append(append(append(id, e.Log...), 0), e.Task...), 0)
	id = append(strconv.AppendInt(id, e.Fire.UnixMicro(), 10), 0)
	id = strconv.AppendInt(id, e.Ended.UnixMicro(), 10)
	return seal.Binding{Kind: seal.KindRun, Namespace: k.namespace, ID: string(id)}
}
