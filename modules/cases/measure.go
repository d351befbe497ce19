package cases

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// NewMeasure asks for an act of investigation.
type NewMeasure struct {
	Kind   string            // code of a packs.Measure
	Values map[string]string // the fields that the pack asks for
}

// AskMeasure proposes a measure to the authority it needs: the prosecution
// office of the case's class, a judge, or, where the law lets an officer of
// judicial police order it, that officer. What nobody here could order is
// refused at once. Law: CPP 24; CPP 64; CPP 108
func (s *Service) AskMeasure(ctx context.Context, g policy.Grant, id ident.ID, n NewMeasure) (ident.ID, error) {
	if err := given(g, caseRef(id)); err != nil {
		return "", err
	}
	f, err := s.read(ctx, s.k.Reader, id, theOffences)
	if err != nil {
		return "", err
	}
	kind, err := s.k.Pack.Measure(n.Kind, s.k.Clock.Now())
	var wrong fault.List
	switch {
	case err != nil:
		wrong.Add("kind", "form.choose")
	case !slices.Contains(kind.Regimes, f.Regime):
		wrong.Add("kind", "cases.wrong.regime")
	}
	for _, code := range kind.Fields {
		if strings.TrimSpace(n.Values[code]) == "" {
			wrong.Add("f."+code, "form.required")
		}
	}
	if err := wrong.Err(); err != nil {
		return "", err
	}
	authority, office, err := s.authority(ctx, f, kind)
	if err != nil {
		return "", err
	}
	measure := s.k.Journal.NewID()
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, err := changing(ctx, r, id); err != nil {
			return err
		}
		d.Add(MeasureAsked{Measure: measure, Case: id, Kind: n.Kind, Office: office, Authority: authority, By: actor(g), Values: valuesOf(measure, n.Values)})
		return nil
	})
	return measure, err
}

// authority gives who is asked for a measure: an officer where the law allows it,
// else the office that decides, or that puts it before the court which does.
func (s *Service) authority(ctx context.Context, f *enquiry.File, kind packs.Measure) (capacity string, office ident.ID, err error) {
	capacity = s.orderer(f, kind)
	if capacity == "opj" {
		if !s.sits(ctx, capacity, append([]ident.ID{f.Unit}, s.parts.Directory.Ancestors(f.Unit)...)...) {
			return "", "", nobody(capacity)
		}
		return capacity, "", nil
	}
	if _, err := s.decider(ctx, f, capacity); err != nil {
		return "", "", err
	}
	if through := kind.Through[capacity]; through != "" {
		capacity = through
	}
	office, err = s.decider(ctx, f, capacity)
	return capacity, office, err
}

// orderer gives the authority that the law of the case's frame leaves a measure
// to: an officer where it may be, whoever directs the enquiry, else the first that
// decides without directing one. A judge who is seized of nothing orders nothing.
// Law: CPP 64; CPP 108; CPP 189
func (s *Service) orderer(f *enquiry.File, kind packs.Measure) string {
	if slices.Contains(kind.Authority, "opj") {
		return "opj"
	}
	var direct []string
	for _, frame := range s.k.Pack.Regimes(s.k.Clock.Now()) {
		if frame.Code == f.Regime && slices.Contains(kind.Authority, frame.Authority) {
			return frame.Authority
		}
		direct = append(direct, frame.Authority)
	}
	for _, code := range kind.Authority {
		if !slices.Contains(direct, code) {
			return code
		}
	}
	return kind.Authority[0]
}

// decider gives the office that decides in an authority on a file: the court of
// the judge who gave its letters, else the one of its class (of lesser offences
// while nothing is qualified). It refuses where nobody in it may.
func (s *Service) decider(ctx context.Context, f *enquiry.File, authority string) (ident.ID, error) {
	office, now := f.Court, s.k.Clock.Now()
	frame, err := s.k.Pack.Regime(f.Regime, now)
	if office == "" || err != nil || frame.Authority != authority {
		class, ok := s.Class(f)
		if !ok {
			classes := s.k.Pack.Classes(now)
			class = classes[len(classes)-1]
		}
		u, err := s.parts.Directory.Service(ctx, f.Unit)
		if err != nil {
			return "", err
		}
		at, err := s.k.Pack.Decides(u.Code, class.Code, authority, now)
		if err == nil {
			u, err = s.parts.Directory.ServiceByCode(ctx, at.Code)
		}
		if fault.Is(err, fault.NotFound) {
			return "", nobody(authority)
		}
		if err != nil {
			return "", err
		}
		office = u.ID
	}
	if !s.sits(ctx, authority, office) {
		return "", nobody(authority)
	}
	return office, nil
}

// sits reports whether somebody in one of some units may decide in an authority.
func (s *Service) sits(ctx context.Context, authority string, units ...ident.ID) bool {
	return slices.ContainsFunc(units, func(unit ident.ID) bool {
		return s.parts.Directory.Sits(ctx, unit, func(capacity string) bool { return s.k.Pack.Stands(capacity, authority, s.k.Clock.Now()) })
	})
}

// nobody refuses what an authority decides that nobody here holds.
func nobody(authority string) error {
	var wrong fault.List
	wrong.Add("kind", "cases.wrong.nobody", "authority", text.Key("cases.authority."+authority))
	return wrong.Err()
}

// RequestMeasure puts a measure before the court that may order it, by a written
// requisition of the prosecution that was asked. Law: CPP 108
func (s *Service) RequestMeasure(ctx context.Context, g policy.Grant, measure ident.ID, number string) error {
	m, err := readMeasure(ctx, s.k.Reader, measure)
	if err != nil {
		return err
	}
	kind, err := s.k.Pack.Measure(m.Kind, m.Asked)
	if err != nil {
		return err
	}
	f, err := s.read(ctx, s.k.Reader, m.Case, theOffences)
	if err != nil {
		return err
	}
	if strings.TrimSpace(number) == "" {
		return &fault.Error{Kind: fault.Invalid, Key: "form.required", Field: "number"}
	}
	return s.decideMeasure(ctx, g, measure, enquiry.Asked, func(d *journal.Draft, m enquiry.Measure) error {
		now, authority := d.Now, kind.Onward(m.Authority)
		if authority == "" || !s.k.Pack.Stands(s.parts.Directory.Capacity(ctx, actor(g), now), m.Authority, now) {
			return refuse("cases.refused.authority")
		}
		court, err := s.decider(ctx, f, authority)
		if err != nil {
			return err
		}
		d.Add(MeasureRequested{Measure: measure, Case: m.Case, From: m.Office, Office: court, Authority: authority, Number: number, By: actor(g)})
		return nil
	})
}

// Order is what the authority decides about a measure it allows.
type Order struct {
	Number string // of the written order
	Basis  string // article reference: one of those of the pack's row
	From   time.Time
	Until  time.Time // zero: as long as the pack's window allows
}

// OrderMeasure puts a measure in force. A measure that needs the prosecution is
// ordered by a prosecutor of the office asked, one that needs a judge by the judge
// whose power was asked; the window may not be longer than the pack's.
// Law: CPP 40; CPP 64; CPP 108
func (s *Service) OrderMeasure(ctx context.Context, g policy.Grant, measure ident.ID, o Order) error {
	if err := given(g, measureRef(measure)); err != nil {
		return err
	}
	m, err := readMeasure(ctx, s.k.Reader, measure)
	if err != nil {
		return err
	}
	kind, err := s.k.Pack.Measure(m.Kind, m.Asked)
	if err != nil {
		return err
	}
	capacity := s.parts.Directory.Capacity(ctx, actor(g), s.k.Clock.Now())
	if !slices.Contains(kind.Authority, capacity) {
		return refuse("cases.refused.authority")
	}
	longest := kind.Window.After(o.From)
	if o.Until.IsZero() {
		o.Until = longest
	}
	var wrong fault.List
	if strings.TrimSpace(o.Number) == "" {
		wrong.Add("number", "form.required")
	}
	if !slices.Contains(kind.Law, o.Basis) {
		wrong.Add("basis", "form.choose")
	}
	if o.From.IsZero() {
		wrong.Add("from", "form.required")
	} else if !o.Until.After(o.From) || o.Until.After(longest) {
		wrong.Add("until", "cases.wrong.window")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.decideMeasure(ctx, g, measure, enquiry.Asked, func(d *journal.Draft, m enquiry.Measure) error {
		d.Add(MeasureOrdered{Measure: measure, Case: m.Case, Magistrate: actor(g), Authority: capacity, Number: o.Number, Basis: o.Basis, From: o.From, Until: o.Until})
		return nil
	})
}

// RefuseMeasure says that the authority refuses.
func (s *Service) RefuseMeasure(ctx context.Context, g policy.Grant, measure ident.ID, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return &fault.Error{Kind: fault.Invalid, Key: "form.required", Field: "reason"}
	}
	return s.decideMeasure(ctx, g, measure, enquiry.Asked, func(d *journal.Draft, m enquiry.Measure) error {
		d.Add(MeasureRefused{Measure: measure, Case: m.Case, Magistrate: actor(g), Reason: sealText(reason)})
		return nil
	})
}

// WithdrawMeasure takes back a measure that the authority has not answered; the
// file is handed over without it.
func (s *Service) WithdrawMeasure(ctx context.Context, g policy.Grant, measure ident.ID) error {
	return s.decideMeasure(ctx, g, measure, enquiry.Asked, func(d *journal.Draft, m enquiry.Measure) error {
		d.Add(MeasureWithdrawn{Measure: measure, Case: m.Case, By: actor(g)})
		return nil
	})
}

// ReportMeasure notes the result of a measure that was carried out inside its
// window, or that it was stopped before its end.
func (s *Service) ReportMeasure(ctx context.Context, g policy.Grant, measure ident.ID, state enquiry.MeasureState, result string) error {
	var wrong fault.List
	if state != enquiry.Done && state != enquiry.Stopped {
		wrong.Add("state", "form.choose")
	}
	if strings.TrimSpace(result) == "" {
		wrong.Add("result", "form.required")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.decideMeasure(ctx, g, measure, enquiry.Ordered, func(d *journal.Draft, m enquiry.Measure) error {
		if m.Now(d.Now) == enquiry.Lapsed {
			return refuse("cases.refused.lapsed")
		}
		d.Add(MeasureEnded{Measure: measure, Case: m.Case, State: state, Result: sealText(result)})
		return nil
	})
}

func (s *Service) decideMeasure(ctx context.Context, g policy.Grant, measure ident.ID, in enquiry.MeasureState, decide func(*journal.Draft, enquiry.Measure) error) error {
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		m, err := readMeasure(ctx, r, measure)
		if err == nil {
			err = given(g, measureRef(measure), caseRef(m.Case))
		}
		if err != nil {
			return err
		}
		if m.State != in {
			return refuse("cases.refused.measure-state")
		}
		return decide(d, m)
	})
	return err
}

// StopLapsed writes down that the windows of measures have ended. A measure
// is out of force at the end of its window even before this has run; see
// Measure.Now. It gives how many it wrote.
func (s *Service) StopLapsed(ctx context.Context, limit int) (int, error) {
	now := s.k.Clock.Now()
	due, err := store.List(ctx, s.k.Reader, "select "+msColumns+" from cases_measures where state = 'ordered' and until_at <= $1 order by until_at, id limit $2",
		[]any{store.Micros(now), limit}, scanMeasure)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	g, err := s.k.Policy.System("measure-windows", "cases.measure.stop", "CPP-24")
	if err != nil {
		return 0, err
	}
	n := 0
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		n = 0
		for _, m := range due {
			again, err := readMeasure(ctx, r, m.ID)
			if err != nil {
				return err
			}
			if again.State == enquiry.Ordered {
				n++
				d.AddAt(again.Until, MeasureEnded{Measure: m.ID, Case: m.Case, State: enquiry.Lapsed})
			}
		}
		return nil
	})
	return n, err
}

// stopLapsed is StopLapsed as a job does it, some at a time.
func (s *Service) stopLapsed(ctx context.Context) error {
	_, err := s.StopLapsed(ctx, 100)
	return err
}

// MeasureResource gives a measure as the policies read it.
func (s *Service) MeasureResource(ctx context.Context, id ident.ID) (policy.Resource, error) {
	m, err := s.Measure(ctx, id)
	if err != nil {
		return policy.Resource{}, err
	}
	c, err := s.Case(ctx, m.Case)
	return measureResource(m, c.Unit), err
}

// Measure gives a measure.
func (s *Service) Measure(ctx context.Context, id ident.ID) (enquiry.Measure, error) {
	return readMeasure(ctx, s.k.Reader, id)
}
