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
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// NewMeasure asks for an act of investigation.
type NewMeasure struct {
	Kind   string            // code of a packs.Measure
	Values map[string]string // the fields that the pack asks for
}

// AskMeasure proposes a measure to the authority it needs: the prosecution
// office of the case's class, or, where the law lets an officer of judicial
// police order it, that officer. Law: CPP 24; CPP 64
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

// authority gives who must order a measure: an officer where the law allows
// it, else the prosecution office of the class of the file (of lesser offences
// while nothing is qualified).
func (s *Service) authority(ctx context.Context, f *enquiry.File, kind packs.Measure) (capacity string, office ident.ID, err error) {
	if slices.Contains(kind.Authority, "opj") {
		return "opj", "", nil
	}
	class, ok := s.Class(f)
	if !ok {
		classes := s.k.Pack.Classes(s.k.Clock.Now())
		class = classes[len(classes)-1]
	}
	u, err := s.officeOf(ctx, f.Unit, class.Code)
	return kind.Authority[0], u.ID, err
}

// Order is what the authority decides about a measure it allows.
type Order struct {
	Number string // of the written order
	Basis  string // article reference: one of those of the pack's row
	From   time.Time
	Until  time.Time // zero: as long as the pack's window allows
}

// OrderMeasure puts a measure in force. A measure that needs the prosecution is
// ordered by a prosecutor of the office asked; the window may not be longer
// than the pack's. Law: CPP 40; CPP 64
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

// Measure gives a measure.
func (s *Service) Measure(ctx context.Context, id ident.ID) (enquiry.Measure, error) {
	return readMeasure(ctx, s.k.Reader, id)
}
