package record

import "github.com/go-asyncz/asyncz/seal"

// SealNode returns what a node tells of itself as the store keeps it.
func (k *Keeper) SealNode(node string, told []byte) ([]byte, error) {
	return k.ring.Seal(k.nodeBinding(node), told)
}

// OpenNode returns what a node has told of itself. Errors are those of
// [seal.Ring.Open].
func (k *Keeper) OpenNode(node string, data []byte) ([]byte, error) {
	return k.ring.Open(k.nodeBinding(node), data)
}

func (k *Keeper) nodeBinding(node string) seal.Binding {
	return seal.Binding{Kind: seal.KindNode, Namespace: k.namespace, ID: node}
}
