package trust

import (
	"context"
	"slices"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// providerConfig joins the protocol with what is decided and recorded here.
func (s *Service) providerConfig() provider.Config {
	return provider.Config{
		Issuer: s.issuer, Log: s.k.Log, Keys: s.keys, Claims: append(attributeNames(), officerAttributes()...),
		Store:  func() (store.Reader, store.Scratch) { return s.k.Reader, s.k.Scratch },
		Client: s.client, Subject: s.subjectFor, Pushed: s.pushed, Asked: s.asked, Page: s.authorize, Release: s.release, Attributes: s.read,
		Session: func(session, client string) string { return s.pseudonym("session", client, session) },
		Seal:    func(grant string) string { return s.pseudonym("token", "", grant) },
		Extra: map[string]any{
			"ui_locales_supported":  []string{"ar", "fr", "en"},
			"service_documentation": s.issuer + pathDirectory,
			"op_policy_uri":         s.issuer + pathDirectory,
		},
	}
}

// client gives an institution that may ask now, as the protocol knows it.
func (s *Service) client(ctx context.Context, id string) (provider.Client, error) {
	if _, err := ident.Parse(id); err != nil {
		return provider.Client{}, fault.New(fault.NotFound, "fault.not-found")
	}
	k, err := s.knownNow(ctx, ident.ID(id))
	return k.client, err
}

// sector is what an institution's names for people hang on.
func (i Institution) sector() string {
	if i.Sandbox {
		return "sandbox " + string(i.ID)
	}
	return i.Host
}

// subjectFor gives the name of a person at an institution. One that has just
// been closed gets a name that nobody else ever gets.
func (s *Service) subjectFor(person, client string) string {
	i, err := s.open(context.Background(), ident.ID(client))
	if err != nil {
		return s.Subject("closed "+client, person)
	}
	return s.Subject(i.sector(), person)
}

// aboveCeiling gives the names of what an institution may not ask for.
func aboveCeiling(i Institution, wanted []provider.Wanted) []string {
	return slices.DeleteFunc(names(i.Current.known(wanted)), func(n string) bool { return slices.Contains(i.Current.Ceiling, n) })
}

// How often one institution may push requests, and be refused for its ceiling.
const (
	pushRate, pushBurst     = 500, 1000
	refuseRate, refuseBurst = 1, 30
)

// pushed judges what an institution asks, before any citizen is asked. What is
// above the ceiling is refused whole: the institution must know that it errs.
func (s *Service) pushed(ctx context.Context, client string, wanted []provider.Wanted) error {
	i, err := s.open(ctx, ident.ID(client))
	if err != nil {
		return err
	}
	if !s.limits.allow("push "+client, pushRate, pushBurst) {
		return &provider.Refusal{Code: "temporarily_unavailable", Description: "too many requests; try later"}
	}
	for _, w := range wanted {
		if w.Name == residentOf && len(w.Values) != 1 {
			return &provider.Refusal{Code: "invalid_request", Description: "resident_of needs the code of one area as its value"}
		}
	}
	above := aboveCeiling(i, wanted)
	if len(above) == 0 {
		return s.noteTrial(ctx, i, trialPushed, "")
	}
	if !s.limits.allow("above "+client, refuseRate, refuseBurst) {
		return &provider.Refusal{Code: "temporarily_unavailable", Description: "too many requests above the registered ceiling; try later"}
	}
	if err := s.noteTrial(ctx, i, trialAbove, strings.Join(above, " ")); err != nil {
		return err
	}
	err = s.record(ctx, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(RequestRefused{ID: d.NewID(), Institution: i.ID, Above: above})
		return nil
	})
	if err != nil {
		return err
	}
	return &provider.Refusal{Code: "invalid_request", Description: "above the registered ceiling: " + strings.Join(above, " ")}
}

// release records a verification and gives what is released. Whoever has been
// closed or lost their means of proof since the page is not vouched for.
func (s *Service) release(ctx context.Context, client string, g provider.Given) (map[string]any, error) {
	i, err := s.open(ctx, ident.ID(client))
	if err != nil {
		return nil, err
	}
	if i.Sandbox {
		return trialAttributes(g), s.noteTrial(ctx, i, trialRedeemed, "")
	}
	if i.Current.Officers {
		return s.releaseOfficer(ctx, i, g)
	}
	attributes, err := s.attributes(ctx, client, g)
	if err != nil {
		return nil, err
	}
	id, citizen := ident.ID(g.Verification), ident.ID(g.Citizen)
	err = s.record(ctx, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if err := undeclined(ctx, r, id); err != nil {
			return err
		}
		if err := fresh(ctx, r, "trust_verifications", id); err != nil {
			return err
		}
		d.Add(PersonVerified{ID: id, Citizen: citizen, Person: ident.ID(g.Person), Institution: i.ID, N: i.Current.N, Claims: names(g.Claims), Level: g.Level, Channel: g.Channel})
		return s.citizens.DraftLine(ctx, r, d, i.line(citizen, names(g.Claims), "released", ident.Ref{Kind: kindVerification, ID: id}))
	})
	if err == nil {
		err = s.link(ctx, client, g)
	}
	return attributes, err
}

// undeclined refuses a release of what the record says was declined: of two
// answers to one request, given side by side, the no counts.
func undeclined(ctx context.Context, r store.Reader, id ident.ID) error {
	var n int
	err := r.Row(ctx, "select count(*) from trust_verifications where id = $1 and result = 'declined'", []any{string(id)}, &n)
	if err == nil && n > 0 {
		err = &provider.Refusal{Code: "invalid_grant", Description: "the person declined"}
	}
	return err
}

// What a line of the log comes from: one line each.
const (
	kindVerification = "verification"
	kindConsent      = "consent"
	kindWithdrawal   = "consent-withdrawal"
)

// line is what the citizen's log says of an institution.
func (i Institution) line(citizen ident.ID, attributes []string, result string, source ident.Ref) Line {
	return Line{Citizen: citizen, By: i.ID, ByName: i.Current.Name, Purpose: i.Current.Purpose, Attributes: attributes, Result: result, Source: source}
}

// read gives an institution's program what was agreed, by its token.
func (s *Service) read(ctx context.Context, client string, g provider.Given) (map[string]any, error) {
	i, err := s.open(ctx, ident.ID(client))
	if err != nil {
		return nil, err
	}
	if err := s.noteTrial(ctx, i, trialRead, ""); err != nil {
		return nil, err
	}
	return s.attributes(ctx, client, g)
}

// attributes gives the values of what was agreed, as they are now.
func (s *Service) attributes(ctx context.Context, client string, g provider.Given) (map[string]any, error) {
	i, err := s.open(ctx, ident.ID(client))
	if err != nil {
		return nil, err
	}
	if i.Sandbox {
		return trialAttributes(g), nil
	}
	if i.Current.Officers {
		return s.officerValues(ctx, g)
	}
	sources := make([]string, 0, len(g.Claims))
	for _, w := range g.Claims {
		sources = append(sources, source(w))
	}
	values, err := s.citizens.Attributes(ctx, ident.ID(g.Citizen), sources)
	if fault.Is(err, fault.NotFound) {
		return nil, &provider.Refusal{Code: "invalid_grant", Description: "the person can no longer be vouched for"}
	}
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, w := range g.Claims {
		if v, ok := values[source(w)]; ok {
			out[w.Name] = v
		}
	}
	return out, nil
}
