package command

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// tail keeps the last bytes of what is written to it. It may be read while a
// process that was left behind still writes.
type tail struct {
	limit int

	mu    sync.Mutex
	buf   []byte // at most twice the limit, so that moving its end is rare
	total int64
}

// Write never fails: a command must not end because nobody wants its output.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total += int64(len(p))
	n := len(p)
	if len(p) > t.limit {
		p = p[len(p)-t.limit:]
	}
	if len(t.buf)+len(p) > 2*t.limit {
		keep := t.limit - len(p)
		t.buf = t.buf[:copy(t.buf, t.buf[len(t.buf)-keep:])]
	}
	t.buf = append(t.buf, p...)
	return n, nil
}

// bytes returns the last bytes, limit at most, and how many were before them.
func (t *tail) bytes() (last []byte, cut int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last = append(last, t.buf[max(0, len(t.buf)-t.limit):]...)
	return last, t.total - int64(len(last))
}

// text is bytes as UTF-8. A character that the cut went through is cut off whole.
func (t *tail) text() (string, int64) {
	last, cut := t.bytes()
	for n := 0; cut > 0 && n < utf8.UTFMax-1 && len(last) > 0 && !utf8.RuneStart(last[0]); n++ {
		last, cut = last[1:], cut+1
	}
	return strings.ToValidUTF8(string(last), "\uFFFD"), cut
}

// lastLine returns the last line that holds something, shortened.
func (t *tail) lastLine() string {
	const most = 200
	text, _ := t.text()
	text = strings.TrimSpace(text)
	line := []rune(strings.TrimSpace(text[strings.LastIndexAny(text, "\r\n")+1:]))
	if len(line) > most {
		return string(line[:most]) + "…"
	}
	return string(line)
}
