package register

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/index"
)

// NewCustody is a page of the custody register as the officer fills it in. The
// case is the one the officer works under, the regime follows from the
// offence, the person's age and Special.
type NewCustody struct {
	Submission ident.ID
	Person     ident.ID
	New        *index.Person
	Offence    string
	Special    string // "", "rogatory" or "identity-check"
	Arrest     time.Time
	Arrival    time.Time
	Cell       string
	Grounds    []string
	Reasons    string
}

// The regimes that do not follow from the offence.
const (
	regimeRogatory = "rogatory"
	regimeIdentity = "identity-check"
	regimeJuvenile = "juvenile"
)

// Refusals lists why an officer declines to detain somebody brought in.
func Refusals() []string { return []string{"unlawful", "no-ground", "unfit"} }

// OpenCustody places a person in custody. Only the capacity that the regime
// names may, on the regime's grounds, for an offence that allows it.
// Law: CPP 66; CPP 66-1; CPP 460
func (s *Service) OpenCustody(ctx context.Context, g policy.Grant, in NewCustody) (Custody, error) {
	law, page, err := s.checkPage(ctx, g, &in)
	if err != nil {
		return Custody{}, err
	}
	c := s.checks()
	in.Cell = c.Required("cell", in.Cell, maxLine)
	c.grounds(in.Grounds, law.regime.Grounds)
	if err := c.Err(); err != nil {
		return Custody{}, err
	}
	return s.enterPage(ctx, g, in, page, func(k *desk, p Page) string {
		k.d.AddAt(p.Arrest, CustodyOpened{Page: p, Cell: in.Cell, Grounds: in.Grounds, Deadline: law.deadline(p.Arrest, 0)})
		return LineCustody
	})
}

// RefuseCustody declines to detain a person who was brought in.
// Law: CPP 66-1
func (s *Service) RefuseCustody(ctx context.Context, g policy.Grant, in NewCustody, why string) (Custody, error) {
	c := s.checks()
	check.OneOf(&c.Form, "why", why, Refusals())
	if err := c.Err(); err != nil {
		return Custody{}, err
	}
	_, page, err := s.checkPage(ctx, g, &in)
	if fault.Is(err, fault.Refused) && fault.Of(err).Key == "register.fault.no-custody" {
		err = nil // an offence that allows no custody is the best of reasons to refuse it
	}
	if err != nil {
		return Custody{}, err
	}
	return s.enterPage(ctx, g, in, page, func(k *desk, p Page) string {
		k.d.Add(CustodyDeclined{Page: p, Why: why})
		return LineRefusal
	})
}

// grounds requires at least one of the regime's grounds, and no other.
// Law: CPP 66-1
func (c *checks) grounds(chosen, from []string) {
	if len(from) > 0 && len(chosen) == 0 {
		c.Add("grounds", "register.fault.ground", "law", "CPP 66-1")
	}
	for _, g := range chosen {
		if !slices.Contains(from, g) {
			c.Add("grounds", "form.choose")
			return
		}
	}
}

// checkPage checks what a custody and its refusal have in common and makes the
// page, all but its number.
func (s *Service) checkPage(ctx context.Context, g policy.Grant, in *NewCustody) (clock, Page, error) {
	c := s.checks()
	if _, err := ident.Parse(string(in.Submission)); err != nil {
		c.Add("submission", "register.fault.submission")
	}
	c.past("arrest", in.Arrest)
	c.past("arrival", in.Arrival)
	if in.Arrival.Before(in.Arrest) {
		c.Add("arrival", "register.fault.before-arrest")
	}
	in.Reasons = c.Required("reasons", in.Reasons, maxWords)
	person := s.detained(ctx, c, in)
	page := Page{Custody: in.Submission, Unit: g.Actor().Unit, Person: in.Person, Case: g.Purpose().Ref.ID, Offence: in.Offence,
		Arrest: in.Arrest, Arrival: in.Arrival, Officer: g.Actor().ID, Reasons: journal.Seal(in.Reasons), Initials: journal.Seal(initials(person))}
	if in.Special != regimeIdentity {
		s.qualify(c, in, &page)
	}
	if err := c.Err(); err != nil {
		return clock{}, page, err
	}
	var err error
	if page.Juvenile, err = underage(s.k.Pack, string(person.Birth), in.Arrest); err != nil {
		return clock{}, page, err
	}
	law, refused := s.regimeOf(g, in, &page)
	if page.Office, err = s.office(ctx, page.Unit, orElse(page.Class, s.mildest(in.Arrest)), law.extender(), in.Arrest); err != nil {
		return clock{}, page, err
	}
	return law, page, refused
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// mildest gives the mildest class that allows custody, whose prosecutor
// controls measures that rest on no offence.
func (s *Service) mildest(when time.Time) string {
	code, rank := "", 0
	for _, c := range s.k.Pack.Classes(when) {
		if c.Custody && c.Rank > rank {
			code, rank = c.Code, c.Rank
		}
	}
	return code
}

// detained gives the person whom the page is about, known or to be recorded.
func (s *Service) detained(ctx context.Context, c *checks, in *NewCustody) index.Person {
	if in.New != nil {
		c.List = append(c.List, in.New.Check("person.")...)
		return *in.New
	}
	p, err := s.people.Person(ctx, in.Person)
	if err != nil || p.Erased {
		c.Add("person", "register.fault.no-person")
	}
	in.Person = p.ID // where two records were found to be of one person, the one that stands
	return p
}

// qualify reads the class of the offence as the law stood at the arrest.
func (s *Service) qualify(c *checks, in *NewCustody, page *Page) {
	o, err := s.k.Pack.Offence(in.Offence, in.Arrest)
	if err != nil {
		c.Add("offence", "form.choose")
		return
	}
	page.Class = o.Class
}

// regimeOf finds the regime and checks that the law and the actor's capacity
// allow it.
// Law: CPP 66; CPP 460
func (s *Service) regimeOf(g policy.Grant, in *NewCustody, page *Page) (clock, error) {
	page.Regime = in.Special
	if in.Special == "" || in.Special == regimeRogatory && page.Juvenile {
		o, err := s.k.Pack.Offence(in.Offence, in.Arrest)
		if err != nil {
			return clock{}, err
		}
		class, err := s.k.Pack.Class(o.Class, in.Arrest)
		if err != nil {
			return clock{}, err
		}
		page.Regime = o.Custody
		if o.Custody == "" || !class.Custody || !o.Penalty.Imprisonable() {
			return clock{}, fault.New(fault.Refused, "register.fault.no-custody", "law", "CPP 66")
		}
		if page.Juvenile {
			page.Regime = regimeJuvenile
		}
	} else if in.Special != regimeRogatory && in.Special != regimeIdentity {
		return clock{}, fault.List{{Kind: fault.Invalid, Field: "special", Key: "form.choose"}}
	}
	law, err := clockOf(s.k.Pack, page.Regime, in.Arrest)
	if err != nil {
		return clock{}, err
	}
	if law.regime.Capacity != g.Actor().Capacity {
		return clock{}, fault.New(fault.Refused, "register.fault.capacity", "law", "CPP 66")
	}
	return law, nil
}

// initials are what a wall screen shows of a person.
func initials(p index.Person) string {
	var out []string
	for _, part := range strings.Fields(p.Name("fr")) {
		for _, r := range part {
			out = append(out, string(unicode.ToUpper(r))+".")
			break
		}
	}
	return strings.Join(out, " ")
}

// enterPage numbers the page and drafts it with its line of the log book.
func (s *Service) enterPage(ctx context.Context, g policy.Grant, in NewCustody, page Page, draft func(*desk, Page) string) (Custody, error) {
	var records []ident.ID
	if in.New == nil {
		var err error
		if records, err = s.people.Group(ctx, page.Person); err != nil {
			return Custody{}, err
		}
	}
	_, err := s.do(ctx, g, func(k *desk) error {
		if c, err := readCustody(k.ctx, k.r, in.Submission); err == nil {
			if c.Writer == g.Actor().ID {
				return errDone
			}
			return fault.New(fault.Conflict, "register.fault.submission")
		}
		if err := k.notHeld(records); err != nil {
			return err
		}
		n, err := k.draw(custodySeries, page.Unit)
		if err != nil {
			return err
		}
		page.Series, page.N, page.Number = n.Series, n.N, n.Number
		if in.New != nil {
			page.Person = k.d.NewID()
			index.DraftPerson(k.d, *in.New, page.Person)
		}
		kind := draft(k, page)
		_, err = k.write(page.Unit, line{kind: kind, subject: ref(KindCustody, page.Custody), number: n.Number, happened: page.Arrest})
		return err
	})
	if err != nil && !errors.Is(err, errDone) {
		return Custody{}, err
	}
	return readCustody(ctx, s.k.Reader, in.Submission)
}

// notHeld refuses a second open page for one person, under whichever of their
// records the first was opened.
func (k *desk) notHeld(records []ident.ID) error {
	for _, person := range records {
		held, err := openCustodies(k.ctx, k.r, "c.person = $2", string(person))
		if err != nil {
			return err
		}
		if len(held) > 0 {
			return fault.New(fault.Conflict, "register.fault.held", "number", held[0].Number)
		}
	}
	return nil
}

// Sheet is a custody with everything written about it.
type Sheet struct {
	Custody
	Events    []Event
	Decisions []Decision
	Dues      []Due
	Law       packs.Custody // the rule valid at the arrest
	Warn      time.Duration // how long before the deadline the first bell rings
	Rung      int           // bells that have rung
}

// Sheet reads a custody whole.
func (s *Service) Sheet(ctx context.Context, id ident.ID) (Sheet, error) {
	var out Sheet
	var err error
	if out.Custody, err = readCustody(ctx, s.k.Reader, id); err != nil {
		return out, err
	}
	if out.Events, err = readEvents(ctx, s.k.Reader, id); err != nil {
		return out, err
	}
	if out.Decisions, err = readDecisions(ctx, s.k.Reader, id); err != nil {
		return out, err
	}
	law, err := clockOf(s.k.Pack, out.Regime, out.Arrest)
	if err != nil {
		return out, err
	}
	now := s.k.Clock.Now()
	out.Law, out.Warn, out.Rung = law.regime, law.warn(), law.rung(out.Deadline, now)
	if out.State == CustodyOpen {
		out.Dues = law.dues(out.Custody, out.Events, now)
	}
	return out, nil
}

// CustodiesOf lists the custodies of a case, oldest first.
func (s *Service) CustodiesOf(ctx context.Context, caseID ident.ID) ([]Custody, error) {
	return store.List(ctx, s.k.Reader, "select "+custodyColumns+" from register_custodies c where c.case_id = $1 order by c.arrest_at, c.id", []any{string(caseID)}, scanCustody)
}
