package tlog

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is a verified signed statement of the tree's size and root.
type Checkpoint struct {
	Note   []byte // the whole signed note, cosignatures included
	Origin string
	Size   uint64
	Root   [32]byte
}

func (c Checkpoint) tree() merkle.Tree { return merkle.Tree{N: int64(c.Size), Hash: c.Root} }

const (
	maxNoteSize = 32 << 10 // bytes; room for 100 cosignatures
	maxTreeSize = 1 << 48
)

// parseBody reads the text of a checkpoint (C2SP tlog-checkpoint): origin,
// size and root, a line each. Extension lines are refused, because nothing
// here writes them and nobody would check what they say.
func parseBody(text string) (Checkpoint, error) {
	var c Checkpoint
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return c, fmt.Errorf("tlog: not a checkpoint: %.100q", text)
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	if err != nil || size > maxTreeSize || strconv.FormatUint(size, 10) != lines[1] {
		return c, fmt.Errorf("tlog: checkpoint size %.30q", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != merkle.HashSize {
		return c, fmt.Errorf("tlog: checkpoint root %.60q", lines[2])
	}
	c.Origin, c.Size, c.Root = lines[0], size, [32]byte(root)
	if size == 0 && c.Root != emptyRoot() {
		return c, errors.New("tlog: an empty tree with another root")
	}
	return c, nil
}

// openCheckpoint verifies the log's signature on a note.
func openCheckpoint(signed []byte, log note.Verifier) (Checkpoint, error) {
	if len(signed) > maxNoteSize {
		return Checkpoint{}, fmt.Errorf("tlog: checkpoint of %d bytes", len(signed))
	}
	n, err := note.Open(signed, note.VerifierList(log))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("tlog: the checkpoint is not signed by %s: %w", log.Name(), err)
	}
	c, err := parseBody(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != log.Name() {
		return Checkpoint{}, fmt.Errorf("tlog: the checkpoint is of %q, not of %q", c.Origin, log.Name())
	}
	c.Note = signed
	return c, nil
}

// Verified is a checkpoint that its log signed and enough witnesses cosigned.
type Verified struct {
	Checkpoint
	Witnesses []Cosigned
}

// VerifyNote checks a signed checkpoint offline: the log's signature under its
// verifier key, and the cosignatures that the policy asks. An empty policy
// asks none.
func VerifyNote(signed []byte, logVKey string, policy []byte) (Verified, error) {
	log, err := note.NewVerifier(logVKey)
	if err != nil {
		return Verified{}, fmt.Errorf("tlog: log key: %w", err)
	}
	c, err := openCheckpoint(signed, log)
	if err != nil || len(policy) == 0 {
		return Verified{Checkpoint: c}, err
	}
	p, err := ParsePolicy(policy)
	if err != nil {
		return Verified{}, err
	}
	w, err := p.Check(signed)
	return Verified{c, w}, err
}

// VerifyInclusion checks that a leaf stands at an index of the tree.
func VerifyInclusion(leaf []byte, index uint64, hashes [][32]byte, size uint64, root [32]byte) error {
	if size > maxTreeSize || index >= size {
		return fmt.Errorf("tlog: index %d in a tree of %d", index, size)
	}
	p := make(merkle.RecordProof, len(hashes))
	for i, h := range hashes {
		p[i] = h
	}
	if err := merkle.CheckRecord(p, int64(size), root, int64(index), merkle.RecordHash(leaf)); err != nil {
		return fmt.Errorf("tlog: the leaf is not at index %d: %w", index, err)
	}
	return nil
}

// merkleSum is SHA-256 over the parts.
func merkleSum(parts ...[]byte) merkle.Hash {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return merkle.Hash(h.Sum(nil))
}
