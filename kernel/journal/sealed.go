package journal

import (
	"database/sql/driver"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// Sealed is a personal value: text that the journal keeps only under the key
// of its subject. The struct field's tag says which sibling field holds the
// subject's id:
//
//	Person ident.ID
//	Name   journal.Sealed `seal:"Person"`
//
// Given to a table it is text, or null once the subject has been erased. The
// zero Sealed is an erased one.
type Sealed struct {
	text string
	held bool
}

// Seal marks a text as personal.
func Seal(text string) Sealed { return Sealed{text: text, held: true} }

// Text gives the value, "" after erasure.
func (s Sealed) Text() string { return s.text }

// Erased reports whether the value is gone.
func (s Sealed) Erased() bool { return !s.held }

// Value makes Sealed an argument of a statement.
func (s Sealed) Value() (driver.Value, error) {
	if !s.held {
		return nil, nil
	}
	return s.text, nil
}

// Scan reads a nullable text column.
func (s *Sealed) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*s = Sealed{}
	case string:
		*s = Seal(v)
	case []byte:
		*s = Seal(string(v))
	}
	return nil
}

// Words reads a column of a sealed value into a string, "" once erased.
func Words(s *string) store.Scanner { return words{s} }

type words struct{ s *string }

// Scan reads a nullable text column.
func (w words) Scan(v any) error {
	var sealed Sealed
	err := sealed.Scan(v)
	*w.s = sealed.Text()
	return err
}

// String hides the value from logs.
func (s Sealed) String() string {
	if s.held {
		return "[sealed]"
	}
	return "[erased]"
}

// GoString hides the value from %#v.
func (s Sealed) GoString() string { return s.String() }

// subjectOf reads the id in a subject field.
func subjectOf(v any) ident.ID {
	switch v := v.(type) {
	case ident.ID:
		return v
	case ident.Ref:
		return v.ID
	}
	return ""
}
