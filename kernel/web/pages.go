package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// home shows what waits for the person.
func (s *Server) home(r *Request) error {
	if r.Session == nil {
		return r.Redirect(ui.PathSignIn)
	}
	var all []Task
	for _, tasks := range s.Tasks {
		some, err := s.waiting(r, tasks)
		if err != nil && !fault.Is(err, fault.Refused) {
			return err
		}
		all = append(all, some...)
	}
	return r.Page(r.T("home.title"), homePage(r, all))
}

// waiting lists the tasks of one kind, for those who may see them, and records
// what was shown. Nobody is refused here: a person without such tasks has none.
func (s *Server) waiting(r *Request, tasks Tasks) ([]Task, error) {
	here, sub := policy.Resource{Unit: r.Actor.Unit}, *r
	sub.Purpose, sub.shown = r.Session.Account.Duty, nil
	if !sub.Can(tasks.Action, here) {
		return nil, nil
	}
	var err error
	if sub.Grant, err = sub.Ask(tasks.Action, here); err != nil {
		return nil, err
	}
	some, err := tasks.List(&sub)
	if err != nil || len(some) == 0 {
		return nil, err
	}
	return some, s.release(&sub)
}

// notice is the line that comes up on any page when something new waits for
// the person; it leads to their tasks.
func (s *Server) notice(r *Request) error {
	if r.Session == nil {
		return fault.New(fault.SignIn, "fault.sign-in")
	}
	return r.Render(http.StatusOK, waitingNotice(r))
}

// search answers the "/" box: each finder asks for its own grant under the
// purpose one works under, and its own access entry keeps the words sealed.
func (s *Server) search(r *Request) error {
	if r.Session == nil {
		return fault.New(fault.SignIn, "fault.sign-in")
	}
	query, err := text.Line(r.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	if len(query) > 200 {
		return fault.New(fault.Invalid, "form.too-long", "max", 200)
	}
	var all []Finding
	refused := 0
	for _, f := range s.Finders {
		if query == "" {
			break
		}
		g, err := s.policy.Ask(r.Context(), r.Actor, f.Action, policy.Resource{Unit: r.Actor.Unit}, r.Purpose)
		if fault.Is(err, fault.Refused) {
			refused++
			continue
		}
		if err != nil {
			return err
		}
		sub := *r
		sub.Grant, sub.shown = g, nil
		sub.Searched(query)
		some, err := f.Find(&sub, query)
		if err != nil {
			return err
		}
		if err := s.release(&sub); err != nil {
			return err
		}
		all = append(all, some...)
	}
	if len(s.Finders) > 0 && refused == len(s.Finders) {
		return fault.New(fault.Refused, "finding.purpose")
	}
	if len(all) == 1 && r.URL.Query().Get("go") != "" {
		return r.Redirect(all[0].Href)
	}
	return r.Page(r.T("finding.title"), searchPage(r, query, all))
}

// signInPage offers the ways to sign in, and under demo the one-click door.
func (s *Server) signInPage(r *Request) error {
	people, err := s.doors(r)
	if err != nil {
		return err
	}
	return r.Page(r.T("session.title"), signInView(s, r, people, r.back()))
}

// provePage asks whoever is signed in to prove again that it is they, and
// leads back to the act that wants it.
func (s *Server) provePage(r *Request) error {
	if r.Session == nil {
		return fault.New(fault.SignIn, "fault.sign-in")
	}
	return r.Page(r.T("prove.title"), proveView(s, r, r.back()))
}

// doors lists whom the demonstration's one-click door offers.
func (s *Server) doors(r *Request) ([]Account, error) {
	if !s.Demo {
		return nil, nil
	}
	return s.Accounts.Demo(r.Context())
}

// signInAgain is the same as a fragment, under a form that must not be lost.
func (s *Server) signInAgain(r *Request) error {
	people, err := s.doors(r)
	if err != nil {
		return err
	}
	return r.Render(http.StatusOK, signInChoices(s, r, people, r.back()))
}

// demoSignIn gives a session for a role, or for anyone by id; it exists under
// demo only.
func (s *Server) demoSignIn(r *Request) error {
	a, err := s.demoAccount(r.Context(), r.FormValue("as"))
	if err != nil {
		return err
	}
	if err := s.Admit(r, a, true); err != nil {
		return err
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		return r.Send("application/json", "", []byte(`{"signedIn":true}`))
	}
	return r.Redirect(r.back())
}

// demoAccount finds the account that the one-click door opens for.
func (s *Server) demoAccount(ctx context.Context, as string) (Account, error) {
	people, err := s.Accounts.Demo(ctx)
	if err != nil {
		return Account{}, err
	}
	for _, a := range people {
		if a.Actor.Role == as || string(a.ID) == as {
			return a, nil
		}
	}
	nobody := fault.New(fault.Invalid, "sessions.no-such-role")
	id, err := ident.Parse(as)
	if err != nil {
		return Account{}, nobody
	}
	a, err := s.Accounts.Account(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return Account{}, nobody
	}
	return a, err
}

// Admit begins a session for an account that has proved who it is, and
// ends the one before it on this computer. Whoever proves it within their own
// session goes on in it, with its purpose.
func (s *Server) Admit(r *Request, a Account, demo bool) error {
	if !a.Active {
		return fault.New(fault.Refused, "policy.refused.suspended")
	}
	if r.Session.is(a) && r.Session.Demo == demo {
		r.out.Header().Set("Amana-Person", string(a.ID))
		return s.sessions.prove(r.Request)
	}
	if err := s.sessions.end(r.Context(), r.Request); err != nil {
		return err
	}
	lang := r.Words.Lang()
	theme := ui.ThemeAuto
	if r.Session != nil {
		theme = r.Session.Theme
	}
	c, err := s.sessions.begin(r.Context(), a, lang, theme, demo, s.Secure)
	if err != nil {
		return err
	}
	http.SetCookie(headerOf{r.out}, c)
	r.out.Header().Set("Amana-Person", string(a.ID)) // unsent text is kept under the person who wrote it
	return nil
}

// purposePage lets one say why one works: the duty, or a legal basis with
// words; a case is chosen on its own page.
func (s *Server) purposePage(r *Request) error {
	if r.Session == nil {
		return fault.New(fault.SignIn, "fault.sign-in")
	}
	var offered ui.Purpose
	if stated := r.URL.Query().Get("purpose"); stated != "" {
		p, err := policy.ParsePurpose(stated)
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "faults.purpose")
		}
		label, _ := s.Accounts.PurposeLabel(r.Context(), r.Words, p)
		offered = ui.Purpose{Ref: p.String(), Label: label}
	}
	label, _ := s.Accounts.PurposeLabel(r.Context(), r.Words, r.Session.Account.Duty)
	return r.Page(r.T("purposes.title"), purposeView(r, label, offered, r.back()))
}

// dueStatus colours a task's deadline.
func dueStatus(t Task) ui.Status {
	if t.Late {
		return ui.Alert
	}
	return ui.Wait
}
