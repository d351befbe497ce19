package policy

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/ident"
)

// PurposeKind is the sort of reason for which protected data may be used.
type PurposeKind string

// The kinds of purpose.
const (
	Case       PurposeKind = "case"        // a criminal case one works on
	Task       PurposeKind = "task"        // a task one was given
	Basis      PurposeKind = "basis"       // an article of law that orders or permits the act
	BreakGlass PurposeKind = "break-glass" // an emergency; alerts a second person
)

// Limits of what a purpose may hold, in bytes.
const (
	MaxBasis  = 64
	MaxReason = 1000
)

// Purpose is why a person acts. Exactly one of Ref and Basis is set.
type Purpose struct {
	Kind   PurposeKind
	Ref    ident.Ref // case, task, or the record opened by breaking the glass
	Basis  string    // article reference in the pack's law, "CPP-40"
	Reason string    // in the person's own words; always for break-glass
}

// IsZero reports whether no purpose was given.
func (p Purpose) IsZero() bool { return p == Purpose{} }

// String gives the form that ParsePurpose reads, without loss:
// "case/<id>", "task/<id>", "basis/CPP-40", "break-glass/<kind>/<id>", each
// followed by ":" and the reason if there is one.
func (p Purpose) String() string {
	if p.IsZero() {
		return ""
	}
	s := p.Ref.String()
	switch p.Kind {
	case Basis:
		s = "basis/" + p.Basis
	case BreakGlass:
		s = "break-glass/" + s
	}
	if p.Reason != "" {
		s += ":" + p.Reason
	}
	return s
}

// ParsePurpose reads what String writes; "" is the zero Purpose. Anything
// else that is not a complete purpose is an error.
func ParsePurpose(s string) (Purpose, error) {
	if s == "" {
		return Purpose{}, nil
	}
	head, reason, marked := strings.Cut(s, ":")
	kind, rest, ok := strings.Cut(head, "/")
	if !ok || marked && reason == "" {
		return Purpose{}, fmt.Errorf("policy: %q is no purpose", s)
	}
	p := Purpose{Kind: PurposeKind(kind), Reason: reason}
	var err error
	switch p.Kind {
	case Case, Task:
		p.Ref, err = ident.ParseRef(head)
	case BreakGlass:
		p.Ref, err = ident.ParseRef(rest)
	case Basis:
		p.Basis = rest
	}
	if err != nil {
		return Purpose{}, fmt.Errorf("policy: purpose: %w", err)
	}
	return p, p.check()
}

// check reports what makes the purpose malformed, whoever built it.
func (p Purpose) check() error {
	switch {
	case p.Kind == Case || p.Kind == Task:
		if p.Ref.Kind != string(p.Kind) || p.Ref.ID == "" || p.Basis != "" {
			return fmt.Errorf("policy: a %s purpose names a %s", p.Kind, p.Kind)
		}
	case p.Kind == BreakGlass:
		if p.Ref.Kind == "" || p.Ref.ID == "" || p.Basis != "" {
			return fmt.Errorf("policy: a break-glass purpose names the record")
		}
	case p.Kind == Basis:
		if !p.Ref.IsZero() || !validBasis(p.Basis) {
			return fmt.Errorf("policy: %q is no article reference", p.Basis)
		}
	default:
		return fmt.Errorf("policy: unknown kind of purpose %q", p.Kind)
	}
	if !validReason(p.Reason) {
		return fmt.Errorf("policy: malformed reason")
	}
	return nil
}

// validBasis accepts letters, digits, dots, hyphens and inner single spaces.
func validBasis(s string) bool {
	if s == "" || len(s) > MaxBasis || strings.Join(strings.Fields(s), " ") != s {
		return false
	}
	for i := range len(s) {
		c := s[i] | 0x20 // lower-cases letters; a space stays one
		if (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && s[i] != '.' && s[i] != '-' && s[i] != ' ' {
			return false
		}
	}
	return true
}

// validReason accepts "" and printable text of limited length.
func validReason(s string) bool {
	return len(s) <= MaxReason && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
