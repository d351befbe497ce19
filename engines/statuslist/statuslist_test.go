package statuslist

import (
	"bytes"
	"compress/zlib"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/engines/internal/es256"
)

const address = "https://trust.example/status/7"

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestBitOrder holds the byte layout to the drafts' first example: statuses
// 1 0 0 1 1 1 0 1 | 1 1 0 0 0 1 0 1, bit 0 first, are the bytes B9 A3.
func TestBitOrder(t *testing.T) {
	l, err := New(1, 16)
	if err != nil {
		t.Fatal(err)
	}
	for n, s := range []Status{1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1} {
		if err := l.Set(int64(n), s); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(l.data, []byte{0xb9, 0xa3}) {
		t.Errorf("% x", l.data)
	}
}

func TestWhatIsSetIsRead(t *testing.T) {
	key := newKey(t)
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.SampledFrom([]int{1, 2, 4, 8}).Draw(t, "bits")
		size := rapid.IntRange(1, 300).Draw(t, "size")
		l, err := New(bits, size)
		if err != nil {
			t.Fatal(err)
		}
		want := map[int64]Status{}
		for range rapid.IntRange(0, 40).Draw(t, "changes") {
			n := int64(rapid.IntRange(0, size-1).Draw(t, "index"))
			want[n] = Status(rapid.IntRange(0, 1<<bits-1).Draw(t, "status"))
			if err := l.Set(n, want[n]); err != nil {
				t.Fatal(err)
			}
		}
		out := Token{Subject: address, Issued: now, Expires: now.Add(time.Hour), TTL: time.Minute, List: l}
		jwt, err := out.Sign(key, "k1")
		if err != nil {
			t.Fatal(err)
		}
		in, err := Verify(jwt, address, key.Public(), now)
		if err != nil {
			t.Fatal(err)
		}
		if !in.Issued.Equal(now) || in.TTL != time.Minute || in.List.Bits() != bits || in.List.Size() < int64(size) {
			t.Fatalf("%+v", in)
		}
		for n := range in.List.Size() {
			if got, err := in.List.Status(n); err != nil || got != want[n] {
				t.Fatalf("%d: %d, %v; want %d", n, got, err, want[n])
			}
		}
	})
}

func TestRefused(t *testing.T) {
	key := newKey(t)
	l, err := New(1, 100)
	if err != nil {
		t.Fatal(err)
	}
	good := sign(t, key, Token{Subject: address, Issued: now, Expires: now.Add(time.Hour), List: l})
	crafted := func(typ string, claims map[string]any) string {
		jwt, err := es256.Sign(key, es256.Header{Type: typ}, claims)
		if err != nil {
			t.Fatal(err)
		}
		return jwt
	}
	lst := func(bits any, lst string) map[string]any {
		return map[string]any{"sub": address, "iat": 1, "status_list": map[string]any{"bits": bits, "lst": lst}}
	}
	for _, tt := range []struct {
		name, jwt, address string
		key                *ecdsa.PrivateKey
		now                time.Time
		want               error
	}{
		{"nothing wrong", good, address, key, now, nil},
		{"another key", good, address, newKey(t), now, ErrSignature},
		{"another address", good, address + "0", key, now, ErrSubject},
		{"expired", good, address, key, now.Add(time.Hour), ErrExpired},
		{"rubbish", "x.y.z", address, key, now, ErrFormat},
		{"another kind of token", crafted("JWT", lst(1, "")), address, key, now, ErrFormat},
		{"no list", crafted(mediaType, map[string]any{"sub": address, "iat": 1}), address, key, now, ErrFormat},
		{"no date", crafted(mediaType, map[string]any{"sub": address}), address, key, now, ErrFormat},
		{"three bits", crafted(mediaType, lst(3, "")), address, key, now, ErrFormat},
		{"bits in words", crafted(mediaType, lst("1", "")), address, key, now, ErrFormat},
		{"not compressed", crafted(mediaType, lst(1, "AAAA")), address, key, now, ErrFormat},
		{"not base64", crafted(mediaType, lst(1, "!")), address, key, now, ErrFormat},
		{"a bomb", crafted(mediaType, lst(8, bomb(t))), address, key, now, ErrFormat},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Verify(tt.jwt, tt.address, tt.key.Public(), tt.now); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func sign(t testing.TB, key *ecdsa.PrivateKey, token Token) string {
	t.Helper()
	jwt, err := token.Sign(key, "")
	if err != nil {
		t.Fatal(err)
	}
	return jwt
}

// bomb is 128 MiB of nothing, packed.
func bomb(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	for range 128 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(b.Bytes())
}

func TestOutOfRange(t *testing.T) {
	l, err := New(2, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int64{-1, l.Size()} {
		if _, err := l.Status(n); !errors.Is(err, ErrIndex) {
			t.Errorf("read %d: %v", n, err)
		}
		if err := l.Set(n, Valid); !errors.Is(err, ErrIndex) {
			t.Errorf("set %d: %v", n, err)
		}
	}
	if err := l.Set(0, 4); err == nil {
		t.Error("a status of three bits went into two")
	}
	for _, size := range []int{0, -1, MaxSize + 1} {
		if _, err := New(1, size); err == nil {
			t.Errorf("a list of %d", size)
		}
	}
}

// TestAllotIsAPermutation: no two documents get one index, and neighbours part.
func TestAllotIsAPermutation(t *testing.T) {
	for _, size := range []int64{1, 2, 3, 5, 64, 1000, 4097} {
		seen, near := map[int64]bool{}, 0
		last := int64(-10)
		for n := range size {
			at, err := Allot([]byte("k"), n, size)
			if err != nil || at < 0 || at >= size || seen[at] {
				t.Fatalf("size %d: %d went to %d, %v", size, n, at, err)
			}
			seen[at] = true
			if at-last == 1 {
				near++
			}
			last = at
		}
		if size >= 1000 && near > 10 {
			t.Errorf("size %d: %d neighbours stayed together", size, near)
		}
	}
	if _, err := Allot([]byte("k"), 5, 5); !errors.Is(err, ErrIndex) {
		t.Error(err)
	}
}

// TestOneMillion prints how large the nation's list is on its way.
func TestOneMillion(t *testing.T) {
	const size = 1_000_000
	l, err := New(1, size)
	if err != nil {
		t.Fatal(err)
	}
	for n := range int64(size / 100) {
		at, err := Allot([]byte("k"), n, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Set(at, Invalid); err != nil {
			t.Fatal(err)
		}
	}
	jwt := sign(t, newKey(t), Token{Subject: address, Issued: now, List: l})
	t.Logf("%d documents, 1 %% revoked: %d bytes signed", size, len(jwt))
}

func FuzzVerify(f *testing.F) {
	key := newKey(f)
	l, err := New(2, 9)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sign(f, key, Token{Subject: address, Issued: now, List: l}))
	f.Add("..")
	f.Fuzz(func(t *testing.T, jwt string) {
		if token, err := Verify(jwt, address, key.Public(), now); err == nil && token.List.Size() != 12 {
			t.Errorf("accepted %q", jwt)
		}
	})
}

func FuzzExpand(f *testing.F) {
	f.Add(1, []byte("x\x9c\x03\x00\x00\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, bits int, packed []byte) {
		if l, err := expand(bits, packed); err == nil && l.Size() > MaxSize {
			t.Error("too large")
		}
	})
}
