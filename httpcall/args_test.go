package httpcall_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/httpcall"
)

func TestValidateAcceptsWhatCanBeCalled(t *testing.T) {
	t.Parallel()
	for _, a := range []httpcall.Args{
		{URL: "https://example.org"},
		{URL: "HTTP://user:p%40ss@example.org:8080/a%20b?x=y#z", Method: "get"},
		{URL: "http://[::1]:80/", Method: "OPTIONS", ExpectStatus: "200"},
		{URL: "http://bücher.example/", Method: "PATCH", Body: "\x00", ExpectStatus: "200-299, 404,500 - 599"},
		{URL: "http://a", Headers: map[string]string{"Host": "b", "X-Empty": "", "X-Tab": "a\tb"}, Timeout: 0.5},
	} {
		if err := a.Validate(); err != nil {
			t.Errorf("Validate of %+v: %v", a, err)
		}
	}
}

func TestValidateNamesTheFieldAndWhatIsAllowed(t *testing.T) {
	t.Parallel()
	const good = "http://example.org"
	header := func(name, value string) map[string]string { return map[string]string{name: value} }
	for _, c := range []struct {
		args httpcall.Args
		says []string
	}{
		{httpcall.Args{}, []string{"url", "empty", "https://"}},
		{httpcall.Args{URL: "example.org/health"}, []string{"url", "http://"}},
		{httpcall.Args{URL: "ftp://user:hush@example.org"}, []string{"url", "http://"}},
		{httpcall.Args{URL: "file:///etc/passwd"}, []string{"url", "http://"}},
		{httpcall.Args{URL: "http:///path"}, []string{"url", "host"}},
		{httpcall.Args{URL: "http://example.org:8o"}, []string{"url", `":8o"`}},
		{httpcall.Args{URL: "http://user:hush/x@example.org"}, []string{"url", "percent-encoded"}},
		{httpcall.Args{URL: "http://user:hu sh@example.org"}, []string{"url", "percent-encoded"}},
		{httpcall.Args{URL: "http://user:hush%zz@example.org"}, []string{"url", "percent-encoded"}},
		{httpcall.Args{URL: good, Method: "FETCH"}, []string{"method", `"FETCH"`, "GET", "OPTIONS"}},
		{httpcall.Args{URL: good, Headers: header("X Y", "hush")}, []string{"headers", `"X Y"`}},
		{httpcall.Args{URL: good, Headers: header("", "hush")}, []string{"headers", `""`}},
		{httpcall.Args{URL: good, Headers: header("Authorization", "hush\r\nX: y")}, []string{`headers["Authorization"]`, "line break"}},
		{httpcall.Args{URL: good, Headers: header("content-length", "3")}, []string{"headers", "Content-Length"}},
		{httpcall.Args{URL: good, Headers: map[string]string{"x-a": "1", "X-A": "2"}}, []string{"headers", "X-A", "twice"}},
		{httpcall.Args{URL: good, Extra: header("a:b", "")}, []string{"extra", `"a:b"`}},
		{httpcall.Args{URL: good, ExpectStatus: "2xx"}, []string{"expect_status", `"2xx"`, "200-299,404"}},
		{httpcall.Args{URL: good, ExpectStatus: "299-200"}, []string{"expect_status", `"299-200"`}},
		{httpcall.Args{URL: good, ExpectStatus: "200,"}, []string{"expect_status", `"200,"`}},
		{httpcall.Args{URL: good, ExpectStatus: "600"}, []string{"expect_status", "100 to 599"}},
		{httpcall.Args{URL: good, ExpectStatus: "+99"}, []string{"expect_status"}},
		{httpcall.Args{URL: good, Timeout: -1}, []string{"timeout", "-1", "86400"}},
		{httpcall.Args{URL: good, Timeout: math.Inf(1)}, []string{"timeout", "Inf"}},
		{httpcall.Args{Method: "X", Timeout: -1}, []string{"method", "url", "timeout"}},
	} {
		err := c.args.Validate()
		if !errors.Is(err, httpcall.ErrInvalid) {
			t.Errorf("Validate of %+v = %v, want ErrInvalid", c.args, err)
			continue
		}
		if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "\n") {
			t.Errorf("Validate: %q shows a password or has several lines", err)
		}
		for _, word := range c.says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("Validate of %+v: %q does not say %s", c.args, err, word)
			}
		}
	}
}

func TestArgsKeepTheirJSONForm(t *testing.T) {
	t.Parallel()
	const text = `{"method":"POST","url":"http://a/","headers":{"X":"1"},"body":"b","expect_status":"201","timeout":2.5}`
	a := httpcall.Args{
		Method: "POST", URL: "http://a/", Headers: map[string]string{"X": "1"}, Body: "b", ExpectStatus: "201", Timeout: 2.5,
	}
	var got httpcall.Args
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("%s reads as %+v (error %v)", text, got, err)
	}
	a.Extra = map[string]string{"Idempotency-Key": "t@1"}
	if b, err := json.Marshal(a); err != nil || string(b) != text {
		t.Errorf("written as %s (error %v), want %s", b, err, text)
	}
}
