package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
)

// requests writes what a program that started this one would.
type requests struct{ bytes.Buffer }

func (r *requests) ask(kind, model uint32, body string) *requests {
	var head [16]byte
	binary.LittleEndian.PutUint32(head[:], kind)
	binary.LittleEndian.PutUint32(head[4:], model)
	binary.LittleEndian.PutUint64(head[8:], uint64(len(body)))
	r.Write(head[:])
	r.WriteString(body)
	return r
}

// answers reads what was answered: words, or the words of an error behind "!".
func answers(t *testing.T, out []byte) (all []string) {
	t.Helper()
	for len(out) > 0 {
		n := binary.LittleEndian.Uint64(out[8:])
		said := string(out[16 : 16+n])
		if out[0] != 0 {
			said = "!" + said
		}
		all = append(all, said)
		out = out[16+n:]
	}
	return all
}

// TestNoLibrary: what cannot be loaded is the first answer.
func TestNoLibrary(t *testing.T) {
	for path, want := range map[string]string{"/nowhere.so": "!/nowhere.so cannot be loaded", "libc.so.6": "!libc.so.6 is not ONNX Runtime", "": "! is not ONNX Runtime"} {
		var out bytes.Buffer
		if err := serve(path, strings.NewReader(""), &out); err != nil {
			t.Error(path, err)
		}
		if got := answers(t, out.Bytes()); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%q: %q", path, got)
		}
	}
}

// TestRefusals: a request that cannot be obeyed is answered with the reason,
// and the next one is heard; one that is cut off ends the program.
func TestRefusals(t *testing.T) {
	library := os.Getenv("AMANA_ONNXRUNTIME")
	if library == "" {
		t.Skip("AMANA_ONNXRUNTIME names no library")
	}
	line := func(threads int, shape string) string {
		return fmt.Sprintf(`{"threads":%d,"input":"x","shape":%s,"outputs":["y"]}`+"\n", threads, shape)
	}
	var in requests
	in.ask(run, 7, "").ask(load, 1, "no line").ask(load, 1, line(0, "[1]")+"x").ask(load, 1, line(1, "[]")+"x").ask(load, 1, line(1, "[1,-4]")+"x")
	in.ask(load, 1, line(1, "[1048576,1048576]")+"x").ask(load, 1, line(1, "[1,2]")+"no model").ask(drop, 9, "").ask(load, 1, line(1, "[1,2]")+identity)
	in.ask(load, 1, line(1, "[1,2]")+identity).ask(run, 1, "short").ask(run, 1, "12345678").ask(drop, 1, "").ask(run, 1, "12345678")
	want := []string{"1.", "!there is no model 7", "!the line before", "!a model with 0 threads", "!an input without a shape", "!an input of [1 -4]", "!an input of", "!", "",
		"!there is a model 1 already", "!an input of 5 bytes", "12345678", "!there is no model 1"}
	var out bytes.Buffer
	if err := serve(library, &in, &out); err != nil {
		t.Fatal(err)
	}
	got := answers(t, out.Bytes())
	if len(got) != len(want) {
		t.Fatalf("%d answers, not %d: %q", len(got), len(want), got)
	}
	for i, w := range want {
		if !strings.HasPrefix(got[i], w) || w == "" && got[i] != "" {
			t.Errorf("answer %d is %q, not %q", i, got[i], w)
		}
	}
	for name, cut := range map[string]string{"head": "\x01\x00", "body": "\x02\x00\x00\x00\x01\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00x",
		"size": "\x02\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10", "kind": strings.Repeat("\x04\x00\x00\x00", 2) + strings.Repeat("\x00", 8)} {
		if err := serve(library, strings.NewReader(cut), &out); err == nil {
			t.Errorf("a request with a wrong %s is heard", name)
		}
	}
}

// identity is an ONNX file of one node: y is x, of the shape [1, 2].
const identity = "\x08\x07:?\x0a\x10\x0a\x01x\x12\x01y\x22\x08Identity\x12\x01gZ\x13\x0a\x01x\x12\x0e\x0a\x0c\x08\x01\x12\x08\x0a\x02\x08\x01\x0a\x02\x08\x02b\x13\x0a\x01y\x12\x0e\x0a\x0c\x08\x01\x12\x08\x0a\x02\x08\x01\x0a\x02\x08\x02B\x04\x0a\x00\x10\x0e"
