package plates

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/bits"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

// million is one, in the millionths in which probabilities are kept: compared
// tables hold no floating point.
const million = 1_000_000

// Choice is one thing that may stand there, and how likely it is, in
// millionths.
type Choice struct {
	Text string `json:"text"`
	PPM  int64  `json:"ppm"`
}

// Item is one read as a batch holds it. Its JSON form is what the Merkle tree
// is over; the salt keeps a plate from being guessed from the root.
type Item struct {
	Salt    string   `json:"salt"`
	Plate   string   `json:"plate"`
	Country string   `json:"country,omitempty"`
	Kind    string   `json:"kind,omitempty"`
	Said    int64    `json:"said"` // the camera's clock, microseconds since 1970
	At      int64    `json:"at"`   // with the clock's offset taken out
	PPM     int64    `json:"ppm"`
	Others  []Choice `json:"others,omitempty"`
}

// pack writes items as the text that a batch seals.
func pack(all []Item) (string, error) {
	out, err := json.Marshal(all)
	return string(out), err
}

// unpack is the inverse of pack.
func unpack(body string) ([]Item, error) {
	var all []Item
	err := json.Unmarshal([]byte(body), &all)
	return all, err
}

// hash is one node of the tree.
type hash = [sha256.Size]byte

// leaf is the hash of one item (RFC 6962, 2.1).
func leaf(x Item) (hash, error) {
	raw, err := json.Marshal(x)
	if err != nil {
		return hash{}, err
	}
	return sha256.Sum256(append([]byte{0}, raw...)), nil
}

func node(a, b hash) hash {
	return sha256.Sum256(append(append([]byte{1}, a[:]...), b[:]...))
}

// split is the size of the left part of a tree of n leaves: the largest power
// of two below n.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// root is the Merkle tree hash of at least one leaf (RFC 6962, 2.1).
func root(leaves []hash) hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := split(len(leaves))
	return node(root(leaves[:k]), root(leaves[k:]))
}

// path is the audit path of leaf m (RFC 6962, 2.1.1), the nearest first.
func path(leaves []hash, m int) []hash {
	if len(leaves) == 1 {
		return nil
	}
	k := split(len(leaves))
	if m < k {
		return append(path(leaves[:k], m), root(leaves[k:]))
	}
	return append(path(leaves[k:], m-k), root(leaves[:k]))
}

// climb gives the root that a leaf, its place among n and its path lead to.
func climb(at hash, m, n int, way []hash) (hash, error) {
	if n == 1 {
		if len(way) != 0 {
			return hash{}, errPath
		}
		return at, nil
	}
	if len(way) == 0 {
		return hash{}, errPath
	}
	k, last := split(n), way[len(way)-1]
	if m < k {
		below, err := climb(at, m, k, way[:len(way)-1])
		return node(below, last), err
	}
	below, err := climb(at, m-k, n-k, way[:len(way)-1])
	return node(last, below), err
}

var errPath = errors.New("plates: the path does not fit the tree")

// leavesOf hashes every item.
func leavesOf(all []Item) ([]hash, error) {
	out := make([]hash, len(all))
	for i, x := range all {
		var err error
		if out[i], err = leaf(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func hexOf(h hash) string { return hex.EncodeToString(h[:]) }

func hexPath(way []hash) []string {
	out := make([]string, len(way))
	for i, h := range way {
		out[i] = hexOf(h)
	}
	return out
}

// BelongsTo reports whether an item is number n, from 0, of the size items
// under a root, by the path that a hit keeps.
func (x Item) BelongsTo(rootHex string, n, size int64, way []string) bool {
	if n < 0 || n >= size || size > maxReads {
		return false
	}
	hashes := make([]hash, len(way))
	for i, s := range way {
		raw, err := hex.DecodeString(s)
		if err != nil || len(raw) != sha256.Size {
			return false
		}
		copy(hashes[i][:], raw)
	}
	at, err := leaf(x)
	if err != nil {
		return false
	}
	top, err := climb(at, int(n), int(size), hashes)
	return err == nil && hexOf(top) == rootHex
}

// Read is one read of a search.
type Read struct {
	Batch   ident.ID
	N       int64
	Camera  ident.ID
	Day     ident.ID
	Plate   string
	Country string
	At      time.Time
	Said    time.Time
	PPM     int64
}

// Day is what one camera read on one day, under one key.
type Day struct {
	ID      ident.ID
	Camera  ident.ID
	Date    string // "2026-11-28", the pack's day
	Batches int64
	Reads   int64
	Ends    time.Time // when its term ends
	Gone    bool
}

// Items reads the items that a hit keeps, to prove them.
func Items(kept string) ([]Item, error) { return unpack(kept) }
