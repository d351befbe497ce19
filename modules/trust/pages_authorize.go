package trust

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/trust/provider"
)

type requestKey struct{}

// protocol answers at an endpoint of the provider.
func (s *Service) protocol(r *web.Request) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	var trouble error
	err = r.Serve(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) { trouble = p.Serve(w, hr) }),
		r.Request.WithContext(context.WithValue(r.Context(), requestKey{}, r)))
	return errors.Join(err, trouble)
}

// deciding is an authorization before a citizen, with all that the decision needs.
type deciding struct {
	provider.Authorization
	r      *web.Request
	i      Institution
	holder Holder
	wanted []provider.Wanted
	level  int
}

// authorize puts an authorization before the citizen: sign-in first, then the
// page on which they agree or refuse, unless they did before.
func (s *Service) authorize(_ http.ResponseWriter, hr *http.Request, a provider.Authorization) (provider.Decision, provider.Notes, error) {
	r, ok := hr.Context().Value(requestKey{}).(*web.Request)
	if !ok {
		return provider.Decision{}, a.Notes, fault.New(fault.Invalid, "fault.invalid")
	}
	i, err := s.open(r.Context(), ident.ID(a.Client))
	if err != nil {
		return provider.Decision{}, a.Notes, err
	}
	wanted := i.Current.known(a.Wanted)
	if above := aboveCeiling(i, wanted); len(above) > 0 { // it was lowered since
		return provider.Decision{Refused: "access_denied", Reason: "above the registered ceiling"}, a.Notes, nil
	}
	d := &deciding{Authorization: a, r: r, i: i, wanted: wanted, level: max(a.Level, i.Current.Level)}
	if form, err := r.Form(); err != nil {
		return provider.Decision{}, a.Notes, err
	} else if r.Method == http.MethodPost && form.Get("answer") == "leave" {
		return provider.Decision{Refused: "access_denied", Reason: "the person did not sign in"}, a.Notes, nil
	}
	if i.Current.Officers {
		decision, err := s.officer(d)
		return decision, d.Notes, err
	}
	if stop, err := s.identify(d); stop.Refused != "" || err != nil || d.holder.Citizen == "" {
		return stop, d.Notes, err
	}
	decision, err := s.consent(d)
	return decision, d.Notes, err
}

// identify finds out who the citizen is, or sends them to prove it.
func (s *Service) identify(d *deciding) (provider.Decision, error) {
	if d.i.Sandbox {
		return s.identifyTrial(d)
	}
	if s.citizens == nil {
		return provider.Decision{Refused: "temporarily_unavailable", Reason: "no citizen can sign in here at present"}, nil
	}
	holder, signedIn, err := s.citizens.Holder(d.r)
	if err != nil {
		return provider.Decision{}, err
	}
	fresh := !d.Again || !d.Notes.Sent.IsZero() && holder.Proved.After(d.Notes.Sent)
	switch {
	case signedIn && holder.Level >= d.level && fresh:
		d.holder = holder
		return provider.Decision{}, nil
	case d.Silent:
		return provider.Decision{Refused: "login_required", Reason: "the person is not signed in at the level that is needed"}, nil
	}
	d.Notes.Sent = d.r.Now()
	return provider.Decision{}, d.r.Redirect(s.citizens.SignInPath(provider.PathAuthorize+"/"+d.ID, d.level, d.Again))
}

// identifyTrial lets a developer choose a test citizen.
func (s *Service) identifyTrial(d *deciding) (provider.Decision, error) {
	n, _ := strconv.Atoi(d.r.FormValue("test")) // zero is nobody
	holder, ok := trialHolder(n, d.r.Now())
	switch {
	case ok:
		d.holder = holder
		return provider.Decision{}, nil
	case d.Silent:
		return provider.Decision{Refused: "login_required", Reason: "no test citizen was chosen"}, nil
	}
	d.r.LeadsTo(d.Redirect)
	return provider.Decision{}, s.showPage(d.r, d.r.T("trust.trial.title"), trialPage(d))
}

// showPage shows a page of the citizens' kind.
func (s *Service) showPage(r *web.Request, title string, body templ.Component) error {
	v := r.View(title)
	v.Citizen, v.Rail, v.Path = true, nil, r.URL.RequestURI()
	return r.Render(http.StatusOK, ui.Page(v), body)
}

// consent takes the answer, or remembers it, or asks.
func (s *Service) consent(d *deciding) (provider.Decision, error) {
	answer := ""
	if d.r.Method == http.MethodPost && d.Notes.Holder == d.holder.Session {
		answer = d.r.FormValue("answer")
	}
	switch {
	case answer == "refuse":
		return provider.Decision{Refused: "access_denied", Reason: "the person declined"}, s.refuseConsent(d.r.Context(), d)
	case answer == "agree":
		agreed := d.agreed(d.r.Request.Form["claim"])
		if err := s.giveConsent(d.r.Context(), d, agreed); err != nil {
			return provider.Decision{}, err
		}
		return d.give(agreed), nil
	}
	remembered, ok, err := s.remembered(d)
	switch {
	case err != nil:
		return provider.Decision{}, err
	case ok:
		return d.give(remembered), nil
	case d.Silent:
		return provider.Decision{Refused: "consent_required", Reason: "the person has to be asked"}, nil
	}
	d.Notes.Holder = d.holder.Session
	d.r.LeadsTo(d.Redirect)
	values, err := s.attributes(d.r.Context(), d.Client, provider.Given{Citizen: string(d.holder.Citizen), Claims: d.wanted})
	if err != nil {
		return provider.Decision{}, err
	}
	return provider.Decision{}, s.showPage(d.r, d.r.T("trust.consent.title"), consentPage(d, values, s))
}

// agreed gives what the citizen agrees to: all that is essential, and what they
// ticked of the rest.
func (d *deciding) agreed(ticked []string) []provider.Wanted {
	return slices.DeleteFunc(slices.Clone(d.wanted), func(w provider.Wanted) bool {
		return !w.Essential && !slices.Contains(ticked, w.Name)
	})
}

// give ends the page with a grant.
func (d *deciding) give(agreed []provider.Wanted) provider.Decision {
	g := &provider.Given{
		Verification: string(ident.Derive("trust verification", d.ID)), Citizen: string(d.holder.Citizen), Person: string(d.holder.Person),
		Session: d.holder.Session, Level: d.holder.Level, Methods: d.holder.Methods, Channel: "page", Claims: agreed,
	}
	if d.Tells {
		g.At = d.holder.Proved
	}
	return provider.Decision{Given: g}
}
