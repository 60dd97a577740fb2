package mongostore

import (
	"context"
	"errors"
	"fmt"
	"net"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/go-asyncz/asyncz/store"
)

// An explained error tells where it happened and what can be done about it.
type explained struct {
	what  error
	cause error
}

func (e *explained) Error() string   { return e.what.Error() + ": " + e.cause.Error() }
func (e *explained) Unwrap() []error { return []error{e.what, e.cause} }

// Codes of MongoDB's errors; see https://www.mongodb.com/docs/manual/reference/error-codes/.
const (
	codeUnauthorized         = 13
	codeAuthenticationFailed = 18
	codeNamespaceNotFound    = 26
	codeDuplicateKey         = 11000
	codeOutOfDiskSpace       = 14031
	codeAtlas                = 8000
)

var (
	// tooLarge: a document, or one that an update would make, is over the limit.
	tooLarge = []int{10334, 17419, 17420}
	// notPrimary: the server is no primary, or is about to be none.
	notPrimary = []int{10107, 13435, 13436, 189, 11602, 10058}
	// closing: the server is being shut down.
	closing = []int{91, 11600}
)

func hasCode(err error, codes ...int) bool {
	var server mongo.ServerError
	if !errors.As(err, &server) {
		return false
	}
	for _, c := range codes {
		if server.HasErrorCode(c) {
			return true
		}
	}
	return false
}

// atlasAuth tells whether MongoDB's own service has refused the user; it has one
// code for all that it refuses.
func atlasAuth(err error) bool {
	var server mongo.ServerError
	return errors.As(err, &server) && server.HasErrorCodeWithMessage(codeAtlas, "auth")
}

// explain adds the server and some advice to an error that comes from it. When
// the call's context has ended, that is the error.
func (s *Store) explain(ctx context.Context, err error) error {
	var already *explained
	if err == nil || errors.As(err, &already) {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	tell := func(kind error, format string, args ...any) error {
		text := s.where + " " + fmt.Sprintf(format, args...)
		if kind == nil {
			return &explained{errors.New(text), err}
		}
		return &explained{fmt.Errorf("%w: %s", kind, text), err}
	}
	var write mongo.BulkWriteException
	switch {
	case errors.Is(err, mongo.ErrClientDisconnected):
		return &explained{store.ErrClosed, err}
	case hasCode(err, codeAuthenticationFailed), atlasAuth(err):
		return tell(store.ErrConfig, "doesn't accept the user: look at username, password and authSource")
	case hasCode(err, codeUnauthorized):
		return tell(nil, "doesn't allow it: the user needs the role readWrite on the database %s", s.db.Name())
	case hasCode(err, notPrimary...):
		return tell(store.ErrUnreachable, "is no primary: after an election trying again helps; if it goes on, name all members and the replicaSet in the URI")
	case hasCode(err, closing...):
		return tell(store.ErrUnreachable, "is being shut down")
	case hasCode(err, codeOutOfDiskSpace):
		return tell(nil, "can't write: its disk is full")
	case hasCode(err, tooLarge...):
		return tell(store.ErrInvalid, "can't keep the task: with its data the document is larger than 16 MiB")
	case errors.As(err, &write) && write.WriteConcernError != nil:
		return tell(nil, "has done a write, but not on a majority of the replica set, so that it may be taken back: are enough members up?")
	case unreachable(err):
		return tell(store.ErrUnreachable, "doesn't answer")
	}
	return err
}

// unreachable tells whether an error means that no server could be asked, or
// that the connection broke before its answer.
func unreachable(err error) bool {
	var selection topology.ServerSelectionError
	var connection topology.ConnectionError
	var queue topology.WaitQueueTimeoutError
	var network net.Error
	return mongo.IsNetworkError(err) || mongo.IsTimeout(err) ||
		errors.As(err, &selection) || errors.As(err, &connection) || errors.As(err, &queue) || errors.As(err, &network)
}
