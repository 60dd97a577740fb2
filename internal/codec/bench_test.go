package codec_test

import (
	"encoding/json"
	"testing"

	"github.com/go-asyncz/asyncz/internal/codec"
)

var state = []byte(`{"id":"backup","name":"nightly backup","func":"backup","args":{"older_than":"24h","paths":["/var/lib/app","/etc"]},` +
	`"trigger":{"type":"cron","hour":"2","timezone":"Europe/Zurich"},"executor":"default","max_instances":1,"coalesce":true,` +
	`"next_run_time":"2026-11-24T01:00:00Z","rev":17,"runs":[]}`)

// BenchmarkEncode and BenchmarkDecode stand beside package json, which reads and
// writes the same document.

func BenchmarkEncode(b *testing.B) {
	for _, c := range all(b) {
		b.Run(c.String(), func(b *testing.B) {
			b.ReportAllocs()
			var size int
			for b.Loop() {
				data, err := codec.Encode(c, state)
				if err != nil {
					b.Fatal(err)
				}
				size = len(data)
			}
			b.ReportMetric(float64(size), "size")
		})
	}
	b.Run("package json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(state, &v); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range all(b) {
		data, err := codec.Encode(c, state)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := codec.Decode(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
