package web

import (
	"net/http"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

const (
	langCookie  = "amana-lang"
	themeCookie = "amana-theme"
)

// own lists the routes of the frame itself.
func (s *Server) own() []Route {
	routes := []Route{
		{Pattern: "GET /{$}", Open: "each kind of task asks for its own grant", Handle: s.home},
		{Pattern: "GET " + ui.PathSearch, Open: "each finder asks for its own grant", Handle: s.search},
		{Pattern: "GET " + ui.PathSignIn, Open: "the sign-in page stands before any grant", Handle: s.signInPage},
		{Pattern: "GET " + ui.PathProve, Open: "one proves again who one is", Handle: s.provePage},
		{Pattern: "GET " + ui.PathAgain, Open: "sign-in in place when a session ended under a form", Handle: s.signInAgain},
		{Pattern: "GET " + ui.PathSwitch, Open: "fast change of the person at a shared desk", Handle: s.signInPage},
		{Pattern: "POST " + ui.PathSignOut, Open: "anyone may leave", Handle: s.signOut},
		{Pattern: "POST " + ui.PathLanguage, Open: "the language of one's own pages", Handle: s.setLanguage},
		{Pattern: "POST " + ui.PathTheme, Open: "the look of one's own pages", Handle: s.setTheme},
		{Pattern: "GET " + ui.PathPing, Open: "says only that the server answers", Handle: func(r *Request) error { return r.Send("text/plain", "", nil) }},
		{Pattern: "GET " + ui.PathPurpose, Open: "choosing why one works; each act asks again", Handle: s.purposePage},
		{Pattern: "POST " + ui.PathPurpose, Open: "choosing why one works; each act asks again", Handle: s.setPurpose},
		{Pattern: "POST " + ui.PathAsk, Open: "asking allows nothing; who may allow it finds the request", Handle: s.askPermission},
		{Pattern: "GET " + ui.PathNotice, Open: "says only that something waits on one's own home page", Handle: s.notice},
		{Pattern: "POST /drafts/{form}", Open: "what one typed oneself", Handle: s.saveDraft, MaxBody: maxTyped},
		{Pattern: "POST /drafts/{form}/discard", Open: "what one typed oneself", Handle: s.discardDraft},
		{Pattern: "GET /live/{kind}/{id}", Open: "carries entry ids only; each fragment asks for its own grant", Handle: s.live, Stream: true},
	}
	if s.Demo {
		routes = append(routes,
			Route{Pattern: "POST /demo/sign-in", Open: "one-click sign-in, in the demonstration only", Handle: s.demoSignIn},
			Route{Pattern: "GET " + ui.PathGallery, Open: "the component catalogue holds no data", Handle: func(r *Request) error {
				return r.Render(http.StatusOK, ui.Catalogue(r.View("")))
			}},
		)
	}
	return routes
}

// back gives the address to return to, within this site.
func (r *Request) back() string { return OnSite(r.FormValue("return")) }

func (s *Server) signOut(r *Request) error {
	if err := s.sessions.end(r.Context(), r.Request); err != nil {
		return err
	}
	http.SetCookie(headerOf{r.out}, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1})
	r.forgetVisit()
	return r.Redirect(ui.PathSignIn)
}

// headerOf lets http.SetCookie write to a gathered response.
type headerOf struct{ *gathered }

func (s *Server) setLanguage(r *Request) error {
	lang, ok := text.ParseLang(r.FormValue("lang"))
	if !ok {
		return fault.New(fault.Invalid, "form.choose")
	}
	http.SetCookie(headerOf{r.out}, &http.Cookie{Name: langCookie, Value: string(lang), Path: "/", MaxAge: 365 * 86400, SameSite: http.SameSiteLaxMode})
	r.forgetVisit()
	if r.Session != nil {
		if err := s.sessions.set(r.Request, "lang", string(lang)); err != nil {
			return err
		}
	}
	return r.Redirect(r.back())
}

func (s *Server) setTheme(r *Request) error {
	theme := ui.Theme(strings.TrimPrefix(r.FormValue("theme"), "auto"))
	switch theme {
	case ui.ThemeAuto, ui.ThemeLight, ui.ThemeDark, ui.ThemeContrast:
	default:
		return fault.New(fault.Invalid, "form.choose")
	}
	http.SetCookie(headerOf{r.out}, &http.Cookie{Name: themeCookie, Value: string(theme), Path: "/", MaxAge: 365 * 86400, SameSite: http.SameSiteLaxMode})
	if r.Session != nil {
		if err := s.sessions.set(r.Request, "theme", string(theme)); err != nil {
			return err
		}
	}
	return r.Redirect(r.back())
}

// setPurpose changes what the session works under. It grants nothing: every
// act is asked anew, and a purpose that is not the person's own is refused there.
func (s *Server) setPurpose(r *Request) error {
	if r.Session == nil {
		return fault.New(fault.SignIn, "fault.sign-in")
	}
	stated := r.FormValue("purpose")
	if stated == "" {
		stated = r.Session.Account.Duty.String()
	}
	p, err := policy.ParsePurpose(stated)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "faults.purpose")
	}
	if reason := strings.TrimSpace(r.FormValue("reason")); reason != "" {
		p.Reason = reason
	}
	if p.Kind == policy.BreakGlass && p.Reason == "" {
		return &fault.Error{Kind: fault.Invalid, Key: "form.reason-required", Field: "reason"}
	}
	if err := s.sessions.set(r.Request, "purpose", p.String()); err != nil {
		return err
	}
	return r.Redirect(r.back())
}

// view fills the frame.
func (s *Server) view(r *Request, title string) ui.View {
	v := ui.View{Words: r.Words, Title: title, Path: r.URL.RequestURI(), Demo: s.Demo, Now: s.clock.Now()}
	if r.Method != http.MethodGet {
		v.Path = "/"
	}
	if c, err := r.Cookie(themeCookie); err == nil {
		v.Theme = ui.Theme(c.Value)
	}
	if r.route.Door != nil {
		return s.doorView(r, v)
	}
	if r.Session == nil {
		return v
	}
	a := r.Session.Account
	n := langIndex(r.Words.Lang())
	v.PersonID = string(a.ID)
	v.Theme, v.Person, v.Unit, v.Role = r.Session.Theme, a.Name[n], a.Unit[n], r.T("role."+a.Actor.Role)
	label, href := s.Accounts.PurposeLabel(r.Context(), r.Words, r.Purpose)
	v.Purpose = ui.Purpose{Ref: r.Purpose.String(), Label: label, Href: href}
	for _, l := range s.Rail {
		if s.policy.Can(r.Context(), r.Actor, l.Action, policy.Resource{Unit: r.Actor.Unit}, a.Duty) {
			v.Rail = append(v.Rail, ui.Link{Label: r.T(l.Label), Href: l.Href, Key: l.Key, Current: strings.HasPrefix(r.URL.Path, l.Href)})
		}
	}
	v.Live = "/live/officer/" + string(a.ID)
	if ref := r.Resource.Ref; !ref.IsZero() && r.Method == http.MethodGet {
		v.Live = "/live/" + ref.String()
	}
	return v
}

// langIndex is the place of a language in [3]string names: ar, fr, en.
func langIndex(l text.Lang) int {
	switch l {
	case text.AR:
		return 0
	case text.EN:
		return 2
	}
	return 1
}

// panels gathers what other modules show on this record's page.
func (s *Server) panels(r *Request) ([]ui.Aside, error) {
	var out []ui.Aside
	for _, p := range s.Panels {
		if p.Kind != r.Resource.Ref.Kind || !r.Can(p.Action, r.Resource) {
			continue
		}
		body, err := p.Show(r, r.Resource)
		if err != nil {
			return nil, err
		}
		if body != nil {
			out = append(out, ui.Aside{Title: r.T(p.Title), Body: body})
		}
	}
	return out, nil
}

// timeline turns entries into events in the reader's words.
func (s *Server) timeline(r *Request, ref ident.Ref, n int) ([]ui.Event, error) {
	entries, err := s.Journal.Timeline(r.Context(), ref, 0, n)
	if err != nil {
		return nil, err
	}
	events := make([]ui.Event, len(entries))
	for i, e := range entries {
		title, detail := s.Tell(r.Words, e)
		events[i] = ui.Event{Happened: e.Happened, Written: e.Written, Title: title, Who: s.Who(r.Context(), r.Words, e.Actor), Proof: ui.Pending, Href: "/journal/" + string(e.ID)}
		if detail != "" {
			events[i].Detail = ui.Plain(detail)
		}
		if s.Covered != nil && s.Covered(e.Seq) {
			events[i].Proof = ui.Proven
		}
	}
	return events, nil
}

// OwnRoutes gives the frame's own routes without a running server, for the
// printed table.
func OwnRoutes(demo bool) []Route { return (&Server{Config: Config{Demo: demo}}).own() }
