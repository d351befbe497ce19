package web

import (
	"context"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
)

// maxAsk bounds what a person writes when they ask for permission.
const maxAsk = 2000

// askPermission notes that a person who was refused asks for permission. It
// allows nothing: whoever may allow the act finds the request among their
// tasks and does what the act needs (assigns the case, shares it, …).
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
	act, err := text.Line(form.Get("act"))
	if err != nil || len(act) > 200 {
		return fault.New(fault.Invalid, "fault.invalid")
	}
	a := journal.Access{Actor: r.Actor.ID, Unit: r.Actor.Unit, Action: act, Purpose: withoutReason(r.Purpose), Outcome: journal.Asked, Said: journal.Said{Reason: reason}}
	if ref, ok := refOf(form.Get("return")); ok {
		a.Refs = []ident.Ref{ref}
	}
	if err := s.Journal.Lane().Record(r.Context(), a); err != nil {
		return err
	}
	return r.Page(r.T("permission.sent"), askedPage(r))
}

func withoutReason(p policy.Purpose) string {
	p.Reason = ""
	return p.String()
}

// refOf finds the record a page is about in its address: "/cases/<id>…" is
// the case, "/dossiers/<id>" the dossier.
func refOf(path string) (ident.Ref, bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i := 1; i < len(parts); i++ {
		if id, err := ident.Parse(parts[i]); err == nil {
			return ident.Ref{Kind: strings.TrimSuffix(parts[i-1], "s"), ID: id}, true
		}
	}
	return ident.Ref{}, false
}

// mayAllow lists who is shown the requests of their unit. Administrators are
// not among them: they allow nothing about records.
var mayAllow = map[string]bool{"brigade-chief": true, "inspector": true, "prosecutor": true}

// requests lists who of this person's unit has asked to be allowed something,
// newest first. The reason is not shown here: the home page is granted for
// nothing, and people's own words are read under a purpose, in the accesses.
func (s *Server) requests(ctx context.Context, r *Request) ([]Task, error) {
	if !mayAllow[r.Actor.Role] {
		return nil, nil
	}
	found, err := s.Journal.Lane().Search(ctx, journal.AccessQuery{Outcome: journal.Asked, Limit: 50})
	if err != nil {
		return nil, err
	}
	var out []Task
	for _, a := range found {
		if a.Unit != r.Actor.Unit {
			continue
		}
		t := Task{Verb: "permission.task", Label: s.Who(ctx, r.Words, a.Actor), Href: "/"}
		if len(a.Refs) > 0 {
			t.Href = "/" + a.Refs[0].Kind + "s/" + string(a.Refs[0].ID)
		}
		out = append(out, t)
	}
	return out, nil
}
