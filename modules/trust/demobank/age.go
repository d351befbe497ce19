package demobank

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// PathAge is where the bank asks a visitor to show their wallet's proof that they
// are of age, and nothing else: no sign-in, no name.
const PathAge = Path + "/age"

// ageCookie carries the request that the bank made for a browser.
const ageCookie = "demo-bank-age"

// presentation is what became of such a request.
type presentation struct {
	ID         string         `json:"id"`
	Link       string         `json:"request"`
	Status     string         `json:"status"`
	Attributes map[string]any `json:"attributes"`
}

// asProgramFor gets a token of the bank's own and asks with it.
func (c *client) asProgramFor(ctx context.Context, m metadata, scope, method, address string, body, out any) error {
	r, err := newRun(time.Now())
	if err != nil {
		return err
	}
	var t tokens
	if err := c.post(ctx, m.Token, r.proof, url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}, &t); err != nil {
		return err
	}
	return c.asProgram(ctx, r, t, method, address, body, out)
}

// askAge makes a request for the visitor's wallet.
func (b *Bank) askAge(r *web.Request) error {
	c, m, err := b.client(r.Context())
	if err != nil {
		return b.failed(r, err)
	}
	var p presentation
	if err := c.asProgramFor(r.Context(), m, "presentation", http.MethodPost, c.issuer+"/presentations", map[string]any{"attributes": []string{"age_over_18"}}, &p); err != nil {
		return b.failed(r, err)
	}
	b.mu.Lock()
	b.forget()
	b.links[p.ID] = p.Link
	b.mu.Unlock()
	cookie := &http.Cookie{Name: ageCookie, Value: p.ID, Path: Path, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if err := r.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.SetCookie(w, cookie) }), r.Request); err != nil {
		return err
	}
	return r.Redirect(PathAge)
}

// age shows what became of it; while nothing did, the page looks again.
func (b *Bank) age(r *web.Request) error {
	cookie, err := r.Cookie(ageCookie)
	if err != nil {
		return r.Redirect(Path)
	}
	c, m, err := b.client(r.Context())
	if err != nil {
		return b.failed(r, err)
	}
	var p presentation
	if err := c.asProgramFor(r.Context(), m, "presentation", http.MethodGet, c.issuer+"/presentations/"+url.PathEscape(cookie.Value), nil, &p); err != nil {
		return b.failed(r, err)
	}
	b.mu.Lock()
	p.Link = b.links[cookie.Value]
	b.mu.Unlock()
	if p.Status == "waiting" {
		r.Refresh(3)
	}
	v := r.View(r.T("trust.demo.title"))
	v.Citizen, v.Rail = true, nil
	return r.Render(http.StatusOK, ui.Page(v), agePage(r, b, p))
}

// simulator is the demonstration's wallet with a request in it.
func (b *Bank) simulator(link string) string {
	return b.Wallet + "?" + url.Values{"link": {link}}.Encode()
}
