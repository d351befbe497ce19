package citizens

import (
	"context"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// Contest is a line that its citizen does not accept.
type Contest struct {
	ID       ident.ID
	Citizen  ident.ID
	N        int64 // of the line
	Reason   string
	Opened   time.Time
	Due      time.Time
	Upheld   bool // answered: the question should not have been asked
	Answer   string
	By       ident.ID
	Answered time.Time

	person ident.ID
}

// Open reports whether it waits for an answer.
func (c Contest) Open() bool { return c.Answered.IsZero() }

// most is how long what people write here may be, in characters.
const most = 2000

func checkWords(field, words string) (string, error) {
	words = strings.TrimSpace(words)
	switch {
	case words == "":
		return "", &fault.Error{Kind: fault.Invalid, Key: "form.reason-required", Field: field}
	case len([]rune(words)) > most:
		return "", &fault.Error{Kind: fault.Invalid, Key: "form.too-long", Field: field, Args: map[string]any{"max": most}}
	}
	return words, nil
}

// OpenContest says that a citizen does not accept a line. It is answered
// within the pack's term.
// Law: L09-08 8
func (s *Service) OpenContest(ctx context.Context, g policy.Grant, citizen ident.ID, n int64, reason string) (ident.ID, error) {
	reason, err := checkWords("reason", reason)
	if err != nil {
		return "", err
	}
	rule, err := s.k.Pack.Rule(ruleContest, s.k.Clock.Now())
	if err != nil {
		return "", err
	}
	var id ident.ID
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		c, err := account(ctx, r, citizen)
		if err != nil {
			return err
		}
		if n < 1 || n > c.Lines {
			return fault.New(fault.NotFound, "fault.not-found")
		}
		if _, err := contestOf(ctx, r, citizen, n); !fault.Is(err, fault.NotFound) {
			return orElse(err, fault.New(fault.Conflict, "citizens.fault.contested"))
		}
		id = d.NewID()
		d.Add(ContestOpened{Contest: id, Citizen: citizen, Person: c.Person, N: n, Due: rule.Period.After(d.Now), Reason: journal.Seal(reason)})
		return nil
	})
	return id, err
}

// AnswerContest says whether the question was in order, in words for the
// citizen.
func (s *Service) AnswerContest(ctx context.Context, g policy.Grant, id ident.ID, upheld bool, answer string) error {
	answer, err := checkWords("answer", answer)
	if err != nil {
		return err
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		c, err := contestByID(ctx, r, id)
		if err != nil {
			return err
		}
		if !c.Open() {
			return fault.New(fault.Conflict, "citizens.fault.answered")
		}
		d.Add(ContestAnswered{Contest: id, Citizen: c.Citizen, Person: c.person, Officer: g.Actor().ID, Upheld: upheld, Answer: journal.Seal(answer)})
		return nil
	})
	return err
}

const contestColumns = "id, citizen, person, n, reason, opened_at, due_at, upheld, answer, answered_by, answered_at"

func scanContest(scan store.Scan) (c Contest, err error) {
	var reason, answer journal.Sealed
	var opened, due, answered int64
	err = scan(&c.ID, &c.Citizen, &c.person, &c.N, &reason, &opened, &due, &c.Upheld, &answer, &c.By, &answered)
	c.Reason, c.Answer, c.Opened, c.Due, c.Answered = reason.Text(), answer.Text(), store.Time(opened), store.Time(due), store.Time(answered)
	return c, err
}

func contestOf(ctx context.Context, r store.Reader, citizen ident.ID, n int64) (Contest, error) {
	return store.One(ctx, r, "select "+contestColumns+" from citizens_contests where citizen = $1 and n = $2", []any{string(citizen), n}, scanContest)
}

func contestByID(ctx context.Context, r store.Reader, id ident.ID) (Contest, error) {
	return store.One(ctx, r, "select "+contestColumns+" from citizens_contests where id = $1", []any{string(id)}, scanContest)
}

// Contests lists contests, those that wait first, the soonest due before.
func (s *Service) Contests(ctx context.Context) ([]Contest, error) {
	return store.List(ctx, s.k.Reader, "select "+contestColumns+" from citizens_contests order by case when answered_at = 0 then 0 else 1 end, due_at limit 200", nil, scanContest)
}

// Contest reads one contest with the line that it is about.
func (s *Service) Contest(ctx context.Context, id ident.ID) (Contest, Line, error) {
	c, err := contestByID(ctx, s.k.Reader, id)
	if err != nil {
		return c, Line{}, err
	}
	l, err := s.Line(ctx, c.Citizen, c.N)
	return c, l, err
}

// ContestOf reads the contest of a citizen's line; NotFound if there is none.
func (s *Service) ContestOf(ctx context.Context, citizen ident.ID, n int64) (Contest, error) {
	return contestOf(ctx, s.k.Reader, citizen, n)
}

// contestResource is a contest as the policy knows it: with the officer whose
// look-up it is about, who may not answer it.
func (s *Service) contestResource(ctx context.Context, id ident.ID) (policy.Resource, error) {
	c, l, err := s.Contest(ctx, id)
	if err != nil {
		return policy.Resource{}, err
	}
	a, _, err := s.accessOf(ctx, l)
	return policy.Resource{Ref: ident.Ref{Kind: KindContest, ID: c.ID}, Unit: a.Unit, Attrs: map[string]any{"about": string(a.Actor)}}, err
}

// contestsOf gives a citizen's contests by the numbers of their lines.
func (s *Service) contestsOf(ctx context.Context, citizen ident.ID) (map[int64]Contest, error) {
	all, err := store.List(ctx, s.k.Reader, "select "+contestColumns+" from citizens_contests where citizen = $1", []any{string(citizen)}, scanContest)
	out := map[int64]Contest{}
	for _, c := range all {
		out[c.N] = c
	}
	return out, err
}

// accessOf finds the access that a contested line tells of: who it was, and
// what they said. It is gone where its term is over.
func (s *Service) accessOf(ctx context.Context, l Line) (journal.Access, bool, error) {
	if l.Source.Kind != "access" {
		return journal.Access{}, false, nil
	}
	group, err := s.index.Group(ctx, l.person)
	for _, id := range group {
		a, err := s.k.Journal.Lane().Find(ctx, personRef(id), l.Source.ID)
		if !fault.Is(err, fault.NotFound) {
			return a, err == nil, err
		}
	}
	return journal.Access{}, false, err
}
