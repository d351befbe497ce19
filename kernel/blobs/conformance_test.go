package blobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
)

// bench is a store under test with its key ring and a way to spoil its files.
type bench struct {
	*Store
	ring *ring
}

// raw gives the stored bytes.
func (b bench) raw(t *testing.T, a Address) []byte {
	t.Helper()
	r := must(b.place.read(t.Context(), a.key(), 0))(t)
	defer r.Close()
	return must(io.ReadAll(r))(t)
}

// spoil puts other bytes under a name, as somebody with the disk could.
func (b bench) spoil(t *testing.T, name string, data []byte) {
	t.Helper()
	var err error
	switch p := b.place.(type) {
	case disk:
		if err = os.MkdirAll(filepath.Dir(p.path(name)), 0o700); err == nil {
			err = os.WriteFile(p.path(name), data, 0o600)
		}
	case bucket:
		_, err = p.PutObject(t.Context(), p.name, name, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{DisableContentSha256: true})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func onDisk(t testing.TB) string { return t.TempDir() }

// onS3 starts an S3 service in process and makes a bucket.
func onS3(t testing.TB) string {
	service := s3mem.New()
	if err := service.CreateBucket("amana-files"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(service).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	return "s3://amana-files?region=us-east-1&use_path_style=true&endpoint=" + server.URL
}

func openAt(t testing.TB, place string) bench {
	t.Helper()
	b := bench{ring: newRing()}
	c := Config{Place: place, Secret: random(32), Keys: b.ring}
	if strings.Contains(place, "://") {
		c.Scratch = t.TempDir()
	}
	s, err := Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		left, _ := filepath.Glob(filepath.Join(s.scratch, "*"))
		if len(left) != 0 {
			t.Errorf("left in scratch: %v", left)
		}
	})
	b.Store = s
	return b
}

// everywhere runs a test on each kind of place.
func everywhere(t *testing.T, test func(*testing.T, bench)) {
	for _, p := range []struct {
		name  string
		place func(testing.TB) string
	}{{"disk", onDisk}, {"s3", onS3}} {
		t.Run(p.name, func(t *testing.T) { test(t, openAt(t, p.place(t))) })
	}
}

func (b bench) put(t *testing.T, subject string, data []byte) Info {
	t.Helper()
	return must(b.Put(t.Context(), Offer{Subject: subject, Name: "notes.txt"}, bytes.NewReader(data), Limits{}))(t)
}

func (b bench) read(t *testing.T, info Info) ([]byte, error) {
	t.Helper()
	r, err := b.Open(t.Context(), info)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (b bench) listed(t *testing.T) []Stored {
	t.Helper()
	var all []Stored
	for s, err := range b.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func TestWhatIsPutComesBack(t *testing.T) {
	everywhere(t, func(t *testing.T, b bench) {
		for _, n := range []int{1, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 17} {
			want := letters(n)
			info := b.put(t, "person/1", want)
			got, err := b.read(t, info)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes: %d came back, %v", n, len(got), err)
			}
			if info.Size != int64(n) || info.MIME != "text/plain" || info.Name != "notes.txt" {
				t.Errorf("info %+v", info)
			}
			sum := sha256.Sum256(want)
			if d := must(b.Digest(t.Context(), info))(t); d != hex.EncodeToString(sum[:]) {
				t.Errorf("digest %s", d)
			}
			if err := b.Verify(t.Context(), info); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestSeekReadsOnlyWhatIsAsked(t *testing.T) {
	everywhere(t, func(t *testing.T, b bench) {
		want := letters(5*chunkSize + 99)
		info := b.put(t, "person/1", want)
		r := must(b.Open(t.Context(), info))(t)
		defer r.Close()
		if err := iotest.TestReader(r, want); err != nil {
			t.Error(err)
		}
		raw := b.raw(t, info.Address)
		raw[headerSize+sealedSize+5] ^= 1 // chunk 1
		b.spoil(t, info.Address.key(), raw)
		r2 := must(b.Open(t.Context(), info))(t)
		defer r2.Close()
		must(r2.Seek(-100, io.SeekEnd))(t)
		if tail := must(io.ReadAll(r2))(t); !bytes.Equal(tail, want[len(want)-100:]) {
			t.Error("a range of undamaged chunks reads")
		}
		must(r2.Seek(chunkSize-10, io.SeekStart))(t)
		got, err := io.ReadAll(r2)
		if !errors.Is(err, ErrDamaged) || !bytes.Equal(got, want[chunkSize-10:chunkSize]) {
			t.Errorf("%d bytes and %v, want the 10 before the damage", len(got), err)
		}
	})
}

func TestPlaintextAndNamesAreNowhere(t *testing.T) {
	everywhere(t, func(t *testing.T, b bench) {
		secret := []byte("the witness lives at 12 rue des Lilas")
		info := b.put(t, "person/77", secret)
		raw := b.raw(t, info.Address)
		for _, word := range []string{"witness", "Lilas", "person/77", "notes", string(info.Key)} {
			if bytes.Contains(raw, []byte(word)) {
				t.Errorf("%q lies in the stored file", word)
			}
		}
		sum := sha256.Sum256(secret)
		if strings.Contains(string(info.Address), hex.EncodeToString(sum[:])) || bytes.Contains(info.Digest, sum[:]) {
			t.Error("the plaintext digest shows")
		}
	})
}

func TestSameBytesTwiceAreTwoFiles(t *testing.T) {
	everywhere(t, func(t *testing.T, b bench) {
		data := letters(1000)
		var wg sync.WaitGroup
		infos := make([]Info, 8)
		for i := range infos {
			wg.Go(func() {
				info, err := b.Put(t.Context(), Offer{Subject: fmt.Sprint("person/", i%2)}, bytes.NewReader(data), Limits{})
				if err != nil {
					t.Error(err)
				}
				infos[i] = info
			})
		}
		wg.Wait()
		b.ring.erase("person/0")
		for i, info := range infos {
			got, err := b.read(t, info)
			if i%2 == 1 && (err != nil || !bytes.Equal(got, data)) {
				t.Errorf("erasing one subject harmed the other: %v", err)
			}
			if i%2 == 0 && (!errors.Is(err, ErrErased) || fault.Of(err).Key != "blobs.erased") {
				t.Errorf("an erased subject's file: %v", err)
			}
		}
		if n := len(b.listed(t)); n != 8 {
			t.Errorf("%d files", n)
		}
	})
}

// TestNothingGuessableOutlivesErasure tries, with the store's secret and the
// right guess at content and subject, to find the address again.
func TestNothingGuessableOutlivesErasure(t *testing.T) {
	b := openAt(t, onDisk(t))
	guess := []byte("AB123456")
	info := b.put(t, "person/1", guess)
	sum := sha256.Sum256(guess)
	b.ring.erase("person/1")
	for _, key := range [][]byte{nil, make([]byte, keySize), b.secret, info.Key} {
		if a, err := addressOf(b.secret, key, "person/1", sum[:]); err == nil && a == info.Address {
			t.Error("the address betrays the content without the data key")
		}
		if d, err := openSmall(key, "amana blob digest", info.Digest); err == nil {
			t.Errorf("the digest opens without the data key: %x", d)
		}
	}
}

func TestAFileIsWrittenOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, b bench) {
		info := b.put(t, "person/1", letters(500))
		before := b.raw(t, info.Address)
		other := must(os.CreateTemp(t.TempDir(), "x"))(t)
		defer other.Close()
		must(other.WriteString("other bytes"))(t)
		if err := b.place.keep(t.Context(), other, info.Address); err == nil {
			t.Error("a second file took the name")
		}
		if !bytes.Equal(b.raw(t, info.Address), before) {
			t.Error("the first file was replaced")
		}
	})
}

func TestDamageIsFound(t *testing.T) {
	everywhere(t, func(t *testing.T, b bench) {
		const size = 2*chunkSize + 300
		info, other := b.put(t, "person/1", letters(size)), b.put(t, "person/1", letters(size))
		whole, foreign := b.raw(t, info.Address), b.raw(t, other.Address)
		cut := func(i int) []byte { return whole[headerSize+int64(i)*sealedSize:][:sealedSize] }
		head, tail := whole[:headerSize], whole[headerSize+2*sealedSize:]
		damages := map[string][]byte{
			"nothing":          {},
			"header only":      head,
			"last byte":        whole[:len(whole)-1],
			"last chunk":       whole[:headerSize+2*sealedSize],
			"a byte more":      append(slices.Clone(whole), 0),
			"chunks swapped":   slices.Concat(head, cut(1), cut(0), tail),
			"chunk repeated":   slices.Concat(head, cut(0), cut(0), tail),
			"chunk of another": slices.Concat(head, cut(0), foreign[headerSize+sealedSize:][:sealedSize], tail),
			"another file":     foreign,
			"another's header": slices.Concat(foreign[:headerSize], whole[headerSize:]),
		}
		for name, data := range damages {
			b.spoil(t, info.Address.key(), data)
			err := b.Verify(t.Context(), info)
			if !errors.Is(err, ErrDamaged) || fault.Of(err).Key != "blobs.damaged" {
				t.Errorf("%s: verify gives %v", name, err)
			}
			if _, err := b.read(t, info); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: reading gives %v", name, err)
			}
		}
		b.spoil(t, info.Address.key(), whole)
		if err := b.Verify(t.Context(), info); err != nil {
			t.Errorf("restored: %v", err)
		}
	})
}

func TestEveryByteIsUnderSeal(t *testing.T) {
	b := openAt(t, onDisk(t))
	info := b.put(t, "person/1", []byte("a short statement"))
	whole := b.raw(t, info.Address)
	for i := range whole {
		for _, flip := range []byte{1, 0x80, 0xff} {
			spoiled := slices.Clone(whole)
			spoiled[i] ^= flip
			b.spoil(t, info.Address.key(), spoiled)
			if err := b.Verify(t.Context(), info); !errors.Is(err, ErrDamaged) {
				t.Fatalf("byte %d xor %#x: %v", i, flip, err)
			}
		}
	}
}

func TestAlteredInfoIsFound(t *testing.T) {
	b := openAt(t, onDisk(t))
	info, other := b.put(t, "person/1", letters(400)), b.put(t, "person/2", letters(400))
	cases := map[string]func(*Info){
		"address": func(i *Info) { i.Address = other.Address },
		"subject": func(i *Info) { i.Subject = "person/2" },
		"size":    func(i *Info) { i.Size++ },
		"no size": func(i *Info) { i.Size = -1 },
		"key":     func(i *Info) { i.Key = other.Key },
		"digest":  func(i *Info) { i.Digest = other.Digest },
		"cut":     func(i *Info) { i.Digest = i.Digest[:5] },
	}
	for name, alter := range cases {
		altered := info
		alter(&altered)
		if err := b.Verify(t.Context(), altered); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	moved := *b.Store
	moved.secret = random(32)
	if err := moved.Verify(t.Context(), info); !errors.Is(err, ErrDamaged) {
		t.Errorf("another secret: %v", err)
	}
}

func TestDeleteAndMissing(t *testing.T) {
	everywhere(t, func(t *testing.T, b bench) {
		info := b.put(t, "person/1", letters(10))
		for range 2 { // the second time there is nothing left to delete
			if err := b.Delete(t.Context(), info.Address); err != nil {
				t.Error(err)
			}
		}
		if _, err := b.read(t, info); fault.Of(err).Key != "blobs.missing" {
			t.Errorf("reading a missing file: %v", err)
		}
		if err := b.Verify(t.Context(), info); !fault.Is(err, fault.NotFound) {
			t.Errorf("verifying a missing file: %v", err)
		}
		for _, forged := range []Address{"", "../../etc/passwd", Address(strings.ToUpper(string(info.Address))), info.Address + "0"} {
			if err := b.Delete(t.Context(), forged); !fault.Is(err, fault.Invalid) {
				t.Errorf("delete %q: %v", forged, err)
			}
			if _, err := b.Open(t.Context(), Info{Address: forged, Subject: info.Subject, Key: info.Key}); !fault.Is(err, fault.Invalid) {
				t.Errorf("open %q: %v", forged, err)
			}
		}
	})
}

func TestListFindsEverything(t *testing.T) {
	everywhere(t, func(t *testing.T, b bench) {
		want := map[string]bool{}
		for i := range 40 {
			want[string(b.put(t, "person/1", letters(10+i)).Address)] = true
		}
		strays := []string{"aa/note", "stray", "ab/cd/" + strings.Repeat("a", 64), "zz/" + strings.Repeat("b", 64)}
		for _, name := range strays {
			b.spoil(t, name, []byte("x"))
		}
		for _, s := range b.listed(t) {
			if s.Address == "" {
				if !slices.Contains(strays, s.Name) {
					t.Errorf("%q has no address", s.Name)
				}
				continue
			}
			if !want[string(s.Address)] || s.Size < headerSize || s.Written.IsZero() {
				t.Errorf("found %+v", s)
			}
			delete(want, string(s.Address))
		}
		if len(want) != 0 {
			t.Errorf("not listed: %v", want)
		}
		if n := len(b.listed(t)); n != 44 {
			t.Errorf("%d names, want 44", n)
		}
		for range b.List(t.Context()) {
			break // must not panic
		}
	})
}
