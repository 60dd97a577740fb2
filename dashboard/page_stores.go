package dashboard

import (
	"net/http"

	"github.com/go-asyncz/asyncz"
)

// A storesPage is what there is in the stores, and how it is sealed.
type storesPage struct{ Stores []storeCard }

type storeCard struct {
	asyncz.StoreInfo
	Error      string // why the store can't be asked
	States     map[asyncz.ScheduleState]int
	MoreUnread int
	Rotation   rotation
}

// A rotation tells how far a store is from being sealed with one key alone.
type rotation struct {
	Look, Text string
}

func (d *Dashboard) stores(w http.ResponseWriter, r *http.Request) error {
	var p storesPage
	for _, alias := range d.s.Stores() {
		p.Stores = append(p.Stores, d.storeCard(r, alias))
	}
	return d.show(w, r, "stores", frame{Title: "Stores", Nav: "stores", Live: "stores", Every: 10_000, Page: p})
}

func (d *Dashboard) storeCard(r *http.Request, alias string) storeCard {
	c := storeCard{StoreInfo: asyncz.StoreInfo{Store: alias}}
	info, err := d.s.StoreInfo(r.Context(), alias)
	if err != nil {
		c.Error = err.Error()
		return c
	}
	c.StoreInfo, c.Rotation = info, rotationOf(info)
	found, err := d.s.TaskPage(r.Context(), asyncz.Filter{Store: alias, Limit: 1})
	if err != nil {
		c.Error = err.Error()
		return c
	}
	c.States, c.MoreUnread = found.States, info.UnreadableTasks-len(info.Unreadable)
	return c
}

func rotationOf(info asyncz.StoreInfo) rotation {
	if !info.Sealed {
		if info.Durable {
			return rotation{"off", "not encrypted: no key is set"}
		}
		return rotation{"off", "not encrypted, because nothing leaves the memory"}
	}
	old := 0
	for _, k := range info.Keys {
		if !k.Sealing {
			old += k.Records
		}
	}
	if old == 0 {
		return rotation{"ok", "all records are sealed with the current key"}
	}
	return rotation{"warn", plural(old, "record") + " not sealed with the current key; asyncz store rewrap " + info.Store + " seals them anew"}
}
