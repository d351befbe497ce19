package pdf

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// Update appends objects to a file, leaving every byte before them as it was,
// so that signatures already in it stay valid (ISO 32000-1, 7.5.6).
type Update struct {
	reader  *Reader
	buf     bytes.Buffer
	next    Ref
	offsets map[Ref]int
}

// NewUpdate starts an update of a file.
func NewUpdate(r *Reader) (*Update, error) {
	if r.Size() == 0 {
		return nil, ErrMalformed
	}
	u := &Update{reader: r, next: Ref(r.Size()), offsets: map[Ref]int{}}
	u.buf.Write(r.Data)
	if !bytes.HasSuffix(r.Data, []byte("\n")) {
		u.buf.WriteByte('\n')
	}
	return u, nil
}

// Add writes a new object and gives where its body begins in the result.
func (u *Update) Add(body string) (Ref, int) {
	r := u.next
	u.next++
	return r, u.Put(r, body)
}

// Put writes a new version of an object.
func (u *Update) Put(r Ref, body string) int {
	u.offsets[r] = u.buf.Len()
	fmt.Fprintf(&u.buf, "%d 0 obj\n", int(r))
	at := u.buf.Len()
	u.buf.WriteString(body)
	u.buf.WriteString("\nendobj\n")
	return at
}

// Finish writes the cross-reference table of what was appended.
func (u *Update) Finish() []byte {
	start := u.buf.Len()
	u.buf.WriteString("xref\n")
	for _, r := range slices.Sorted(maps.Keys(u.offsets)) {
		fmt.Fprintf(&u.buf, "%d 1\n%010d 00000 n \n", int(r), u.offsets[r])
	}
	trailer := maps.Clone(u.reader.Trailer)
	trailer["Size"] = Number(fmt.Sprint(int(u.next)))
	trailer["Prev"] = Number(fmt.Sprint(u.reader.Start))
	fmt.Fprintf(&u.buf, "trailer\n%s\nstartxref\n%d\n%%%%EOF\n", Format(trailer), start)
	return u.buf.Bytes()
}
