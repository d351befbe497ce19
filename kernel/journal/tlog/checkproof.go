package tlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Trust is what the checker of a proof knows beforehand.
type Trust struct {
	LogVKey string // the log's verifier key
	Policy  []byte // who must have cosigned; empty asks nobody
}

// Result is what a proof that holds has shown.
type Result struct {
	Verified                            // the checkpoint, with who cosigned it
	Leaf     Leaf                       //
	Index    uint64                     // of the leaf in the log
	ID       string                     // of the entry
	Written  time.Time                  // to the microsecond, UTC
	Fields   map[string]json.RawMessage // the disclosed ones; "entry." names the header's
	Withheld []string                   // paths of the others
}

// headerNames are the columns of an entry that its commitment covers. All
// must stand in a proof; the first five must be disclosed, because the leaf
// repeats them or the holder must know which entry it is.
var headerNames = [...]string{"id", "home", "seq", "kind", "written", "version", "actor", "unit", "action", "purpose", "happened"}

const disclosedHeader = 5

// CheckProof recomputes a proof from its values up: the field digests, the
// commitment, the leaf, the way to the root, the signatures. It needs no
// network.
func CheckProof(p ProofFile, t Trust) (Result, error) {
	var r Result
	if err := p.bounded(); err != nil {
		return r, err
	}
	digests, err := p.digests()
	if err != nil {
		return r, err
	}
	if r.Leaf, err = ParseLeaf([]byte(p.Leaf)); err != nil {
		return r, err
	}
	if EntryCommitment(digests) != r.Leaf.Commitment {
		return r, fmt.Errorf("tlog: the values are not those of the leaf: %w", ErrAltered)
	}
	if err := r.header(p); err != nil {
		return r, err
	}
	if r.Verified, err = VerifyNote([]byte(p.Checkpoint), t.LogVKey, t.Policy); err != nil {
		return r, err
	}
	if p.Origin != r.Origin || p.LogKey != "" && p.LogKey != t.LogVKey {
		return r, fmt.Errorf("tlog: the proof names the log %.100q with the key %.100q, signed was %.100q: %w", p.Origin, p.LogKey, r.Origin, ErrAltered)
	}
	hashes := make([][32]byte, len(p.Hashes))
	for i, h := range p.Hashes {
		hashes[i] = [32]byte(h)
	}
	r.Index = p.Index
	return r, VerifyInclusion([]byte(p.Leaf), p.Index, hashes, r.Size, r.Root)
}

// digests gives every field's digest; no field may stand twice.
func (p ProofFile) digests() (map[string][32]byte, error) {
	out := make(map[string][32]byte, len(p.Disclosed)+len(p.Withheld))
	add := func(path string, d [32]byte) error {
		if _, twice := out[path]; twice || !validPath(path) {
			return fmt.Errorf("tlog: field %.100q stands twice or cannot be a path", path)
		}
		out[path] = d
		return nil
	}
	for _, d := range p.Disclosed {
		if err := add(d.Path, FieldDigest(d.Salt, d.Path, d.Value)); err != nil {
			return nil, err
		}
	}
	for _, w := range p.Withheld {
		if err := add(w.Path, [32]byte(w.Digest)); err != nil {
			return nil, err
		}
	}
	for _, name := range headerNames {
		if _, ok := out["entry."+name]; !ok {
			return nil, fmt.Errorf("tlog: the entry's %s is missing: %w", name, ErrAltered)
		}
	}
	return out, nil
}

// header compares what the entry says of itself with the leaf and the file.
func (r *Result) header(p ProofFile) error {
	r.Fields = make(map[string]json.RawMessage, len(p.Disclosed))
	for _, d := range p.Disclosed {
		r.Fields[d.Path] = json.RawMessage(d.Value)
	}
	for _, w := range p.Withheld {
		r.Withheld = append(r.Withheld, w.Path)
	}
	slices.Sort(r.Withheld)
	var home, kind string
	var seq, written int64
	for i, to := range []any{&r.ID, &home, &seq, &kind, &written}[:disclosedHeader] {
		raw, ok := r.Fields["entry."+headerNames[i]]
		if !ok || json.Unmarshal(raw, to) != nil {
			return fmt.Errorf("tlog: the entry's %s must be shown: %w", headerNames[i], ErrAltered)
		}
	}
	r.Written = time.UnixMicro(written).UTC()
	l := r.Leaf
	if home != l.Source || seq != l.Seq || kind != l.Type || MinuteOf(r.Written) != l.Minute || p.Home != home || p.Seq != seq {
		return fmt.Errorf("tlog: home, seq, kind or time differ between the entry, its leaf and the file: %w", ErrAltered)
	}
	return nil
}

// MinuteOf gives the Minute of a leaf written at a time.
func MinuteOf(written time.Time) int64 { return written.Unix() / 60 }

// ErrAltered means that a proof contradicts itself: it was changed.
var ErrAltered = errors.New("altered")
