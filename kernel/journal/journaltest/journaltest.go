// Package journaltest opens journals for tests, with a small module of its
// own: wards, with people staying in them.
package journaltest

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// Master is the master key of test journals.
var Master = []byte("0123456789abcdef0123456789abcdef")

// Open opens a journal over the ward module on the engine under test.
func Open(t testing.TB, more ...journal.Module) *journal.Journal {
	t.Helper()
	return OpenAt(t, storetest.Address(t), clock.System{}, more...)
}

// OpenAt opens a journal at an address; it closes when the test ends.
func OpenAt(t testing.TB, address string, c clock.Clock, more ...journal.Module) *journal.Journal {
	t.Helper()
	j, err := journal.Open(context.Background(), Options(t, address, c, more...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

// Options are those Open uses, for tests that open a store again.
func Options(t testing.TB, address string, c clock.Clock, more ...journal.Module) journal.Options {
	t.Helper()
	return journal.Options{DB: storetest.OpenAt(t, address), Master: Master, Clock: c, Modules: append([]journal.Module{Ward()}, more...)}
}

// Files opens a file store whose keys are the journal's.
func Files(t testing.TB, j *journal.Journal) *blobs.Store {
	t.Helper()
	files, err := blobs.Open(context.Background(), blobs.Config{Place: t.TempDir(), Secret: Master, Keys: j.BlobKeys()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	return files
}

// Closing closes a period into a file store, with a log that is never behind.
func Closing(files *blobs.Store) journal.Closing {
	return journal.Closing{Files: files, Covered: func(context.Context, int64) error { return nil }, Ground: "period 2026-11"}
}

// Grant makes a grant that may append the ward module's entries and the
// journal's own.
func Grant(t testing.TB) policy.Grant {
	t.Helper()
	return GrantAt(t, clock.System{})
}

// GrantAt is Grant for a journal with a clock of its own.
func GrantAt(t testing.TB, c clock.Clock) policy.Grant {
	t.Helper()
	hooks := Hooks()
	hooks.Clock = c
	p, err := policy.New([]policy.Module{Policy()}, hooks)
	if err != nil {
		t.Fatal(err)
	}
	g, err := p.System("test", "ward.keep", "CPP-66")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Policy is the ward module's: its one action may append all that tests need.
func Policy() policy.Module {
	return policy.Module{
		Name: "ward", Schema: []byte(`action "ward.keep" appliesTo { principal: [Actor], resource: [Service], context: Context };`),
		Cedar: []byte(`permit (principal, action == Action::"ward.keep", resource);`),
		Actions: []policy.Action{{Name: "ward.keep", System: true, Purposes: []policy.PurposeKind{policy.Basis}, Binds: policy.BindActor,
			Appends: []string{"ward.admitted", "ward.moved", "ward.visited", "journal.erased", "journal.held", "journal.hold-lifted", "journal.period-closed",
				"journal.control-planted", "journal.control-seen", "journal.control-missed", "journal.checkpoint-printed", "journal.accesses-expired"}}},
	}
}

// Hooks are those of a policy that lets its Cedar rules decide alone.
func Hooks() policy.Hooks {
	return policy.Hooks{
		Recorder: deaf{}, Units: flat{}, Clock: clock.System{},
		Active: func(context.Context, policy.Actor) bool { return true },
		Holds:  func(context.Context, policy.Actor, policy.Purpose) bool { return true },
		Basis:  func(string) bool { return true },
	}
}

type deaf struct{}

func (deaf) RecordRefusal(context.Context, policy.Refusal) error { return nil }

type flat struct{}

func (flat) Ancestors(ident.ID) []ident.ID { return nil }

// Ward is the test module.
func Ward() journal.Module {
	return journal.Module{
		Name: "ward",
		Migrations: fstest.MapFS{"0001_ward.sql": {Data: []byte(`
			create table ward_people (id text not null primary key, name text, born text, ward bigint not null, moves bigint not null, at bigint not null, vip boolean not null, mark bytea not null);
			create table ward_visits (person text not null, n bigint not null, visitor text not null, words text, primary key (person, n));
			create table idx_ward_names (part text not null, person text not null, primary key (part, person));
		`)}},
		Kinds:  []journal.Kind{journal.KindOf[Admitted]("ward.admitted"), journal.KindOf[Moved]("ward.moved"), journal.KindOf[Visited]("ward.visited")},
		Erase:  forget,
		Within: func(context.Context, store.Reader, ident.ID) ([]ident.Ref, error) { return nil, nil },
	}
}

// Admitted says that a person came to a ward.
type Admitted struct {
	Person ident.ID
	Name   journal.Sealed `seal:"Person"`
	Born   journal.Sealed `seal:"Person"`
	Ward   int
	VIP    bool
	Mark   []byte
}

// Apply adds the person.
func (e Admitted) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into ward_people (id, name, born, ward, moves, at, vip, mark) values ($1, $2, $3, $4, 0, $5, $6, $7)",
		string(e.Person), e.Name, e.Born, e.Ward, store.Micros(m.Happened), e.VIP, e.Mark)
	if err != nil {
		return err
	}
	return reindex(w, e.Person)
}

// About names the person.
func (e Admitted) About() []ident.Ref { return []ident.Ref{{Kind: "person", ID: e.Person}} }

// Moved says that a person went to another ward.
type Moved struct {
	Person ident.ID
	Ward   int
}

// Apply moves the person.
func (e Moved) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update ward_people set ward = $1, moves = moves + 1 where id = $2", e.Ward, string(e.Person))
}

// About names the person.
func (e Moved) About() []ident.Ref { return []ident.Ref{{Kind: "person", ID: e.Person}} }

// Visited says that others came to see a person, and what each said.
type Visited struct {
	Person   ident.ID
	Visitors []Visitor
}

// Visitor is one of them.
type Visitor struct {
	ID    ident.ID
	Words journal.Sealed `seal:"ID"`
}

// Apply adds the visits.
func (e Visited) Apply(w *store.Writer, m journal.Meta) error {
	for i, v := range e.Visitors {
		err := w.One("insert into ward_visits (person, n, visitor, words) values ($1, $2, $3, $4)", string(e.Person), m.Seq*100+int64(i), string(v.ID), v.Words)
		if err != nil {
			return err
		}
	}
	return nil
}

// About names the person visited and the visitors.
func (e Visited) About() []ident.Ref {
	refs := []ident.Ref{{Kind: "person", ID: e.Person}}
	for _, v := range e.Visitors {
		refs = append(refs, ident.Ref{Kind: "person", ID: v.ID})
	}
	return refs
}

func forget(w *store.Writer, subject ident.ID) error {
	if _, err := w.Exec("update ward_people set name = null, born = null where id = $1", string(subject)); err != nil {
		return err
	}
	if _, err := w.Exec("update ward_visits set words = null where visitor = $1", string(subject)); err != nil {
		return err
	}
	return reindex(w, subject)
}

// reindex derives the search rows of a person from the record row.
func reindex(w *store.Writer, person ident.ID) error {
	if _, err := w.Exec("delete from idx_ward_names where person = $1", string(person)); err != nil {
		return err
	}
	var names []string
	err := w.Each("select name from ward_people where id = $1 and name is not null", []any{string(person)}, func(scan store.Scan) error {
		var name string
		names = append(names, "")
		err := scan(&name)
		names[len(names)-1] = name
		return err
	})
	for _, n := range names {
		if err == nil && n != "" {
			_, err = w.Exec("insert into idx_ward_names (part, person) values ($1, $2)", n, string(person))
		}
	}
	return err
}
