package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Reader reads a file of this package's making, with the updates appended to
// it: classic cross-reference tables, generation 0, direct lengths. It takes
// any bytes without harm.
type Reader struct {
	Data    []byte
	Trailer Dict
	Start   int // where the last cross-reference table begins
	offsets map[Ref]int
}

// Bounds on what is read.
const (
	maxUpdates = 64
	maxObjects = 2_000_000
)

// ErrTooLarge says that something unfolds to more than was allowed.
var ErrTooLarge = errors.New("pdf: too large")

// Open reads a file's cross-reference tables.
func Open(data []byte) (*Reader, error) {
	r := &Reader{Data: data, offsets: map[Ref]int{}}
	tail := data[max(0, len(data)-1024):]
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 || !bytes.HasPrefix(data, []byte("%PDF-1.")) {
		return nil, ErrMalformed
	}
	l := lexer{data, len(data) - len(tail) + i + len("startxref")}
	next, err := l.integer()
	if err != nil {
		return nil, err
	}
	r.Start = next
	for range maxUpdates {
		trailer, err := r.section(next)
		if err != nil {
			return nil, err
		}
		if r.Trailer == nil {
			r.Trailer = trailer
		}
		prev, ok := trailer["Prev"].(Number)
		if !ok {
			return r, nil
		}
		if next, err = strconv.Atoi(string(prev)); err != nil {
			return nil, ErrMalformed
		}
	}
	return nil, ErrTooLarge
}

func (l *lexer) integer() (int, error) {
	l.white()
	n, err := strconv.Atoi(l.regular())
	if err != nil || n < 0 {
		return 0, ErrMalformed
	}
	return n, nil
}

// section reads one cross-reference table; what a later one said stays.
func (r *Reader) section(at int) (Dict, error) {
	if at < 0 || at >= len(r.Data) {
		return nil, ErrMalformed
	}
	l := lexer{r.Data, at}
	if !l.word("xref") {
		return nil, ErrMalformed
	}
	for !l.word("trailer") {
		first, err := l.integer()
		if err != nil {
			return nil, err
		}
		count, err := l.integer()
		if err != nil || first > maxObjects || count > maxObjects {
			return nil, ErrMalformed
		}
		if err := r.entries(&l, first, count); err != nil {
			return nil, err
		}
	}
	v, err := l.value(0)
	trailer, ok := v.(Dict)
	if err != nil || !ok {
		return nil, ErrMalformed
	}
	return trailer, nil
}

func (r *Reader) entries(l *lexer, first, count int) error {
	for n := first; n < first+count; n++ {
		at, err := l.integer()
		if err != nil {
			return err
		}
		if _, err := l.integer(); err != nil {
			return err
		}
		if l.word("n") {
			if _, known := r.offsets[Ref(n)]; !known {
				r.offsets[Ref(n)] = at
			}
		} else if !l.word("f") {
			return ErrMalformed
		}
	}
	return nil
}

// Size gives the number of the next new object.
func (r *Reader) Size() int {
	n, _ := r.Trailer["Size"].(Number)
	size, err := strconv.Atoi(string(n))
	if err != nil || size < 1 || size > maxObjects {
		return 0
	}
	return size
}

// Object reads an indirect object, or gives v itself if it is no reference.
func (r *Reader) Object(v any) (any, error) {
	ref, ok := v.(Ref)
	if !ok {
		return v, nil
	}
	value, _, err := r.object(ref)
	return value, err
}

func (r *Reader) object(ref Ref) (any, *lexer, error) {
	at, ok := r.offsets[ref]
	if !ok || at >= len(r.Data) {
		return nil, nil, ErrMalformed
	}
	l := &lexer{r.Data, at}
	if n, err := l.integer(); err != nil || Ref(n) != ref || !l.word("0") || !l.word("obj") {
		return nil, nil, ErrMalformed
	}
	v, err := l.value(0)
	if _, again := v.(Ref); again {
		return nil, nil, ErrMalformed
	}
	return v, l, err
}

// Dict reads a dictionary, direct or not.
func (r *Reader) Dict(v any) (Dict, error) {
	o, err := r.Object(v)
	if err != nil {
		return nil, err
	}
	d, ok := o.(Dict)
	if !ok {
		return nil, ErrMalformed
	}
	return d, nil
}

// Stream reads a stream's content, unfolded to at most limit bytes.
func (r *Reader) Stream(v any, limit int64) ([]byte, error) {
	ref, ok := v.(Ref)
	if !ok {
		return nil, ErrMalformed
	}
	o, l, err := r.object(ref)
	if err != nil {
		return nil, err
	}
	d, ok := o.(Dict)
	length, _ := d["Length"].(Number)
	n, err := strconv.Atoi(string(length))
	if !ok || err != nil || n < 0 || !l.word("stream") {
		return nil, ErrMalformed
	}
	if bytes.HasPrefix(l.data[l.at:], []byte("\r")) {
		l.at++
	}
	if !bytes.HasPrefix(l.data[l.at:], []byte("\n")) || n > len(l.data)-l.at-1 {
		return nil, ErrMalformed
	}
	raw := l.data[l.at+1 : l.at+1+n]
	switch d["Filter"] {
	case nil:
		return raw, nil
	case NameValue("FlateDecode"):
		return inflate(raw, limit)
	}
	return nil, ErrMalformed
}

func inflate(raw []byte, limit int64) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	out, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if int64(len(out)) > limit {
		return nil, ErrTooLarge
	}
	return out, nil
}

// Files lists the embedded files' specifications by name.
func (r *Reader) Files() (map[string]any, error) {
	root, err := r.Dict(r.Trailer["Root"])
	if err != nil {
		return nil, err
	}
	v := any(root)
	for _, key := range []NameValue{"Names", "EmbeddedFiles"} {
		d, err := r.Dict(v)
		if err != nil {
			return nil, err
		}
		if v = d[key]; v == nil {
			return nil, nil
		}
	}
	tree, err := r.Dict(v)
	if err != nil {
		return nil, err
	}
	names, _ := tree["Names"].(Array)
	files := map[string]any{}
	for i := 0; i+1 < len(names); i += 2 {
		name, ok := names[i].(String)
		if !ok {
			return nil, ErrMalformed
		}
		files[name.Decode()] = names[i+1]
	}
	return files, nil
}

// File reads the content of an embedded file from its specification.
func (r *Reader) File(spec any, limit int64) ([]byte, error) {
	d, err := r.Dict(spec)
	if err != nil {
		return nil, err
	}
	ef, err := r.Dict(d["EF"])
	if err != nil {
		return nil, err
	}
	return r.Stream(ef["F"], limit)
}
