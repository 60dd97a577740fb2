package redisstore

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
	"github.com/redis/rueidis"
)

// advice is what the beginning of a server's error means here; the client takes
// away "ERR". The verb in a text stands for the server's name.
var advice = []struct {
	word, text string
	away       bool // trying again later can help
}{
	{"NOAUTH", "%s asks for a password: give one, and a username where the server has users", false},
	{"WRONGPASS", "%s refuses the username or the password", false},
	{"AUTH", "%s has no password set, or none for this user: leave the password out", false},
	{"invalid password", "%s refuses the password", false},
	{"NOPERM", tooFewRights, false},
	{"The user executing the script", tooFewRights, false},
	{"OOM", "%s has no memory left (maxmemory): nothing was written; give it more, or remove tasks", false},
	{"READONLY", "%s is a replica: nothing was written; it may have lost its role a moment ago, otherwise name the master, or the sentinels", false},
	{"WRONGTYPE", "a key in %s is of another type than this store's: another program writes to it; name other keys by tasks_key and run_times_key", false},
	{"MISCONF", "%s can't write to its disk and so refuses writes: nothing was written; look at its log", false},
	{"CROSSSLOT", "%s is a cluster: tasks_key and run_times_key must hold the same hash tag, such as {asyncz}.tasks and {asyncz}.run_times", false},
	{"NOREPLICAS", "%s has fewer replicas than min-replicas-to-write asks for: nothing was written", true},
	{"LOADING", "%s is starting: it is reading its data", true},
	{"MASTERDOWN", "%s is a replica that has lost its master", true},
	{"CLUSTERDOWN", "%s is a cluster a part of which is down", true},
	{"TRYAGAIN", "%s is a cluster that is moving these keys", true},
	{"BUSY", "%s is kept busy by somebody's script", true},
	{"DB index is out of range", "%s has no database of this number", false},
	{"SELECT is not allowed in cluster mode", "%s is a cluster, which has the database 0 alone", false},
	{"max number of clients reached", "%s takes no more connections (maxclients)", true},
	{"unknown command", "%s is too old, or lacks a command: Redis 5 or newer is needed", false},
}

const tooFewRights = "%s gives this user too few rights: he needs the commands +@read +@write +@scripting +@connection +info +type, " +
	"keys that begin with tasks_key and run_times_key, and channels that begin with tasks_key"

// An explained error says what an error of the server or of the network means.
type explained struct {
	text  string
	kind  error // ErrUnreachable, ErrConfig, or nil
	cause error
}

func (e *explained) Error() string {
	if e.kind != nil {
		return fmt.Sprintf("%v: %s: %v", e.kind, e.text, e.cause)
	}
	return fmt.Sprintf("%s: %v", e.text, e.cause)
}

func (e *explained) Unwrap() []error {
	switch {
	case e.kind == nil:
		return []error{e.cause}
	case errors.Is(e.cause, context.DeadlineExceeded), errors.Is(e.cause, context.Canceled):
		return []error{e.kind} // a time limit of the client: the caller's context goes on
	}
	return []error{e.kind, e.cause}
}

// explain says what an error means. When the context has ended, that is the error.
func (s *Store) explain(ctx context.Context, err error) error {
	if err == nil || rueidis.IsRedisNil(err) {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if deadline, set := ctx.Deadline(); set && !time.Now().Before(deadline) {
		return context.DeadlineExceeded // the connection noticed it before the context
	}
	if said, ok := rueidis.IsRedisErr(err); ok && strings.Contains(said.Error(), "READONLY") {
		s.link.renew(s.ended)
	}
	return explainAt(s.where, err)
}

func explainAt(where string, err error) error {
	if rueidis.IsParseErr(err) || errors.Is(err, errAnswer) {
		return errAnswer
	}
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) {
		return &explained{where + " shows a certificate that is not trusted: name the authority by tls_ca, and by tls_server_name the name in it, where that is another than the host", store.ErrConfig, err}
	}
	said, fromServer := rueidis.IsRedisErr(err)
	if !fromServer {
		return &explained{where, store.ErrUnreachable, err}
	}
	for _, a := range advice {
		// Redis 6 puts the error of a command in a script into words of its own
		if strings.HasPrefix(said.Error(), a.word) || strings.Contains(said.Error(), ": -"+a.word) {
			e := &explained{text: fmt.Sprintf(a.text, where), cause: err}
			if a.away {
				e.kind = store.ErrUnreachable
			}
			return e
		}
	}
	return &explained{text: where, cause: err}
}
