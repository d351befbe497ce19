package web

import (
	"context"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
)

// Oversight is the second pair of eyes: who is told when somebody reads in an
// emergency, and who finds what a refused person asks for.
type Oversight interface {
	// GlassBroken raises the alarm of a grant made by breaking the glass.
	// mayAllow is the role that may allow the act. What the grant reads is
	// released only when it returns nil.
	GlassBroken(ctx context.Context, g policy.Grant, mayAllow string) error
	// AskPermission passes a request on.
	AskPermission(ctx context.Context, a Asking) error
}

// Asking is what a refused person asks for.
type Asking struct {
	Actor    policy.Actor
	Action   string    // that was refused
	MayAllow string    // the role that may allow it
	Record   ident.Ref // zero if it is about none
	Reason   string
}

// maxAsk bounds what a person writes when they ask for permission.
const maxAsk = 2000

// askPermission passes on that a person who was refused asks for permission. It
// allows nothing: whoever may allow the act finds the request and answers it.
func (s *Server) askPermission(r *Request) error {
	if r.Session == nil {
		return fault.New(fault.SignIn, "fault.sign-in")
	}
	form, err := r.Form()
	if err != nil {
		return err
	}
	reason := form.Get("reason")
	if reason == "" {
		return &fault.Error{Kind: fault.Invalid, Key: "form.reason-required", Field: "reason"}
	}
	if len(reason) > maxAsk {
		return &fault.Error{Kind: fault.TooLarge, Key: "form.too-long", Field: "reason", Args: map[string]any{"max": maxAsk}}
	}
	pattern, err := text.Line(form.Get("act"))
	if err != nil {
		return err
	}
	a := Asking{Actor: r.Actor, Reason: reason}
	if a.Action, a.MayAllow, err = s.asked(pattern); err != nil {
		return err
	}
	a.Record, _ = refOf(form.Get("return"))
	if err := s.Oversight.AskPermission(r.Context(), a); err != nil {
		return err
	}
	return r.Page(r.T("permission.sent"), askedPage(r))
}

// asked finds the action that guards a pattern, and who may allow it. A name of
// an action stands for itself: a page's withheld act has no pattern.
func (s *Server) asked(pattern string) (action, mayAllow string, err error) {
	action = pattern
	for _, route := range s.routes {
		if route.Pattern == pattern {
			action = route.Action
		}
	}
	a, ok := s.policy.Action(action)
	if !ok || s.Oversight == nil {
		return "", "", fault.New(fault.Invalid, "fault.invalid")
	}
	return a.Name, a.MayAllow, nil
}

// refOf finds the record a page is about in its address: "/cases/<id>…" is
// the case, "/dossiers/<id>" the dossier. What is asked of the page says nothing.
func refOf(path string) (ident.Ref, bool) {
	if end := strings.IndexAny(path, "?#"); end >= 0 {
		path = path[:end]
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i := 1; i < len(parts); i++ {
		if ref, err := ident.ParseRef(strings.TrimSuffix(parts[i-1], "s") + "/" + parts[i]); err == nil {
			return ref, true
		}
	}
	return ident.Ref{}, false
}

// alarm tells a second person before anything is released that was read in an
// emergency. Without anybody to tell, nothing is.
func (s *Server) alarm(r *Request) error {
	if !r.Grant.BreakGlass() {
		return nil
	}
	if s.Oversight == nil {
		return fault.New(fault.Unavailable, "policy.refused.break-glass")
	}
	a, _ := s.policy.Action(r.Grant.Action())
	return s.Oversight.GlassBroken(r.Context(), r.Grant, a.MayAllow)
}

// glass gives the purpose by which a refused page would open in an emergency,
// "" if it would not.
func (s *Server) glass(r *Request) string {
	ref := r.Resource.Ref
	if s.Oversight == nil || r.Session == nil || ref.IsZero() || r.Purpose.Kind == policy.BreakGlass {
		return ""
	}
	p := policy.Purpose{Kind: policy.BreakGlass, Ref: ref, Reason: "?"}
	if !r.Can(r.route.Action, r.Resource) && s.policy.Can(r.Context(), r.Actor, r.route.Action, r.Resource, p) {
		p.Reason = ""
		return p.String()
	}
	return ""
}
