package disposal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// listMost bounds the records of a list: what one person can look through.
const listMost = 100

// keptMost bounds for how long a decision keeps records: then they are looked
// at again.
const keptMost = 10 // years

// wordsMost and referenceMost bound what is written of a decision, in characters.
const (
	wordsMost     = 2000
	referenceMost = 100
)

// Directory is what the module asks of who keeps units and officers.
type Directory interface {
	// Seat gives the office that decides in a capacity on what a unit puts
	// before it.
	Seat(ctx context.Context, unit ident.ID, capacity string) (ident.ID, error)
	// OfficerName gives a name as lists show it, and UnitName a unit's.
	OfficerName(ctx context.Context, lang string, officer ident.ID) string
	UnitName(ctx context.Context, lang string, unit ident.ID) string
}

// Service is the module.
type Service struct {
	k      *app.Kernel
	people Directory
	sheets web.Sheets
	// Label names a record for those who may open it; joined by main.
	Label func(ctx context.Context, ref ident.Ref) (label, href string)
}

// New makes the module.
func New(k *app.Kernel, people Directory) *Service {
	return &Service{k: k, people: people, sheets: web.Sheets{Act: "disposal.act.", Lead: "disposal.lead.", Field: "disposal.field.", Help: "disposal.help.",
		NewID: func() ident.ID { return k.Journal.NewID() }}}
}

// term gives the records of a class, as its module lists them.
func (s *Service) term(class string) (app.Term, bool) {
	all := s.k.Keeper.Terms()
	i := slices.IndexFunc(all, func(t app.Term) bool { return t.Class == class })
	if i < 0 {
		return app.Term{}, false
	}
	return all[i], true
}

// Schedule gives the rows in force, each with how many records of a unit are
// due and on no list.
func (s *Service) Schedule(ctx context.Context, unit ident.ID) ([]Row, error) {
	var out []Row
	for _, row := range s.k.Pack.Retentions(s.k.Clock.Now()) {
		r := Row{Retention: row}
		if t, ok := s.term(row.Code); ok {
			due, err := s.due(ctx, s.k.Reader, t, unit)
			if err != nil {
				return nil, err
			}
			r.Due = len(due)
		}
		out = append(out, r)
	}
	return out, nil
}

// due lists the records of a class and a unit whose term is over and on which
// nobody has still to decide, those that have waited longest first.
func (s *Service) due(ctx context.Context, r store.Reader, t app.Term, unit ident.ID) ([]app.Due, error) {
	now := s.k.Clock.Now()
	_, before, err := app.Over(s.k.Pack, t.Class, now)
	if err != nil {
		return nil, err
	}
	not, err := spoken(ctx, r, t.Class, now)
	if err != nil {
		return nil, err
	}
	all, err := t.Due(ctx, r, app.Window{Before: before, Unit: unit, Most: listMost + len(not)})
	all = slices.DeleteFunc(all, func(d app.Due) bool { return not[d.Ref.String()] })
	return all[:min(len(all), listMost)], err
}

// Draw puts the due records of a class before the authority, and gives the list.
// The unit is the grant's actor's. Faults: "class" where nothing is due.
// Law: L69-99
func (s *Service) Draw(ctx context.Context, g policy.Grant, class string) (ident.ID, error) {
	by := g.Actor()
	t, ok := s.term(class)
	row, err := s.k.Pack.Retention(class, s.k.Clock.Now())
	if !ok || err != nil || !(Row{Retention: row}).byAuthority() {
		return "", &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "class"}
	}
	office, err := s.people.Seat(ctx, by.Unit, row.Approver)
	if err != nil {
		return "", err
	}
	var id ident.ID
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		due, err := s.due(ctx, r, t, by.Unit)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			return fault.New(fault.Conflict, "disposal.nothing-due")
		}
		id = d.NewID()
		e := ListDrawn{ID: id, Class: class, Action: row.Action, Approver: row.Approver, Ground: fmt.Sprintf("%s: %s since %s, row of %s", row.Code, row.Keep, row.Since, row.From),
			Unit: by.Unit, Office: office, By: by.ID}
		for _, x := range due {
			e.Records = append(e.Records, Named{Ref: x.Ref, Since: x.Since})
		}
		d.Add(e)
		return nil
	})
	return id, err
}

// List reads one list.
func (s *Service) List(ctx context.Context, id ident.ID) (List, error) {
	return readList(ctx, s.k.Reader, id)
}

// Lists gives the lists of a unit or put before it, the newest first; "" gives
// those of every unit.
func (s *Service) Lists(ctx context.Context, unit ident.ID) ([]List, error) {
	return lists(ctx, s.k.Reader, "$1 = '' or l.unit = $1 or l.office = $1 order by l.drawn_at desc, l.id desc limit 200", string(unit))
}

// Decision is what the authority says of a list.
type Decision struct {
	Keep   []ident.Ref      // what is kept longer; the rest ends
	Until  text.PartialDate // the day, of what is kept
	Reason string           // of what is kept
}

// Decide says what of a list is kept and what ends.
func (s *Service) Decide(ctx context.Context, g policy.Grant, id ident.ID, in Decision) error {
	until, err := s.checkDecision(in)
	if err != nil {
		return err
	}
	return s.change(ctx, g, id, func(l List, d *journal.Draft) error {
		switch {
		case l.State != Drawn:
			return settled
		case l.By == g.Actor().ID:
			return fault.New(fault.Refused, "disposal.own")
		}
		e := ListDecided{ID: id, By: g.Actor().ID, Reason: journal.Seal(strings.TrimSpace(in.Reason))}
		for _, ref := range in.Keep {
			if !l.has(ref) {
				return &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "keep"}
			}
			if !slices.Contains(e.Keep, ref) {
				e.Keep, e.Until = append(e.Keep, ref), until
			}
		}
		d.Add(e)
		return nil
	})
}

// checkDecision looks at what is asked for records that are kept, and gives the
// beginning of the day until which they are.
func (s *Service) checkDecision(in Decision) (until time.Time, err error) {
	if len(in.Keep) == 0 {
		return until, nil
	}
	wrong := check.Form{Now: s.k.Clock.Now()}
	switch day, err := time.Parse(time.DateOnly, string(in.Until)); {
	case in.Until == "":
		wrong.Add("until", "form.required")
	case err != nil:
		wrong.Add("until", "disposal.until-day")
	default:
		until, _ = s.k.Pack.Instant(packs.DateOf(day), 0, 0, 0) // the clocks are not set at midnight
		if !until.After(wrong.Now) {
			wrong.Add("until", "disposal.until-past")
		} else if until.After(wrong.Now.AddDate(keptMost, 0, 0)) {
			wrong.Add("until", "disposal.until-far", "years", keptMost)
		}
	}
	wrong.Required("reason", in.Reason, wordsMost)
	return until, wrong.Err()
}

// Transfer notes under which reference the archives received what ends.
func (s *Service) Transfer(ctx context.Context, g policy.Grant, id ident.ID, received string) error {
	wrong := check.Form{Now: s.k.Clock.Now()}
	received = wrong.Required("received", received, referenceMost)
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.change(ctx, g, id, func(l List, d *journal.Draft) error {
		if !l.awaitsArchives() {
			return settled
		}
		d.Add(ListTransferred{ID: id, By: g.Actor().ID, Received: journal.Seal(received)})
		return nil
	})
}

// settled ends an act that has nothing to do any more.
var settled = fault.New(fault.Conflict, "disposal.settled")

// change drafts what follows for a list as it stands under the lock.
func (s *Service) change(ctx context.Context, g policy.Grant, id ident.ID, then func(List, *journal.Draft) error) error {
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		l, err := readList(ctx, r, id)
		if err != nil {
			return err
		}
		if of := g.Resource().Ref; !of.IsZero() && of != l.ref() { // a grant is for one list; the process's is for none
			return fault.New(fault.Refused, "disposal.another")
		}
		return then(l, d)
	})
	return err
}

// CarryOut ends what was decided to end, and gives how many records it ended.
// Killed between an erasure and the entry that says so, it finds nothing left of
// the record the next time, and says that.
func (s *Service) CarryOut(ctx context.Context) (int, error) {
	open, err := lists(ctx, s.k.Reader, "l.state = 'decided' and (l.action <> $1 or l.transferred_at > 0) order by l.decided_at limit 20", toArchive)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, l := range open {
		t, ok := s.term(l.Class)
		if !ok {
			return n, fmt.Errorf("disposal: no module keeps records of class %q", l.Class)
		}
		for _, i := range l.Items {
			if i.Outcome != Waiting {
				continue
			}
			if err := s.end(ctx, t, l, i.Ref); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// end erases one record and says so.
func (s *Service) end(ctx context.Context, t app.Term, l List, ref ident.Ref) error {
	erased, err := s.k.Keeper.End(ctx, t, ref, "list "+string(l.ID))
	outcome := Empty
	switch {
	case errors.Is(err, app.Needed):
		outcome = Needed
	case fault.Is(err, fault.Refused):
		outcome = Held
	case err != nil:
		return err
	case erased:
		outcome = Erased
	}
	g, err := s.k.Policy.System(systemName, actionCarry, systemBasis)
	if err != nil {
		return err
	}
	return s.change(ctx, g, l.ID, func(_ List, d *journal.Draft) error {
		d.Add(RecordEnded{List: l.ID, Record: ref, Outcome: string(outcome)})
		return nil
	})
}
