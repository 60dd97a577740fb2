package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/api"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// undocumented is what the server answers beside the operations: the document
// itself and the page that shows it.
var undocumented = []string{
	"/api/v1/openapi.json", "/api/v1/openapi.yaml", "/api/v1/docs", "/api/v1/docs/page.js", "/api/v1/docs/rapidoc.js",
}

// An operation is one of the document.
type operation struct {
	ID         string
	Method     string
	Path       string
	Summary    string
	Role       string // what the document says that it needs
	Parameters []string
	Statuses   []string
}

// A promise is the document, by which answers are judged.
type promise struct {
	text       []byte
	operations []operation

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	seen     map[string]bool // operation and status
}

const documentURL = "memory:///openapi.json"

// contract is the document of the server.
var contract = sync.OnceValue(func() *promise {
	s, err := asyncz.New(context.Background(), asyncz.WithEncryptionKey(""))
	if err != nil {
		panic(err)
	}
	srv, err := api.New(s)
	if err != nil {
		panic(err)
	}
	text, err := srv.OpenAPI()
	if err != nil {
		panic(err)
	}
	p := &promise{text: text, seen: map[string]bool{}}
	p.read()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(p.text))
	if err != nil {
		panic(err)
	}
	// The schemas of OpenAPI 3.1 are JSON Schema 2020-12 as it is.
	p.compiler = jsonschema.NewCompiler()
	p.compiler.DefaultDraft(jsonschema.Draft2020)
	p.compiler.AssertFormat()
	if err := p.compiler.AddResource(documentURL, doc); err != nil {
		panic(err)
	}
	return p
})

// read takes the operations out of the document.
func (p *promise) read() {
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string                      `json:"operationId"`
			Summary     string                      `json:"summary"`
			Role        string                      `json:"x-asyncz-role"`
			Parameters  []struct{ Name, In string } `json:"parameters"`
			Responses   map[string]json.RawMessage  `json:"responses"`
		}
	}
	if err := json.Unmarshal(p.text, &doc); err != nil {
		panic(err)
	}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			op := operation{ID: o.OperationID, Method: strings.ToUpper(method), Path: path, Summary: o.Summary, Role: o.Role}
			for _, parameter := range o.Parameters {
				op.Parameters = append(op.Parameters, parameter.In+"."+parameter.Name)
			}
			for status := range o.Responses {
				op.Statuses = append(op.Statuses, status)
			}
			p.operations = append(p.operations, op)
		}
	}
	slices.SortFunc(p.operations, func(a, b operation) int { return strings.Compare(a.ID, b.ID) })
}

// operation finds the one that a request is for.
func (p *promise) operation(r *http.Request) (operation, bool) {
	parts := strings.Split(r.URL.EscapedPath(), "/")
	best, most := operation{}, -1
	for _, op := range p.operations {
		if n := op.matches(parts); op.Method == r.Method && n > most {
			best, most = op, n
		}
	}
	return best, most >= 0
}

// matches returns how many elements of a path are those of the operation by their
// words; -1 if it is for another.
func (o operation) matches(parts []string) (words int) {
	pattern := strings.Split(o.Path, "/")
	if len(pattern) != len(parts) {
		return -1
	}
	for i, p := range pattern {
		switch {
		case strings.HasPrefix(p, "{") && parts[i] != "":
		case p == parts[i]:
			words++
		default:
			return -1
		}
	}
	return words
}

// answer is the name that the document has for an answer of this status.
func (o operation) answer(status int) string {
	if key := strconv.Itoa(status); slices.Contains(o.Statuses, key) {
		return key
	}
	return "default"
}

func (p *promise) note(op operation, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[op.ID+" "+op.answer(status)] = true
}

// gaps are the answers of the document that no test has seen.
func (p *promise) gaps() (missing []string) {
	for _, op := range p.operations {
		for _, status := range op.Statuses {
			if !p.seen[op.ID+" "+status] {
				missing = append(missing, op.ID+" "+status)
			}
		}
	}
	return missing
}

// check says what is wrong with an answer, and with a request that was accepted.
func (p *promise) check(op operation, r *http.Request, resp *http.Response, body []byte) error {
	if resp.StatusCode < 300 && r.GetBody != nil && r.ContentLength > 0 {
		sent, err := r.GetBody()
		if err != nil {
			return err
		}
		text, err := io.ReadAll(sent)
		if err != nil {
			return err
		}
		if err := p.fits(text, op.at("requestBody", "content", "application/json", "schema")); err != nil {
			return fmt.Errorf("the request was accepted: %w", err)
		}
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case len(body) == 0 && resp.StatusCode == http.StatusNoContent:
		return nil
	case err != nil:
		return err
	case !strings.HasSuffix(kind, "json"):
		return p.has(op.at("responses", op.answer(resp.StatusCode), "content", kind))
	}
	return p.fits(body, op.at("responses", op.answer(resp.StatusCode), "content", kind, "schema"))
}

// at is where in the document something of an operation is.
func (o operation) at(names ...string) string {
	pointer := "#"
	for _, n := range append([]string{"paths", o.Path, strings.ToLower(o.Method)}, names...) {
		pointer += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(n))
	}
	return pointer
}

// fits returns an error unless a text is what the schema at a place says.
func (p *promise) fits(text []byte, at string) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	p.mu.Lock()
	schema, err := p.compiler.Compile(documentURL + at)
	p.mu.Unlock()
	if err != nil {
		return fmt.Errorf("the document has nothing at %s: %w", at, err)
	}
	return schema.Validate(value)
}

// has returns an error unless the document says how something looks that is no JSON.
func (p *promise) has(at string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.compiler.Compile(documentURL + at + "/schema")
	return err
}

// wholeRun reports whether all tests of the package have run.
func wholeRun() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return true
}
