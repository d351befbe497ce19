package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amana-platform/amana/engines/tensor"
)

// plates runs `amana plates …`.
func plates(t *testing.T, args ...string) (out, said string, err error) {
	t.Helper()
	c := command()
	var stdout, stderr bytes.Buffer
	c.SetOut(&stdout)
	c.SetErr(&stderr)
	c.SetArgs(append([]string{"plates"}, args...))
	err = c.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

// folder holds two pictures, a file that is no picture although its name says
// so, and one that nobody asked for.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 48))); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir+"/more", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{"a.png": b.Bytes(), "more/b.PNG": b.Bytes(), "broken.jpg": []byte("no picture"), "notes.txt": []byte("notes")} {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func lines(t *testing.T, out string) map[string]platesLine {
	t.Helper()
	all := map[string]platesLine{}
	for line := range strings.Lines(out) {
		var l platesLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if !strings.Contains(line, `"plates":[`) {
			t.Errorf("no list of plates: %s", line)
		}
		all[filepath.Base(l.File)] = l
	}
	return all
}

// TestPlatesRead: a line for each picture, in order, also for the one that
// cannot be read; and the exit status says that there was one.
func TestPlatesRead(t *testing.T) {
	dir := folder(t)
	for _, threads := range []string{"1", "3"} {
		out, said, err := plates(t, "read", dir, dir+"/missing.jpg", "--json", "--threads", threads)
		if !errors.Is(err, errFound) {
			t.Fatal(err)
		}
		got := lines(t, out)
		if a := got["a.png"]; len(got) != 4 || a.Width != 64 || a.Height != 48 || a.MS <= 0 || a.Error != "" || got["b.PNG"].Width != 64 {
			t.Errorf("%+v", got)
		}
		for _, bad := range []string{"broken.jpg", "missing.jpg"} {
			if got[bad].Error == "" || !strings.Contains(said, bad) {
				t.Errorf("%s is passed over: %q", bad, said)
			}
		}
		if !strings.HasPrefix(out, `{"file":"`+dir+`/a.png"`) {
			t.Error("not in order:", out)
		}
	}
	if out, _, err := plates(t, "read", dir+"/a.png", "--crop"); err != nil || out != dir+"/a.png\t-\n" {
		t.Errorf("%q, %v", out, err)
	}
	for _, k := range tensor.Kernels() {
		if _, _, err := plates(t, "read", dir+"/a.png", "--kernel", string(k)); err != nil {
			t.Error(k, err)
		}
	}
}

// TestPlatesUsage: what is wrong with the command line is no file that cannot
// be read.
func TestPlatesUsage(t *testing.T) {
	for _, args := range [][]string{{"read"}, {"bench"}, {"bench", "a", "b"}, {"read", "x", "--kernel", "mmx"}, {"read", "x", "--threads", "0"}, {"read", "x", "--nothing"},
		{"read", "x", "--onnxruntime", "/nowhere/libonnxruntime.so"}} {
		if _, _, err := plates(t, args...); err == nil || errors.Is(err, errFound) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestPlatesBench(t *testing.T) {
	dir := folder(t)
	link := t.TempDir() + "/link" // links are followed, to a folder and to a picture
	if err := errors.Join(os.Rename(dir+"/more/b.PNG", dir+"/c.png"), os.Symlink(dir+"/c.png", dir+"/more/b.PNG"), os.Symlink(dir, link)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir + "/broken.jpg"); err != nil {
		t.Fatal(err)
	}
	out, said, err := plates(t, "bench", link, "--json")
	if err != nil || len(lines(t, out)) != 3 || !strings.Contains(said, "3 pictures, 0 plates") {
		t.Errorf("%q, %q, %v", out, said, err)
	}
}
