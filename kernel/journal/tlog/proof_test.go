package tlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func TestProofHolds(t *testing.T) {
	v := makeVectorLog(t)
	raw, err := v.proof(t).Marshal()
	must(t, err)
	p, err := ParseProof(raw)
	must(t, err)
	r, err := CheckProof(p, Trust{v.vkey(t), []byte(v.policy)})
	must(t, err)
	if r.ID != "018f3c1e-1234-7abc-8def-000000000042" || !r.Written.Equal(vectorTime()) || r.Index != vectorIndex || r.Size != vectorSize {
		t.Errorf("%+v", r)
	}
	if string(r.Fields["Number"]) != `"2026/000042"` || r.Fields["entry.actor"] != nil {
		t.Errorf("fields %s", r.Fields)
	}
	if diff := cmp.Diff([]string{"Parties[0].Name", "entry.actor", "entry.purpose", "entry.unit"}, r.Withheld); diff != "" {
		t.Error(diff)
	}
	if bytes.Contains(raw, []byte("Synthetic Person")) {
		t.Error("a withheld value stands in the file")
	}
	if _, err := CheckProof(p, Trust{v.vkey(t), []byte(strings.Replace(v.policy, "outside 2", "outside 3", 1))}); !errors.Is(err, ErrQuorum) {
		t.Errorf("two of three asked: %v", err)
	}
	_, other := testKey(t, vectorOrigin)
	if _, err := CheckProof(p, Trust{LogVKey: other}); err == nil {
		t.Error("holds under another key")
	}
}

// TestProofOfALiveLog goes the whole way, from Append to CheckProof.
func TestProofOfALiveLog(t *testing.T) {
	w := newWorld(t, "log.example/live")
	l := w.filled(3)
	m := entryForVectors(testHome, 4, vectorTime())
	leaf := testLeaf(4)
	leaf.Minute, leaf.Commitment = MinuteOf(vectorTime()), EntryCommitment(m.digests())
	at, err := l.Append(t.Context(), []Leaf{leaf})
	must(t, err)
	waitCovered(t, l, at[0])
	in, err := l.Proof(t.Context(), at[0])
	must(t, err)
	var shown []Disclosed
	for path, value := range m.open {
		shown = append(shown, Disclose(m.openSecret, path, value))
	}
	for path, value := range m.sealed {
		shown = append(shown, Disclose(m.boxSecret, path, value))
	}
	if _, err := CheckProof(NewProof(leaf, in, shown, nil), Trust{LogVKey: w.vkey}); err != nil {
		t.Error(err)
	}
}

type badProof struct {
	why   string
	proof ProofFile
}

// badProofs changes one thing each in a proof that holds.
func badProofs(t *testing.T, v vectorLog) []badProof {
	var out []badProof
	alter := func(why string, f func(p *ProofFile)) {
		p := v.proof(t)
		f(&p)
		out = append(out, badProof{why, p})
	}
	at := func(p *ProofFile, path string) int {
		return slices.IndexFunc(p.Disclosed, func(d Disclosed) bool { return d.Path == path })
	}
	alter("another value", func(p *ProofFile) { p.Disclosed[at(p, "Offence")].Value = `"murder"` })
	alter("the same value, spaced", func(p *ProofFile) { p.Disclosed[at(p, "Offence")].Value = ` "theft"` })
	alter("no JSON", func(p *ProofFile) { p.Disclosed[at(p, "Offence")].Value = `theft` })
	alter("another salt", func(p *ProofFile) { p.Disclosed[0].Salt[0] ^= 1 })
	alter("a short salt", func(p *ProofFile) { p.Disclosed[0].Salt = p.Disclosed[0].Salt[:31] })
	alter("another digest", func(p *ProofFile) { p.Withheld[0].Digest[0] ^= 1 })
	alter("a field left out", func(p *ProofFile) { p.Withheld = p.Withheld[1:] })
	alter("a field added", func(p *ProofFile) { p.Withheld = append(p.Withheld, Withheld{"More", make([]byte, 32)}) })
	alter("a field twice", func(p *ProofFile) { p.Disclosed = append(p.Disclosed, p.Disclosed[0]) })
	alter("a path renamed", func(p *ProofFile) { p.Disclosed[at(p, "Offence")].Path = "Fence" })
	alter("another origin", func(p *ProofFile) { p.Origin = "log.example/other" })
	alter("another key named", func(p *ProofFile) { p.LogKey = vkeyOf(t, v.log) })
	alter("another home", func(p *ProofFile) { p.Home = strings.Replace(p.Home, "1", "2", 1) })
	alter("another seq", func(p *ProofFile) { p.Seq++ })
	alter("another index", func(p *ProofFile) { p.Index++ })
	alter("an index beyond the tree", func(p *ProofFile) { p.Index = 1 << 60 })
	alter("another hash", func(p *ProofFile) { p.Hashes[3][0] ^= 1 })
	alter("a hash left out", func(p *ProofFile) { p.Hashes = p.Hashes[1:] })
	alter("a hash added", func(p *ProofFile) { p.Hashes = append(p.Hashes, make([]byte, 32)) })
	alter("another leaf", func(p *ProofFile) { p.Leaf = string(v.leaves[0].Marshal()) })
	alter("another kind in the leaf", func(p *ProofFile) { p.Leaf = strings.Replace(p.Leaf, "recorded", "referred", 1) })
	alter("another tree size", func(p *ProofFile) { p.Checkpoint = strings.Replace(p.Checkpoint, "\n258\n", "\n259\n", 1) })
	alter("the log's signature is missing", func(p *ProofFile) {
		body, sigs, _ := strings.Cut(p.Checkpoint, "\n\n")
		_, rest, _ := strings.Cut(sigs, "\n")
		p.Checkpoint = body + "\n\n" + rest
	})
	alter("one cosignature too few", func(p *ProofFile) {
		lines := strings.SplitAfter(strings.TrimSuffix(p.Checkpoint, "\n"), "\n")
		p.Checkpoint = strings.Join(lines[:len(lines)-1], "")
	})
	alter("another format", func(p *ProofFile) { p.Format = "amana-proof/v2" })
	return append(out, contradicting(t, v)...)
}

// contradicting proofs hold in every hash, but the entry says other things
// than its leaf: their logs are made for them.
func contradicting(t *testing.T, v vectorLog) []badProof {
	var out []badProof
	for why, change := range map[string]func(m madeUp, l *Leaf){
		"the leaf has another kind":    func(_ madeUp, l *Leaf) { l.Type = "register.closed" },
		"the leaf has another minute":  func(_ madeUp, l *Leaf) { l.Minute++ },
		"the leaf has another home":    func(_ madeUp, l *Leaf) { l.Source = testHome + "/main" },
		"the leaf has another seq":     func(_ madeUp, l *Leaf) { l.Seq++ },
		"the entry has no seq":         func(m madeUp, l *Leaf) { delete(m.open, "entry.seq") },
		"the entry's seq is text":      func(m madeUp, l *Leaf) { m.open["entry.seq"] = `"138"` },
		"the entry names no actor":     func(m madeUp, l *Leaf) { delete(m.open, "entry.actor") },
		"the entry's kind is not said": func(m madeUp, l *Leaf) { delete(m.open, "entry.kind") },
	} {
		v := v
		v.entry = entryForVectors(testHome, vectorIndex+1, vectorTime())
		v.leaves = slices.Clone(v.leaves)
		leaf := &v.leaves[vectorIndex]
		change(v.entry, leaf)
		leaf.Commitment = EntryCommitment(v.entry.digests())
		v.rebuild(t)
		p := v.proof(t)
		p.Home, p.Seq = leaf.Source, leaf.Seq
		out = append(out, badProof{why, p})
	}
	slices.SortFunc(out, func(a, b badProof) int { return strings.Compare(a.why, b.why) })
	return out
}

func TestProofsThatDoNotHold(t *testing.T) {
	v := makeVectorLog(t)
	for _, b := range badProofs(t, v) {
		raw, err := b.proof.Marshal()
		must(t, err)
		p, err := ParseProof(raw)
		if err == nil {
			_, err = CheckProof(p, Trust{v.vkey(t), []byte(v.policy)})
		}
		if err == nil {
			t.Errorf("holds: %s", b.why)
		}
	}
}

func TestContradictionsAreNamed(t *testing.T) {
	v := makeVectorLog(t)
	for _, b := range contradicting(t, v) {
		if _, err := CheckProof(b.proof, Trust{v.vkey(t), []byte(v.policy)}); !errors.Is(err, ErrAltered) || strings.Contains(err.Error(), "values are not") {
			t.Errorf("%s: %v", b.why, err)
		}
	}
}

func TestProofFilesThatAreRefused(t *testing.T) {
	raw, err := makeVectorLog(t).proof(t).Marshal()
	must(t, err)
	good := string(raw)
	for what, text := range map[string]string{
		"unknown name":        strings.Replace(good, `"seq"`, `"see"`, 1),
		"name in capitals":    strings.Replace(good, `"seq"`, `"Seq"`, 1),
		"name twice":          strings.Replace(good, `"seq"`, `"seq": 1, "seq"`, 1),
		"inner name twice":    strings.Replace(good, `"salt"`, `"salt": "", "salt"`, 1),
		"something after":     good + "{}",
		"cut off":             good[:len(good)/2],
		"not UTF-8":           strings.Replace(good, "bicycle", "bi\xffcycle", 1),
		"not an object":       `[]`,
		"a float":             strings.Replace(good, `"index": 137`, `"index": 137.5`, 1),
		"negative index":      strings.Replace(good, `"index": 137`, `"index": -1`, 1),
		"a short hash":        strings.Replace(good, `"hashes": [`, `"hashes": ["AAAA",`, 1),
		"far too many hashes": strings.Replace(good, `"hashes": [`, `"hashes": [`+strings.Repeat(`"AAAA",`, 100), 1),
		"a short digest":      strings.Replace(good, `"digest": "`, `"digest": "AAAA", "x": "`, 1),
		"too large":           good + strings.Repeat(" ", maxProofSize),
		"empty":               "",
	} {
		if _, err := ParseProof([]byte(text)); err == nil {
			t.Errorf("%s: read", what)
		}
	}
}

func TestTlogProofText(t *testing.T) {
	w := newWorld(t, "log.example/text")
	in, err := w.filled(9).Proof(t.Context(), 4)
	must(t, err)
	got, err := ParseInclusion(in.Text())
	must(t, err)
	c, err := openedBy(got.Checkpoint.Note, w.vkey)
	must(t, err)
	must(t, VerifyInclusion(testLeaf(5).Marshal(), got.Index, got.Hashes, c.Size, c.Root))
	good := string(in.Text())
	for _, text := range []string{
		"", strings.Replace(good, "@v1", "@v2", 1), strings.Replace(good, "index 4", "index 04", 1), strings.Replace(good, "index 4", "index", 1),
		strings.Replace(good, "index 4\n", "index 4\nAAAA\n", 1), strings.Replace(good, "\nindex", "\nextra AAAA\nindex", 1), good[:strings.Index(good, "\n\n")+2],
	} {
		if _, err := ParseInclusion([]byte(text)); err == nil {
			t.Errorf("read %q", text)
		}
	}
}

func FuzzParseInclusion(f *testing.F) {
	f.Add([]byte("c2sp.org/tlog-proof@v1\nindex 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nnote"))
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := ParseInclusion(text)
		if err == nil && !bytes.Equal(in.Text(), text) {
			t.Errorf("%q is read as %q", text, in.Text())
		}
	})
}

func FuzzParseProof(f *testing.F) {
	p := ProofFile{Format: ProofFormat, Disclosed: []Disclosed{Disclose(make([]byte, 32), "A", "1")}, Withheld: []Withheld{{"B", make([]byte, 32)}}, Hashes: [][]byte{make([]byte, 32)}}
	raw, err := p.Marshal()
	must(f, err)
	f.Add(raw)
	f.Add([]byte(`{"format":"amana-proof/v1","disclosed":[{"path":"\u0000"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParseProof(data)
		if err != nil {
			return
		}
		if _, err := CheckProof(p, Trust{LogVKey: "none"}); err == nil {
			t.Error("holds without a key")
		}
		raw, err := p.Marshal()
		must(t, err)
		q, err := ParseProof(raw)
		must(t, err)
		if a, _ := json.Marshal(q); !bytes.Equal(a, must1(json.Marshal(p))) {
			t.Error("reads differently the second time")
		}
	})
}

func must1(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
