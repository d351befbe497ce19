package trust

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// consentLife is how long an agreement is remembered; then the citizen is asked again.
const consentLife = 365 * 24 * time.Hour

// remembered gives what a citizen agreed to before, if it covers all that is
// asked now, under the registration as it was shown to them. What is asked anew
// each time is never remembered.
func (s *Service) remembered(d *deciding) ([]provider.Wanted, bool, error) {
	return s.agreedBefore(d.r.Context(), d)
}

func (s *Service) agreedBefore(ctx context.Context, d *deciding) ([]provider.Wanted, bool, error) {
	if d.Ask || d.i.Sandbox || slices.ContainsFunc(d.wanted, func(w provider.Wanted) bool { a, _ := attribute(w.Name); return a.Always }) {
		return nil, false, nil
	}
	standing, err := consents(ctx, s.k.Reader, "citizen = $1 and institution = $2 and ended_at = 0", string(d.holder.Citizen), string(d.i.ID))
	if err != nil || len(standing) == 0 {
		return nil, false, err
	}
	c := standing[0]
	if c.N != d.i.Current.N || s.k.Clock.Now().Sub(c.Given) > consentLife {
		return nil, false, nil
	}
	var agreed []provider.Wanted
	for _, w := range d.wanted {
		key := consentName(w)
		switch {
		case slices.Contains(c.Claims, key):
			agreed = append(agreed, w)
		case w.Essential || !slices.Contains(c.LeftOut, key):
			return nil, false, nil
		}
	}
	return agreed, true, nil
}

// consentName names what is agreed to: for an area, that area.
func consentName(w provider.Wanted) string {
	if w.Name == residentOf {
		return source(w)
	}
	return w.Name
}

func consentNames(all []provider.Wanted) []string {
	out := []string{}
	for _, w := range all {
		out = append(out, consentName(w))
	}
	slices.Sort(out)
	return out
}

// giveConsent records that a citizen agrees, once an authorization.
func (s *Service) giveConsent(ctx context.Context, d *deciding, agreed []provider.Wanted) error {
	if d.i.Sandbox {
		return s.noteTrial(ctx, d.i, trialAgreed, strings.Join(names(agreed), " "))
	}
	id := ident.Derive("trust consent", d.ID)
	return s.record(ctx, func(ctx context.Context, r store.Reader, draft *journal.Draft) error {
		before, err := consents(ctx, r, "id = $1 or citizen = $2 and institution = $3 and ended_at = 0", string(id), string(d.holder.Citizen), string(d.i.ID))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(before, func(c Consent) bool { return c.ID == id }) {
			return settled // a form sent twice
		}
		claims, left := d.together(before, consentNames(agreed))
		draft.Add(ConsentGiven{ID: id, Citizen: d.holder.Citizen, Person: d.holder.Person, Institution: d.i.ID, N: d.i.Current.N, Claims: claims, LeftOut: left,
			Subject: journal.Seal(s.Subject(d.i.sector(), string(d.holder.Person)))})
		return s.citizens.DraftLine(ctx, r, draft, d.i.line(d.holder.Citizen, names(agreed), "consent-given", ident.Ref{Kind: kindConsent, ID: id}))
	})
}

// together joins what is agreed now with what stands and was not asked now, so
// that one agreement to an institution says all.
func (d *deciding) together(before []Consent, agreed []string) (claims, left []string) {
	asked := consentNames(d.wanted)
	claims, left = agreed, slices.DeleteFunc(slices.Clone(asked), func(n string) bool { return slices.Contains(agreed, n) })
	others := func(all []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return slices.Contains(asked, n) })
	}
	for _, c := range before {
		if c.N == d.i.Current.N && c.Ended.IsZero() {
			claims, left = append(claims, others(c.Claims)...), append(left, others(c.LeftOut)...)
		}
	}
	slices.Sort(claims)
	slices.Sort(left)
	return claims, left
}

// fresh says that a record is settled if it is there: a form sent twice.
func fresh(ctx context.Context, r store.Reader, table string, id ident.ID) error {
	var n int
	err := r.Row(ctx, "select count(*) from "+table+" where id = $1", []any{string(id)}, &n)
	if err == nil && n > 0 {
		err = settled
	}
	return err
}

// refuseConsent records that they do not.
func (s *Service) refuseConsent(ctx context.Context, d *deciding) error {
	if d.i.Sandbox {
		return s.noteTrial(ctx, d.i, trialDeclined, "")
	}
	id := ident.Derive("trust verification", d.ID)
	return s.record(ctx, func(ctx context.Context, r store.Reader, draft *journal.Draft) error {
		if err := fresh(ctx, r, "trust_verifications", id); err != nil {
			return err
		}
		draft.Add(ConsentRefused{ID: id, Citizen: d.holder.Citizen, Person: d.holder.Person, Institution: d.i.ID, N: d.i.Current.N, Claims: names(d.wanted)})
		return s.citizens.DraftLine(ctx, r, draft, d.i.line(d.holder.Citizen, names(d.wanted), "declined", ident.Ref{Kind: kindVerification, ID: id}))
	})
}

// Consents lists what a citizen agrees to at present, the newest first.
func (s *Service) Consents(ctx context.Context, citizen ident.ID) ([]Consent, error) {
	return consents(ctx, s.k.Reader, "citizen = $1 and ended_at = 0 order by given_at desc, id", string(citizen))
}

// WithdrawConsent ends an agreement, by the citizen it is of: the institution's
// tokens about them are over at once.
// Law: L09-08 4
func (s *Service) WithdrawConsent(ctx context.Context, citizen, id ident.ID) error {
	c, err := store.First(consents(ctx, s.k.Reader, "id = $1 and citizen = $2", string(id), string(citizen)))
	if err != nil {
		return err
	}
	i, err := s.Institution(ctx, c.Institution)
	if err != nil {
		return err
	}
	err = s.record(ctx, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		now, err := store.First(consents(ctx, r, "id = $1", string(id)))
		if err != nil {
			return err
		}
		if !now.Ended.IsZero() {
			return settled
		}
		d.Add(ConsentWithdrawn{ID: id, Citizen: c.Citizen, Person: c.Person, Institution: c.Institution})
		return s.citizens.DraftLine(ctx, r, d, i.line(citizen, c.Claims, "consent-withdrawn", ident.Ref{Kind: kindWithdrawal, ID: id}))
	})
	if err != nil {
		return err
	}
	p, err := s.provider()
	if err != nil {
		return err
	}
	_, err = p.RevokeBoth(ctx, string(c.Citizen), string(c.Institution))
	return err
}

// mine gives the citizen before the browser; fault: sign in.
func (s *Service) mine(r *web.Request) (Holder, error) {
	if s.citizens == nil {
		return Holder{}, fault.New(fault.Unavailable, "trust.no-citizens")
	}
	h, ok, err := s.citizens.Holder(r)
	if err == nil && !ok {
		err = fault.New(fault.SignIn, "fault.sign-in")
	}
	return h, err
}
