package plates

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/units"
)

// Units is what this module asks of the one that keeps services and people.
type Units interface {
	Unit(ctx context.Context, id ident.ID) (units.Unit, error)
	Units(ctx context.Context) ([]units.Unit, error)
	UnitByCode(ctx context.Context, code string) (units.Unit, error)
	UnitName(ctx context.Context, lang string, id ident.ID) string
	OfficerName(ctx context.Context, lang string, id ident.ID) string
}

// Service keeps lists, cameras, reads and hits. It is safe for concurrent use.
type Service struct {
	k      *app.Kernel
	units  Units
	sheets web.Sheets
	watch  watch
	reader *plate.Reader // its networks are unpacked at the first picture

	mu     sync.Mutex
	days   map[dayKey]ident.ID     // keys of days whose first batch is under way
	health map[ident.ID]lastHealth // what was last written of a camera's health

	crowded sync.Once // the log says once that the list is too long for its threshold

	// CaseLabel says the number of a case and where it is shown; main sets it
	// to the module that keeps cases. Nil shows no number.
	CaseLabel func(ctx context.Context, id ident.ID) (number, href string)
}

// New makes the service on a kernel, which it uses from the first request on.
func New(k *app.Kernel, u Units, reading plate.Options) *Service {
	return &Service{k: k, units: u, sheets: sheets(k), reader: plate.NewReader(reading), days: map[dayKey]ident.ID{}, health: map[ident.ID]lastHealth{}}
}

// errDone ends a decision that finds its work done by an earlier sending of
// the same form.
var errDone = errors.New("plates: done before")

// Act is what every act on a record says. Submission makes the form
// idempotent; Version is what was seen, 0 for whatever is now.
type Act struct {
	Submission ident.ID
	Version    int64
}

// check checks what all acts share.
func (a Act) check(c *checks) { c.ID("submission", a.Submission, "plates.fault.submission") }

// do runs a decision whose entries carry the submission's id; a form sent
// twice changes nothing the second time.
func (s *Service) do(ctx context.Context, g policy.Grant, a Act, about ident.Ref, decide func(ctx context.Context, r store.Reader, d *journal.Draft) error) error {
	if about.Kind != "" && g.Resource().Ref != about {
		return fault.New(fault.Refused, "plates.fault.other-record")
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		done, err := doneBefore(ctx, r, g, a.Submission)
		if err != nil {
			return err
		}
		if done {
			return errDone
		}
		return decide(ctx, r, d)
	})
	return unlessDone(err)
}

// doneBefore reports whether an earlier sending of the form was obeyed. An id
// under which something else was done is refused.
func doneBefore(ctx context.Context, r store.Reader, g policy.Grant, submission ident.ID) (bool, error) {
	var actor ident.ID
	var action string
	err := r.Row(ctx, "select actor, action from journal_entries where id = $1", []any{string(submission)}, &actor, &action)
	switch {
	case fault.Is(err, fault.NotFound):
		return false, nil
	case err == nil && (actor != g.Actor().ID || action != g.Action()):
		err = fault.New(fault.Conflict, "plates.fault.submission")
	}
	return err == nil, err
}

// stale refuses who saw an older version.
func (a Act) stale(version int64) error {
	if a.Version != 0 && a.Version != version {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return nil
}

// count reads a number of the pack's rules.
func (s *Service) count(rule string, at time.Time) (int, error) {
	r, err := s.k.Pack.Rule(rule, at)
	return r.Count, err
}

// system asks for a grant of the module's own processes.
func (s *Service) system(action string) (policy.Grant, error) {
	return s.k.Policy.System("plates", action, "L09-08-3")
}

// unlessDone hides that there was nothing left to do.
func unlessDone(err error) error {
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

func scanID(scan store.Scan) (id ident.ID, err error) {
	err = scan(&id)
	return id, err
}

// sheets are the forms of this module.
func sheets(k *app.Kernel) web.Sheets {
	return web.Sheets{Act: "plates.act.", Lead: "plates.lead.", Field: "plates.field.", Help: "plates.help.", NewID: func() ident.ID { return k.Journal.NewID() }}
}
