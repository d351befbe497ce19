package compose

import (
	"context"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/events"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/citizens"
	"github.com/amana-platform/amana/modules/proofs"
	"github.com/amana-platform/amana/modules/trust"
)

// vouched is the citizens as the trusted third party sees them.
type vouched struct{ citizens *citizens.Service }

// Holder gives who is signed in with the citizens' own session.
func (v vouched) Holder(r *web.Request) (trust.Holder, bool, error) {
	h, ok, err := v.citizens.Holder(r)
	return trust.Holder{Citizen: h.Citizen, Person: h.Person.ID, Level: int(h.Level), Methods: h.Methods, Proved: h.Proved, Session: h.Session}, ok, err
}

// SignInPath is where a citizen proves who they are; it always asks for a new proof.
func (vouched) SignInPath(back string, level int, _ bool) string {
	return citizens.SignInPath(back, citizens.Level(level))
}

// SignOut ends the session of a request.
func (v vouched) SignOut(r *web.Request) error { return v.citizens.SignOut(r) }

// Able reports whether a citizen's account may be used.
func (v vouched) Able(ctx context.Context, citizen ident.ID) (bool, error) {
	return v.citizens.Able(ctx, citizen)
}

// Attributes gives what is known of a citizen.
func (v vouched) Attributes(ctx context.Context, citizen ident.ID, names []string) (map[string]any, error) {
	return v.citizens.Attributes(ctx, citizen, names)
}

// LineKinds are the entries by which the citizen's log is written.
func (vouched) LineKinds() []string { return citizens.LineKinds() }

// kindsOfLine says what sort of line a result is.
var kindsOfLine = map[string]citizens.LineKind{
	"released": citizens.Verified, "declined": citizens.Declined, "consent-given": citizens.Consented, "consent-withdrawn": citizens.Consented,
}

// DraftLine drafts a line of the citizen's log.
func (vouched) DraftLine(ctx context.Context, r store.Reader, d *journal.Draft, l trust.Line) error {
	return citizens.DraftLine(ctx, r, d, citizens.Line{Citizen: l.Citizen, Kind: kindsOfLine[l.Result], Source: l.Source, By: ident.Ref{Kind: trust.KindInstitution, ID: l.By},
		ByName: l.ByName, Purpose: l.Purpose, Attributes: l.Attributes, Result: l.Result})
}

// endings tells the trusted third party that a citizen's sessions are over, and
// what else institutions that know them must hear.
func (s *Services) endings() events.Follower {
	return events.Follower{Name: "trust-endings", Handle: func(ctx context.Context, e journal.Delivered, _ store.Reader, _ *journal.Draft) error {
		if x, ok := e.Entry.(citizens.SessionEnded); ok {
			return s.Trust.EndSession(ctx, x.Session)
		}
		c, ok, err := s.changeOf(ctx, e)
		if err != nil || !ok {
			return err
		}
		if err := s.Trust.Signal(ctx, c); err != nil { // first: it asks with whom they are signed in
			return err
		}
		return s.Trust.EndCitizen(ctx, c.Citizen)
	}}
}

// changeOf reads from an entry of the citizens what ends by it.
func (s *Services) changeOf(ctx context.Context, e journal.Delivered) (c trust.Change, ok bool, err error) {
	c.Source = e.ID
	lost := func(citizens.Means) bool { return false }
	switch x := e.Entry.(type) {
	case citizens.SessionsEnded:
		c.Citizen = x.Citizen
	case citizens.MeansRevoked:
		c.Citizen, lost = x.Citizen, func(m citizens.Means) bool { return m.ID == x.Means }
	case citizens.Recovered:
		c.Citizen, lost = x.Citizen, func(m citizens.Means) bool { return m.Revoked.Equal(e.Written) }
	case citizens.AccountClosed:
		c.Citizen, c.Closed = x.Citizen, true
	default:
		return c, false, nil
	}
	all, err := s.Citizens.Means(ctx, c.Citizen)
	c.Level = int(citizens.AtCounter) // whoever has nothing left is given a code by an officer who sees them
	for _, m := range all {
		if m.Live() {
			c.Level = max(c.Level, int(m.Kind.Level()))
		}
	}
	c.Was = c.Level
	for _, m := range all {
		if lost(m) {
			c.Revoked, c.Was = append(c.Revoked, string(m.Kind)), max(c.Was, int(m.Kind.Level()))
		}
	}
	return c, true, err
}

// trusted is the module, told of the sessions that end.
func (s *Services) trusted() app.Module {
	m := s.Trust.Module()
	m.Follows = append(m.Follows, s.endings())
	return m
}

// shows is the portable proofs as the trusted third party asks for them.
type shows struct{ proofs *proofs.Service }

// Ask makes a request for a wallet.
func (x shows) Ask(ctx context.Context, p trust.Presentation) (id, link string, until time.Time, err error) {
	q, err := x.proofs.Ask(ctx, proofs.Asking{By: p.By, Name: p.Name, Purpose: p.Purpose, Claims: p.Attributes})
	return q.ID, q.Link, q.Until, err
}

// Answer gives what became of it.
func (x shows) Answer(ctx context.Context, by ident.ID, id string) (string, map[string]any, error) {
	a, err := x.proofs.Answered(ctx, by, id)
	return a.Status, a.Claims, err
}

// shown writes down that a proof was shown to an institution.
func (s *Services) shown(ctx context.Context, x proofs.Showing) error {
	c, err := s.Citizens.Citizen(ctx, x.Citizen)
	if err != nil {
		return err
	}
	return s.Trust.Presented(ctx, x.By, c.ID, c.Person, x.Claims)
}
