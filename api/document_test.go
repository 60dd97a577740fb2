package api_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestTheDocumentIsOpenAPI31(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/openapi-3.1-schema.json")
	if err != nil {
		t.Fatal(err)
	}
	published, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("memory:///openapi-3.1-schema.json", published); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("memory:///openapi-3.1-schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(contract().text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(document); err != nil {
		t.Error(err)
	}
}

func TestEachOperationSaysWhatItIs(t *testing.T) {
	t.Parallel()
	text := string(contract().text)
	if !strings.Contains(text, `"openapi":"3.1.0"`) {
		t.Error("the document does not say its version")
	}
	for _, op := range contract().operations {
		if op.ID == "" || op.Summary == "" || op.Role == "" {
			t.Errorf("%s %s has no id, no summary or no role: %+v", op.Method, op.Path, op)
		}
	}
}
