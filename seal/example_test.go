package seal_test

import (
	"errors"
	"fmt"

	"github.com/go-asyncz/asyncz/seal"
)

func ExampleRing_Seal() {
	ring, err := seal.NewRing("correct horse battery staple")
	if err != nil {
		panic(err)
	}
	b := seal.Binding{Kind: seal.KindTask, Namespace: "sql/asyncz_store", ID: "t1"}
	sealed, err := ring.Seal(b, []byte(`{"id":"t1"}`))
	if err != nil {
		panic(err)
	}
	opened, err := ring.Open(b, sealed)
	fmt.Printf("%s %v\n", opened, err)

	b.ID = "t2"
	_, err = ring.Open(b, sealed)
	fmt.Println(errors.Is(err, seal.ErrTampered))
	// Output:
	// {"id":"t1"} <nil>
	// true
}

func ExampleNewRing_rotation() {
	b := seal.Binding{Kind: seal.KindTask, Namespace: "file", ID: "backup"}
	before, _ := seal.NewRing("the value of last year, long enough")
	stored, _ := before.Seal(b, []byte("state"))

	ring, _ := seal.NewRing("the value of this year, long enough", "the value of last year, long enough")
	fmt.Println("current:", ring.Current(stored))
	stored, changed, err := ring.Reseal(b, stored)
	fmt.Println("changed:", changed, err)
	fmt.Println("current:", ring.Current(stored))
	// Output:
	// current: false
	// changed: true <nil>
	// current: true
}

func ExampleRing_Open_noKey() {
	var none *seal.Ring // no key is set
	b := seal.Binding{Kind: seal.KindTask, Namespace: "file", ID: "backup"}
	plain, err := none.Open(b, []byte(`{"id":"backup"}`))
	fmt.Printf("%s %v\n", plain, err)

	ring, _ := seal.NewRing("correct horse battery staple")
	sealed, _ := ring.Seal(b, plain)
	_, err = none.Open(b, sealed)
	fmt.Println(err)
	// Output:
	// {"id":"backup"} <nil>
	// the data is sealed, and no encryption key is set: it needs key id a459e165
}

func ExampleKeyID() {
	ring, _ := seal.NewRing("correct horse battery staple")
	sealed, _ := ring.Seal(seal.Binding{Kind: seal.KindTask, Namespace: "file", ID: "backup"}, nil)
	id, ok := seal.KeyID(sealed)
	fmt.Println(id, ok, ring.Has(id))
	// Output: a459e165 true true
}

func ExampleWeak() {
	fmt.Println(seal.Weak("hunter2"))
	fmt.Println(seal.Weak(seal.Generate()) == "")
	// Output:
	// the encryption key has only 7 bytes and can be guessed; use at least 22 random characters, such as those that `asyncz keygen` prints
	// true
}

func ExampleParseOld() {
	fmt.Printf("%q\n", seal.ParseOld("value of 2024\nvalue of 2025\n"))
	// Output: ["value of 2024" "value of 2025"]
}
