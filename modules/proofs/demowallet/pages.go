package demowallet

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// The pages, within the demonstration's site.
const (
	Path       = "/demo/wallet"
	pathOpen   = Path + "/open"
	pathAnswer = Path + "/answer"
)

// cookieName carries the wallet's own session.
const cookieName = "demo-wallet"

// Site is the wallet as a visitor's browser sees it.
type Site struct {
	Client Client

	mu       sync.Mutex
	visitors map[string]*visitor
}

// visitor is one browser, which stands for one telephone.
type visitor struct {
	held  []Card
	asked *Request
}

// mostVisitors bounds what the wallets hold.
const mostVisitors = 1000

// NewSite makes the wallet of a service at an address.
func NewSite(issuer string, now func() time.Time) *Site {
	return &Site{Client: Client{Issuer: issuer, Now: now, HTTP: &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}}
}

// Routes are the wallet's pages.
func (s *Site) Routes() []web.Route {
	const why = "a simulated telephone's wallet, in the demonstration only"
	return []web.Route{
		{Pattern: "GET " + Path, Open: why, Handle: s.home},
		{Pattern: "POST " + pathOpen, Open: why, Handle: s.open},
		{Pattern: "POST " + pathAnswer, Open: why, Handle: s.answer},
	}
}

// visitor gives the wallet of a browser, a new one if it has none.
func (s *Site) visitor(r *web.Request) (*visitor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, err := r.Cookie(cookieName); err == nil && s.visitors[c.Value] != nil {
		return s.visitors[c.Value], nil
	}
	if s.visitors == nil || len(s.visitors) > mostVisitors {
		s.visitors = map[string]*visitor{}
	}
	name, v := newName(), &visitor{}
	s.visitors[name] = v
	cookie := &http.Cookie{Name: cookieName, Value: name, Path: Path, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	return v, r.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.SetCookie(w, cookie) }), r.Request)
}

// shown is what a page of the wallet shows.
type shown struct {
	link    string
	held    []Card
	asked   *Request
	choices []Choice
	done    string // text key of what was done
	wrong   error
}

func (s *Site) show(r *web.Request, status int, x shown) error {
	v := r.View(r.T("proofs.demo.title"))
	v.Citizen, v.Rail = true, nil
	return r.Render(status, ui.Page(v), page(r, x))
}

// home shows what the wallet holds. A link that is given waits in its field.
func (s *Site) home(r *web.Request) error {
	v, err := s.visitor(r)
	if err != nil {
		return err
	}
	return s.show(r, http.StatusOK, shown{link: r.URL.Query().Get("link"), held: s.held(v)})
}

func (s *Site) held(v *visitor) []Card {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Card(nil), v.held...)
}

// open reads a link: an offer is taken, a request is put before the holder.
func (s *Site) open(r *web.Request) error {
	v, err := s.visitor(r)
	if err != nil {
		return err
	}
	form, err := r.Form()
	if err != nil {
		return err
	}
	link, digits := strings.TrimSpace(form.Get("link")), form.Get("digits")
	if IsOffer(link) {
		card, err := s.Client.Take(r.Context(), link, digits)
		if err != nil {
			return s.failed(r, v, link, err)
		}
		s.mu.Lock()
		v.held = append(v.held, card)
		s.mu.Unlock()
		return s.show(r, http.StatusOK, shown{held: s.held(v), done: "proofs.demo.taken"})
	}
	q, err := s.Client.Read(r.Context(), link)
	if err != nil {
		return s.failed(r, v, link, err)
	}
	s.mu.Lock()
	v.asked = q
	s.mu.Unlock()
	held := s.held(v)
	return s.show(r, http.StatusOK, shown{held: held, asked: q, choices: q.Choices(held)})
}

// answer shows what the holder chose, or nothing.
func (s *Site) answer(r *web.Request) error {
	v, err := s.visitor(r)
	if err != nil {
		return err
	}
	form, err := r.Form()
	if err != nil {
		return err
	}
	s.mu.Lock()
	q := v.asked
	v.asked = nil
	s.mu.Unlock()
	if q == nil || q.State != form.Get("state") {
		return s.failed(r, v, "", ErrLink)
	}
	if form.Get("answer") != "show" {
		if err := s.Client.Decline(r.Context(), q); err != nil {
			return s.failed(r, v, "", err)
		}
		return s.show(r, http.StatusOK, shown{held: s.held(v), done: "proofs.demo.declined"})
	}
	choices := q.Choices(s.held(v))
	for _, ch := range choices {
		if mark(ch.Card) == form.Get("card") {
			if err := s.Client.Show(r.Context(), q, ch); err != nil {
				return s.failed(r, v, "", err)
			}
			return s.show(r, http.StatusOK, shown{held: s.held(v), done: "proofs.demo.shown"})
		}
	}
	return s.failed(r, v, "", ErrLink)
}

// failed says why nothing came of it.
func (s *Site) failed(r *web.Request, v *visitor, link string, err error) error {
	x := shown{link: link, held: s.held(v)}
	status := http.StatusFailedDependency
	switch no, refused := errors.AsType[Refused](err); {
	case refused:
		status, x.wrong = http.StatusUnprocessableEntity, fault.Wrap(err, fault.Invalid, "proofs.demo.refused", "code", no.Code)
	case errors.Is(err, ErrLink):
		status, x.wrong = http.StatusUnprocessableEntity, fault.Wrap(err, fault.Invalid, "proofs.demo.not-a-link")
	default:
		x.wrong = fault.Wrap(err, fault.Unavailable, "proofs.demo.unreachable")
	}
	return s.show(r, status, x)
}
