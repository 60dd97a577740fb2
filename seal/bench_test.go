package seal_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"testing"
)

// BenchmarkSeal and BenchmarkOpen compare with AES-256-GCM itself: a random
// nonce, the same sizes, associated data of the same length, one allocation.

var sizes = []int{300, 4096}

func bare(b *testing.B) cipher.AEAD {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		b.Fatal(err)
	}
	return aead
}

var associated = make([]byte, 9+2+4+2+4+2+6) // as long as that of binding

func BenchmarkSeal(b *testing.B) {
	for _, size := range sizes {
		plaintext := bytes.Repeat([]byte("p"), size)
		b.Run(fmt.Sprintf("ring/%d", size), func(b *testing.B) {
			ring := newRing(b, newValue, oldValue)
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := ring.Seal(binding, plaintext); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("bare/%d", size), func(b *testing.B) {
			aead := bare(b)
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				out := make([]byte, 12, 12+size+16)
				rand.Read(out)
				aead.Seal(out, out, plaintext, associated)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, size := range sizes {
		plaintext := bytes.Repeat([]byte("p"), size)
		b.Run(fmt.Sprintf("ring/%d", size), func(b *testing.B) {
			ring := newRing(b, newValue, oldValue)
			data := mustSeal(b, ring, binding, string(plaintext))
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := ring.Open(binding, data); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("bare/%d", size), func(b *testing.B) {
			aead := bare(b)
			nonce := make([]byte, 12)
			data := aead.Seal(nil, nonce, plaintext, associated)
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := aead.Open(make([]byte, 0, size), nonce, data, associated); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
