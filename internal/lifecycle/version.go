package lifecycle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Version tells two definitions of a task apart, its pause included, however they
// are spelled. Runs don't change it, so that somebody who edits a busy task is not
// disturbed by them.
func (s *State) Version() string {
	h := sha256.New()
	h.Write(s.Def.canonical())
	if s.Paused {
		h.Write([]byte("paused"))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// canonical is the JSON form with its keys in order: a codec may have kept them in
// another.
func (d *Definition) canonical() []byte {
	form, err := d.MarshalJSON()
	if err != nil { // a value of a live store that has no JSON form: nobody else can edit it
		return []byte(d.ID)
	}
	var v any
	dec := json.NewDecoder(bytes.NewReader(form))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return form
	}
	sorted, err := json.Marshal(v)
	if err != nil {
		return form
	}
	return sorted
}
