package lifecycle

import (
	"crypto/sha256"
	"encoding/hex"
)

// Version tells two definitions of a task apart, its pause included. Runs don't
// change it, so that somebody who edits a busy task is not disturbed by them.
func (s *State) Version() string {
	form, err := s.Def.MarshalJSON()
	if err != nil { // a value of a live store that has no JSON form: nobody else can edit it
		form = []byte(s.Def.ID)
	}
	h := sha256.New()
	h.Write(form)
	if s.Paused {
		h.Write([]byte("paused"))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
