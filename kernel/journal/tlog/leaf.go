package tlog

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	merkle "golang.org/x/mod/sumdb/tlog"
)

// AccessBatch is the type of the leaf that stands for a batch of accesses;
// all other types are names of entry kinds.
const AccessBatch = "access-batch"

// Leaf is what the log tells the world about one entry, or one batch of
// accesses. It holds nothing personal.
type Leaf struct {
	Type       string   // an entry kind such as "register.complaint-recorded", or AccessBatch
	Minute     int64    // when it was written, in whole minutes since 1970 UTC
	Source     string   // the home's id; "<home id>/<lane>" for access batches
	Seq        int64    // gap-free within Source, from 1
	Commitment [32]byte // see docs/format/entry.md; a batch's Merkle root
}

const (
	leafLabel   = "amana-leaf/v1"
	maxLeafSize = 512 // bytes
)

// Marshal gives the leaf's text, version 1: six lines, each ended by a newline.
func (l Leaf) Marshal() []byte {
	b := make([]byte, 0, 192)
	b = append(b, leafLabel+"\n"...)
	b = append(append(b, l.Type...), '\n')
	b = append(strconv.AppendInt(b, l.Minute, 10), '\n')
	b = append(append(b, l.Source...), '\n')
	b = append(strconv.AppendInt(b, l.Seq, 10), '\n')
	return append(hex.AppendEncode(b, l.Commitment[:]), '\n')
}

// Hash gives the leaf's hash in the tree: SHA-256 of a zero byte and the text.
func (l Leaf) Hash() merkle.Hash { return merkle.RecordHash(l.Marshal()) }

// valid says what in a leaf cannot be written in its text.
func (l Leaf) valid() error {
	switch {
	case len(l.Type) > 100 || !words(l.Type, ".-"):
		return fmt.Errorf("tlog: leaf type %.120q", l.Type)
	case len(l.Source) > 140 || !words(l.Source, "-./"):
		return fmt.Errorf("tlog: leaf source %.160q", l.Source)
	case l.Minute < 0:
		return fmt.Errorf("tlog: leaf minute %d", l.Minute)
	case l.Seq < 1:
		return fmt.Errorf("tlog: leaf seq %d", l.Seq)
	}
	return nil
}

// words tells whether s is small letters and digits, with one separator at a
// time between them.
func words(s, separators string) bool {
	inside := false // of a word
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			inside = true
		case inside && strings.IndexByte(separators, c) >= 0:
			inside = false
		default:
			return false
		}
	}
	return inside
}

// ParseLeaf reads a leaf's text. It accepts exactly what Marshal writes.
func ParseLeaf(text []byte) (Leaf, error) {
	var l Leaf
	if len(text) > maxLeafSize {
		return l, fmt.Errorf("tlog: leaf of %d bytes", len(text))
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) != 7 || lines[0] != leafLabel || lines[6] != "" {
		return l, fmt.Errorf("tlog: not a leaf: %.60q", text)
	}
	l.Type, l.Source = lines[1], lines[3]
	var err1, err2 error
	l.Minute, err1 = strconv.ParseInt(lines[2], 10, 64)
	l.Seq, err2 = strconv.ParseInt(lines[4], 10, 64)
	n, err3 := hex.Decode(l.Commitment[:], []byte(lines[5][:min(64, len(lines[5]))]))
	if err1 != nil || err2 != nil || err3 != nil || n != 32 {
		return Leaf{}, fmt.Errorf("tlog: malformed leaf %.200q", text)
	}
	if err := l.valid(); err != nil {
		return Leaf{}, err
	}
	if !bytes.Equal(l.Marshal(), text) { // signs, leading zeros, capital digits
		return Leaf{}, fmt.Errorf("tlog: leaf is not in its one form: %.200q", text)
	}
	return l, nil
}
