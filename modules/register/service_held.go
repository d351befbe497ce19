package register

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
)

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
	check.OneOf(&c.Form, "phase", in.Phase, []string{"", "start", "stop"})
	for i := range in.Details {
		in.Details[i].Value = c.Optional(in.Details[i].Field, in.Details[i].Value, maxWords)
	}
	if err := c.Err(); err != nil {
		return err
	}
	return s.running(ctx, g, id, 0, func(k *desk, page Custody, law clock) error { return k.noteEvent(page, law, in) })
}

func (k *desk) noteEvent(page Custody, law clock, in NewEvent) error {
	if err := k.notedBefore(page, in.Submission); err != nil {
		return err
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

// notedBefore ends the sending of a form that was sent already, and refuses one
// that names the event of another person or of another custody.
func (k *desk) notedBefore(page Custody, event ident.ID) error {
	return k.r.Each(k.ctx, "select custody, writer from register_events where id = $1", []any{string(event)}, func(scan store.Scan) error {
		var custody, writer ident.ID
		if err := scan(&custody, &writer); err != nil {
			return err
		}
		if custody != page.ID || writer != k.g.Actor().ID {
			return fault.New(fault.Conflict, "register.fault.submission")
		}
		return errDone
	})
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

// AskExtension asks who may extend a custody to do so: the prosecution, or the
// investigating judge under letters rogatory.
// Law: CPP 66; CPP 191
func (s *Service) AskExtension(ctx context.Context, g policy.Grant, id ident.ID, words string) error {
	c := s.checks()
	words = c.Required("words", words, maxWords)
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
		next := law.regime.Extensions[page.Extensions].Authority
		of, err := s.decider(ctx, page.Unit, orElse(page.Class, s.mildest(page.Arrest)), next, page.Arrest)
		if fault.Is(err, fault.NotFound) {
			err = fault.New(fault.Refused, "register.fault.nobody", "authority", text.Key("register.authority."+next))
		}
		if err != nil {
			return err
		}
		k.d.Add(ExtensionAsked{Custody: id, Unit: page.Unit, Office: of, Words: journal.Seal(words)})
		return nil
	})
}

// NewDecision is the magistrate's answer.
type NewDecision struct {
	Granted bool
	Act     string // number of the written authorisation
	Ground  string
	At      time.Time // when it was decided; now if zero
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
	in.Words = c.Required("words", in.Words, maxWords)
	if in.Granted {
		in.Act = c.Required("act", in.Act, maxLine)
	} else {
		in.Act, in.Ground = "", "" // nothing was authorised
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
	capacity := k.g.Actor().Capacity
	if !k.s.k.Pack.Stands(capacity, next.Authority, in.At) {
		return fault.New(fault.Refused, "register.fault.authority", "authority", text.Key("register.authority."+next.Authority))
	}
	if in.At.Before(page.Arrest) {
		return fault.List{{Kind: fault.Invalid, Field: "at", Key: "register.fault.before-arrest"}}
	}
	if in.Granted && in.At.After(page.Deadline) {
		return fault.New(fault.Refused, "register.fault.expired", "law", "CPP 66")
	}
	if in.Granted && len(law.regime.Grounds) > 0 && !slices.Contains(law.regime.Grounds, in.Ground) {
		return fault.List{{Kind: fault.Invalid, Field: "ground", Key: "form.choose"}}
	}
	e := ExtensionDecided{Decision: k.d.NewID(), Custody: page.ID, Unit: page.Unit, Office: cmp.Or(page.AskedOf, page.Office), Granted: in.Granted, Capacity: capacity,
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
	remarks = c.Optional("remarks", remarks, maxWords)
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
	check.OneOf(&c.Form, "how", how, Endings())
	c.past("at", when)
	words = c.Required("words", words, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	return s.running(ctx, g, id, version, func(k *desk, page Custody, _ clock) error {
		if when.Before(page.Arrest) {
			return fault.List{{Kind: fault.Invalid, Field: "at", Key: "register.fault.before-arrest"}}
		}
		if when.After(page.Deadline) && page.unsaid() {
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
// likes; each deadline that passes is written once.
// Law: CPP 66
func (s *Service) Watch(ctx context.Context) (int, error) {
	late, err := openCustodies(ctx, s.k.Reader, "c.overrun_at < c.deadline_at and c.deadline_at < $2", store.Micros(s.k.Clock.Now()))
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
			if !page.unsaid() || !k.d.Now.After(page.Deadline) {
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
