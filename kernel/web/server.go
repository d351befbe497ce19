package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/events"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// Config is what a server is made of.
type Config struct {
	Journal  *journal.Journal
	Events   *events.Events
	Policy   *policy.Policy
	Reader   store.Reader
	Scratch  store.Scratch
	Texts    *text.Catalogue
	Clock    clock.Clock
	Accounts Accounts
	Log      *slog.Logger
	Demo     bool
	Secure   bool   // pages come over HTTPS; cookies say so
	Seal     []byte // 32 bytes: seals what people have typed and not submitted
	// SealBefore opens what was typed before the master key changed, until
	// Reseal has run; nil otherwise.
	SealBefore []byte
	SignIn     SignIn // how people sign in; nil under demo leaves only the one-click door
	Routes     []Route
	Rail       []RailLink
	Panels     []Panel
	Finders    []Finder
	Tasks      []Tasks
	// Oversight is told of emergencies and requests; without it there are none.
	Oversight Oversight
	// Tell says an entry in a few words: its title and its detail.
	Tell func(w *text.Words, e journal.Delivered) (title, detail string)
	// Who says who an actor is: an officer's name or a process's.
	Who func(ctx context.Context, w *text.Words, actor ident.ID) string
	// Covered reports whether a checkpoint covers an entry yet.
	Covered func(seq int64) bool
	// Observe is told of each answer: its route's pattern, its status and the
	// time until it was released. It may be nil.
	Observe func(pattern string, status int, took time.Duration)
}

// SignIn adds the routes by which people prove who they are.
type SignIn interface {
	Routes() []Route
	// Form is shown on the sign-in page.
	Form(r *Request, back string) templ.Component
}

// Server serves the pages. It is an http.Handler.
type Server struct {
	Config
	clock    clock.Clock
	policy   *policy.Policy
	sessions *sessions
	drafts   *drafts
	routes   []Route
	handler  http.Handler
}

// New checks the route table and makes the server. A route without a rule, a
// rule the policy does not know, or a pattern used twice is an error.
func New(c Config) (*Server, error) {
	s := &Server{Config: c, clock: c.Clock, policy: c.Policy}
	s.sessions = &sessions{reader: c.Reader, scratch: c.Scratch, accounts: c.Accounts, now: c.Clock.Now}
	var err error
	if s.drafts, err = newDrafts(c); err != nil {
		return nil, err
	}
	s.routes = append(s.own(), c.Routes...)
	if c.SignIn != nil {
		s.routes = append(s.routes, c.SignIn.Routes()...)
	}
	mux := http.NewServeMux()
	for _, r := range s.routes {
		if err := r.check(); err != nil {
			return nil, err
		}
		if _, ok := c.Policy.Action(r.Action); r.Action != "" && !ok {
			return nil, fmt.Errorf("web: route %s is guarded by the unknown action %s", r.Pattern, r.Action)
		}
		if err := register(mux, r.Pattern, s.serve(r)); err != nil {
			return nil, err
		}
	}
	mux.Handle("GET "+ui.PathAssets, ui.Assets())
	mux.Handle("/", s.serve(Route{Pattern: "/", Open: "no such page", Handle: func(*Request) error {
		return fault.New(fault.NotFound, "fault.not-found")
	}}))
	s.handler = s.guard(mux)
	return s, nil
}

func register(mux *http.ServeMux, pattern string, h http.Handler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("web: %v", p)
		}
	}()
	mux.Handle(pattern, h)
	return nil
}

// Routes gives the whole table.
func (s *Server) Routes() []Route { return s.routes }

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// policyHeader is the strictest content policy the pages live with: nothing
// from another host, nothing inline.
const policyHeader = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guard sets the headers of every response and refuses cross-site changes.
func (s *Server) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(s.serve(Route{Pattern: "/", Open: "a refusal", Handle: func(*Request) error {
		return fault.New(fault.Refused, "fault.cross-origin")
	}}))
	protected := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyHeader)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if !strings.HasPrefix(r.URL.Path, ui.PathAssets) {
			h.Set("Cache-Control", "no-store")
		}
		protected.ServeHTTP(w, r)
	})
}

const defaultMaxBody = 1 << 20

// serve wraps a route: session, rule, handler, access entry, release.
func (s *Server) serve(route Route) http.Handler {
	limit := route.MaxBody
	if limit == 0 {
		limit = defaultMaxBody
	}
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		begun := time.Now()
		hr.Body = http.MaxBytesReader(w, hr.Body, limit)
		r := &Request{Request: hr, server: s, route: route, out: gather(w), kind: journal.Read}
		r.Words = s.Texts.In(text.Match(hr.Header.Get("Accept-Language"), text.FR))
		err := s.answer(route, r)
		if err == nil {
			err = s.release(r)
		}
		if err != nil {
			s.fail(r, err)
		}
		if err := r.out.send(); err != nil {
			s.Log.DebugContext(hr.Context(), "the reader went away", "err", err)
		}
		if s.Observe != nil && !route.Stream {
			s.Observe(route.Pattern, cmp.Or(r.out.status, http.StatusOK), time.Since(begun))
		}
	})
}

func (s *Server) answer(route Route, r *Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("web: panic in %s: %v\n%s", route.Pattern, p, debug.Stack())
		}
	}()
	if err := s.open(r); err != nil {
		return err
	}
	if route.Action != "" {
		if err := s.ask(route, r); err != nil {
			return err
		}
	}
	return route.Handle(r)
}

// open reads the session, the language and the purpose.
func (s *Server) open(r *Request) error {
	if r.route.Door != nil {
		return s.enter(r)
	}
	session, err := s.sessions.read(r.Request)
	if err != nil {
		return err
	}
	s.speak(r, session)
	if session == nil {
		return nil
	}
	r.Session, r.Actor, r.Purpose = session, session.Account.Actor, session.Purpose
	return r.state()
}

// ask meets the route's rule. A stranger is refused before any record is
// looked for, so that nobody learns what exists.
func (s *Server) ask(route Route, r *Request) error {
	if route.Resource != nil && !r.Actor.IsZero() {
		res, err := route.Resource(r)
		if err != nil {
			return err
		}
		r.Resource = res
	} else {
		r.Resource = policy.Resource{Unit: r.Actor.Unit}
	}
	g, err := s.policy.Ask(r.Context(), r.Actor, route.Action, r.Resource, r.Purpose)
	r.Grant = g
	return err
}

// release records the access that is due. A request that changed something
// has its entries; one that read protected data gets its own here.
func (s *Server) release(r *Request) error {
	if !r.Grant.Reads() || r.out.live {
		return nil
	}
	if err := s.alarm(r); err != nil {
		return err
	}
	refs := r.shown
	if ref := r.Resource.Ref; !ref.IsZero() {
		refs = append([]ident.Ref{ref}, refs...)
	}
	a := journal.Of(r.Grant, r.kind, refs...)
	a.Said.Query = r.said.Query
	return s.Journal.Lane().Record(r.Context(), a)
}

// fail turns an error into a page. What is not a fault is logged under a
// reference and shown as nothing but that.
func (s *Server) fail(r *Request, err error) {
	r.out.discard() // also what a reader who hung up was not to have unrecorded
	if errors.Is(err, context.Canceled) {
		return
	}
	f := fault.Of(err)
	reference := ""
	if f.Kind == fault.Internal {
		reference = string(s.Journal.NewID())[:18]
		s.Log.ErrorContext(r.Context(), "request failed", "reference", reference, "method", r.Method, "pattern", r.Pattern, "err", err)
	}
	if r.WantsJSON() {
		s.problemDocument(r, err, reference)
		return
	}
	if f.Key == policy.KeyProve {
		s.prove(r)
		return
	}
	if f.Kind == fault.SignIn && r.Method == http.MethodGet {
		_ = r.Redirect(r.wayIn()) // never an error
		return
	}
	if f.Kind == fault.TooMany {
		r.out.Header().Set("Retry-After", "30")
	}
	page := s.problemPage(r, err, f, reference)
	if e := r.PageStatus(f.Kind.Status(), r.T("problem.title"), page); e != nil {
		s.Log.ErrorContext(r.Context(), "no page for a problem", "err", e)
	}
}

// prove leads to the page that asks for a fresh proof, and from there back:
// to the page, or to the one whose form was sent.
func (s *Server) prove(r *Request) {
	back := r.URL.RequestURI()
	if r.Method != http.MethodGet {
		from, err := url.Parse(r.Referer())
		if err != nil {
			from = &url.URL{}
		}
		back = cmp.Or(from.RequestURI(), "/")
	}
	_ = r.Redirect(ui.PathProve + "?return=" + escape(back)) // never an error
}
