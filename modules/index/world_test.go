package index_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/index"
	shipped "github.com/amana-platform/amana/packs"
)

// Units, officers and purposes of the tests.
const (
	district ident.ID = "0190a000-0000-7000-8000-0000000000a2"
	desk     ident.ID = "0190a000-0000-7000-8000-0000000000d1"
	caseOne  ident.ID = "0190a000-0000-7000-8000-0000000000c1"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is the index on a journal of its own.
type world struct {
	*index.Service
	t     testing.TB
	k     *app.Kernel
	db    *store.DB
	clock *clock.Fixed
	lane  *refusals
}

// refusals keeps what the policy refused.
type refusals struct{ all []policy.Refusal }

func (r *refusals) RecordRefusal(_ context.Context, x policy.Refusal) error {
	r.all = append(r.all, x)
	return nil
}

type flat struct{}

func (flat) Ancestors(ident.ID) []ident.ID { return nil }

// erasing is an action that may append what the journal appends itself.
func erasing() policy.Module {
	return policy.Module{Name: "test", Schema: []byte(`action "test.erase" appliesTo { principal: [Actor], resource: [Service], context: Context };`),
		Cedar:   []byte(`permit (principal, action == Action::"test.erase", resource);`),
		Actions: []policy.Action{{Name: "test.erase", System: true, Appends: []string{"journal.erased", "journal.held"}}}}
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return worldAt(t, storetest.AgainAt(t, ""))
}

func worldAt(t testing.TB, address string) *world {
	t.Helper()
	w := &world{t: t, k: &app.Kernel{}, clock: clock.At(noon), lane: &refusals{}}
	w.k.Clock, w.k.Log = w.clock, slog.Default()
	w.db = storetest.OpenAt(t, address)
	w.k.Reader, w.k.Scratch = w.db.Reader(), w.db.Scratch()
	var err error
	if w.k.Journal, err = journal.Open(context.Background(), w.options(w.db)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.k.Journal.Close() })
	if w.k.Pack, err = packs.Load(shipped.Morocco()); err != nil {
		t.Fatal(err)
	}
	w.k.Policy, err = policy.New([]policy.Module{index.PolicyModule(), erasing()}, policy.Hooks{
		Recorder: w.lane, Units: flat{}, Clock: w.clock,
		Active: func(context.Context, policy.Actor) bool { return true },
		Holds: func(_ context.Context, a policy.Actor, p policy.Purpose) bool {
			return p.Ref.ID == caseOne || p.Ref.ID == desk && a.Role == "duty-officer"
		},
		Basis: func(article string) bool { _, ok := w.k.Pack.Article(article); return ok },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Service = index.New(w.k)
	return w
}

func (w *world) options(db *store.DB) journal.Options {
	return journal.Options{DB: db, Master: []byte("0123456789abcdef0123456789abcdef"), Lane: db, Node: "main", Clock: w.clock, Modules: []journal.Module{{Name: "web", Migrations: web.Migrations()}, index.JournalModule()}}
}

func officer(n byte, role string) policy.Actor {
	id := []byte("0190a000-0000-7000-8000-0000000000f0")
	id[len(id)-1] = n
	return policy.Actor{ID: ident.ID(id), Unit: district, Role: role, Units: []ident.ID{district}, Session: "s"}
}

var (
	duty         = officer('1', "duty-officer")
	investigator = officer('2', "investigator")
	chief        = officer('3', "brigade-chief")
	prosecutor   = officer('4', "prosecutor")
	inspector    = officer('5', "inspector")
	admin        = officer('6', "administrator")
)

var (
	forDesk = policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: desk}}
	forCase = policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: caseOne}}
	byLaw   = policy.Purpose{Kind: policy.Basis, Basis: "L09-08"}
)

// resource is what an action of the index is about.
func (w *world) resource(action string, id ident.ID) policy.Resource {
	a, ok := w.k.Policy.Action(action)
	if !ok {
		w.t.Fatalf("no action %s", action)
	}
	if a.Resource == "" {
		return policy.Resource{Unit: district}
	}
	return policy.Resource{Ref: ident.Ref{Kind: a.Resource, ID: id}, Unit: district}
}

// ask makes a grant that the policy must give.
func (w *world) ask(a policy.Actor, action string, id ident.ID) policy.Grant {
	w.t.Helper()
	purpose := forCase
	if a.Role == "duty-officer" {
		purpose = forDesk
	}
	g, err := w.k.Policy.Ask(context.Background(), a, action, w.resource(action, id), purpose)
	if err != nil {
		w.t.Fatalf("%s may not %s: %v", a.Role, action, err)
	}
	return g
}

// system makes the grant of a process.
func (w *world) system(action string) policy.Grant {
	w.t.Helper()
	g, err := w.k.Policy.System("test", action, "L09-08")
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

func (w *world) id() ident.ID { return w.k.Journal.NewID() }

// record records a person whom nobody resembles, or dismisses who does.
func (w *world) record(p index.Person) index.Person {
	w.t.Helper()
	id := w.id()
	if err := w.Seed(context.Background(), w.seeding, index.Seeding{Persons: []index.Person{withID(p, id)}}); err != nil {
		w.t.Fatal(err)
	}
	out, err := w.PersonAsRecorded(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) seeding() (policy.Grant, error) {
	return w.k.Policy.System("test", index.ActionSeed, "L09-08")
}

func withID(p index.Person, id ident.ID) index.Person {
	p.ID = id
	return p
}

// merge merges, as an investigator.
func (w *world) merge(kept, absorbed ident.ID) error {
	return w.MergePersons(context.Background(), w.ask(investigator, index.ActionPersonMerge, kept), w.id(), kept, absorbed, "same card shown twice")
}

func (w *world) unmerge(absorbed ident.ID) error {
	return w.UnmergePersons(context.Background(), w.ask(investigator, index.ActionPersonUnmerge, absorbed), w.id(), absorbed, "two brothers")
}

// erase forgets a person with all that belongs to the person.
func (w *world) erase(id ident.ID) {
	w.t.Helper()
	subjects, err := w.Subjects(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	w.forget(subjects...)
}

func (w *world) forget(subjects ...ident.ID) {
	w.t.Helper()
	err := w.k.Journal.Erase(context.Background(), w.system("test.erase"), journal.Erased{Subjects: subjects, Ground: "index", Authority: "test"})
	if err != nil {
		w.t.Fatal(err)
	}
}

// sound proves that the journal, replayed, gives these tables.
func (w *world) sound() {
	w.t.Helper()
	report, err := w.k.Journal.Verify(context.Background(), journal.Scope{})
	if err != nil {
		w.t.Fatal(err)
	}
	if !report.Clean() {
		w.t.Errorf("verify finds %v", report.Findings)
	}
}

// alaoui is a synthetic person in both scripts.
func alaoui() index.Person {
	return index.Person{
		Family: index.Name{Arabic: "\u0627\u0644\u0639\u0644\u0648\u064a", Latin: "Alaoui"},
		Given:  index.Name{Arabic: "\u0645\u062d\u0645\u062f", Latin: "Mohammed"},
		Father: index.Name{Latin: "Driss"}, Mother: index.Name{Latin: "Khadija"},
		Birth: "1985-03-12", Birthplace: index.Name{Latin: "Meknes"}, Sex: "male", Nationality: "MA",
		CNIE: "d 0123.456", Phones: []string{"06 12 34 56 78"}, Address: "12 rue des Orangers", Occupation: "menuisier",
		Source: index.Seen, Document: "CNIE",
	}
}
