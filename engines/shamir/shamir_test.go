package shamir_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/engines/shamir"
)

// TestVectors holds the shares against those of another implementation
// (testdata/vectors.py).
func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		N, K           int
		Secret, Random string
		Shares         []string
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		secret, _ := hex.DecodeString(v.Secret)
		random, _ := hex.DecodeString(v.Random)
		shares, err := shamir.Split(secret, v.N, v.K, bytes.NewReader(random))
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range shares {
			if hex.EncodeToString(s.Y) != v.Shares[i] || int(s.X) != i+1 {
				t.Errorf("%d of %d, share %d: %x, want %s", v.K, v.N, i+1, s.Y, v.Shares[i])
			}
		}
	}
}

// TestAnyKJoin: any k shares in any order give the secret back.
func TestAnyKJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(t, "secret")
		n := rapid.IntRange(2, 20).Draw(t, "n")
		k := rapid.IntRange(2, n).Draw(t, "k")
		shares, err := shamir.Split(secret, n, k, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		some := rapid.Permutation(shares).Draw(t, "order")[:rapid.IntRange(k, n).Draw(t, "some")]
		got, err := shamir.Join(some)
		if err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%x, %v", got, err)
		}
	})
}

// TestFewerSayNothing: with k-1 shares every secret byte is as possible as any
// other, because for each there is a last share that gives it.
func TestFewerSayNothing(t *testing.T) {
	shares, err := shamir.Split([]byte{42}, 5, 3, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	possible := map[byte]int{}
	for y := range 256 {
		got, err := shamir.Join([]shamir.Share{shares[0], shares[1], {X: 5, Y: []byte{byte(y)}}})
		if err != nil {
			t.Fatal(err)
		}
		possible[got[0]]++
	}
	if len(possible) != 256 {
		t.Errorf("two shares of three leave %d of 256 secrets", len(possible))
	}
}

func TestRefused(t *testing.T) {
	for _, c := range [][2]int{{1, 1}, {5, 1}, {2, 3}, {256, 3}} {
		if _, err := shamir.Split([]byte{1}, c[0], c[1], rand.Reader); err == nil {
			t.Errorf("%d of %d was taken", c[1], c[0])
		}
	}
	if _, err := shamir.Split(nil, 3, 2, rand.Reader); err == nil {
		t.Error("an empty secret was taken")
	}
	if _, err := shamir.Split([]byte{1, 2}, 3, 2, bytes.NewReader([]byte{1})); err == nil {
		t.Error("split without randomness")
	}
	a := shamir.Share{X: 1, Y: []byte{1, 2}}
	for name, all := range map[string][]shamir.Share{
		"one": {a}, "twice": {a, a}, "lengths": {a, {X: 2, Y: []byte{1}}}, "at zero": {a, {X: 0, Y: []byte{1, 2}}}, "empty": {{X: 1}, {X: 2}},
	} {
		if _, err := shamir.Join(all); err == nil {
			t.Errorf("%s was joined", name)
		}
	}
}

func papers(t testing.TB, secret []byte, n, k int) []shamir.Paper {
	t.Helper()
	shares, err := shamir.Split(secret, n, k, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]shamir.Paper, n)
	for i, s := range shares {
		out[i] = shamir.Paper{Set: [4]byte{1, 2, 3, 4}, K: k, N: n, Share: s}
	}
	return out
}

// TestPaper: what is written is read, also in small letters, without groups
// and with letters that look alike; every single wrong letter is found.
func TestPaper(t *testing.T) {
	secret := []byte("what is entrusted, and must be given back whole")
	all := papers(t, secret, 5, 3)
	var read []shamir.Paper
	for i, p := range all {
		text := p.String()
		switch i {
		case 1:
			head, body, _ := strings.Cut(text, "join\n")
			text = head + "join\n" + strings.ToLower(strings.ReplaceAll(body, "-", ""))
		case 2:
			head, body, _ := strings.Cut(text, "join\n")
			lines := strings.SplitAfter(body, "\n")
			for n, line := range lines {
				if number, rest, ok := strings.Cut(line, " "); ok && number != "end" {
					lines[n] = number + " " + strings.NewReplacer("0", "O", "1", "l").Replace(rest)
				}
			}
			text = "\n" + head + "join\n\n" + strings.Join(lines, "")
		}
		got, err := shamir.ParsePaper(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		read = append(read, got)
	}
	for _, some := range [][]shamir.Paper{read[:3], read[2:], {read[4], read[0], read[2]}} {
		if got, err := shamir.JoinPapers(some); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%q, %v", got, err)
		}
	}
	if _, err := shamir.JoinPapers(read[:2]); err == nil {
		t.Error("two of three were joined")
	}
	other := papers(t, secret, 5, 3)[0]
	other.Set = [4]byte{9}
	if _, err := shamir.JoinPapers([]shamir.Paper{read[0], read[1], other}); err == nil {
		t.Error("shares of two sets were joined")
	}
	text := all[0].String()
	body := strings.Index(text, "\n1 ") + 3
	missed := 0
	for i := body; i < len(text); i++ {
		if text[i] == '\n' || text[i] == '-' || text[i] == ' ' {
			continue
		}
		wrong := text[:i] + map[bool]string{true: "7", false: "9"}[text[i] == '9'] + text[i+1:]
		if got, err := shamir.ParsePaper(wrong); err == nil && !bytes.Equal(got.Y, all[0].Y) {
			missed++
		}
	}
	if missed > 0 {
		t.Errorf("%d wrong letters were not found", missed)
	}
}

// TestPaperWhole: a share without one of its lines is refused.
func TestPaperWhole(t *testing.T) {
	text := papers(t, bytes.Repeat([]byte{7}, 100), 2, 2)[0].String()
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	for i := 1; i < len(lines); i++ {
		if _, err := shamir.ParsePaper(strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "")); err == nil {
			t.Errorf("taken without %q", lines[i])
		}
	}
}

func FuzzParsePaper(f *testing.F) {
	f.Add(papers(f, []byte("secret"), 3, 2)[0].String())
	f.Add("amana-key-share/v1\nset 01020304 share 1 of 3, any 2 join\nend 0000\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := shamir.ParsePaper(text)
		if err != nil {
			return
		}
		again, err := shamir.ParsePaper(p.String())
		if err != nil || !bytes.Equal(again.Y, p.Y) || again.X != p.X || again.Set != p.Set {
			t.Errorf("read %+v, and again %+v, %v", p, again, err)
		}
	})
}
