package exhibits

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/units"
)

// Units is what this module asks of the one that keeps services and people.
type Units interface {
	Unit(ctx context.Context, id ident.ID) (units.Unit, error)
	UnitName(ctx context.Context, lang string, id ident.ID) string
	OfficerName(ctx context.Context, lang string, id ident.ID) string
	Posts(ctx context.Context, officer ident.ID) ([]units.Post, error)
	Suspensions(ctx context.Context, officer ident.ID) ([]units.Suspension, error)
	Serving(ctx context.Context, unit ident.ID, role units.Role) ([]units.Officer, error)
	UnitByCode(ctx context.Context, code string) (units.Unit, error)
}

// People is what this module asks of the one that keeps persons.
type People interface {
	Person(ctx context.Context, id ident.ID) (index.Person, error)
	Name(ctx context.Context, lang string, id ident.ID) string
}

// Service keeps the exhibits. It is safe for concurrent use.
type Service struct {
	k      *app.Kernel
	units  Units
	people People
	sheets web.Sheets

	// CaseLabel says the number of a case and where it is shown; main sets it
	// to the module that keeps cases. Nil shows no number.
	CaseLabel func(ctx context.Context, id ident.ID) (number, href string)
	// PickPerson is the address of the index's person suggestions.
	PickPerson string
}

// New makes the service on a kernel, which it uses from the first request on.
func New(k *app.Kernel, u Units, p People) *Service {
	return &Service{k: k, units: u, people: p, sheets: sheets(k), PickPerson: "/persons/suggest"}
}

// errDone ends a decision that finds its work done by an earlier sending of
// the same form.
var errDone = errors.New("exhibits: done before")

// NewThing is a thing as a form or a report names it. ID becomes the
// exhibit's; Milli is the quantity in thousandths of Measure, 0 uncounted.
type NewThing struct {
	ID          ident.ID
	Line        int64 // of the report, from 1; 0 for none
	Category    Category
	Description string
	Milli       int64
	Measure     string
}

// Seizure is what was seized together: for which case, by whom, from whom.
type Seizure struct {
	Case      ident.ID
	PV        ident.ID // "" where no report lists it
	Unit      ident.ID // whose series numbers the exhibits
	By        ident.ID // the officer who seized and holds them
	At        time.Time
	Place     string
	From      ident.ID // person of the index, "" if found
	Witnesses string
	Condition string
	Things    []NewThing
}

// SeizeExhibits records things seized for a case, at most 200 at once, each
// with its number. Sent twice, it answers as the first time. Law: CPP 59
func (s *Service) SeizeExhibits(ctx context.Context, g policy.Grant, in Seizure) ([]Exhibit, error) {
	in.Unit, in.By = g.Actor().Unit, g.Actor().ID
	if in.At.IsZero() {
		in.At = s.k.Clock.Now()
	}
	if err := s.checkSeizure(ctx, &in); err != nil {
		return nil, err
	}
	if g.Resource().Ref != (ident.Ref{Kind: KindList, ID: in.Case}) {
		return nil, fault.New(fault.Refused, "exhibits.fault.other-case")
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if old, err := readExhibit(ctx, r, in.Things[0].ID); err == nil {
			if old.Case == in.Case && old.SeizedBy == in.By {
				return errDone
			}
			return fault.New(fault.Conflict, "exhibits.fault.submission")
		}
		return s.DraftSeized(ctx, r, d, in)
	})
	if err != nil && !errors.Is(err, errDone) {
		return nil, err
	}
	var out []Exhibit
	for _, t := range in.Things {
		x, err := s.Exhibit(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

func (s *Service) checkSeizure(ctx context.Context, in *Seizure) error {
	c := s.checks()
	c.NotAhead("at", in.At)
	in.Place = c.Required("place", in.Place, maxLine)
	in.Witnesses = c.Optional("witnesses", in.Witnesses, maxLine)
	in.Condition = c.Optional("condition", in.Condition, maxLine)
	c.ID("case", in.Case, "fault.not-found")
	if len(in.Things) == 0 {
		c.Add("described", "form.required")
	}
	if len(in.Things) > maxItems {
		c.Add("described", "exhibits.fault.too-many", "max", maxItems)
		return c.Err()
	}
	for i := range in.Things {
		prefix := ""
		if len(in.Things) > 1 {
			prefix = "things." + strconv.Itoa(i) + "."
		}
		c.ID("submission", in.Things[i].ID, "exhibits.fault.submission")
		c.thing(prefix, &in.Things[i])
	}
	s.checkPerson(ctx, c, in.From)
	return c.Err()
}

func (s *Service) checkPerson(ctx context.Context, c *checks, id ident.ID) {
	if id == "" {
		return
	}
	if _, err := s.people.Person(ctx, id); err != nil {
		c.Add("from", "exhibits.fault.no-person")
	}
}

// DraftSeized drafts the exhibits of a seizure in the transaction of another
// module, such as the signing of the report that lists them. Things whose id is
// an exhibit already are left out. The caller has checked the words; the grant
// must be allowed to append Drafted. Law: CPP 59
func (s *Service) DraftSeized(ctx context.Context, r store.Reader, d *journal.Draft, in Seizure) error {
	if in.At.IsZero() {
		in.At = d.Now
	}
	var item int64
	if err := r.Row(ctx, "select coalesce(max(item), 0) from exhibits_exhibits where case_id = $1", []any{string(in.Case)}, &item); err != nil {
		return err
	}
	n, err := s.draw(ctx, r, exhibitSeries, in.Unit, d.Now)
	if err != nil {
		return err
	}
	for _, t := range in.Things {
		if _, err := readExhibit(ctx, r, t.ID); err == nil {
			continue
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		item++
		d.AddAt(in.At, ExhibitSeized{
			Step:  Step{Exhibit: t.ID, Case: in.Case, N: 1, State: Seized, Holder: in.By, HeldUnit: in.Unit, Shelf: journal.Seal(""), Condition: journal.Seal(in.Condition)},
			Thing: t.sealed(in), PV: in.PV, Item: item, Line: t.Line, Unit: in.Unit, Series: n.series, N: n.n, Number: n.number(),
		})
		n.n++
	}
	return nil
}

// Drafted lists the entry kinds that DraftSeized appends.
func Drafted() []string { return []string{"exhibits.exhibit-seized"} }

func (t NewThing) sealed(in Seizure) Thing {
	if t.Category == "" {
		t.Category = Other
	}
	return Thing{Exhibit: t.ID, Category: t.Category, Milli: t.Milli, Measure: t.Measure, From: in.From,
		Description: journal.Seal(t.Description), Place: journal.Seal(in.Place), Witnesses: journal.Seal(in.Witnesses)}
}

// series is a gapless yearly series of a unit: the record kind of the pack's
// numbering and the query of its last number.
type series struct{ record, query string }

var (
	exhibitSeries = series{"exhibit", "select coalesce(max(n), 0) from exhibits_exhibits where unit = $1 and series = $2"}
	sealSeries    = series{"seal", "select coalesce(max(n), 0) from exhibits_seals where unit = $1 and series = $2"}
)

// drawn is the next number of a series.
type drawn struct {
	series string
	n      int64
	format func(n int) string
}

func (d drawn) number() string { return d.format(int(d.n)) }

// draw gives the next number of a unit's series. It runs under the lock of the
// home, so that no two draw the same and none is lost.
func (s *Service) draw(ctx context.Context, r store.Reader, of series, unit ident.ID, now time.Time) (drawn, error) {
	u, err := s.units.Unit(ctx, unit)
	if err != nil {
		return drawn{}, err
	}
	kind, err := s.k.Pack.UnitType(u.Type, now)
	if err != nil {
		return drawn{}, err
	}
	rule, err := s.k.Pack.Numbering(of.record, u.Type, now)
	if err != nil {
		return drawn{}, err
	}
	day := s.k.Pack.Day(now)
	out := drawn{series: rule.Series(day), format: func(n int) string { return rule.Format(n, u.Code, kind.Short.AR, day) }}
	err = r.Row(ctx, of.query, []any{string(unit), out.series}, &out.n)
	out.n++
	return out, err
}

// Exhibit gives an exhibit by its id.
func (s *Service) Exhibit(ctx context.Context, id ident.ID) (Exhibit, error) {
	return readExhibit(ctx, s.k.Reader, id)
}

// Exhibits lists the exhibits of a case by their item number.
func (s *Service) Exhibits(ctx context.Context, caseID ident.ID) ([]Exhibit, error) {
	return store.List(ctx, s.k.Reader, "select "+exhibitColumns+" from exhibits_exhibits x where x.case_id = $1 order by x.item", []any{string(caseID)}, scanExhibit)
}

// Find gives the exhibit that bears a number or lies, or lay, under a seal.
func (s *Service) Find(ctx context.Context, number string) ([]Exhibit, error) {
	return store.List(ctx, s.k.Reader, "select "+exhibitColumns+` from exhibits_exhibits x
		where x.number = $1 or x.id = (select exhibit from exhibits_seals where number = $1) order by x.id limit 10`, []any{number}, scanExhibit)
}

// Chain gives the chain of custody of an exhibit, the seizure first.
func (s *Service) Chain(ctx context.Context, id ident.ID) ([]Link, error) {
	return store.List(ctx, s.k.Reader, `select s.n, s.kind, s.state, s.holder, s.held_unit, s.seal, s.kept, s.condition, s.happened_at, s.written_at, s.writer, s.entry,
		coalesce(t.holder, ''), coalesce(t.absence, ''), t.reason
		from exhibits_steps s left join exhibits_takeovers t on t.exhibit = s.exhibit and t.n = s.n where s.exhibit = $1 order by s.n`, []any{string(id)}, scanLink)
}

// Seals gives every seal that an exhibit lay under, the first first.
func (s *Service) Seals(ctx context.Context, id ident.ID) ([]Seal, error) {
	return store.List(ctx, s.k.Reader, `select number, exhibit, unit, closed_at, closed_by, witnesses, opened_at, opened_by, presence, present, reason
		from exhibits_seals where exhibit = $1 order by closed_at, number`, []any{string(id)}, scanSeal)
}

// Handover gives a handover by its id.
func (s *Service) Handover(ctx context.Context, id ident.ID) (Handover, error) {
	return readHandover(ctx, s.k.Reader, id)
}

// Handovers lists the handovers of an exhibit, the newest first.
func (s *Service) Handovers(ctx context.Context, id ident.ID) ([]Handover, error) {
	return store.List(ctx, s.k.Reader, "select "+handoverColumns+" from exhibits_handovers h where h.exhibit = $1 order by h.offered_at desc, h.id desc", []any{string(id)}, scanHandover)
}

// Waiting lists what is offered to an officer and what they offered
// themselves, the oldest first.
func (s *Service) Waiting(ctx context.Context, officer ident.ID) ([]Handover, error) {
	return store.List(ctx, s.k.Reader, "select "+handoverColumns+` from exhibits_handovers h
		where h.state = 'pending' and (h.receiver = $1 or h.giver = $1) order by h.offered_at, h.id`, []any{string(officer)}, scanHandover)
}

// Photographs lists the pictures of an exhibit in the order of its steps.
func (s *Service) Photographs(ctx context.Context, id ident.ID) ([]Photograph, error) {
	return store.List(ctx, s.k.Reader, "select "+photoColumns+" from exhibits_photos p where p.exhibit = $1 order by p.step, p.address", []any{string(id)}, scanPhoto)
}

// pictures is what a photograph may be.
var pictures = blobs.Limits{Bytes: 50_000_000, Kinds: []string{"image/jpeg", "image/png", "image/webp"}}

// wanted is what a list is narrowed to; zero fields match all. Before is the
// cursor of the page before.
type wanted struct {
	Number   string
	State    State
	Category Category
	Kept     string
	Holder   ident.ID
	Before   string
}

// list lists exhibits that somebody may see, the newest first.
func (s *Service) list(ctx context.Context, rights policy.Predicate, in wanted, n int) ([]Exhibit, error) {
	before, err := strconv.ParseInt(in.Before, 10, 64)
	if err != nil {
		before = 1 << 62
	}
	args := []any{before, string(in.State), string(in.Category), in.Kept, string(in.Holder), in.Number, n}
	where := rights.Shift(len(args))
	return store.List(ctx, s.k.Reader, "select "+exhibitColumns+` from exhibits_exhibits x
		where x.written_at < $1 and ($2 = '' or x.state = $2) and ($3 = '' or x.category = $3) and ($4 = '' or x.kept = $4) and ($5 = '' or x.holder = $5)
		and ($6 = '' or x.number = $6 or x.seal = $6) and `+where.SQL+" order by x.written_at desc limit $7", append(args, where.Args...), scanExhibit)
}

// sheets are the forms of this module.
func sheets(k *app.Kernel) web.Sheets {
	return web.Sheets{Act: "exhibits.act.", Lead: "exhibits.lead.", Field: "exhibits.field.", Help: "exhibits.help.", NewID: func() ident.ID { return k.Journal.NewID() }}
}
