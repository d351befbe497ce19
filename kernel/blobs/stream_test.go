package blobs

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"testing"

	"pgregory.net/rapid"
)

func sealed(t testing.TB, key, plain []byte) []byte {
	var out bytes.Buffer
	s, err := newSealer(&out, key)
	if err == nil {
		_, err = s.Write(plain)
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func fromBytes(data []byte) source {
	return func(offset int64) (io.ReadCloser, error) {
		if offset > int64(len(data)) {
			return nil, io.ErrUnexpectedEOF
		}
		return io.NopCloser(bytes.NewReader(data[offset:])), nil
	}
}

func unsealed(data, key []byte) ([]byte, error) {
	size, err := plainSize(int64(len(data)))
	if err != nil {
		return nil, err
	}
	u, err := newUnsealer(fromBytes(data), key, size)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(u)
}

// TestFormat opens a stored file by the package doc alone, with none of the
// code under test: the format may not change unnoticed.
func TestFormat(t *testing.T) {
	key, plain := random(keySize), letters(chunkSize+5)
	data := sealed(t, key, plain)
	if string(data[:7]) != "amanabl" || data[7] != 1 {
		t.Fatalf("header %x", data[:8])
	}
	k := must(hkdf.Key(sha256.New, key, data[8:40], "amana blob content"+string(data[:8]), 32))(t)
	gcm := must(cipher.NewGCM(must(aes.NewCipher(k))(t)))(t)
	first := must(gcm.Open(nil, make([]byte, 12), data[40:40+65536+16], nil))(t)
	last := must(gcm.Open(nil, []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, data[40+65536+16:], nil))(t)
	if !bytes.Equal(append(first, last...), plain) {
		t.Error("other bytes")
	}
}

// TestStoredVector opens a file that was sealed once and for all.
func TestStoredVector(t *testing.T) {
	data := must(os.ReadFile("testdata/sealed-v1.bin"))(t)
	key := must(hex.DecodeString("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"))(t)
	if plain, err := unsealed(data, key); err != nil || string(plain) != "Amana: what is entrusted." {
		t.Errorf("%q, %v", plain, err)
	}
}

func TestSizesAreInverse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.Int64Range(0, 1<<45).Draw(r, "size")
		if got, err := plainSize(storedSize(size)); err != nil || got != size {
			r.Fatalf("%d, %v", got, err)
		}
	})
	for _, stored := range []int64{-1, 0, headerSize, headerSize + tagSize - 1, storedSize(chunkSize) + 1, storedSize(chunkSize) + tagSize} {
		if size, err := plainSize(stored); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d stored bytes hold %d", stored, size)
		}
	}
}

func TestAnyWritesAndSeeks(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		plain := letters(rapid.IntRange(0, 3*chunkSize+10).Draw(r, "size"))
		key := random(keySize)
		var out bytes.Buffer
		s := must(newSealer(&out, key))(t)
		for rest := plain; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(r, "write")
			must(s.Write(rest[:n]))(t)
			rest = rest[n:]
		}
		if err := s.Close(); err != nil {
			r.Fatal(err)
		}
		if int64(out.Len()) != storedSize(int64(len(plain))) {
			r.Fatalf("%d stored bytes", out.Len())
		}
		u, err := newUnsealer(fromBytes(out.Bytes()), key, int64(len(plain)))
		if err != nil {
			r.Fatal(err)
		}
		for range 5 {
			from := rapid.IntRange(0, len(plain)).Draw(r, "from")
			n := rapid.IntRange(0, len(plain)-from).Draw(r, "length")
			got := make([]byte, n)
			if _, err := u.Seek(int64(from), io.SeekStart); err != nil {
				r.Fatal(err)
			}
			if _, err := io.ReadFull(u, got); err != nil || !bytes.Equal(got, plain[from:from+n]) {
				r.Fatalf("%d bytes from %d: %v", n, from, err)
			}
		}
	})
}

func TestWrongKeyOpensNothing(t *testing.T) {
	data := sealed(t, random(keySize), letters(100))
	if got, err := unsealed(data, random(keySize)); !errors.Is(err, ErrDamaged) || len(got) != 0 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestSealingTwiceGivesDifferentBytes(t *testing.T) {
	key, plain := random(keySize), letters(100)
	a, b := sealed(t, key, plain), sealed(t, key, plain)
	if bytes.Equal(a[8:40], b[8:40]) || bytes.Equal(a[40:], b[40:]) {
		t.Error("one key and nonce for two files")
	}
}

func TestSeekRefusesNonsense(t *testing.T) {
	key := random(keySize)
	u := must(newUnsealer(fromBytes(sealed(t, key, letters(10))), key, 10))(t)
	if _, err := u.Seek(-1, io.SeekStart); err == nil {
		t.Error("before the beginning")
	}
	if _, err := u.Seek(0, 7); err == nil {
		t.Error("from nowhere")
	}
	must(u.Seek(100, io.SeekStart))(t)
	if _, err := u.Read(make([]byte, 1)); err != io.EOF { //nolint:errorlint // an io.Reader ends with io.EOF itself
		t.Errorf("past the end: %v", err)
	}
}

// fails takes some bytes and then breaks, like a disk.
type fails struct {
	left int
	err  error
}

func (f *fails) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, f.err
	}
	f.left -= len(p)
	return len(p), nil
}

func TestSealerReportsEveryFailedWrite(t *testing.T) {
	disk := errors.New("disk")
	plain := letters(2*chunkSize + 5)
	for left := 0; left < int(storedSize(int64(len(plain)))); left += 10_000 {
		s, err := newSealer(&fails{left, disk}, random(keySize))
		if err == nil {
			_, err = s.Write(plain)
		}
		if err == nil {
			err = s.Close()
		}
		if !errors.Is(err, disk) {
			t.Errorf("after %d bytes: %v", left, err)
		}
	}
}

// flaky breaks at one read and works again after.
type flaky struct {
	io.Reader
	broken *bool
}

func (f flaky) Read(p []byte) (int, error) {
	if *f.broken {
		*f.broken = false
		n, _ := f.Reader.Read(p[:min(len(p), 100)])
		return n, errors.New("line cut")
	}
	return f.Reader.Read(p)
}

func TestReadingGoesOnAfterAFailure(t *testing.T) {
	key, plain := random(keySize), letters(2*chunkSize)
	data, broken := sealed(t, key, plain), false
	u := must(newUnsealer(func(offset int64) (io.ReadCloser, error) {
		return io.NopCloser(flaky{bytes.NewReader(data[offset:]), &broken}), nil
	}, key, int64(len(plain))))(t)
	must(u.Seek(chunkSize, io.SeekStart))(t)
	broken = true
	if _, err := u.Read(make([]byte, 10)); err == nil {
		t.Fatal("the failure is hidden")
	}
	if got, err := io.ReadAll(u); err != nil || !bytes.Equal(got, plain[chunkSize:]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// FuzzUnseal gives any bytes as a stored file: they are damage, or exactly
// what the sealer wrote.
func FuzzUnseal(f *testing.F) {
	key := bytes.Repeat([]byte{3}, keySize)
	whole := sealed(f, key, []byte("statement"))
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(sealed(f, key, nil))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		plain, err := unsealed(data, key)
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("%v", err)
		}
		if err == nil && string(plain) != "statement" && len(plain) != 0 {
			t.Errorf("forged: %q", plain)
		}
	})
}
