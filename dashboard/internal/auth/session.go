package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"
)

const (
	maxSessions = 50 // a user; the one unused for longest ends when there is one more
	sweepEvery  = 30 * time.Second
)

// sessions are the sessions of those who logged in. They live in memory: a
// restart ends them. Of the id, which is in the cookie, only the hash is kept.
type sessions struct {
	idle, absolute time.Duration
	account        func(name string) (*account, bool)

	mu       sync.Mutex
	byID     map[[sha256.Size]byte]*session
	sweeping bool
}

type session struct {
	name  string
	mark  [sha256.Size]byte // of the user's hash at login
	began time.Time
	used  time.Time // the end of the last request
	busy  int       // requests under way: a session in use is not idle

	ctx context.Context // ends with the session
	end context.CancelFunc
}

// begin makes a session and returns its id: 256 random bits.
func (s *sessions) begin(a *account) string {
	var random [32]byte
	rand.Read(random[:]) // never fails
	id := base64.RawURLEncoding.EncodeToString(random[:])
	now := time.Now()
	it := &session{name: a.Name, mark: a.mark, began: now, used: now}
	it.ctx, it.end = context.WithCancel(context.Background())

	s.mu.Lock()
	defer s.mu.Unlock()
	s.makeRoom(a.Name)
	s.byID[sha256.Sum256([]byte(id))] = it
	if !s.sweeping {
		s.sweeping = true
		time.AfterFunc(sweepEvery, s.sweep)
	}
	return id
}

// makeRoom ends the session of a user that is unused for longest if he has as
// many as are allowed.
func (s *sessions) makeRoom(name string) {
	var oldest [sha256.Size]byte
	n := 0
	for key, it := range s.byID {
		if it.name != name {
			continue
		}
		if n++; n == 1 || it.used.Before(s.byID[oldest].used) {
			oldest = key
		}
	}
	if n >= maxSessions {
		s.drop(oldest)
	}
}

// use returns the user of a session. While the request is under way the session
// is not idle; done says that it has ended.
func (s *sessions) use(id string) (u User, it *session, done func(), ok bool) {
	key := sha256.Sum256([]byte(id))
	s.mu.Lock()
	defer s.mu.Unlock()
	it = s.byID[key]
	if it == nil {
		return User{}, nil, nil, false
	}
	a, ok := s.stands(it, time.Now())
	if !ok {
		s.drop(key)
		return User{}, nil, nil, false
	}
	it.busy++
	return a.User, it, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		it.busy--
		it.used = time.Now()
	}, true
}

// finish ends a session, and tells whose it was.
func (s *sessions) finish(id string) (name string, ok bool) {
	key := sha256.Sum256([]byte(id))
	s.mu.Lock()
	defer s.mu.Unlock()
	if it := s.byID[key]; it != nil {
		s.drop(key)
		return it.name, true
	}
	return "", false
}

// stands tells whether a session goes on, and returns its user as he is now.
func (s *sessions) stands(it *session, now time.Time) (*account, bool) {
	if !now.Before(it.began.Add(s.absolute)) || it.busy == 0 && !now.Before(it.used.Add(s.idle)) {
		return nil, false
	}
	a, exists := s.account(it.name)
	return a, exists && a.mark == it.mark
}

func (s *sessions) drop(key [sha256.Size]byte) {
	s.byID[key].end()
	delete(s.byID, key)
}

// sweep ends what no longer stands, so that streams end with their session
// though no request comes, and memory is given back. It goes on as long as
// there are sessions.
func (s *sessions) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for key, it := range s.byID {
		if _, ok := s.stands(it, now); !ok {
			s.drop(key)
		}
	}
	if s.sweeping = len(s.byID) > 0; s.sweeping {
		time.AfterFunc(sweepEvery, s.sweep)
	}
}
