package api

import (
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// A document is the OpenAPI document in its two forms, made when first asked for.
type document struct{ json, yaml func() ([]byte, error) }

// configuration is what huma starts from. Its pages are not used: they load
// scripts from elsewhere.
func configuration() huma.Config {
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "asyncz", Version: cmp.Or(version(), "v1"), License: &huma.License{Name: "MIT"},
				Description: "Tasks, their runs and their schedulers. Errors are problems as in RFC 9457; those of the scheduler have a type urn:asyncz:….",
			},
			// Relative to this document, so that no prefix needs to be known.
			Servers: []*huma.Server{{URL: "../..", Description: "this server"}},
			Tags: []*huma.Tag{
				{Name: tasksTag}, {Name: previewTag}, {Name: runsTag}, {Name: storesTag}, {Name: schedulerTag}, {Name: eventsTag}, {Name: healthTag},
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					scheme: {Type: "http", Scheme: "bearer", Description: "A token such as asz_…, made by asyncz api-token."},
				},
			},
		},
		Formats: map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}, DefaultFormat: "application/json", RejectUnknownQueryParameters: true,
		Transformers: []huma.Transformer{quiet},
	}
	return c
}

// jsonFormat is huma's, which scans what MarshalJSON has written once more; so a
// body that is a value of package asyncz is written as that.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		if body, ok := v.(interface{ Plain() any }); ok {
			v = body.Plain()
		}
		return huma.DefaultJSONFormat.Marshal(w, v)
	},
	Unmarshal: huma.DefaultJSONFormat.Unmarshal,
}

// quiet leaves whole bodies out of problems: who sent one has it, and it may be long.
func quiet(_ huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	for _, e := range p.Errors {
		if e != nil && e.Location == "body" {
			e.Value = nil
		}
	}
	return p, nil
}

//go:embed assets/docs.html
var docsPage []byte

//go:embed assets/docs.js
var docsScript []byte

//go:embed assets/rapidoc-9.3.8.min.js.gz
var rapidoc []byte

// docsPolicy lets the page run its own scripts and set styles, and ask this server.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// publish serves the document of all operations, and the page that shows it.
func (s *Server) publish() {
	s.document.json = sync.OnceValues(func() ([]byte, error) { return json.Marshal(s.huma.OpenAPI()) })
	s.document.yaml = sync.OnceValues(s.huma.OpenAPI().YAML)
	s.serve("/api/v1/openapi.json", "application/openapi+json", s.document.json)
	s.serve("/api/v1/openapi.yaml", "application/openapi+yaml", s.document.yaml)
	s.serve("/api/v1/docs", "text/html; charset=utf-8", func() ([]byte, error) { return docsPage, nil })
	s.serve("/api/v1/docs/page.js", "text/javascript; charset=utf-8", func() ([]byte, error) { return docsScript, nil })
	s.mux.HandleFunc("GET /api/v1/docs/rapidoc.js", serveRapidoc)
}

// serve answers with the same to everybody: nothing of it is secret.
func (s *Server) serve(path, kind string, content func() ([]byte, error)) {
	s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		text, err := content()
		if err != nil {
			write(w, newProblem(http.StatusInternalServerError, "failed", err.Error()))
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Security-Policy", docsPolicy)
		_, _ = w.Write(text) // the connection is gone, if anything
	})
}

// serveRapidoc sends the script as it is kept, or unpacked to who can't unpack it.
func serveRapidoc(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(rapidoc)
		return
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(rapidoc))
	if err != nil {
		write(w, newProblem(http.StatusInternalServerError, "", err.Error()))
		return
	}
	_, _ = io.Copy(w, unpacked) //nolint:gosec // G110: its size is known
}

// OpenAPI returns the OpenAPI document, in JSON.
func (s *Server) OpenAPI() ([]byte, error) {
	text, err := s.document.json()
	return bytes.Clone(text), err
}
