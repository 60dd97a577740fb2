package filestore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

// The nodes have a directory of their own in that of the tasks: a file that is
// replaced beside the tasks would make each handle compare all their names.
const (
	nodesName  = "asyncz.nodes"
	nodeSuffix = ".node"
)

func (s *Store) nodesDir() string { return filepath.Join(s.dir, nodesName) }

// isNode tells whether name is that of a node's file.
func isNode(name string) bool { return isTask(name, nodeSuffix) }

// Beat implements [store.Members]. The file is replaced as a whole but not
// flushed: after a loss of power no node is alive that it could tell of.
func (s *Store) Beat(ctx context.Context, m store.Member) error {
	return s.locked(ctx, func() error {
		content, err := encode(store.Record{ID: m.Node, Due: time.Now(), Rev: 1, Data: m.Data})
		if err != nil {
			return err
		}
		if err := makeDirectory(s.nodesDir(), s.options.mode); err != nil {
			return err
		}
		path := filepath.Join(s.nodesDir(), fileName(m.Node, nodeSuffix))
		return s.exchange(path, content)
	})
}

// exchange puts a file in the place of another, and flushes nothing.
func (s *Store) exchange(path string, content []byte) error {
	f, err := s.options.files.Create(path+tempSuffix, s.lock.perm)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.options.files.Rename(path+tempSuffix, path)
	}
	if err != nil {
		removeAll(s.options.files, []string{path + tempSuffix})
	}
	return err
}

// Leave implements [store.Members]. A file that can't be read goes when it is
// named as Members names it.
func (s *Store) Leave(ctx context.Context, node string) error {
	return s.locked(ctx, func() error {
		names := []string{fileName(node, nodeSuffix)}
		if isNode(node) {
			names = append(names, node)
		}
		for _, name := range names {
			err := s.options.files.Remove(filepath.Join(s.nodesDir(), name))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	})
}

// Members implements [store.Members]. A file that can't be read is a row too, by
// the file's name, with the file's time and content.
func (s *Store) Members(ctx context.Context) (members []store.Member, err error) {
	err = s.locked(ctx, func() error {
		names, err := list(s.nodesDir())
		if err != nil {
			return err
		}
		for _, name := range names {
			if !isNode(name) {
				continue
			}
			m, err := s.member(name)
			switch {
			case err == nil:
				members = append(members, m)
			case !errors.Is(err, fs.ErrNotExist):
				return err
			}
		}
		return nil
	})
	slices.SortFunc(members, func(a, b store.Member) int { return strings.Compare(a.Node, b.Node) })
	return members, err
}

func (s *Store) member(name string) (store.Member, error) {
	path := filepath.Join(s.nodesDir(), name)
	content, err := s.options.files.ReadFile(path)
	if err != nil && (isTransient(err) || errors.Is(err, fs.ErrNotExist)) {
		return store.Member{}, err
	}
	if r, fault := decode(content); err == nil && fault == nil && fileName(r.ID, nodeSuffix) == name {
		return store.Member{Node: r.ID, Seen: r.Due, Data: r.Data}, nil
	}
	info, err := os.Lstat(path)
	if err != nil {
		return store.Member{}, err
	}
	return store.Member{Node: name, Seen: cut(info.ModTime()), Data: content}, nil
}

// list returns the names in a directory; none when it is not there.
func list(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// removeNodes removes the files of the nodes, and their directory when that was all.
func (s *Store) removeNodes() error {
	names, err := list(s.nodesDir())
	if err != nil {
		return err
	}
	left := false
	for _, name := range names {
		if !isNode(name) && !isTemp(name, nodeSuffix) {
			left = true
			continue
		}
		if err := s.options.files.Remove(filepath.Join(s.nodesDir(), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if left {
		return nil
	}
	if err := os.Remove(s.nodesDir()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
