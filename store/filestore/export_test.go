package filestore

import (
	"context"

	"github.com/gofrs/flock"
)

// What the tests need of the inside.
type (
	FileSystem = fileSystem
	File       = file
	OSFiles    = osFiles
)

const (
	LockName    = lockName
	LogName     = logName
	NodesName   = nodesName
	RunsName    = runsName
	TempSuffix  = tempSuffix
	LeftoverAge = leftoverAge
)

var (
	FileName      = fileName
	Encode        = encode
	Decode        = decode
	ConfigFromURL = configFromURL
)

// NewOn is New on another file system.
func NewOn(files FileSystem, directory string, opts ...Option) (*Store, error) {
	o := defaults()
	o.files = files
	for _, opt := range opts {
		opt(&o)
	}
	return open(context.Background(), directory, o)
}

// WithSegment sets the size of the segments of histories.
func WithSegment(bytes int64) Option { return func(o *options) { o.segment = bytes } }

// LogGeneration names the log that the handle follows.
func (s *Store) LogGeneration() string { return s.log.generation }

// Detach makes the handle one of another process, for all that it knows: it
// shares nothing with the others but the directory.
func (s *Store) Detach() { s.lock.gate = newGate(); s.runsLock.gate = s.lock.gate.runs }

// Holds tells whether the locked file is the lock of the directory.
func (s *Store) Holds(file *flock.Flock) bool { return s.lock.stillThere(file) }
