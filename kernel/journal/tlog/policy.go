package tlog

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// Policy says which witnesses must have cosigned a checkpoint, in the text
// form of C2SP tlog-policy:
//
//	witness commission  commission.example+a1b2c3d4+BA…  https://witness.commission.example
//	witness prosecution …
//	witness university  …
//	group   outside 2 commission prosecution university
//	quorum  outside
//
// The addresses are needed only by the log, which asks for cosignatures.
type Policy struct {
	text      []byte
	witnesses []policyWitness
	quorum    *policyNode // nil for "quorum none"
}

type policyWitness struct {
	name, url string
	verifier  note.Verifier
}

// policyNode is a witness, or a group that needs k of its members.
type policyNode struct {
	witness int // index, -1 for a group
	k       int
	members []*policyNode
}

const (
	maxPolicySize      = 64 << 10
	maxPolicyWitnesses = 32
)

// ParsePolicy reads a policy. It refuses what could count one witness twice.
func ParsePolicy(text []byte) (*Policy, error) {
	if len(text) > maxPolicySize {
		return nil, fmt.Errorf("tlog: policy of %d bytes", len(text))
	}
	p := &policyParser{Policy: Policy{text: bytes.Clone(text)}, named: map[string]*policyNode{}, used: map[string]bool{}}
	for i, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "#")
		if f := strings.Fields(line); len(f) > 0 {
			if err := p.line(f); err != nil {
				return nil, fmt.Errorf("tlog: policy line %d: %w", i+1, err)
			}
		}
	}
	if !p.decided {
		return nil, errors.New("tlog: policy names no quorum")
	}
	return &p.Policy, nil
}

type policyParser struct {
	Policy
	named   map[string]*policyNode
	used    map[string]bool // members of some group already
	decided bool
}

func (p *policyParser) line(f []string) error {
	switch {
	case f[0] == "log" && len(f) >= 2 && len(f) <= 3:
		_, err := note.NewVerifier(f[1])
		return err
	case f[0] == "witness" && (len(f) == 3 || len(f) == 4):
		return p.witness(f[1], f[2], strings.Join(f[3:], ""))
	case f[0] == "group" && len(f) >= 4:
		return p.group(f[1], f[2], f[3:])
	case f[0] == "quorum" && len(f) == 2:
		return p.setQuorum(f[1])
	}
	return fmt.Errorf("not understood: %.100q", f)
}

func (p *policyParser) name(name string, n *policyNode) error {
	if slices.Contains([]string{"witness", "group", "any", "all", "none", "quorum", "log"}, name) {
		return fmt.Errorf("%q cannot be a name", name)
	}
	if p.named[name] != nil {
		return fmt.Errorf("%q is named twice", name)
	}
	p.named[name] = n
	return nil
}

func (p *policyParser) witness(name, vkey, url string) error {
	v, err := cosignVerifier(vkey)
	if err != nil {
		return err
	}
	for _, w := range p.witnesses {
		if w.verifier.Name() == v.Name() || samePublicKey(w.verifier, vkey) {
			return fmt.Errorf("witness %q has the key or name of %q", name, w.name)
		}
	}
	if len(p.witnesses) == maxPolicyWitnesses {
		return fmt.Errorf("more than %d witnesses", maxPolicyWitnesses)
	}
	p.witnesses = append(p.witnesses, policyWitness{name, url, keyed{v, vkey}})
	return p.name(name, &policyNode{witness: len(p.witnesses) - 1})
}

func (p *policyParser) group(name, threshold string, names []string) error {
	n := &policyNode{witness: -1}
	for _, m := range names {
		member := p.named[m]
		if member == nil || p.used[m] {
			return fmt.Errorf("group %q: member %q is unknown or counted already", name, m)
		}
		p.used[m] = true
		n.members = append(n.members, member)
	}
	switch threshold {
	case "any":
		n.k = 1
	case "all":
		n.k = len(names)
	default:
		k, err := strconv.Atoi(threshold)
		if err != nil || k < 1 || k > len(names) {
			return fmt.Errorf("group %q: %q of %d", name, threshold, len(names))
		}
		n.k = k
	}
	return p.name(name, n)
}

func (p *policyParser) setQuorum(name string) error {
	if p.decided {
		return errors.New("a second quorum")
	}
	p.decided = true
	if name == "none" {
		return nil
	}
	if p.quorum = p.named[name]; p.quorum == nil {
		return fmt.Errorf("quorum %q is unknown", name)
	}
	return nil
}

// Cosigned is one witness's statement about a checkpoint.
type Cosigned struct {
	Name string    // the witness's, in the policy
	At   time.Time // by the witness's clock, to the second
}

// Check gives the witnesses of the policy whose cosignatures on a note hold,
// and an error if they are fewer than the quorum. A cosignature that does not
// verify counts as none.
func (p *Policy) Check(signed []byte) ([]Cosigned, error) {
	var out []Cosigned
	held := make([]bool, len(p.witnesses))
	for i, w := range p.witnesses {
		n, err := note.Open(signed, note.VerifierList(w.verifier))
		if err != nil || len(n.Sigs) != 1 {
			continue
		}
		at, err := fnote.CoSigV1Timestamp(n.Sigs[0])
		if err != nil {
			continue
		}
		held[i] = true
		out = append(out, Cosigned{w.name, at.UTC()})
	}
	if p.quorum != nil && !p.quorum.satisfied(held) {
		return out, fmt.Errorf("tlog: %w: cosigned by %d of %d witnesses", ErrQuorum, len(out), len(p.witnesses))
	}
	return out, nil
}

// ErrQuorum means that fewer witnesses cosigned than the policy asks.
var ErrQuorum = errors.New("the witnesses' quorum is not met")

func (n *policyNode) satisfied(held []bool) bool {
	if n.witness >= 0 {
		return held[n.witness]
	}
	count := 0
	for _, m := range n.members {
		if m.satisfied(held) {
			count++
		}
	}
	return count >= n.k
}

// keyed remembers the verifier key that a verifier was made from.
type keyed struct {
	note.Verifier
	vkey string
}

func samePublicKey(v note.Verifier, vkey string) bool {
	k, ok := v.(keyed)
	return ok && bytes.Equal(publicKey(k.vkey), publicKey(vkey))
}

// publicKey gives the bytes of a verifier key after name and short hash; the
// base64 may itself hold a plus.
func publicKey(vkey string) []byte {
	_, rest, _ := strings.Cut(vkey, "+")
	_, key, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) == 0 {
		return nil
	}
	return raw[1:]
}

// cosignVerifier reads a witness's verifier key, of signature type 4
// (cosignature/v1), and checks its short hash, which the library does not.
func cosignVerifier(vkey string) (note.Verifier, error) {
	v, err := fnote.NewVerifierForCosignatureV1(vkey)
	if err != nil {
		return nil, fmt.Errorf("witness key %.100q: %w", vkey, err)
	}
	parts := strings.SplitN(vkey, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || raw[0] != algCosignature || parts[1] != fmt.Sprintf("%08x", v.KeyHash()) {
		return nil, fmt.Errorf("witness key %.100q is not of cosignature/v1", vkey)
	}
	return v, nil
}

// keyHash is the short name of a key in signature lines (C2SP signed-note).
func keyHash(name string, alg byte, public []byte) uint32 {
	h := merkleSum([]byte(name), []byte("\n"), []byte{alg}, public)
	return binary.BigEndian.Uint32(h[:])
}
