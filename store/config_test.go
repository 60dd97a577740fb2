package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz/store"
)

type octal int

func (o *octal) UnmarshalText(text []byte) error {
	_, err := fmt.Sscanf(string(text), "%o", (*int)(o))
	if err != nil {
		return fmt.Errorf("%q is not octal", text)
	}
	return nil
}

type settings struct {
	Host     string         `config:"host"`
	Port     int            `config:"port"`
	Small    uint8          `config:"small"`
	TLS      bool           `config:"tls"`
	Password string         `config:"password"`
	Wait     time.Duration  `config:"wait"`
	Mode     octal          `config:"mode"`
	Extra    map[string]any `config:"extra"`
	Database any            `config:"database"`
	Hidden   int
}

func TestDecodeReadsValuesAndTheirText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		config map[string]any
		want   settings
	}{
		{"nothing keeps the defaults", nil, settings{Host: "localhost", Port: 1}},
		{"nil keeps the default", map[string]any{"port": nil}, settings{Host: "localhost", Port: 1}},
		{"values", map[string]any{"host": "h", "port": 2, "tls": true, "wait": time.Second}, settings{Host: "h", Port: 2, TLS: true, Wait: time.Second}},
		{"text", map[string]any{"port": "2", "tls": "true", "wait": "3s", "small": "255"}, settings{Host: "localhost", Port: 2, TLS: true, Wait: 3 * time.Second, Small: 255}},
		{"numbers of JSON", map[string]any{"port": float64(6379)}, settings{Host: "localhost", Port: 6379}},
		{"negative number", map[string]any{"port": "-1"}, settings{Host: "localhost", Port: -1}},
		{"a number for text", map[string]any{"password": 1234}, settings{Host: "localhost", Port: 1, Password: "1234"}},
		{"a field that reads text", map[string]any{"mode": "700"}, settings{Host: "localhost", Port: 1, Mode: 0o700}},
		{"a field that reads text, given a number", map[string]any{"mode": 7}, settings{Host: "localhost", Port: 1, Mode: 7}},
		{"empty text", map[string]any{"host": ""}, settings{Port: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := settings{Host: "localhost", Port: 1}
			if err := store.Decode(c.config, &got); err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestDecodeErrorsNameTheKeyAndWhatIsAllowed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		config map[string]any
		says   []string
	}{
		{"unknown key", map[string]any{"prot": 1}, []string{`unknown key "prot"`, "database, extra, host, mode, password, port, small, tls, wait"}},
		{"key in another case", map[string]any{"Host": "x"}, []string{`unknown key "Host"`}},
		{"field without a key", map[string]any{"Hidden": 1}, []string{`unknown key "Hidden"`}},
		{"text that is no number", map[string]any{"port": "many"}, []string{`"port"`, `"many"`, "whole number"}},
		{"empty text for a number", map[string]any{"port": ""}, []string{`"port"`, `""`, "whole number"}},
		{"fraction", map[string]any{"port": 1.5}, []string{`"port"`, "1.5", "whole number"}},
		{"boolean for a number", map[string]any{"port": true}, []string{`"port"`, "true", "whole number"}},
		{"list for a number", map[string]any{"port": []int{1}}, []string{`"port"`, "whole number"}},
		{"too large", map[string]any{"small": 256}, []string{`"small"`, "256", "range"}},
		{"negative", map[string]any{"small": -1}, []string{`"small"`, "-1", "0 or more"}},
		{"no boolean", map[string]any{"tls": "maybe"}, []string{`"tls"`, `"maybe"`, "true or false"}},
		{"number as boolean", map[string]any{"tls": 2}, []string{`"tls"`, "2", "true or false"}},
		{"duration without unit", map[string]any{"wait": "5"}, []string{`"wait"`, "unit"}},
		{"field that reads text", map[string]any{"mode": "rwx"}, []string{`"mode"`, `"rwx" is not octal`}},
		{"map for text", map[string]any{"host": map[string]any{"a": 1}}, []string{`"host"`, "takes text", "map"}},
		{"text for a map", map[string]any{"extra": "x"}, []string{`"extra"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := settings{Host: "localhost", Port: 1}
			err := store.Decode(c.config, &got)
			if !errors.Is(err, store.ErrConfig) {
				t.Fatalf("got error %v, want an ErrConfig", err)
			}
			for _, word := range c.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the error does not say %s: %v", word, err)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %q", err)
			}
		})
	}
}

func TestDecodeNeverShowsAPassword(t *testing.T) {
	t.Parallel()
	for _, config := range []map[string]any{
		{"password": []string{"hunter2"}},
		{"password": map[string]any{"hunter2": "hunter2"}},
		{"host": []any{"user:hunter2@host"}},
		{"extra": "hunter2"},
		{"extra": []string{"hunter2"}},
		{"password": "hunter2", "port": "x"},
		{"database": "db://user:hunter2@host/", "prot": 1},
	} {
		err := store.Decode(config, &settings{})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: the error is %v", config, err)
		}
	}
}

func TestDecodeChangesNothingWhenItFails(t *testing.T) {
	t.Parallel()
	got := settings{Host: "localhost"}
	if err := store.Decode(map[string]any{"host": "other", "port": "x"}, &got); err == nil {
		t.Fatal("no error")
	}
	if got.Host != "localhost" {
		t.Errorf("host is %q", got.Host)
	}
}

func TestDecodeOfAStoreWithoutKeysSaysSo(t *testing.T) {
	t.Parallel()
	err := store.Decode(map[string]any{"size": 1}, &struct{}{})
	if err == nil || !strings.Contains(err.Error(), `unknown key "size"; there is no key but "type"`) {
		t.Errorf("the error is %v", err)
	}
}
