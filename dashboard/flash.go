package dashboard

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// A flash is what is told for a moment after something was done.
type flash struct {
	Kind string `json:"kind"` // "ok" or "bad"
	Text string `json:"text"`
}

const flashCookie = "asyncz_flash"

// tell says how an action went: to a script at once, and otherwise on the page
// that the browser is sent to next.
func tell(w http.ResponseWriter, r *http.Request, f flash, next string) {
	body, _ := json.Marshal(f) // two strings
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Trigger", `{"asyncz:told":`+ascii(string(body))+`}`)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	keepFlash(w, r, body)
	seeOther(w, r, next)
}

// tellNext is tell for when also a script is to go to another page.
func tellNext(w http.ResponseWriter, r *http.Request, f flash, next string) {
	body, _ := json.Marshal(f)
	keepFlash(w, r, body)
	seeOther(w, r, next)
}

func keepFlash(w http.ResponseWriter, r *http.Request, body []byte) {
	if len(body) > 3000 { // a cookie may have 4 KiB
		body, _ = json.Marshal(flash{Kind: "bad", Text: "It is done in part; look at the audit log for all that happened."})
	}
	//nolint:gosec // Secure is set wherever the browser would keep it
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString(body), MaxAge: 30,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
}

func takeFlash(w http.ResponseWriter, r *http.Request) *flash {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	//nolint:gosec // as above
	http.SetCookie(w, &http.Cookie{Name: flashCookie, MaxAge: -1, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
	var f flash
	body, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || json.Unmarshal(body, &f) != nil || f.Text == "" {
		return nil
	}
	if f.Kind != "ok" {
		f.Kind = "bad"
	}
	return &f
}

// ascii writes JSON so that it fits into a header.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			b.WriteString(`\u` + strconv.FormatInt(int64(0xd800+r>>10), 16) + `\u` + strconv.FormatInt(int64(0xdc00+r&0x3ff), 16))
		default:
			b.WriteString(`\u` + strconv.FormatInt(0x10000+int64(r), 16)[1:])
		}
	}
	return b.String()
}
