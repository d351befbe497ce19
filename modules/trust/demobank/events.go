package demobank

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/trust/signals"
)

// heard is one event that the bank was told.
type heard struct {
	kind, sub, sid string
	at             time.Time
}

// news is what the bank was told by events, each once.
type news struct {
	all    []heard
	seen   map[string]bool // jti
	stream string          // the bank's own, once it has one
}

// mostNews bounds what the bank remembers.
const mostNews = 1000

// words of the events, by their type.
var words = map[string]string{signals.SessionRevoked: "session", signals.MeansChanged: "means", signals.LevelChanged: "level", signals.AccountClosed: "account"}

// over reports whether an event ended a customer's session.
func (n *news) over(c *customer) bool {
	return slices.ContainsFunc(n.of(c), func(h heard) bool { return h.kind == signals.SessionRevoked && (h.sid == "" || h.sid == c.sid) })
}

// of gives the events about a customer since they signed in.
func (n *news) of(c *customer) []heard {
	var out []heard
	for _, h := range n.all {
		if h.sub == c.sub() && !h.at.Before(c.since) {
			out = append(out, h)
		}
	}
	return out
}

// about lists in words what the bank was told about a customer, and whether it
// is told at all.
func (b *Bank) about(c *customer) (kinds []string, subscribed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, h := range b.heard.of(c) {
		kinds = append(kinds, "trust.demo.event."+words[h.kind])
	}
	return kinds, b.heard.stream != ""
}

// subscribe opens the bank's stream of events, once. A bank that cannot goes on:
// it is also told of sessions by the other way.
func (b *Bank) subscribe(ctx context.Context, c *client, m metadata) {
	b.mu.Lock()
	has := b.heard.stream != ""
	b.mu.Unlock()
	if has {
		return
	}
	id, err := c.openStream(ctx, m, b.Issuer+PathEvents)
	if err != nil {
		return
	}
	b.mu.Lock()
	b.heard.stream = id
	b.mu.Unlock()
}

// openStream gives the stream that the bank has, or a new one.
func (c *client) openStream(ctx context.Context, m metadata, address string) (string, error) {
	var about struct {
		Streams string `json:"configuration_endpoint"`
	}
	if err := c.get(ctx, c.issuer+"/.well-known/ssf-configuration", "", "", &about); err != nil {
		return "", err
	}
	const scope = "ssf.manage"
	var all []signals.Document
	if err := c.asProgramFor(ctx, m, scope, http.MethodGet, about.Streams, nil, &all); err != nil {
		return "", err
	}
	if len(all) > 0 {
		return all[0].ID, nil
	}
	var made signals.Document
	wanted := signals.Wanted{Delivery: &signals.Delivery{Method: signals.Push, Address: address}, Requested: new(signals.Supported())}
	err := c.asProgramFor(ctx, m, scope, http.MethodPost, about.Streams, wanted, &made)
	return made.ID, err
}

// hearEvent is told of something (RFC 8935 2): it believes tokens of the service
// that are for the bank, and takes each once.
func (b *Bank) hearEvent(r *web.Request) error {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil || strings.Count(string(raw), ".") != 2 {
		return fault.New(fault.Invalid, "trust.demo.not-yours")
	}
	c, m, err := b.client(r.Context())
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "trust.demo.unreachable")
	}
	claims, err := c.read(r.Context(), m, string(raw))
	id, _ := claims["jti"].(string)
	events, _ := claims["events"].(map[string]any)
	if err != nil || id == "" || len(events) == 0 || claims["sub"] != nil {
		return fault.New(fault.Invalid, "trust.demo.not-yours")
	}
	about, _ := claims["sub_id"].(map[string]any)
	h := heard{at: time.Now()}
	h.sub, h.sid = whom(about)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget()
	if b.heard.seen == nil || len(b.heard.seen) > mostNews {
		b.heard.all, b.heard.seen = nil, map[string]bool{}
	}
	for kind := range events {
		if h.kind = kind; words[kind] != "" && !b.heard.seen[id] {
			b.heard.all = append(b.heard.all, h)
		}
	}
	b.heard.seen[id] = true
	return r.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }), r.Request)
}

// whom reads a subject: a person, or one session of theirs.
func whom(about map[string]any) (sub, sid string) {
	if about["format"] == "complex" {
		user, _ := about["user"].(map[string]any)
		session, _ := about["session"].(map[string]any)
		sub, _ = user["sub"].(string)
		sid, _ = session["id"].(string)
		return sub, sid
	}
	sub, _ = about["sub"].(string)
	return sub, ""
}
