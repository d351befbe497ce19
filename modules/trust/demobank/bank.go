package demobank

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// The pages, within the demonstration's site.
const (
	Path      = "/demo/bank"
	pathBegin = Path + "/sign-in"
	// PathBack is where a sign-in comes back, PathEnded where the bank is told
	// that a session has ended, PathBye where one comes after signing out.
	PathBack  = Path + "/back"
	PathEnded = Path + "/ended"
	PathBye   = Path + "/bye"
	// PathEvents is where the bank is told of events.
	PathEvents = Path + "/events"
	pathLeave  = Path + "/leave"
)

// cookieName carries the bank's own session: the bank is another site, which
// the demonstration serves at the same address.
const cookieName = "demo-bank"

// Bank is the bank's site.
type Bank struct {
	// Issuer is where the provider is; Client gives the bank's client_id there.
	Issuer string
	Client func(ctx context.Context) (string, error)
	Key    ed25519.PrivateKey
	Log    string // where a citizen finds their log, to be shown at the end
	Wallet string // the demonstration's wallet

	mu    sync.Mutex
	runs  map[string]*run     // by state
	known map[string]customer // by the bank's session
	ended map[string]bool     // sid of sessions that the bank was told have ended
	heard news                // what it was told by events
	links map[string]string   // by request for a proof of age
}

// customer is somebody who signed in.
type customer struct {
	told   map[string]any // what the bank was told, by claim
	sid    string
	idHint string
	since  time.Time
	until  time.Time
}

// sub is who the customer is, as the bank knows them.
func (c *customer) sub() string {
	s, _ := c.told["sub"].(string)
	return s
}

// visitLife is how long the bank remembers a visitor.
const visitLife = 30 * time.Minute

// Routes are the bank's pages.
func (b *Bank) Routes() []web.Route {
	const why = "a simulated institution's own site, in the demonstration only"
	return []web.Route{
		{Pattern: "GET " + Path, Open: why, Handle: b.home},
		{Pattern: "POST " + pathBegin, Open: why, Handle: b.begin},
		{Pattern: "GET " + PathBack, Open: why, Handle: b.back},
		{Pattern: "POST " + pathLeave, Open: why, Handle: b.leave},
		{Pattern: "GET " + PathBye, Open: why, Handle: b.bye},
		{Pattern: "POST " + PathEnded, Open: why, Handle: b.hear},
		{Pattern: "POST " + PathAge, Open: why, Handle: b.askAge},
		{Pattern: "GET " + PathAge, Open: why, Handle: b.age},
		{Pattern: "POST " + PathEvents, Open: why, Handle: b.hearEvent},
	}
}

// client is the bank's program for one request.
func (b *Bank) client(ctx context.Context) (*client, metadata, error) {
	id, err := b.Client(ctx)
	if err != nil {
		return nil, metadata{}, err
	}
	c := &client{issuer: b.Issuer, id: id, key: b.Key, redirect: b.Issuer + PathBack,
		http: &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	m, err := c.discover(ctx)
	return c, m, err
}

// asks is what the bank wants: that one is of age, and the name; the rest may be left out.
const asks = `{"id_token":{"age_over_18":{"essential":true}},"userinfo":{"given_name":{"essential":true},"family_name":{"essential":true},"birthdate":null,"resident_of":{"value":"04"}}}`

func (b *Bank) show(r *web.Request, status int, c *customer, wrong error) error {
	v := r.View(r.T("trust.demo.title"))
	v.Citizen, v.Rail = true, nil
	return r.Render(status, ui.Page(v), page(r, b, c, wrong))
}

// home shows who is signed in, if anybody is.
func (b *Bank) home(r *web.Request) error {
	return b.show(r, http.StatusOK, b.customer(r), nil)
}

func (b *Bank) customer(r *web.Request) *customer {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.known[cookie.Value]
	if !ok || time.Now().After(c.until) {
		return nil
	}
	return &c
}

// over reports whether the bank was told that the session has ended.
func (b *Bank) over(c *customer) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended[c.sid] || b.heard.over(c)
}

// begin pushes a request and sends the visitor to the provider.
func (b *Bank) begin(r *web.Request) error {
	c, m, err := b.client(r.Context())
	if err != nil {
		return b.failed(r, err)
	}
	visit, err := newRun(time.Now().Add(visitLife))
	if err != nil {
		return err
	}
	address, err := c.push(r.Context(), m, visit, asks)
	if err != nil {
		return b.failed(r, err)
	}
	b.mu.Lock()
	b.forget()
	b.runs[visit.state] = visit
	b.mu.Unlock()
	cookie := &http.Cookie{Name: cookieName, Value: visit.state, Path: Path, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if err := r.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.SetCookie(w, cookie) }), r.Request); err != nil {
		return err
	}
	return r.Leave(address)
}

// forget drops who came long ago. The lock is held.
func (b *Bank) forget() {
	if b.links == nil || len(b.links) > 1000 {
		b.links = map[string]string{}
	}
	if b.runs == nil || len(b.runs) > 1000 {
		b.runs = map[string]*run{}
	}
	if b.known == nil || len(b.known) > 1000 {
		b.known, b.ended = map[string]customer{}, map[string]bool{}
	}
}

// failed shows what the provider answered.
func (b *Bank) failed(r *web.Request, err error) error {
	if no, ok := errors.AsType[refusal](err); ok {
		return b.show(r, http.StatusUnprocessableEntity, nil, fault.Wrap(err, fault.Invalid, "trust.demo.refused", "code", no.Code, "why", no.Description))
	}
	return b.show(r, http.StatusFailedDependency, nil, fault.Wrap(err, fault.Unavailable, "trust.demo.unreachable"))
}

// take gives the sign-in that an answer belongs to, once: the state must be the
// one that this browser began with.
func (b *Bank) take(r *web.Request, state string) *run {
	cookie, err := r.Cookie(cookieName)
	if err != nil || cookie.Value != state {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	visit := b.runs[state]
	delete(b.runs, state)
	if visit == nil || time.Now().After(visit.until) {
		return nil
	}
	return visit
}

// back takes the provider's answer.
func (b *Bank) back(r *web.Request) error {
	q := r.URL.Query()
	visit := b.take(r, q.Get("state"))
	if visit == nil || q.Get("iss") != b.Issuer {
		return b.show(r, http.StatusUnprocessableEntity, nil, fault.New(fault.Invalid, "trust.demo.not-yours"))
	}
	if code := q.Get("error"); code != "" {
		return b.failed(r, refusal{code, q.Get("error_description")})
	}
	c, m, err := b.client(r.Context())
	if err != nil {
		return b.failed(r, err)
	}
	t, claims, err := c.redeem(r.Context(), m, visit, url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {c.redirect}, "code_verifier": {visit.verifier}})
	if err != nil {
		return b.failed(r, err)
	}
	told, err := c.info(r.Context(), m, visit, t)
	if err != nil {
		return b.failed(r, err)
	}
	if told["sub"] != claims["sub"] {
		return b.failed(r, errors.New("demobank: userinfo speaks of somebody else"))
	}
	for name, v := range claims {
		told[name] = v
	}
	sid, _ := claims["sid"].(string)
	b.subscribe(r.Context(), c, m)
	b.mu.Lock()
	b.forget()
	b.known[visit.state] = customer{told: told, sid: sid, idHint: t.ID, since: time.Now(), until: time.Now().Add(visitLife)}
	b.mu.Unlock()
	return r.Redirect(Path)
}

// leave signs out of the bank, and asks the provider whether one wants to leave
// there too.
func (b *Bank) leave(r *web.Request) error {
	c := b.customer(r)
	if c == nil {
		return r.Redirect(Path)
	}
	_, m, err := b.client(r.Context())
	if err != nil {
		return b.failed(r, err)
	}
	return r.Leave(m.End + "?" + url.Values{"id_token_hint": {c.idHint}, "post_logout_redirect_uri": {b.Issuer + PathBye}}.Encode())
}

// bye ends the bank's own session.
func (b *Bank) bye(r *web.Request) error {
	if cookie, err := r.Cookie(cookieName); err == nil {
		b.mu.Lock()
		delete(b.known, cookie.Value)
		b.mu.Unlock()
	}
	return b.show(r, http.StatusOK, nil, nil)
}

// hear is told that a session has ended (OpenID Connect Back-Channel Logout 1.0, 2.6).
func (b *Bank) hear(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	token := form.Get("logout_token")
	if strings.Count(token, ".") != 2 {
		return fault.New(fault.Invalid, "trust.demo.not-yours")
	}
	c, m, err := b.client(r.Context())
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "trust.demo.unreachable")
	}
	claims, err := c.read(r.Context(), m, token)
	events, _ := claims["events"].(map[string]any)
	sid, _ := claims["sid"].(string)
	if err != nil || sid == "" || claims["nonce"] != nil || events["http://schemas.openid.net/event/backchannel-logout"] == nil {
		return fault.New(fault.Invalid, "trust.demo.not-yours")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget()
	b.ended[sid] = true
	return r.Send("text/plain", "", nil)
}
