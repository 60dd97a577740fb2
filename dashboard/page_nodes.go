package dashboard

import (
	"net/http"

	"github.com/go-asyncz/asyncz"
)

// A nodesPage lists the nodes on the stores.
type nodesPage struct {
	Nodes    []asyncz.Node
	Unlisted []string // stores that don't know their nodes
}

func (d *Dashboard) nodes(w http.ResponseWriter, r *http.Request) error {
	nodes, err := d.nodeList(r.Context())
	if err != nil {
		return err
	}
	p := nodesPage{Nodes: nodes}
	for _, alias := range d.s.Stores() {
		if lists, err := d.s.ListsNodes(alias); err == nil && !lists {
			p.Unlisted = append(p.Unlisted, alias)
		}
	}
	return d.show(w, r, "nodes", frame{Title: "Nodes", Nav: "nodes", Live: "scheduler", Every: 3000, Page: p})
}
