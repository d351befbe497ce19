package journal

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"strconv"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// Hash is a SHA-256 value.
type Hash = [sha256.Size]byte

// body is the stored form of an entry's fields, in JSON.
type body struct {
	Salt   []byte `json:"salt"`             // 32 bytes; the salts of the open fields derive from it
	Open   Fields `json:"open"`             // the open fields
	Sealed []box  `json:"sealed,omitempty"` // the personal ones, one box per subject
}

// box holds the fields of one subject.
type box struct {
	Subject ident.ID        `json:"subject"`
	Box     []byte          `json:"box"`     // nonce and AES-256-GCM of an opening, under the subject's key
	Digests map[string]Salt `json:"digests"` // field digests, which outlive the key
}

// opening is the plaintext of a box.
type opening struct {
	Salt   []byte `json:"salt"`
	Fields Fields `json:"fields"`
}

// Salt is 32 bytes: a salt or a digest, base64 in JSON.
type Salt []byte

// header fields carry this prefix, which no Go field name can begin with.
const headerPrefix = "entry."

// headerFields are the digests' view of an entry's columns.
func headerFields(m Meta, home ident.ID, version int) (Fields, error) {
	f := make(Fields, 11)
	for name, v := range map[string]int64{
		"seq": m.Seq, "version": int64(version), "happened": store.Micros(m.Happened), "written": store.Micros(m.Written),
	} {
		f[headerPrefix+name] = strconv.AppendInt(nil, v, 10)
	}
	for name, v := range map[string]string{
		"id": string(m.ID), "home": string(home), "kind": m.Kind, "actor": string(m.Actor),
		"unit": string(m.Unit), "action": m.Action, "purpose": m.Purpose,
	} {
		raw, err := encodeJSON(v)
		if err != nil {
			return nil, err
		}
		f[headerPrefix+name] = raw
	}
	return f, nil
}

// FieldSalt derives the salt of one field from the secret of its box.
func FieldSalt(secret []byte, path string) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(path))
	return m.Sum(nil)
}

// FieldDigest is HMAC-SHA256 of path, NUL and JSON value under the field's
// salt: without the salt, nothing can be guessed from it.
func FieldDigest(salt []byte, path string, value []byte) []byte {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte(path))
	m.Write([]byte{0})
	m.Write(value)
	return m.Sum(nil)
}

// Commitment folds the digests of all fields, sorted by path, into one hash:
// SHA-256 of a label and, for each field, path, NUL and digest.
func Commitment(digests map[string]Salt) Hash {
	h := sha256.New()
	h.Write([]byte("amana-entry/v1\n"))
	for _, p := range sortedPaths(digests) {
		h.Write([]byte(p))
		h.Write([]byte{0})
		h.Write(digests[p])
	}
	return Hash(h.Sum(nil))
}

// Chain links an entry's commitment to the chain before it.
func Chain(prev Hash, seq int64, commitment Hash) Hash {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(seq))
	h := sha256.New()
	h.Write([]byte("amana-chain/v1\n"))
	h.Write(prev[:])
	h.Write(n[:])
	h.Write(commitment[:])
	return Hash(h.Sum(nil))
}

// seal turns fields into a body and the commitment of the whole entry.
func (j *Journal) seal(keys *keyring, fields []field, header Fields) (body, Hash, error) {
	b := body{Salt: j.random(32), Open: Fields{}}
	bySubject := map[ident.ID]*opening{}
	var order []ident.ID
	for _, f := range fields {
		if f.subject == "" {
			b.Open[f.path] = f.value
			continue
		}
		o := bySubject[f.subject]
		if o == nil {
			o = &opening{Salt: j.random(32), Fields: Fields{}}
			bySubject[f.subject] = o
			order = append(order, f.subject)
		}
		o.Fields[f.path] = f.value
	}
	digests := openDigests(b, header)
	for _, subject := range order {
		x, err := j.sealBox(keys, subject, bySubject[subject])
		if err != nil {
			return body{}, Hash{}, err
		}
		maps.Copy(digests, x.Digests)
		b.bind(digests, x)
		b.Sealed = append(b.Sealed, x)
	}
	return b, Commitment(digests), nil
}

// bind commits to the bytes of a box, so that they cannot be exchanged even
// after the key is gone.
func (b body) bind(digests map[string]Salt, x box) {
	path := "sealed:" + string(x.Subject)
	sum := sha256.Sum256(x.Box)
	digests[path] = FieldDigest(FieldSalt(b.Salt, path), path, sum[:])
}

func (j *Journal) sealBox(keys *keyring, subject ident.ID, o *opening) (box, error) {
	key, err := keys.forWriting(subject)
	if err != nil {
		return box{}, err
	}
	plain, err := storedJSON(o)
	if err != nil {
		return box{}, err
	}
	return box{Subject: subject, Box: key.seal(j.random(12), plain, subject), Digests: boxDigests(o)}, nil
}

func openDigests(b body, header Fields) map[string]Salt {
	d := make(map[string]Salt, len(b.Open)+len(header)+8)
	salts := salter(b.Salt)
	for _, fields := range []Fields{b.Open, header} {
		for path, v := range fields {
			d[path] = FieldDigest(salts.of(path), path, v)
		}
	}
	return d
}

func boxDigests(o *opening) map[string]Salt {
	d := make(map[string]Salt, len(o.Fields))
	salts := salter(o.Salt)
	for path, v := range o.Fields {
		d[path] = FieldDigest(salts.of(path), path, v)
	}
	return d
}

// salts derives many field salts from one secret; it is FieldSalt without
// setting the key up each time.
type salts struct {
	mac hash.Hash
	sum [sha256.Size]byte
}

func salter(secret []byte) *salts { return &salts{mac: hmac.New(sha256.New, secret)} }

// of gives a salt that is valid until the next call.
func (s *salts) of(path string) []byte {
	s.mac.Reset()
	s.mac.Write([]byte(path))
	return s.mac.Sum(s.sum[:0])
}

// open reads a stored body: its fields, and the subjects whose box could not
// be opened because their key is gone.
func (b body) open(keys *keyring) (f Fields, erased []ident.ID, err error) {
	f = maps.Clone(b.Open)
	if f == nil {
		f = Fields{}
	}
	for _, x := range b.Sealed {
		o, err := x.open(keys)
		if err != nil {
			return nil, nil, err
		}
		if o == nil {
			erased = append(erased, x.Subject)
			continue
		}
		maps.Copy(f, o.Fields)
	}
	return f, erased, nil
}

// open gives nil and no error when the subject's key is gone.
func (x box) open(keys *keyring) (*opening, error) {
	key, err := keys.get(x.Subject)
	if err != nil || key == nil {
		return nil, err
	}
	plain, err := key.open(x.Box, x.Subject)
	if err != nil {
		return nil, fmt.Errorf("journal: the box of subject %s does not open: %w", x.Subject, err)
	}
	o := new(opening)
	return o, json.Unmarshal(plain, o)
}

// recompute gives the commitment of a stored entry, checking on the way that
// each box that opens matches its digests.
func (b body) recompute(keys *keyring, header Fields) (Hash, error) {
	digests := openDigests(b, header)
	for _, x := range b.Sealed {
		o, err := x.open(keys)
		if err != nil {
			return Hash{}, err
		}
		if o != nil {
			if err := sameDigests(x.Digests, boxDigests(o)); err != nil {
				return Hash{}, err
			}
		}
		for path, d := range x.Digests {
			if _, twice := digests[path]; twice {
				return Hash{}, fmt.Errorf("journal: field %s stands twice", path)
			}
			digests[path] = d
		}
		b.bind(digests, x)
	}
	return Commitment(digests), nil
}

func sameDigests(stored, computed map[string]Salt) error {
	if len(stored) != len(computed) {
		return fmt.Errorf("journal: %d digests for %d sealed fields", len(stored), len(computed))
	}
	for path, d := range computed {
		if subtle.ConstantTimeCompare(stored[path], d) != 1 {
			return fmt.Errorf("journal: sealed field %s does not match its digest", path)
		}
	}
	return nil
}
