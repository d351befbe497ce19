package register

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
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
	in.Cell = c.required("cell", in.Cell, maxLine)
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
	c.oneOf("why", why, Refusals())
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
	in.Reasons = c.required("reasons", in.Reasons, maxWords)
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
	if page.Office, err = s.office(ctx, page.Unit, orElse(page.Class, s.mildest(in.Arrest)), in.Arrest); err != nil {
		return clock{}, page, err
	}
	law, err := s.regimeOf(g, in, &page)
	return law, page, err
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
	if err != nil {
		c.Add("person", "register.fault.no-person")
	}
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
	_, err := s.do(ctx, g, func(k *desk) error {
		if c, err := readCustody(k.ctx, k.r, in.Submission); err == nil {
			if c.Writer == g.Actor().ID {
				return errDone
			}
			return fault.New(fault.Conflict, "register.fault.submission")
		}
		if err := k.notHeld(page.Person); err != nil {
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

// notHeld refuses a second open page for one person.
func (k *desk) notHeld(person ident.ID) error {
	held, err := openCustodies(k.ctx, k.r, "c.person = $2 and c.person <> ''", string(person))
	if err == nil && len(held) > 0 {
		err = fault.New(fault.Conflict, "register.fault.held", "number", held[0].Number)
	}
	return err
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

// running runs a verb on a custody that is open.
func (s *Service) running(ctx context.Context, g policy.Grant, id ident.ID, version int64, decide func(*desk, Custody, clock) error) error {
	_, err := s.do(ctx, g, func(k *desk) error {
		c, err := readCustody(k.ctx, k.r, id)
		if err != nil {
			return err
		}
		if err := same(c.Version, version); err != nil {
			return err
		}
		if c.State != CustodyOpen {
			return fault.New(fault.Conflict, "register.fault.custody-over")
		}
		law, err := clockOf(s.k.Pack, c.Regime, c.Arrest)
		if err != nil {
			return err
		}
		return decide(k, c, law)
	})
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

// NewEvent is an event as the guard types it: when it happened is asked, when
// it was written is not.
type NewEvent struct {
	Submission ident.ID
	Kind       string
	Phase      string
	At         time.Time
	Details    []Detail
}

// NoteEvent notes that something happened during custody.
// Law: CPP 66; CPP 67
func (s *Service) NoteEvent(ctx context.Context, g policy.Grant, id ident.ID, in NewEvent) error {
	c := s.checks()
	if _, err := ident.Parse(string(in.Submission)); err != nil {
		c.Add("submission", "register.fault.submission")
	}
	c.past("at", in.At)
	c.oneOf("phase", in.Phase, []string{"", "start", "stop"})
	for i := range in.Details {
		in.Details[i].Value = c.optional(in.Details[i].Field, in.Details[i].Value, maxWords)
	}
	if err := c.Err(); err != nil {
		return err
	}
	return s.running(ctx, g, id, 0, func(k *desk, page Custody, law clock) error { return k.noteEvent(page, law, in) })
}

func (k *desk) noteEvent(page Custody, law clock, in NewEvent) error {
	var n int
	if err := k.r.Row(k.ctx, "select count(*) from register_events where id = $1", []any{string(in.Submission)}, &n); err != nil {
		return err
	}
	if n > 0 {
		return errDone
	}
	if in.At.Before(page.Arrest) {
		return fault.List{{Kind: fault.Invalid, Field: "at", Key: "register.fault.before-arrest"}}
	}
	fields, ok := law.fieldsOf(in.Kind)
	if !ok {
		return fault.List{{Kind: fault.Invalid, Field: "kind", Key: "form.choose"}}
	}
	e := EventNoted{Event: in.Submission, Custody: page.ID, Unit: page.Unit, Kind: in.Kind, Phase: in.Phase}
	for _, d := range in.Details {
		if !slices.Contains(fields, d.Field) && d.Field != "remarks" {
			return fault.List{{Kind: fault.Invalid, Field: d.Field, Key: "form.choose"}}
		}
		if d.Value != "" {
			e.Details = append(e.Details, SealedDetail{Of: page.ID, Field: d.Field, Value: journal.Seal(d.Value)})
		}
	}
	k.d.AddAt(in.At, e)
	return nil
}

// fieldsOf gives the fields of a kind of event that may be noted by hand.
func (c clock) fieldsOf(kind string) ([]string, bool) {
	if kind == Check {
		return nil, true
	}
	for _, e := range c.notable() {
		if e.Code == kind {
			return e.Fields, true
		}
	}
	return nil, false
}

// AskExtension asks the prosecution to extend a custody.
// Law: CPP 66
func (s *Service) AskExtension(ctx context.Context, g policy.Grant, id ident.ID, words string) error {
	c := s.checks()
	words = c.required("words", words, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	return s.running(ctx, g, id, 0, func(k *desk, page Custody, law clock) error {
		if page.Extensions >= len(law.regime.Extensions) {
			return fault.New(fault.Refused, "register.fault.no-extension", "law", "CPP 66")
		}
		if !page.Asked.IsZero() {
			return fault.New(fault.Conflict, "register.fault.asked")
		}
		k.d.Add(ExtensionAsked{Custody: id, Unit: page.Unit, Office: page.Office, Words: journal.Seal(words)})
		return nil
	})
}

// NewDecision is the prosecutor's answer.
type NewDecision struct {
	Granted bool
	Act     string // number of the written authorisation
	Ground  string
	At      time.Time // when it was decided; zero for now
	Words   string
}

// DecideExtension extends a custody or declines to. Only the authority that
// the pack names for this extension may, in writing, before the deadline; the
// new deadline is the pack's.
// Law: CPP 66; CPP 80
func (s *Service) DecideExtension(ctx context.Context, g policy.Grant, id ident.ID, version int64, in NewDecision) error {
	c := s.checks()
	if in.At.IsZero() {
		in.At = s.k.Clock.Now()
	}
	c.past("at", in.At)
	in.Words = c.required("words", in.Words, maxWords)
	if in.Granted {
		in.Act = c.required("act", in.Act, maxLine)
	}
	if err := c.Err(); err != nil {
		return err
	}
	return s.running(ctx, g, id, version, func(k *desk, page Custody, law clock) error { return k.decideExtension(page, law, in) })
}

func (k *desk) decideExtension(page Custody, law clock, in NewDecision) error {
	if page.Extensions >= len(law.regime.Extensions) {
		return fault.New(fault.Refused, "register.fault.no-extension", "law", "CPP 66")
	}
	next := law.regime.Extensions[page.Extensions]
	if k.g.Actor().Capacity != next.Authority {
		return fault.New(fault.Refused, "register.fault.authority", "authority", text.Key("register.authority."+next.Authority))
	}
	if in.Granted && in.At.After(page.Deadline) {
		return fault.New(fault.Refused, "register.fault.expired", "law", "CPP 66")
	}
	if in.Granted && len(law.regime.Grounds) > 0 && !slices.Contains(law.regime.Grounds, in.Ground) {
		return fault.List{{Kind: fault.Invalid, Field: "ground", Key: "form.choose"}}
	}
	e := ExtensionDecided{Decision: k.d.NewID(), Custody: page.ID, Unit: page.Unit, Office: page.Office, Granted: in.Granted, Capacity: next.Authority,
		Act: in.Act, Ground: in.Ground, Until: page.Deadline, Words: journal.Seal(in.Words)}
	if in.Granted {
		e.Until = law.deadline(page.Arrest, page.Extensions+1)
	}
	k.d.AddAt(in.At, e)
	return nil
}

// Visa notes the prosecutor's visit or visa on a page of the register.
// Law: CPP 45; CPP 66
func (s *Service) Visa(ctx context.Context, g policy.Grant, id ident.ID, remarks string) error {
	c := s.checks()
	remarks = c.optional("remarks", remarks, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	_, err := s.do(ctx, g, func(k *desk) error {
		page, err := readCustody(k.ctx, k.r, id)
		if err != nil {
			return err
		}
		e := EventNoted{Event: k.d.NewID(), Custody: id, Unit: page.Unit, Kind: "visa"}
		if remarks != "" {
			e.Details = []SealedDetail{{Of: id, Field: "remarks", Value: journal.Seal(remarks)}}
		}
		k.d.Add(e)
		return nil
	})
	return err
}

// EndCustody ends a custody by release, presentation or transfer. One that
// lasted beyond its deadline leaves the entry that says so.
// Law: CPP 66; CPP 67; CPP 73
func (s *Service) EndCustody(ctx context.Context, g policy.Grant, id ident.ID, version int64, how string, when time.Time, words string) error {
	c := s.checks()
	c.oneOf("how", how, Endings())
	c.past("at", when)
	words = c.required("words", words, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	return s.running(ctx, g, id, version, func(k *desk, page Custody, _ clock) error {
		if when.Before(page.Arrest) {
			return fault.List{{Kind: fault.Invalid, Field: "at", Key: "register.fault.before-arrest"}}
		}
		if when.After(page.Deadline) && page.Overrun.IsZero() {
			if err := k.overrun(page); err != nil {
				return err
			}
		}
		k.d.AddAt(when, CustodyEnding{Event: k.d.NewID(), Custody: id, Unit: page.Unit, Case: page.Case, How: how, Words: journal.Seal(words)})
		_, err := k.write(page.Unit, line{kind: LineEnd, subject: ref(KindCustody, id), number: page.Number, happened: when})
		return err
	})
}

// overrun drafts that a deadline passed, and its line of the log book.
func (k *desk) overrun(page Custody) error {
	k.d.AddAt(page.Deadline, CustodyOverran{Custody: page.ID, Unit: page.Unit, Office: page.Office, Deadline: page.Deadline})
	_, err := k.write(page.Unit, line{kind: LineOverrun, subject: ref(KindCustody, page.ID), number: page.Number, happened: page.Deadline})
	return err
}

// Watch appends an entry for each custody that is open beyond its deadline and
// does not say so yet, and gives their number. It may run as often as one
// likes; an overrun is written once.
// Law: CPP 66
func (s *Service) Watch(ctx context.Context) (int, error) {
	late, err := openCustodies(ctx, s.k.Reader, "c.overrun_at = 0 and c.deadline_at < $2", store.Micros(s.k.Clock.Now()))
	if err != nil || len(late) == 0 {
		return 0, err
	}
	g, err := s.k.Policy.System(watcher, actionWatch, watcherBasis)
	if err != nil {
		return 0, err
	}
	found := 0
	for _, c := range late {
		err := s.running(ctx, g, c.ID, 0, func(k *desk, page Custody, _ clock) error {
			if !page.Overrun.IsZero() || !k.d.Now.After(page.Deadline) {
				return errDone
			}
			return k.overrun(page)
		})
		if err != nil && !fault.Is(err, fault.Conflict) {
			return found, err
		}
		found++
	}
	return found, nil
}

// SendList sends the daily list of the unit's open custodies to each office
// that controls one of them; once a day to each.
// Law: CPP 66
func (s *Service) SendList(ctx context.Context, g policy.Grant) ([]List, error) {
	var ids []ident.ID
	_, err := s.do(ctx, g, func(k *desk) error {
		unit := k.g.Actor().Unit
		held, err := openCustodies(k.ctx, k.r, "c.unit = $2", string(unit))
		if err != nil {
			return err
		}
		if ids, err = k.draftLists(unit, held); err == nil && len(ids) == 0 {
			err = fault.New(fault.Conflict, "register.fault.no-list")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]List, len(ids))
	for i, id := range ids {
		if out[i], err = readList(ctx, s.k.Reader, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (k *desk) draftLists(unit ident.ID, held []Custody) (ids []ident.ID, err error) {
	byOffice, order := map[ident.ID][]ident.ID{}, []ident.ID{}
	for _, c := range held {
		if byOffice[c.Office] == nil {
			order = append(order, c.Office)
		}
		byOffice[c.Office] = append(byOffice[c.Office], c.ID)
	}
	day := k.s.k.Pack.Day(k.d.Now).String()
	for _, office := range order {
		var n int
		if err := k.r.Row(k.ctx, "select count(*) from register_lists where unit = $1 and office = $2 and day = $3", []any{string(unit), string(office), day}, &n); err != nil {
			return nil, err
		}
		if n > 0 {
			continue
		}
		id := k.d.NewID()
		k.d.Add(ListSent{List: id, Unit: unit, Office: office, Day: day, Custodies: byOffice[office]})
		ids = append(ids, id)
	}
	return ids, nil
}

// TakeList acknowledges a daily list for the office it was sent to.
func (s *Service) TakeList(ctx context.Context, g policy.Grant, id ident.ID) error {
	_, err := s.do(ctx, g, func(k *desk) error {
		l, err := readList(k.ctx, k.r, id)
		if err != nil {
			return err
		}
		if !l.Taken.IsZero() {
			return fault.New(fault.Conflict, "register.fault.state")
		}
		k.d.Add(ListTaken{List: id, Office: l.Office, Unit: l.Unit})
		return nil
	})
	return err
}

// List gives a daily list.
func (s *Service) List(ctx context.Context, id ident.ID) (List, error) {
	return readList(ctx, s.k.Reader, id)
}
