package register

import (
	"context"
	"errors"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/units"
)

// Units is what the register asks of the module that keeps services and people.
type Units interface {
	Unit(ctx context.Context, id ident.ID) (units.Unit, error)
	UnitByCode(ctx context.Context, code string) (units.Unit, error)
	Units(ctx context.Context) ([]units.Unit, error)
	Ancestors(unit ident.ID) []ident.ID
	UnitName(ctx context.Context, lang string, id ident.ID) string
	OfficerName(ctx context.Context, lang string, id ident.ID) string
	Duty(ctx context.Context, id ident.ID) (units.Duty, error)
}

// People is what the register asks of the module that keeps persons.
type People interface {
	Person(ctx context.Context, id ident.ID) (index.Person, error)
	Name(ctx context.Context, lang string, id ident.ID) string
	Proposals(ctx context.Context, p index.Person) ([]index.Candidate, error)
	// Group lists every record of the person whom a record stands for.
	Group(ctx context.Context, id ident.ID) ([]ident.ID, error)
}

// Service keeps the desk's registers. It is safe for concurrent use.
type Service struct {
	k      *app.Kernel
	units  Units
	people People

	// CaseLabel says the number of a case and where it is shown; main sets it
	// to the module that keeps cases. Nil shows no link.
	CaseLabel func(ctx context.Context, id ident.ID) (number, href string)
	// PickPerson is the address of the index's person suggestions.
	PickPerson string
}

// New makes the service on a kernel, which it uses from the first request on.
func New(k *app.Kernel, u Units, p People) *Service {
	return &Service{k: k, units: u, people: p, PickPerson: index.SuggestPath}
}

// errDone ends a decision that finds its work done by an earlier sending of
// the same form.
var errDone = errors.New("register: done before")

// desk is one decision: what it reads, what it drafts, and the numbers it has
// drawn, because several lines may stand in one transaction.
type desk struct {
	ctx   context.Context
	s     *Service
	g     policy.Grant
	r     store.Reader
	d     *journal.Draft
	drawn map[string]int64
}

// do runs a decision under the lock of the home.
func (s *Service) do(ctx context.Context, g policy.Grant, decide func(*desk) error) (journal.Receipt, error) {
	return s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		return decide(s.desk(ctx, g, r, d))
	})
}

func (s *Service) desk(ctx context.Context, g policy.Grant, r store.Reader, d *journal.Draft) *desk {
	return &desk{ctx: ctx, s: s, g: g, r: r, d: d, drawn: map[string]int64{}}
}

// series is a gapless yearly series: its table, the column of the unit and
// the record kind in the pack's numbering.
type series struct{ record, query string }

var (
	complaintSeries = series{"complaint", "select coalesce(max(n), 0) from register_complaints where received = $1 and series = $2"}
	custodySeries   = series{"custody", "select coalesce(max(n), 0) from register_custodies where unit = $1 and series = $2"}
	lineSeries      = series{"log", "select coalesce(max(n), 0) from register_lines where unit = $1 and series = $2"}
)

// drawn is a number as it stands on the paper.
type drawn struct {
	Series string
	N      int64
	Number string
}

// draw takes the next number of a unit's series. It runs under the lock of the
// home, so that no two draw the same and none is lost.
func (k *desk) draw(s series, unit ident.ID) (drawn, error) {
	u, err := k.s.units.Unit(k.ctx, unit)
	if err != nil {
		return drawn{}, err
	}
	kind, err := k.s.k.Pack.UnitType(u.Type, k.d.Now)
	if err != nil {
		return drawn{}, err
	}
	rule, err := k.s.k.Pack.Numbering(s.record, u.Type, k.d.Now)
	if err != nil {
		return drawn{}, err
	}
	on := k.s.k.Pack.Day(k.d.Now)
	out := drawn{Series: rule.Series(on)}
	if err := k.r.Row(k.ctx, s.query, []any{string(unit), out.Series}, &out.N); err != nil {
		return drawn{}, err
	}
	key := s.record + " " + string(unit) + " " + out.Series
	out.N = max(out.N, k.drawn[key]) + 1
	k.drawn[key] = out.N
	out.Number = rule.Format(int(out.N), u.Code, kind.Short.AR, on)
	return out, nil
}

// line is what a line of the log book says.
type line struct {
	id       ident.ID
	kind     string
	subject  ident.Ref
	number   string
	corrects ident.ID
	words    string
	happened time.Time
}

// write drafts a line of a unit's log book, in the same transaction as what it
// speaks of.
func (k *desk) write(unit ident.ID, l line) (drawn, error) {
	n, err := k.draw(lineSeries, unit)
	if err != nil {
		return n, err
	}
	if l.id == "" {
		l.id = k.d.NewID()
	}
	if l.happened.IsZero() {
		l.happened = k.d.Now
	}
	e := LineWritten{Line: l.id, Unit: unit, Series: n.Series, N: n.N, Number: n.Number, Kind: l.kind, Subject: l.subject, SubjectNumber: l.number, Corrects: l.corrects}
	if l.words != "" {
		e.Words = journal.Seal(l.words)
	}
	k.d.AddAt(l.happened, e)
	return n, nil
}

// unitOr gives the unit named, or that of whoever acts.
func unitOr(unit ident.ID, g policy.Grant) ident.ID {
	if unit == "" {
		return g.Actor().Unit
	}
	return unit
}

// takes reports whether a unit takes complaints now: nobody of another could
// answer for one that was sent there.
func (s *Service) takes(ctx context.Context, unit ident.ID) bool {
	u, err := s.units.Unit(ctx, unit)
	return err == nil && s.atWork(u, s.k.Clock.Now())
}

// atWork reports whether a unit is one with a desk or a brigade, and open.
func (s *Service) atWork(u units.Unit, now time.Time) bool {
	kind, err := s.k.Pack.UnitType(u.Type, now)
	return err == nil && (kind.Desk || kind.Brigade) && u.Open(now)
}

// office gives the prosecution that controls a unit's custodies in matters of a
// class: the one that may extend them, where the prosecution may.
// Law: CPP 40; CPP 49; CPP 66
func (s *Service) office(ctx context.Context, unit ident.ID, class, extender string, when time.Time) (ident.ID, error) {
	if c, err := s.k.Pack.Capacity(extender, when); err != nil || c.Branch != "prosecution" {
		extender = "" // a judge extends it, or nobody does: the prosecution of the class still controls it
	}
	return s.decider(ctx, unit, class, extender, when)
}

// decider gives the office that decides in an authority on a unit's matters of a
// class, the prosecution of the class for no authority. A district that the pack
// does not list takes the office of the unit above.
func (s *Service) decider(ctx context.Context, unit ident.ID, class, authority string, when time.Time) (ident.ID, error) {
	for _, id := range append([]ident.ID{unit}, s.units.Ancestors(unit)...) {
		u, err := s.units.Unit(ctx, id)
		if err != nil {
			return "", err
		}
		o, err := s.k.Pack.Prosecutor(u.Code, class, when)
		if authority != "" {
			o, err = s.k.Pack.Decides(u.Code, class, authority, when)
		}
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return "", err
		}
		office, err := s.units.UnitByCode(ctx, o.Code)
		return office.ID, err
	}
	return "", fault.New(fault.Invalid, "register.fault.no-office")
}
