package figures

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/units"
	"github.com/amana-platform/amana/packs"
)

// ledger is who keeps what is counted: a small one, in memory.
type ledger struct {
	mu       sync.Mutex
	asked    int
	from     time.Time
	ahead    time.Duration
	days     map[int64]Day
	all      []Institution
	exceeded []Exceeded
	standing int64
	ended    int64
	citizens Citizens
	contests []Contest
	broken   error
}

func (l *ledger) Days(_ context.Context, from time.Time, ahead time.Duration) (map[int64]Day, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	l.from, l.ahead = from, ahead
	return l.days, l.broken
}

func (l *ledger) Institutions(context.Context) ([]Institution, error) { return l.all, nil }
func (l *ledger) Exceeded(context.Context, int) ([]Exceeded, error)   { return l.exceeded, nil }
func (l *ledger) Agreements(context.Context) (standing, ended int64, _ error) {
	return l.standing, l.ended, nil
}
func (l *ledger) Attributes(_ *text.Words, names []string) string { return strings.Join(names, " + ") }
func (l *ledger) Figures(context.Context) (Citizens, error)       { return l.citizens, nil }
func (l *ledger) Contests(context.Context) ([]Contest, error)     { return l.contests, nil }

// house is the module with officers of each role that matters.
type house struct {
	*kerneltest.App
	t      *testing.T
	s      *Service
	units  *units.Service
	ledger *ledger
}

func newHouse(t *testing.T, l *ledger) *house {
	t.Helper()
	h := &house{t: t, ledger: l}
	h.App = kerneltest.Start(t, kerneltest.Options{Pack: packs.Morocco(), Build: h.build, Seed: h.seed})
	return h
}

func (h *house) build(k *app.Kernel) (app.Compose, error) {
	h.units = units.New(k)
	h.s = New(k, h.ledger, h.ledger)
	return app.Compose{Modules: []app.Module{h.units.Module(), h.s.Module()}, Accounts: h.units,
		Hooks: policy.Hooks{Units: h.units, Active: h.units.Active, Holds: h.units.HoldsTask},
		Who: func(ctx context.Context, w *text.Words, id ident.ID) string {
			return h.units.OfficerName(ctx, string(w.Lang()), id)
		}}, nil
}

func (h *house) seed(ctx context.Context, a *app.App, c *clock.Staged) error {
	ids := ident.NewSource(c.Now, nil)
	unit := map[string]ident.ID{}
	var in units.Seed
	for _, u := range a.Pack.Units(kerneltest.Noon) {
		switch u.Code {
		case "DGSN", "IG", "CNDP", "KEN", "KEN-VILLE", "KEN-01":
			unit[u.Code] = ids.New()
			in.Units = append(in.Units, units.NewUnit{ID: unit[u.Code], Code: u.Code, Type: u.Type, Parent: unit[u.Parent], Names: u.Names, Area: u.Area, From: kerneltest.Noon.AddDate(-5, 0, 0), Act: "12/2021"})
		}
	}
	for i, x := range []struct {
		role  units.Role
		unit  string
		grade string
	}{{units.DutyOfficer, "KEN-01", "officier-paix"}, {units.Inspector, "IG", "commissaire"}, {units.Regulator, "CNDP", ""}, {units.Administrator, "DGSN", "officier"}} {
		id := ids.New()
		in.Officers = append(in.Officers, units.NewOfficer{ID: id, Matricule: fmt.Sprintf("MAT-%d", i), GivenAR: "سعاد", FamilyAR: "التجريبي", Given: "Souad", Family: fmt.Sprint("Tajribi ", string(rune('A'+i))), Grade: x.grade, Sex: units.Female})
		in.Posts = append(in.Posts, units.NewPost{ID: ids.New(), Officer: id, Unit: unit[x.unit], Role: x.role, Act: "77/2024", From: kerneltest.Noon.AddDate(-1, 0, 0)})
	}
	g, err := a.Policy.System("demo", "units.seed", "D1-56-115")
	if err != nil {
		return err
	}
	return h.units.Seed(ctx, g, in)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// word gives the words of a key.
func (h *house) word(lang, key string, args ...any) string {
	return h.Texts.In(text.Lang(lang)).T(key, args...)
}

// wait lets time pass.
func (h *house) wait(d time.Duration) { h.Clock.Set(h.Clock.Now().Add(d)) }

var errLedger = errors.New("the ledger is closed")
