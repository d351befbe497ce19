package tlog

import (
	"encoding/base64"
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/amana-platform/amana/kernel/clock"
)

func TestPoliciesThatAreRefused(t *testing.T) {
	a, logKey := testKey(t, "a.example")
	ka := vkeyOf(t, a)
	b, _ := testKey(t, "b.example")
	kb := vkeyOf(t, b)
	sameKey := SignerKey{Name: "c.example", Signer: a.Signer}
	kc := vkeyOf(t, sameKey)
	p, err := a.public()
	must(t, err)
	dressed := ka[:19] + base64.StdEncoding.EncodeToString(append([]byte{algEd25519}, p...)) // with the short hash of type 4
	for what, text := range map[string]string{
		"no quorum":                  "witness a " + ka,
		"unknown quorum":             "quorum a",
		"two quorums":                "quorum none\nquorum none",
		"unknown word":               "wittness a " + ka + "\nquorum none",
		"a keyword as a name":        "witness any " + ka + "\nquorum any",
		"a name twice":               "witness a " + ka + "\nwitness a " + kb + "\nquorum a",
		"a key twice":                "witness a " + ka + "\nwitness b " + ka + "\nquorum a",
		"a key under two names":      "witness a " + ka + "\nwitness c " + kc + "\nquorum a",
		"counted twice in a group":   "witness a " + ka + "\ngroup g 2 a a\nquorum g",
		"counted twice in two":       "witness a " + ka + "\ngroup g 1 a\ngroup h 2 a g\nquorum h",
		"unknown member":             "group g 1 a\nquorum g",
		"more than there are":        "witness a " + ka + "\ngroup g 2 a\nquorum g",
		"none of a group":            "witness a " + ka + "\ngroup g 0 a\nquorum g",
		"not a number":               "witness a " + ka + "\ngroup g most a\nquorum g",
		"a log's key for a witness":  "witness a " + logKey + "\nquorum a",
		"a wrong short hash":         "witness a " + strings.Replace(ka, ka[10:18], "00000000", 1) + "\nquorum a",
		"a log's key, dressed up":    "witness a " + dressed + "\nquorum a",
		"a malformed log":            "log x\nquorum none",
		"a malformed witness":        "witness a\nquorum none",
		"a group before its members": "group g 1 a\nwitness a " + ka + "\nquorum g",
		"too long":                   strings.Repeat("#\n", maxPolicySize),
	} {
		if _, err := ParsePolicy([]byte(text)); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}

func TestQuorumRules(t *testing.T) {
	w := newWorld(t, "log.example/rules")
	c := latest(t, w.filled(1))
	body := string(bodyOf(c.Origin, c.Size, c.Root))
	var policy strings.Builder
	signers := make([]note.Signer, 4)
	fmt.Fprintf(&policy, "# made up\nlog %s\n", w.vkey)
	for i := range signers {
		k, _ := testKey(t, fmt.Sprintf("w%d.example", i))
		s, err := k.cosigner(clock.System{})
		must(t, err)
		signers[i] = s
		fmt.Fprintf(&policy, "witness w%d %s\n", i, vkeyOf(t, k))
	}
	log, err := w.key.Note()
	must(t, err)
	for rules, want := range map[string]func(set int) bool{
		"quorum none":                           func(int) bool { return true },
		"quorum w0":                             func(set int) bool { return set&1 != 0 },
		"group g any w0 w1\nquorum g":           func(set int) bool { return set&3 != 0 },
		"group g all w0 w1\nquorum g":           func(set int) bool { return set&3 == 3 },
		"group g 2 w0 w1 w2\nquorum g # 2 of 3": func(set int) bool { return bits.OnesCount(uint(set&7)) >= 2 },
		"group g any w0 w1\ngroup h all w2 w3\ngroup i all g h\nquorum i": func(set int) bool {
			return set&3 != 0 && set&12 == 12
		},
	} {
		for set := range 16 {
			by := []note.Signer{log}
			for i, s := range signers {
				if set>>i&1 == 1 {
					by = append(by, s)
				}
			}
			signed, err := note.Sign(&note.Note{Text: body}, by...)
			must(t, err)
			if _, err = VerifyNote(signed, w.vkey, []byte(policy.String()+rules)); (err == nil) != want(set) {
				t.Errorf("%q, signed by %04b: %v", rules, set, err)
			}
		}
	}
}

func TestNotesThatAreRefused(t *testing.T) {
	w := newWorld(t, "log.example/notes")
	c := latest(t, w.filled(2))
	_, other := testKey(t, w.origin)
	for what, try := range map[string][2]string{
		"another key":  {string(c.Note), other},
		"no key":       {string(c.Note), "x"},
		"altered":      {strings.Replace(string(c.Note), "\n2\n", "\n1\n", 1), w.vkey},
		"no signature": {string(bodyOf(c.Origin, c.Size, c.Root)), w.vkey},
		"too large":    {string(c.Note) + strings.Repeat("x", maxNoteSize), w.vkey},
	} {
		if _, err := VerifyNote([]byte(try[0]), try[1], nil); err == nil {
			t.Error(what)
		}
	}
	if _, err := VerifyNote(c.Note, w.vkey, []byte("garbage")); err == nil {
		t.Error("garbage for a policy")
	}
	if _, err := VerifyNote(c.Note, w.vkey, nil); err != nil {
		t.Error(err)
	}
	signer, err := w.key.Note()
	must(t, err)
	signed, err := note.Sign(&note.Note{Text: string(bodyOf("log.example/not-this", 2, c.Root))}, signer)
	must(t, err)
	if _, err := VerifyNote(signed, w.vkey, nil); err == nil {
		t.Error("checkpoint of another origin under the same key")
	}
}

func FuzzParsePolicy(f *testing.F) {
	key := SignerKey{Name: "a.example", Signer: vectorKey(1)}
	v, err := key.WitnessVKey()
	must(f, err)
	f.Add([]byte("witness a " + v + " https://a.example\ngroup g any a\nquorum g\n"))
	f.Add([]byte("quorum none"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePolicy(text)
		if err != nil {
			return
		}
		if _, err := p.Check([]byte("no note")); p.quorum != nil && err == nil {
			t.Error("a quorum that nobody meets is met")
		}
	})
}
