// Package fault holds the only errors a person may see.
//
// Inside the program errors are ordinary Go errors with context for whoever
// operates it. At the boundary an error is shown only if it is (or wraps) an
// *Error: its Kind decides the status, its Key is a text key in the three
// languages, and its cause stays in the log. Every other error is shown as
// "internal" with a reference number and nothing else.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says what sort of refusal or failure an Error is.
type Kind int

// The kinds, from the caller's fault to ours.
const (
	Internal    Kind = iota // ours; nothing about it is shown
	Invalid                 // the input does not say what it must
	SignIn                  // nobody is signed in
	Refused                 // this person, purpose or state may not do this
	NotFound                // there is no such record, or it may not be known
	Conflict                // someone else changed it meanwhile
	TooLarge                // more than the stated limit
	TooMany                 // too often; try later
	Unavailable             // cannot be done at present (disk full, line cut, read-only)
)

var kinds = [...]struct {
	name   string
	status int
}{
	Internal:    {"internal", http.StatusInternalServerError},
	Invalid:     {"invalid", http.StatusUnprocessableEntity},
	SignIn:      {"sign-in", http.StatusUnauthorized},
	Refused:     {"refused", http.StatusForbidden},
	NotFound:    {"not-found", http.StatusNotFound},
	Conflict:    {"conflict", http.StatusConflict},
	TooLarge:    {"too-large", http.StatusRequestEntityTooLarge},
	TooMany:     {"too-many", http.StatusTooManyRequests},
	Unavailable: {"unavailable", http.StatusServiceUnavailable},
}

// String gives the kind's stable code, as printed in problem documents.
func (k Kind) String() string { return kinds[k].name }

// Status gives the HTTP status of the kind.
func (k Kind) Status() int { return kinds[k].status }

// Error is an error that may be shown: Key is looked up in the reader's
// language and filled with Args. Field names the form field it is about, if
// any; Cause is for the log only.
type Error struct {
	Kind  Kind
	Key   string
	Field string
	Args  map[string]any
	Cause error
}

// Error gives the developer's view; it is never shown to a person.
func (e *Error) Error() string {
	s := e.Kind.String() + ": " + e.Key
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes an error of a kind with a text key and alternating argument names and values.
func New(kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Key: key, Args: pairs(args)}
}

// Wrap is New with a cause for the log.
func Wrap(cause error, kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Key: key, Args: pairs(args), Cause: cause}
}

// Of gives the Error that err is or wraps, or an Internal one that hides it.
func Of(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if all, ok := errors.AsType[List](err); ok && len(all) > 0 {
		return all[0]
	}
	return &Error{Kind: Internal, Key: "fault.internal", Cause: err}
}

// Is reports whether err is an Error of the kind.
func Is(err error, kind Kind) bool {
	return err != nil && Of(err).Kind == kind
}

// List is several errors at once: everything wrong with a form.
type List []*Error

// Error joins the developer's views.
func (l List) Error() string { return fmt.Sprintf("%d faults, first: %v", len(l), l[0]) }

// Add appends an Invalid error about a field.
func (l *List) Add(field, key string, args ...any) {
	*l = append(*l, &Error{Kind: Invalid, Key: key, Field: field, Args: pairs(args)})
}

// Err gives nil for an empty list.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// All gives the faults in err, one or many.
func All(err error) List {
	if l, ok := errors.AsType[List](err); ok {
		return l
	}
	if err == nil {
		return nil
	}
	return List{Of(err)}
}

func pairs(args []any) map[string]any {
	if len(args) == 0 {
		return nil
	}
	m := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[fmt.Sprint(args[i])] = args[i+1]
	}
	return m
}
