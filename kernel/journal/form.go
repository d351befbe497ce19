package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/amana-platform/amana/kernel/ident"
)

// The stored form of a body and of a box's opening is JSON that can be written
// in one way only: no space, members in a fixed order, paths ascending, `<`,
// `>` and `&` as they are. It is written and read by hand, because reflection
// over two maps an entry took more time than sealing it.

var errForm = errors.New("journal: the body is not in its canonical form")

// appendTo writes the body in its stored form.
func (b *body) appendTo(out []byte) []byte {
	out = appendBase64(append(out, `{"salt":`...), b.Salt)
	out = appendFields(append(out, `,"open":`...), b.Open)
	for i := range b.Sealed {
		x := &b.Sealed[i]
		out = append(out, before(i, `,"sealed":[{"subject":"`, `,{"subject":"`)...)
		out = append(append(out, x.Subject...), `","box":`...)
		out = append(appendBase64(out, x.Box), `,"digests":`...)
		for k := range x.Digests {
			out = append(append(append(out, before(k, `{"`, `,"`)...), x.Digests[k].path...), `":`...)
			out = appendBase64(out, x.Digests[k].sum[:])
		}
		out = append(out, before(len(x.Digests), "{}}", "}}")...)
	}
	return append(out, before(len(b.Sealed), "}", "]}")...)
}

// before gives the text for the first of a list, and that for those after it.
func before(i int, first, later string) string {
	if i == 0 {
		return first
	}
	return later
}

// appendTo writes the opening as it is sealed.
func (o *opening) appendTo(out []byte) []byte {
	out = appendBase64(append(out, `{"salt":`...), o.Salt)
	return append(appendFields(append(out, `,"fields":`...), o.Fields), '}')
}

func appendFields(out []byte, all fields) []byte {
	for i := range all {
		out = append(append(append(out, before(i, `{"`, `,"`)...), all[i].path...), `":`...)
		out = append(out, all[i].value...)
	}
	return append(out, before(len(all), "{}", "}")...)
}

func appendBase64(out, raw []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(out, '"'), raw), '"')
}

// former reads a stored form; after something unexpected it reads nothing more.
type former struct {
	raw  []byte
	text string // the same, so that paths are parts of it
	at   int
	bad  bool
}

func readForm(raw []byte) *former { return &former{raw: raw, text: string(raw)} }

// want passes over a text that must stand here.
func (f *former) want(s string) {
	if !f.is(s) {
		f.bad = true
	}
}

// is passes over a text if it stands here.
func (f *former) is(s string) bool {
	if f.bad || !strings.HasPrefix(f.text[f.at:], s) {
		return false
	}
	f.at += len(s)
	return true
}

// quoted reads a string without escapes: a path, an id, base64.
func (f *former) quoted() string {
	f.want(`"`)
	n := strings.IndexAny(f.text[f.at:], `"\`)
	if f.bad || n < 0 || f.text[f.at+n] != '"' {
		f.bad = true
		return ""
	}
	s := f.text[f.at : f.at+n]
	f.at += n + 1
	return s
}

func (f *former) base64() []byte {
	raw, err := base64.StdEncoding.Strict().DecodeString(f.quoted())
	if err != nil {
		f.bad = true
	}
	return raw
}

// value passes over one JSON value, which whoever decodes it examines.
func (f *former) value() []byte {
	begun, depth := f.at, 0
	for f.at < len(f.text) {
		switch f.text[f.at] {
		case '"':
			f.skipString()
			continue
		case ' ', '\t', '\n', '\r':
			f.bad = true
			return nil
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return f.raw[begun:f.at]
			}
			depth--
		case ',':
			if depth == 0 {
				return f.raw[begun:f.at]
			}
		}
		f.at++
	}
	f.bad = true
	return nil
}

func (f *former) skipString() {
	for f.at++; f.at < len(f.text); f.at++ {
		switch f.text[f.at] {
		case '\\':
			f.at++
		case '"':
			f.at++
			return
		}
	}
}

// ascending refuses a path that does not stand after the one before it.
func (f *former) ascending(i int, last, path string) {
	if i > 0 && path <= last {
		f.bad = true
	}
}

func (f *former) fields() fields {
	if f.is("{}") {
		return nil
	}
	out := make(fields, 0, 24)
	last := ""
	for f.want("{"); !f.bad; f.want(",") {
		path := f.quoted()
		f.ascending(len(out), last, path)
		f.want(":")
		out, last = append(out, field{path: path, value: f.value()}), path
		if f.is("}") {
			return out
		}
	}
	return nil
}

func (f *former) digests() []digest {
	if f.is("{}") {
		return nil
	}
	out := make([]digest, 0, 24)
	last := ""
	for f.want("{"); !f.bad; f.want(",") {
		path := f.quoted()
		f.ascending(len(out), last, path)
		f.want(":")
		sum := f.base64()
		if len(sum) != sha256.Size {
			break
		}
		out, last = append(out, digest{path, Hash(sum)}), path
		if f.is("}") {
			return out
		}
	}
	f.bad = true
	return nil
}

func (f *former) end() error {
	if f.bad || f.at != len(f.raw) {
		return errForm
	}
	return nil
}

// readBody reads a body in its stored form, and nothing else.
func readBody(raw []byte) (b body, err error) {
	f := readForm(raw)
	f.want(`{"salt":`)
	b.Salt = f.base64()
	f.want(`,"open":`)
	b.Open = f.fields()
	if f.is(`,"sealed":[`) {
		for ; !f.bad; f.want(",") {
			f.want(`{"subject":`)
			x := box{Subject: ident.ID(f.quoted())}
			f.want(`,"box":`)
			x.Box = f.base64()
			f.want(`,"digests":`)
			x.Digests = f.digests()
			f.want("}")
			b.Sealed = append(b.Sealed, x)
			if f.is("]") {
				break
			}
		}
	}
	f.want("}")
	return b, f.end()
}

// readOpening reads the plaintext of a box.
func readOpening(raw []byte) (*opening, error) {
	f, o := readForm(raw), new(opening)
	f.want(`{"salt":`)
	o.Salt = f.base64()
	f.want(`,"fields":`)
	o.Fields = f.fields()
	f.want("}")
	return o, f.end()
}

// canonical reports whether raw is the stored form of the body.
func (b *body) canonical(raw []byte) bool {
	return bytes.Equal(b.appendTo(make([]byte, 0, len(raw))), raw)
}
