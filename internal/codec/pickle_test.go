package codec_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz/internal/codec"
)

func TestPicklesOfPythonAreRead(t *testing.T) {
	t.Parallel()
	for protocol, text := range golden {
		got, err := codec.Decode(unhex(t, text))
		if err != nil || !same(t, []byte(goldenDocument), got) {
			t.Errorf("protocol %d: %s, %v", protocol, got, err)
		}
	}
}

func TestPickleProtocolIsTheOneAsked(t *testing.T) {
	t.Parallel()
	for protocol, want := range []string{"(V", "(X", "\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"} {
		data, err := codec.Encode(mustNew(t, "pickle", &protocol), []byte(`{"a":"b"}`))
		if err != nil || !bytes.HasPrefix(data, []byte(want)) {
			t.Errorf("protocol %d begins with %.8q, %v; want %q", protocol, data, err, want)
		}
	}
	data, err := codec.Encode(mustNew(t, "pickle", nil), []byte(`{}`))
	if err != nil || !bytes.HasPrefix(data, []byte("\x80\x05")) {
		t.Errorf("the default protocol begins with %.8q, %v; want that of 5", data, err)
	}
}

func TestHostilePicklesAreRefused(t *testing.T) {
	t.Parallel()
	for protocol, text := range hostile {
		got, err := codec.Decode(unhex(t, text))
		if !errors.Is(err, codec.ErrMalformed) || got != nil || !strings.Contains(err.Error(), "a class or function") {
			t.Errorf("protocol %d: %q, %v; want ErrMalformed that says what it holds", protocol, got, err)
		}
	}
	for name, data := range map[string]string{
		"os.system, the classic":       "cos\nsystem\n(S'echo pwned'\ntR.",
		"the classic as a value":       "(Vx\ncos\nsystem\n(Vecho pwned\ntRd.",
		"a class that is not called":   "(Vx\ncos\nsystem\nd.",
		"a class on the stack":         "(cos\nsystem\n}.",
		"a class after the end":        "(d.cos\nsystem\n.",
		"a class as key":               "(cos\nsystem\nNd.",
		"STACK_GLOBAL":                 "\x80\x04}\x8c\x01x\x8c\x02os\x8c\x06system\x93s.",
		"INST":                         "(Vx\n(Vecho\nios\nsystem\nd.",
		"OBJ":                          "(Vx\n(cos\nsystem\nVecho\nod.",
		"REDUCE alone":                 "}(R.",
		"BUILD":                        "}}b.",
		"NEWOBJ":                       "\x80\x02})\x81.",
		"NEWOBJ_EX":                    "\x80\x04})}\x92.",
		"a persistent id":              "(Vx\nPid\nd.",
		"a persistent id of the stack": "(Vx\nVid\nQd.",
		"EXT1":                         "\x80\x02}\x82\x01.",
		"EXT2":                         "\x80\x02}\x83\x01\x00.",
		"EXT4":                         "\x80\x02}\x84\x01\x00\x00\x00.",
		"NEXT_BUFFER":                  "\x80\x05}\x97.",
		"bytes through _codecs":        "\x80\x02}Vx\nc_codecs\nencode\nVabc\nVlatin1\n\x86Rs.",
	} {
		if got, err := codec.Decode([]byte(data)); err == nil || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestPickleOfMoreThanPlainDataIsRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ data, want string }{
		"bytes":                     {"\x80\x03}X\x01\x00\x00\x00xC\x03abcs.", "holds bytes"},
		"a bytearray":               {"\x80\x05}\x8c\x01x\x96\x01\x00\x00\x00\x00\x00\x00\x00as.", "holds bytes"},
		"a text of Python 2":        {"(S'x'\nS'y'\nd.", "holds bytes"},
		"a set":                     {"\x80\x04}\x8c\x01x\x8fs.", "holds a set"},
		"a list":                    {"\x80\x02].", "not a dictionary"},
		"no value":                  {"\x80\x02.", "underflow"},
		"a mark":                    {"(.", "MARK"},
		"a number as key":           {"}K\x01Ns.", "keys are text"},
		"None as key":               {"}NNs.", "keys are text"},
		"a list as key":             {"}]Ns.", "key"},
		"NaN":                       {"}Vx\nFnan\ns.", "NaN"},
		"infinity":                  {"}Vx\nG\x7f\xf0\x00\x00\x00\x00\x00\x00s.", "Inf"},
		"half a surrogate pair":     {"}Vx\n\x58\x03\x00\x00\x00\xed\xa0\x80s.", "not UTF-8"},
		"an odd number of items":    {"(Vx\nd.", "odd"},
		"protocol 6":                {"\x80\x06}.", "protocol 6"},
		"no STOP":                   {"}", "before its STOP"},
		"a list shared":             {"\x80\x05}\x94(\x8c\x01x\x94]\x94K\x01a\x8c\x01y\x94h\x02u.", "refers twice"},
		"a list within itself":      {"\x80\x02}q\x00X\x01\x00\x00\x00xq\x01]q\x02h\x02as.", "refers twice"},
		"a dict within itself":      {"}p0\nVx\ng0\ns.", "refers twice"},
		"a dict within itself, j":   {"}r\x00\x01\x00\x00Vx\nj\x00\x01\x00\x00s.", "refers twice"},
		"a memo that isn't":         {"}Vx\ng7\ns.", "memo"},
		"a duplicate of the top":    {"}Vx\n]2as.", "none of plain data"},
		"an integer of 128 bytes":   {"}Vx\n\x8a\x80" + strings.Repeat("\x01", 128) + "s.", "has 128 bytes"},
		"an integer by LONG4":       {"}Vx\n\x8b\x00\x01\x00\x00" + strings.Repeat("\x01", 256) + "s.", "an integer of more than 255 bytes"},
		"an integer of many digits": {"}Vx\nL" + strings.Repeat("1", 5000) + "L\ns.", "has 5001 bytes"},
		"4301 digits":               {"}Vx\nI" + strings.Repeat("1", 4301) + "\ns.", "4300 digits"},
		"1001 levels":               {"}Vx\n" + strings.Repeat("]", 1000) + strings.Repeat("a", 999) + "s.", "nested deeper"},
	} {
		got, err := codec.Decode([]byte(tc.data))
		if !errors.Is(err, codec.ErrMalformed) || got != nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %.100q, %.200v; want ErrMalformed and %q", name, got, err, tc.want)
		}
	}
}

// A pickle can be far smaller than what it stands for, or claim to be larger
// than it is. Neither may cost memory or time.
func TestHostileSizesCostNothing(t *testing.T) {
	t.Parallel()
	bomb := "}p0\nVx\n}p1\ns" // x: one empty dictionary, and then each level holds the one below twice
	for range 40 {
		bomb += "}(Va\ng1\nVb\ng1\nup1\n"
	}
	for name, data := range map[string]string{
		"a text of 4 GiB":             "}Vx\nX\xff\xff\xff\xff",
		"a text longer than the rest": "}Vx\nX\x10\x00\x00\x00abcs.",
		"an exponential document":     bomb + ".",
		"a text repeated":             "}(" + "X\x00\x00\x10\x00" + strings.Repeat("k", 1<<20) + "q\x00N" + strings.Repeat("h\x00N", 100_000) + "u.",
		"100,000 levels":              "}Vx\n" + strings.Repeat("]", 100_000) + strings.Repeat("a", 99_999) + "s.",
		"100,000 marks":               strings.Repeat("(", 100_000) + ".",
		"more than 64 MiB":            "}" + strings.Repeat("N", 64<<20),
	} {
		if got, err := codec.Decode([]byte(data)); !errors.Is(err, codec.ErrMalformed) {
			t.Errorf("%s: %.60q, %v; want ErrMalformed", name, got, err)
		}
	}
}

func TestTuplesAreReadAsLists(t *testing.T) {
	t.Parallel()
	// pickle.dumps({"x": (1, (), (2, 3), (1, 2, 3, 4))}, 0) of CPython 3.11
	data := "(dp0\nVx\np1\n(I1\n(t(I2\nI3\ntp2\n(I1\nI2\nI3\nI4\ntp3\ntp4\ns."
	got, err := codec.Decode([]byte(data))
	if want := `{"x":[1,[],[2,3],[1,2,3,4]]}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

// TestPythonReadsAndWrites runs Python itself, where there is one.
func TestPythonReadsAndWrites(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 on the PATH; the pickles in golden_test.go stand in for it")
	}
	type pickled struct {
		Name, Pickle string
		Protocol     int
	}
	var asked []pickled
	for protocol := range codec.HighestProtocol + 1 {
		for name, doc := range documents {
			if len(doc) > 20_000 {
				continue // for the sake of time: the forms are those of the short ones
			}
			data, err := codec.Encode(mustNew(t, "pickle", &protocol), []byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			asked = append(asked, pickled{name, hex.EncodeToString(data), protocol})
		}
	}
	input, err := json.Marshal(asked)
	if err != nil {
		t.Fatal(err)
	}
	const program = `
import json, pickle, sys
out = []
for x in json.load(sys.stdin):
    if x["Protocol"] > pickle.HIGHEST_PROTOCOL:  # 5 came with Python 3.8
        continue
    doc = pickle.loads(bytes.fromhex(x["Pickle"]))
    again = []
    if x["Name"] != "4300 digits":  # Python writes those in a form that is not read
        again = [pickle.dumps(doc, p).hex() for p in range(pickle.HIGHEST_PROTOCOL + 1)]
    out.append({"Name": x["Name"], "Doc": json.dumps(doc), "Pickles": again})
json.dump(out, sys.stdout)
`
	cmd := exec.CommandContext(t.Context(), python, "-c", program)
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("python3: %v\n%s", err, &stderr)
	}
	var answers []struct {
		Name, Doc string
		Pickles   []string
	}
	if err := json.Unmarshal(output, &answers); err != nil {
		t.Fatal(err)
	}
	if len(answers) < len(asked)/2 {
		t.Fatalf("%d answers to %d pickles", len(answers), len(asked))
	}
	for _, a := range answers {
		doc := []byte(documents[a.Name])
		if !same(t, doc, []byte(a.Doc)) {
			t.Errorf("%s: Python reads %.200s", a.Name, a.Doc)
		}
		for protocol, text := range a.Pickles {
			got, err := codec.Decode(unhex(t, text))
			if err != nil || !same(t, doc, got) {
				t.Errorf("%s: what Python writes with protocol %d reads %.200s, %v", a.Name, protocol, got, err)
			}
		}
	}
}
