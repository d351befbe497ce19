package tlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// ProofFormat names the form of a proof file.
const ProofFormat = "amana-proof/v1"

// ProofName is the name of the file inside a PDF; a document with several
// proofs carries amana-proof-2.json and so on beside it.
const ProofName = "amana-proof.json"

// ProofFile is what a document carries so that anyone can check, offline,
// that an entry with these values stands in the log. Bytes are base64 in JSON.
type ProofFile struct {
	Format     string      `json:"format"`
	Origin     string      `json:"origin"`     // the log
	LogKey     string      `json:"logkey"`     // its verifier key or "", to be compared with the published one and not believed
	Home       string      `json:"home"`       // the leaf's source
	Seq        int64       `json:"seq"`        // the leaf's seq
	Disclosed  []Disclosed `json:"disclosed"`  // fields the holder may see; those of the header begin "entry."
	Withheld   []Withheld  `json:"withheld"`   // all others
	Leaf       string      `json:"leaf"`       // the leaf's text
	Index      uint64      `json:"index"`      // its place in the log
	Hashes     [][]byte    `json:"hashes"`     // from the leaf to the root
	Checkpoint string      `json:"checkpoint"` // signed note, with cosignatures
}

// Disclosed is a field that is shown.
type Disclosed struct {
	Path  string `json:"path"`
	Salt  []byte `json:"salt"`  // of this field alone, never the secret it derives from
	Value string `json:"value"` // JSON text, byte for byte as it was digested
}

// Withheld is a field that is not shown; its digest is needed to recompute
// the commitment and tells nothing without its salt.
type Withheld struct {
	Path   string `json:"path"`
	Digest []byte `json:"digest"`
}

// Disclose shows a field of the box whose secret is given.
func Disclose(secret []byte, path, value string) Disclosed {
	return Disclosed{Path: path, Salt: FieldSalt(secret, path), Value: value}
}

const (
	maxProofSize   = 8 << 20 // bytes
	maxProofFields = 20_000
	maxProofPath   = 500 // bytes
	maxProofHashes = 64
)

// NewProof puts a proof file together. Fields are sorted by path.
func NewProof(leaf Leaf, in Inclusion, disclosed []Disclosed, withheld []Withheld) ProofFile {
	p := ProofFile{
		Format: ProofFormat, Origin: in.Checkpoint.Origin, LogKey: in.LogVKey, Home: leaf.Source, Seq: leaf.Seq,
		Disclosed: slices.Clone(disclosed), Withheld: slices.Clone(withheld),
		Leaf: string(leaf.Marshal()), Index: in.Index, Checkpoint: string(in.Checkpoint.Note),
	}
	slices.SortFunc(p.Disclosed, func(a, b Disclosed) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(p.Withheld, func(a, b Withheld) int { return strings.Compare(a.Path, b.Path) })
	for _, h := range in.Hashes {
		p.Hashes = append(p.Hashes, h[:])
	}
	return p
}

// Marshal gives the file's JSON, indented, ended by a newline.
func (p ProofFile) Marshal() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(p)
	return b.Bytes(), err
}

// ParseProof reads a proof file. It refuses what two readers might read
// differently: unknown names, names that stand twice, other capitals,
// malformed UTF-8, anything after the end.
func ParseProof(data []byte) (ProofFile, error) {
	var p ProofFile
	if len(data) > maxProofSize {
		return p, fmt.Errorf("tlog: proof of %d bytes", len(data))
	}
	if !utf8.Valid(data) {
		return p, errors.New("tlog: proof is not UTF-8")
	}
	if err := strictNames(data); err != nil {
		return p, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return ProofFile{}, fmt.Errorf("tlog: proof: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return ProofFile{}, errors.New("tlog: something follows the proof")
	}
	return p, p.bounded()
}

// strictNames walks the JSON and looks at each object's names; encoding/json
// by itself takes them in any case and more than once.
func strictNames(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	var objects []map[string]bool // names seen, nil for an array
	for name := false; ; {
		t, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("tlog: proof: %w", err)
		}
		inObject := len(objects) > 0 && objects[len(objects)-1] != nil
		switch t {
		case json.Delim('{'):
			objects, name = append(objects, map[string]bool{}), true
			continue
		case json.Delim('['):
			objects, name = append(objects, nil), false
			continue
		case json.Delim('}'), json.Delim(']'):
			objects = objects[:len(objects)-1]
			name = len(objects) > 0 && objects[len(objects)-1] != nil
			continue
		}
		if inObject && name {
			s, _ := t.(string)
			if objects[len(objects)-1][s] || s != strings.ToLower(s) {
				return fmt.Errorf("tlog: proof: name %.60q stands twice or in capitals", s)
			}
			objects[len(objects)-1][s] = true
		}
		name = inObject && !name
	}
}

// bounded checks sizes and shapes; whether the proof holds is CheckProof's.
func (p ProofFile) bounded() error {
	if p.Format != ProofFormat {
		return fmt.Errorf("tlog: format %.40q is not %s", p.Format, ProofFormat)
	}
	if len(p.Disclosed)+len(p.Withheld) > maxProofFields || len(p.Hashes) > maxProofHashes || len(p.Leaf) > maxLeafSize || len(p.Checkpoint) > maxNoteSize {
		return errors.New("tlog: proof is too large")
	}
	for _, h := range p.Hashes {
		if len(h) != 32 {
			return fmt.Errorf("tlog: a hash of %d bytes", len(h))
		}
	}
	for _, d := range p.Disclosed {
		if len(d.Salt) != 32 || !json.Valid([]byte(d.Value)) {
			return fmt.Errorf("tlog: field %.100q has no salt of 32 bytes or no JSON value", d.Path)
		}
	}
	for _, w := range p.Withheld {
		if len(w.Digest) != 32 {
			return fmt.Errorf("tlog: field %.100q has a digest of %d bytes", w.Path, len(w.Digest))
		}
	}
	return nil
}

func validPath(path string) bool {
	return path != "" && len(path) <= maxProofPath && utf8.ValidString(path) && !strings.ContainsRune(path, 0)
}
