package journal

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// body is the stored form of an entry's fields.
type body struct {
	Salt   []byte // 32 bytes; the salts of the open fields derive from it
	Open   fields // the open fields
	Sealed []box  // the personal ones, one box per subject
}

// box holds the fields of one subject.
type box struct {
	Subject ident.ID
	Box     []byte   // nonce and AES-256-GCM of an opening, under the subject's key
	Digests []digest // of its fields; they outlive the key
}

// opening is the plaintext of a box.
type opening struct {
	Salt   []byte
	Fields fields
}

// header fields carry this prefix, which no Go field name can begin with.
const headerPrefix = "entry."

// headerFields are the digests' view of an entry's columns.
func headerFields(m Meta, home ident.ID, version int) (fields, error) {
	f := make(fields, 0, 11)
	for _, x := range [...]struct {
		path string
		n    int64
	}{{"seq", m.Seq}, {"version", int64(version)}, {"happened", store.Micros(m.Happened)}, {"written", store.Micros(m.Written)}} {
		f = append(f, field{path: headerPaths[x.path], value: strconv.AppendInt(nil, x.n, 10)})
	}
	for _, x := range [...][2]string{{"id", string(m.ID)}, {"home", string(home)}, {"kind", m.Kind}, {"actor", string(m.Actor)},
		{"unit", string(m.Unit)}, {"action", m.Action}, {"purpose", m.Purpose}} {
		raw, err := encodeJSON(x[1])
		if err != nil {
			return nil, err
		}
		f = append(f, field{path: headerPaths[x[0]], value: raw})
	}
	return f, nil
}

// headerPaths gives the paths of the header's fields by column.
var headerPaths = func() map[string]string {
	out := map[string]string{}
	for _, name := range []string{"seq", "version", "happened", "written", "id", "home", "kind", "actor", "unit", "action", "purpose"} {
		out[name] = headerPrefix + name
	}
	return out
}()

// seal turns fields into a body and the commitment of the whole entry.
func (j *Journal) seal(keys *keyring, all []field, header fields) (body, Hash, error) {
	slices.SortFunc(all, func(a, b field) int { return strings.Compare(a.path, b.path) })
	b := body{Salt: j.random(32), Open: make(fields, 0, len(all))}
	var bySubject []subjectFields
	for _, f := range all {
		if f.subject == "" {
			b.Open = append(b.Open, f)
			continue
		}
		i := slices.IndexFunc(bySubject, func(s subjectFields) bool { return s.subject == f.subject })
		if i < 0 {
			i = len(bySubject)
			bySubject = append(bySubject, subjectFields{f.subject, &opening{Salt: j.random(32)}})
		}
		o := bySubject[i].opening
		o.Fields = append(o.Fields, f)
	}
	d := new(digester)
	digests := b.openDigests(d, header, len(all)+len(bySubject))
	for _, s := range bySubject {
		x, err := j.sealBox(keys, d, s)
		if err != nil {
			return body{}, Hash{}, err
		}
		digests = append(append(digests, x.Digests...), b.bind(d, &x))
		b.Sealed = append(b.Sealed, x)
	}
	return b, d.commitment(digests), nil
}

// subjectFields are what an entry says of one subject.
type subjectFields struct {
	subject ident.ID
	opening *opening
}

// bind commits to the bytes of a box, so that they cannot be exchanged even
// after the key is gone.
func (b *body) bind(d *digester, x *box) digest {
	sum := sha256.Sum256(x.Box)
	return d.of(b.Salt, "sealed:"+string(x.Subject), sum[:])
}

func (j *Journal) sealBox(keys *keyring, d *digester, s subjectFields) (box, error) {
	key, err := keys.forWriting(s.subject)
	if err != nil {
		return box{}, err
	}
	plain := s.opening.appendTo(make([]byte, 0, 1024))
	return box{Subject: s.subject, Box: key.seal(j.random(12), plain, s.subject), Digests: s.opening.digests(d)}, nil
}

// openDigests are those of the header and the open fields, with room for more.
func (b *body) openDigests(d *digester, header fields, more int) []digest {
	all := make([]digest, 0, len(b.Open)+len(header)+more)
	for _, list := range [...]fields{b.Open, header} {
		for i := range list {
			all = append(all, d.of(b.Salt, list[i].path, list[i].value))
		}
	}
	return all
}

func (o *opening) digests(d *digester) []digest {
	all := make([]digest, len(o.Fields))
	for i := range o.Fields {
		all[i] = d.of(o.Salt, o.Fields[i].path, o.Fields[i].value)
	}
	return all
}

// open reads a stored body: its fields, and the subjects whose box could not
// be opened because their key is gone.
func (b *body) open(keys *keyring) (f fields, erased []ident.ID, err error) {
	f = b.Open
	for i := range b.Sealed {
		o, err := b.Sealed[i].open(keys)
		if err != nil {
			return nil, nil, err
		}
		if o == nil {
			erased = append(erased, b.Sealed[i].Subject)
			continue
		}
		f = f.with(o.Fields)
	}
	return f, erased, nil
}

// open gives nil and no error when the subject's key is gone.
func (x *box) open(keys *keyring) (*opening, error) {
	key, err := keys.get(x.Subject)
	if err != nil || key == nil {
		return nil, err
	}
	plain, err := key.open(x.Box, x.Subject)
	if err != nil {
		return nil, fmt.Errorf("journal: the box of subject %s does not open: %w", x.Subject, err)
	}
	return readOpening(plain)
}

// examine gives the fields of a stored entry and its commitment, checking on
// the way that each box that opens matches its digests.
func (b *body) examine(keys *keyring, header fields) (f fields, erased []ident.ID, c Hash, err error) {
	d := new(digester)
	f = b.Open
	digests := b.openDigests(d, header, 32)
	for i := range b.Sealed {
		x := &b.Sealed[i]
		o, err := x.open(keys)
		if err != nil {
			return nil, nil, c, err
		}
		if o == nil {
			erased = append(erased, x.Subject)
		} else {
			if err := sameDigests(x.Digests, o.digests(d)); err != nil {
				return nil, nil, c, err
			}
			f = f.with(o.Fields)
		}
		digests = append(append(digests, x.Digests...), b.bind(d, x))
	}
	c = d.commitment(digests)
	for i := range digests[1:] {
		if digests[i].path == digests[i+1].path {
			return nil, nil, c, fmt.Errorf("journal: field %s stands twice", digests[i].path)
		}
	}
	return f, erased, c, nil
}

func sameDigests(stored, computed []digest) error {
	if len(stored) != len(computed) {
		return fmt.Errorf("journal: %d digests for %d sealed fields", len(stored), len(computed))
	}
	for i, d := range computed {
		if stored[i].path != d.path || subtle.ConstantTimeCompare(stored[i].sum[:], d.sum[:]) != 1 {
			return fmt.Errorf("journal: sealed field %s does not match its digest", d.path)
		}
	}
	return nil
}
