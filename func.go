package asyncz

import (
	"bytes"
	"context"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/go-asyncz/asyncz/internal/engine"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// A Func is a registered function: what tasks call by name. A is the type of
// its arguments, R that of its result.
type Func[A, R any] struct{ name string }

// Name returns the name under which the function is registered.
func (f Func[A, R]) Name() string { return f.name }

// With returns a call of the function with these arguments, for [Scheduler.Add].
// In a durable store they are kept as JSON.
func (f Func[A, R]) With(args A) Call {
	return Call{function: f.name, args: lifecycle.Args{Value: args}}
}

// A Call is a function and its arguments.
type Call struct {
	function string
	args     lifecycle.Args
	local    any
}

// Named returns a call of the function of this name, whose arguments are given
// as JSON, or as a value that encodes to it. They are decoded strictly when the
// task is added, if the function is registered in this process.
func Named(function string, args any) Call {
	raw, ok := args.(json.RawMessage)
	if !ok && args != nil {
		b, err := json.Marshal(args)
		if err != nil {
			return Call{function: function, args: lifecycle.Args{Value: args}}
		}
		raw = b
	}
	return Call{function: function, args: lifecycle.Args{JSON: raw}}
}

// Do returns a call of a function without a name. Only the memory store can keep
// it; for all others a function must be registered.
func Do(f func(context.Context) error) Call { return Call{local: local(f)} }

type local func(context.Context) error

func (f local) Call(ctx context.Context, _ lifecycle.Args) (any, error) { return nil, f(ctx) }

// Functions are functions by name. The zero value is empty and ready for use.
type Functions struct {
	mu sync.RWMutex
	of map[string]function
}

// registered are the functions of [Register].
var registered Functions

// Register makes a function known to all schedulers of this process that are
// not given others by [WithFunctions]. The name is kept with each task, so it
// must stay the same for as long as tasks use it. The arguments are decoded
// strictly: a field that A does not have, or of another type, is an error.
//
// The result goes to listeners as it is. In a durable store it is also kept as
// the last one of its task, if it is no longer than 4 KiB as JSON; of a longer
// one what its method Summary() any returns, if it has that.
//
// Register panics when the name is empty or taken. Call it where variables are
// declared, or in init.
func Register[A, R any](name string, f func(context.Context, A) (R, error)) Func[A, R] {
	return RegisterIn(&registered, name, f)
}

// RegisterIn is [Register] for a set of functions of one's own.
func RegisterIn[A, R any](fs *Functions, name string, f func(context.Context, A) (R, error)) Func[A, R] {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if name == "" {
		panic("asyncz: a function without a name can't be registered")
	}
	if _, taken := fs.of[name]; taken {
		panic("asyncz: the function " + name + " is registered twice")
	}
	if fs.of == nil {
		fs.of = map[string]function{}
	}
	fs.of[name] = typed[A, R](f)
	return Func[A, R]{name}
}

// Names returns the names in order.
func (fs *Functions) Names() []string {
	fs.mu.RLock()
	defer fs.mu.RUnlock()
	return slices.Sorted(maps.Keys(fs.of))
}

func (fs *Functions) lookup(name string) (engine.Function, bool) {
	fs.mu.RLock()
	defer fs.mu.RUnlock()
	f, ok := fs.of[name]
	return f, ok
}

// lookup returns what finds the functions that the tasks of a store may call.
func (c *settings) lookup(alias string) func(name string) (engine.Function, bool) {
	functions, may := c.functions, c.may
	if may == nil {
		return functions.lookup
	}
	return func(name string) (engine.Function, bool) {
		if !may(alias, name) {
			return nil, false
		}
		return functions.lookup(name)
	}
}

// check returns an error when arguments do not fit a function that is known here.
func (fs *Functions) check(name string, args lifecycle.Args) error {
	fs.mu.RLock()
	f, ok := fs.of[name]
	fs.mu.RUnlock()
	if !ok || args.Value != nil && args.JSON == nil {
		return nil
	}
	return f.fits(args)
}

type function interface {
	engine.Function
	fits(args lifecycle.Args) error
}

type typed[A, R any] func(context.Context, A) (R, error)

// Call decodes the arguments and calls the function.
func (f typed[A, R]) Call(ctx context.Context, args lifecycle.Args) (any, error) {
	a, err := decodeArgs[A](args)
	if err != nil {
		return nil, Permanent(err)
	}
	r, err := f(ctx, a)
	if _, none := any(r).(struct{}); none {
		return nil, err
	}
	return r, err
}

func (f typed[A, R]) fits(args lifecycle.Args) error {
	_, err := decodeArgs[A](args)
	return err
}

// ErrArguments: the arguments of a task do not fit its function.
var ErrArguments = errors.New("the arguments do not fit the function")

func decodeArgs[A any](args lifecycle.Args) (a A, err error) {
	if v, ok := args.Value.(A); ok {
		return v, nil
	}
	raw, err := args.Raw()
	if err != nil {
		return a, fmt.Errorf("%w: %w", ErrArguments, err)
	}
	if string(raw) == "{}" && plainStruct[A]() {
		return a, nil // as most tasks have none
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&a); err != nil {
		var t *json.UnmarshalTypeError
		if errors.As(err, &t) {
			field := t.Field
			if field == "" {
				field = "they"
			}
			return a, fmt.Errorf("%w: %s: a JSON %s where %s is wanted", ErrArguments, field, t.Value, t.Type)
		}
		return a, fmt.Errorf("%w: %s", ErrArguments, strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return a, fmt.Errorf("%w: there is more than one JSON value", ErrArguments)
	}
	return a, nil
}

// plainStruct is true of structs that package json fills in by itself: one of which
// nothing is said is empty.
func plainStruct[A any]() bool {
	if reflect.TypeFor[A]().Kind() != reflect.Struct {
		return false
	}
	switch any((*A)(nil)).(type) {
	case json.Unmarshaler, encoding.TextUnmarshaler:
		return false
	}
	return true
}

// Permanent marks an error that another attempt can't mend: the run has failed
// for good, however many attempts its task allows.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

type permanent struct{ error }

func (permanent) Permanent() bool { return true }
func (p permanent) Unwrap() error { return p.error }
