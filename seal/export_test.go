package seal

// WithNonce returns a copy of the ring that seals with a fixed nonce.
func (r *Ring) WithNonce(nonce [12]byte) *Ring {
	fixed := *r
	fixed.nonce = func(b []byte) { copy(b, nonce[:]) }
	return &fixed
}

// WithKeyID returns a copy of the ring that calls its sealing key by another id,
// as if two values had the same one.
func (r *Ring) WithKeyID(id ID) *Ring {
	other, first := *r, *r.keys[0]
	first.id = id
	other.keys = append([]*key{&first}, r.keys[1:]...)
	return &other
}
