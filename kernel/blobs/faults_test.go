package blobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/BurntSushi/toml"
	"github.com/amana-platform/amana/kernel/fault"
)

func TestFailuresBecomeFaults(t *testing.T) {
	own := fault.New(fault.Refused, "other.key")
	for _, c := range []struct {
		err  error
		kind fault.Kind
		key  string
	}{
		{syscall.ENOSPC, fault.Unavailable, "blobs.disk-full"},
		{syscall.EDQUOT, fault.Unavailable, "blobs.disk-full"},
		{&os.PathError{Op: "open", Path: "/x", Err: syscall.EROFS}, fault.Unavailable, "blobs.read-only"},
		{os.ErrPermission, fault.Unavailable, "blobs.read-only"},
		{os.ErrNotExist, fault.NotFound, "blobs.missing"},
		{ErrErased, fault.NotFound, "blobs.erased"},
		{ErrDamaged, fault.Unavailable, "blobs.damaged"},
		{errors.New("no route to host"), fault.Unavailable, "blobs.unavailable"},
		{own, fault.Refused, "other.key"},
	} {
		got := failure(fmt.Errorf("put: %w", c.err))
		if f := fault.Of(got); f.Kind != c.kind || f.Key != c.key || !errors.Is(got, c.err) {
			t.Errorf("%v: %v", c.err, got)
		}
	}
	if failure(nil) != nil || failure(context.Canceled) != context.Canceled { //nolint:errorlint // the error itself, not wrapped
		t.Error("nothing wrong, and a request that ended, stay what they are")
	}
}

func TestOpenRefusesWhatCannotBeSafe(t *testing.T) {
	good := Config{Place: t.TempDir(), Secret: random(32), Keys: newRing()}
	for what, spoil := range map[string]func(*Config){
		"no place":                 func(c *Config) { c.Place = "" },
		"short secret":             func(c *Config) { c.Secret = c.Secret[:31] },
		"no keys":                  func(c *Config) { c.Keys = nil },
		"bucket without a scratch": func(c *Config) { c.Place = "mem://" },
		"unknown bucket":           func(c *Config) { c.Place, c.Scratch = "nowhere://x", t.TempDir() },
		"place is a file":          func(c *Config) { c.Place = filepath.Join(c.Place, "file") },
	} {
		c := good
		spoil(&c)
		if what == "place is a file" {
			if err := os.WriteFile(c.Place, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(t.Context(), c); err == nil {
			t.Errorf("%s: opened", what)
		}
	}
	if _, err := OpenUploads(UploadsConfig{}); err == nil {
		t.Error("uploads without anything opened")
	}
}

func TestSendersFailureIsTheirs(t *testing.T) {
	b := openAt(t, onDisk(t))
	cut := errors.New("line cut")
	for _, n := range []int{0, 10, 3 * chunkSize} {
		_, err := b.Put(t.Context(), Offer{Subject: "person/1"}, errorAfter(letters(n), cut), Limits{})
		if !errors.Is(err, cut) || !fault.Is(err, fault.Internal) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Put(ctx, Offer{Subject: "person/1"}, bytes.NewReader(letters(10)), Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a request that ended: %v", err)
	}
	b.ring.erase("person/1")
	if _, err := b.Put(t.Context(), Offer{Subject: "person/1"}, bytes.NewReader(letters(10)), Limits{}); key(err) != "blobs.erased" {
		t.Errorf("for an erased subject: %v", err)
	}
	if n := len(b.listed(t)); n != 0 {
		t.Errorf("%d files after failures", n)
	}
}

func errorAfter(data []byte, err error) *errorReader {
	return &errorReader{*bytes.NewReader(data), err}
}

type errorReader struct {
	bytes.Reader
	err error
}

func (e *errorReader) Read(p []byte) (int, error) {
	if e.Len() == 0 {
		return 0, e.err
	}
	return e.Reader.Read(p)
}

func TestSlowAndHalfReadersAreRead(t *testing.T) {
	b := openAt(t, onDisk(t))
	want := letters(sniffSize + 77)
	info, err := b.Put(t.Context(), Offer{Subject: "person/1"}, iotest.OneByteReader(bytes.NewReader(want)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.read(t, info); err != nil || !bytes.Equal(got, want) {
		t.Error(err)
	}
}

// TestEveryFaultHasItsWords compares the keys in the code with the words.
func TestEveryFaultHasItsWords(t *testing.T) {
	used := map[string]bool{}
	quoted := regexp.MustCompile(`"(blobs\.[a-z.-]+)"`)
	files := must(filepath.Glob("*.go"))(t)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(string(must(os.ReadFile(name))(t)), -1) {
			used[m[1]] = true
		}
	}
	for _, lang := range []string{"ar", "fr", "en"} {
		words := map[string]string{}
		var tree map[string]any
		if err := toml.Unmarshal(must(fs.ReadFile(Texts, "text/"+lang+".toml"))(t), &tree); err != nil {
			t.Fatal(err)
		}
		flatten("", tree, words)
		for k := range used {
			if words[k] == "" {
				t.Errorf("%s has no words for %s", lang, k)
			}
		}
		for k := range words {
			if !used[k] {
				t.Errorf("%s: nothing says %s", lang, k)
			}
		}
	}
	if len(used) < 20 {
		t.Errorf("only %d keys found", len(used))
	}
}

func flatten(prefix string, tree map[string]any, into map[string]string) {
	for k, v := range tree {
		switch v := v.(type) {
		case string:
			into[prefix+k] = v
		case map[string]any:
			flatten(prefix+k+".", v, into)
		}
	}
}

// TestBigFilesOnS3 goes through a multipart upload and reads across its parts.
func TestBigFilesOnS3(t *testing.T) {
	b := openAt(t, onS3(t))
	want := letters(21 << 20)
	info := b.put(t, "person/1", want)
	if err := b.Verify(t.Context(), info); err != nil {
		t.Fatal(err)
	}
	r := must(b.Open(t.Context(), info))(t)
	defer r.Close()
	for _, from := range []int64{20 << 20, 8<<20 - 5, 0} {
		must(r.Seek(from, 0))(t)
		got := make([]byte, 70_000)
		n := must(r.Read(got))(t)
		if !bytes.Equal(got[:n], want[from:from+int64(n)]) {
			t.Errorf("from %d: other bytes", from)
		}
	}
	if p := partSize(1 << 43); int64(p)*10_000 < 1<<43 {
		t.Errorf("parts of %d cannot carry 8 TB", p)
	}
}

func TestKindsAreWhatFormsAccept(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		for _, e := range append(slices.Clone(k.Extensions), k.MIME) {
			if seen[e] {
				t.Errorf("%s stands for two kinds", e)
			}
			seen[e] = true
		}
	}
}
