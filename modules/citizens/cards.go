package citizens

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/citizens/card"
)

// A sign-in by card goes in four steps. The page of a browser begins it and
// gives a ticket, which the agent beside the card takes; the agent asks for a
// challenge once the PIN was typed, and answers it; it then opens an address
// in the holder's own browser, which must be the one that began. Whoever sends
// a ticket of theirs to somebody else gets nothing for it.
const (
	ticketLife    = 5 * time.Minute
	challengeLife = 60 * time.Second
	maxTickets    = 20_000
)

// beginCard makes a ticket for a browser that the secret names.
func (s *Service) beginCard(ctx context.Context, browser, back string) (string, error) {
	now := s.k.Clock.Now()
	if _, err := s.k.Scratch.Exec(ctx, "delete from tmp_citizens_cards where until_at <= $1", store.Micros(now)); err != nil {
		return "", err
	}
	var waiting int
	if err := s.k.Reader.Row(ctx, "select count(*) from tmp_citizens_cards", nil, &waiting); err != nil {
		return "", err
	}
	if waiting >= maxTickets {
		return "", fault.New(fault.TooMany, "citizens.card.busy")
	}
	ticket := token()[:22]
	_, err := s.k.Scratch.Exec(ctx, `insert into tmp_citizens_cards (ticket, browser, back, challenge, challenge_until, citizen, means, proof, until_at) values ($1, $2, $3, '', 0, '', '', '', $4)`,
		hashed("ticket", ticket), hashed("browser", browser), back, store.Micros(now.Add(ticketLife)))
	return ticket, err
}

var noTicket = fault.New(fault.Invalid, "citizens.card.late")

// challengeCard gives what the card must sign. A new challenge ends the last.
func (s *Service) challengeCard(ctx context.Context, ticket string) (card.Statement, error) {
	now := s.k.Clock.Now()
	st := card.Statement{Origin: s.origin, Ticket: ticket, Challenge: token(), Until: now.Add(challengeLife).Truncate(time.Second)}
	n, err := s.k.Scratch.Exec(ctx, "update tmp_citizens_cards set challenge = $1, challenge_until = $2 where ticket = $3 and until_at > $4 and proof = ''",
		st.Challenge, store.Micros(st.Until), hashed("ticket", ticket), store.Micros(now))
	if err == nil && n != 1 {
		err = noTicket
	}
	return st, err
}

// answerCard checks a card's answer and gives the proof that the browser
// brings. A challenge is good for one answer, right or wrong.
func (s *Service) answerCard(ctx context.Context, ticket string, certificate, signature []byte) (string, error) {
	st := card.Statement{Origin: s.origin, Ticket: ticket}
	var until int64
	now, hash := s.k.Clock.Now(), hashed("ticket", ticket)
	err := s.k.Reader.Row(ctx, "select challenge, challenge_until from tmp_citizens_cards where ticket = $1 and until_at > $2 and challenge <> ''", []any{hash, store.Micros(now)}, &st.Challenge, &until)
	if fault.Is(err, fault.NotFound) {
		return "", noTicket
	}
	if err != nil {
		return "", err
	}
	st.Until = store.Time(until)
	n, err := s.k.Scratch.Exec(ctx, "update tmp_citizens_cards set challenge = '' where ticket = $1 and challenge = $2", hash, st.Challenge)
	if err != nil {
		return "", err
	}
	if n != 1 { // another answer was quicker
		return "", noTicket
	}
	h, err := s.cards.Verify(now, st, certificate, signature)
	if err != nil {
		return "", err
	}
	citizen, means, err := s.cardHolder(ctx, h)
	if err != nil {
		return "", err
	}
	proof := token()
	n, err = s.k.Scratch.Exec(ctx, "update tmp_citizens_cards set citizen = $1, means = $2, proof = $3 where ticket = $4 and proof = ''", string(citizen), string(means), hashed("proof", proof), hash)
	if err == nil && n != 1 {
		err = noTicket
	}
	return proof, err
}

// finishCard gives who signed in: the proof must come in the browser that
// began, and is good once.
func (s *Service) finishCard(ctx context.Context, proof, browser string) (citizen, means ident.ID, back string, err error) {
	var began string
	hash := hashed("proof", proof)
	err = s.k.Reader.Row(ctx, "select citizen, means, back, browser from tmp_citizens_cards where proof = $1 and until_at > $2", []any{hash, store.Micros(s.k.Clock.Now())}, &citizen, &means, &back, &began)
	if fault.Is(err, fault.NotFound) {
		return "", "", "", noTicket
	}
	if err != nil {
		return "", "", "", err
	}
	if subtle.ConstantTimeCompare([]byte(began), []byte(hashed("browser", browser))) != 1 {
		return "", "", "", fault.New(fault.Refused, "citizens.card.other-browser")
	}
	n, err := s.k.Scratch.Exec(ctx, "delete from tmp_citizens_cards where proof = $1", hash)
	if err == nil && n != 1 {
		err = noTicket
	}
	return citizen, means, back, err
}

// cardHolder finds the account of a card's holder, opening one where the card
// is the first that they show, and the card among their means.
func (s *Service) cardHolder(ctx context.Context, h card.Holder) (citizen, means ident.ID, err error) {
	p, err := s.index.PersonByCNIE(ctx, h.Number)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return "", "", fault.Wrap(err, fault.Refused, "citizens.card.unknown")
	}
	if err != nil {
		return "", "", err
	}
	group, err := s.index.Group(ctx, p.ID)
	if err != nil {
		return "", "", err
	}
	c, err := accountOf(ctx, s.k.Reader, group)
	if err == nil {
		if means, err := s.knownCard(ctx, s.k.Reader, c.ID, h.Fingerprint); means != "" || err != nil {
			return c.ID, means, err
		}
	} else if !fault.Is(err, fault.NotFound) {
		return "", "", err
	}
	_, err = s.record(ctx, basisCard, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		citizen, means, err = s.draftCard(ctx, r, d, p.ID, group, h)
		return err
	})
	return citizen, means, err
}

// knownCard finds a card among a citizen's means; one that was revoked is
// refused, whatever its authority says.
func (s *Service) knownCard(ctx context.Context, r store.Reader, citizen ident.ID, fingerprint string) (ident.ID, error) {
	all, err := meansOf(ctx, r, citizen)
	for _, m := range all {
		if m.Kind != Card || m.Fingerprint != fingerprint {
			continue
		}
		if !m.Live() {
			return "", fault.New(fault.Refused, "citizens.card.revoked-here")
		}
		return m.ID, nil
	}
	return "", err
}

func (s *Service) draftCard(ctx context.Context, r store.Reader, d *journal.Draft, person ident.ID, group []ident.ID, h card.Holder) (citizen, means ident.ID, err error) {
	c, err := accountOf(ctx, r, group)
	e := MeansAdded{Means: d.NewID(), Citizen: c.ID, Kind: string(Card), Fingerprint: h.Fingerprint, Label: journal.Seal(""), Record: journal.Seal("")}
	switch {
	case fault.Is(err, fault.NotFound):
		e.Citizen, e.Person = d.NewID(), person
		d.Add(Enrolled{Citizen: e.Citizen, Person: person, Documents: []string{"cnie"}})
		d.Add(e)
		return e.Citizen, e.Means, nil
	case err != nil:
		return "", "", err
	}
	if known, err := s.knownCard(ctx, r, c.ID, h.Fingerprint); known != "" || err != nil {
		return "", "", orElse(err, noTicket) // it was added a moment ago: the next try finds it
	}
	return c.ID, e.Means, draftMeans(ctx, r, d, e)
}
