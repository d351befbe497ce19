package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// still is what every entry below does: nothing.
type still struct{}

func (still) Apply(*store.Writer, journal.Meta) error { return nil }
func (still) About() []ident.Ref                      { return nil }

// shape is an entry with one field, of a type that it may not have: what was
// read back would not be what was written, or nobody could erase it.
type shape[T any] struct{ X T }

func (shape[T]) Apply(*store.Writer, journal.Meta) error { return nil }
func (shape[T]) About() []ident.Ref                      { return nil }

// hiding has a field that nobody stores.
type hiding struct{ x int }

func (h hiding) Apply(*store.Writer, journal.Meta) error { return fmt.Errorf("%d", h.x) }
func (hiding) About() []ident.Ref                        { return nil }

// listed stands in a list and holds a pointer.
type listed struct {
	ID ident.ID
	Y  journal.Sealed `seal:"ID"`
	Z  *int
}

// sealedBy is a value under a subject that the entry does not name.
type sealedBy struct {
	X journal.Sealed `seal:"Nobody"`
}

func (sealedBy) Apply(*store.Writer, journal.Meta) error { return nil }
func (sealedBy) About() []ident.Ref                      { return nil }

// TestAnEntryThatWouldNotReadBackIsNoKind: a program that has one does not start.
func TestAnEntryThatWouldNotReadBackIsNoKind(t *testing.T) {
	kind := func(k journal.Kind) []journal.Kind { return []journal.Kind{k} }
	for name, c := range map[string]struct {
		kinds []journal.Kind
		says  string
	}{
		"a pointer":                      {kind(journal.KindOf[shape[*int]]("x.a")), "cannot be stored"},
		"a floating point":               {kind(journal.KindOf[shape[float64]]("x.a")), "cannot be stored"},
		"a map":                          {kind(journal.KindOf[shape[map[string]string]]("x.a")), "cannot be stored"},
		"anything":                       {kind(journal.KindOf[shape[any]]("x.a")), "cannot be stored"},
		"a channel":                      {kind(journal.KindOf[shape[chan int]]("x.a")), "cannot be stored"},
		"a number beyond JSON's":         {kind(journal.KindOf[shape[uint64]]("x.a")), "cannot be stored"},
		"a hidden field":                 {kind(journal.KindOf[hiding]("x.a")), "is not exported"},
		"a pointer within":               {kind(journal.KindOf[shape[struct{ Y []*string }]]("x.a")), "cannot be stored"},
		"a seal of nobody's":             {kind(journal.KindOf[shape[journal.Sealed]]("x.a")), "has no seal tag"},
		"a seal of a field that is none": {kind(journal.KindOf[sealedBy]("x.a")), "which is no field"},
		"a seal of nobody's in a list":   {kind(journal.KindOf[shape[[]struct{ Y journal.Sealed }]]("x.a")), "has no seal tag"},
		"a pointer in a list":            {kind(journal.KindOf[shape[[]listed]]("x.a")), "cannot be stored"},
		"a name twice":                   {[]journal.Kind{journal.KindOf[still]("x.a"), journal.KindOf[journaltest.Moved]("x.a")}, "registered twice"},
		"a type twice":                   {[]journal.Kind{journal.KindOf[still]("x.a"), journal.KindOf[still]("x.b")}, "registered twice"},
		"a name of another module's":     {kind(journal.KindOf[still]("ward.a")), "module x registers ward.a"},
		"a name without a module":        {kind(journal.KindOf[still]("a")), "module x registers a"},
	} {
		o := journaltest.Options(t, storetest.SQLite(t), clock.System{}, journal.Module{Name: "x", Kinds: c.kinds})
		j, err := journal.Open(t.Context(), o)
		if err == nil {
			must(t, j.Close())
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestTheKindsOfAProgramAreListed with the fields of each and who seals them.
func TestTheKindsOfAProgramAreListed(t *testing.T) {
	j := journaltest.Open(t)
	names := map[string]journal.Kind{}
	for _, k := range j.Kinds() {
		names[k.Name] = k
		if k.Module() != "ward" && k.Module() != "journal" || k.Version < 1 {
			t.Errorf("%s of %s", k.Name, k.Module())
		}
	}
	want := map[string]string{"Person": "", "Name": "Person", "Born": "Person", "Ward": "", "VIP": "", "Mark": ""}
	if diff := cmp.Diff(want, names["ward.admitted"].Fields()); diff != "" {
		t.Error(diff)
	}
	want = map[string]string{"Person": "", "Visitors[].ID": "", "Visitors[].Words": "Visitors[].ID"}
	if diff := cmp.Diff(want, names["ward.visited"].Fields()); diff != "" {
		t.Error(diff)
	}
	if _, ok := names["ward.moved"].Zero().(journaltest.Moved); !ok {
		t.Errorf("%T", names["ward.moved"].Zero())
	}
}

// movedTo is a later form of journaltest.Moved: it says why.
type movedTo struct {
	Person ident.ID
	To     int
	Why    string
}

func (e movedTo) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update ward_people set ward = $1, moves = moves + 1 where id = $2", e.To, string(e.Person))
}

func (e movedTo) About() []ident.Ref { return []ident.Ref{{Kind: "person", ID: e.Person}} }

// later is the ward module of a program in which moves have their later form.
func later(upcast journal.Upcast) journal.Module {
	m := journaltest.Ward()
	for i, k := range m.Kinds {
		if k.Name == "ward.moved" {
			m.Kinds[i] = journal.KindOf[movedTo]("ward.moved", upcast)
		}
	}
	return m
}

func renamed(f journal.Fields) journal.Fields {
	out := maps.Clone(f)
	out["To"], out["Why"] = out["Ward"], json.RawMessage(`"not said"`)
	delete(out, "Ward")
	return out
}

// TestAnOldEntryIsReadInItsLaterForm: as stored it stays, its proof too; tables
// come out the same, and a program that knows only the old form reads no newer.
func TestAnOldEntryIsReadInItsLaterForm(t *testing.T) {
	address := storetest.Address(t)
	old, err := journal.Open(t.Context(), journaltest.Options(t, address, clock.System{}))
	must(t, err)
	id := admit(t, old, "Zineb")
	do(t, old, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journaltest.Moved{Person: id, Ward: 7})
		return nil
	})
	must(t, old.Close())
	o := journaltest.Options(t, address, clock.System{})
	o.Modules[0] = later(renamed)
	j, err := journal.Open(t.Context(), o)
	must(t, err)
	line, err := j.Timeline(t.Context(), person(id), 0, 1)
	must(t, err)
	if diff := cmp.Diff(movedTo{id, 7, "not said"}, line[0].Entry); diff != "" {
		t.Error(diff)
	}
	do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(movedTo{id, 8, "asked for it"})
		return nil
	})
	line, err = j.Timeline(t.Context(), person(id), 0, 1)
	if must(t, err); line[0].Entry.(movedTo).Why != "asked for it" {
		t.Errorf("%+v", line[0])
	}
	if r := verify(t, j); !r.Clean() {
		t.Errorf("%+v", r.Findings)
	}
	must(t, j.Close())
	again := journaltest.OpenAt(t, address, clock.System{})
	if _, err := again.Timeline(t.Context(), person(id), 0, 1); err == nil || !strings.Contains(err.Error(), "is newer than this program's") {
		t.Errorf("an older program: %v", err)
	}
	if r, err := again.Verify(t.Context(), journal.Scope{}); err == nil && r.Clean() {
		t.Error("an older program found nothing wrong with what it cannot read")
	}
}

// TestALaterFormThatDoesNotFitIsNotRead, rather than read as something else.
func TestALaterFormThatDoesNotFitIsNotRead(t *testing.T) {
	address := storetest.Address(t)
	old, err := journal.Open(t.Context(), journaltest.Options(t, address, clock.System{}))
	must(t, err)
	id := admit(t, old, "Zineb")
	do(t, old, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journaltest.Moved{Person: id, Ward: 7})
		return nil
	})
	must(t, old.Close())
	for name, upcast := range map[string]journal.Upcast{
		"one of another type": func(f journal.Fields) journal.Fields {
			out := renamed(f)
			out["To"] = json.RawMessage(`"seven"`)
			return out
		},
		"no JSON": func(f journal.Fields) journal.Fields {
			out := renamed(f)
			out["Why"] = json.RawMessage(`{`)
			return out
		},
	} {
		o := journaltest.Options(t, address, clock.System{})
		o.Modules[0] = later(upcast)
		j, err := journal.Open(t.Context(), o)
		must(t, err)
		if line, err := j.Timeline(t.Context(), person(id), 0, 1); err == nil {
			t.Errorf("%s: read as %+v", name, line[0].Entry)
		}
		must(t, j.Close())
	}
}

// TestABackupHoldsTheRecordAndTheKeysApart, and brings back every table; without
// the keys it brings nobody's words.
func TestABackupHoldsTheRecordAndTheKeysApart(t *testing.T) {
	j, _ := world(t)
	open := func() *store.DB { return storetest.OpenAt(t, storetest.SQLite(t)) }
	into, keys := open(), open()
	must(t, j.Backup(t.Context(), into, keys))
	for table, where := range map[string]*store.DB{"journal_entries": into, "access_entries": into, "journal_keys": keys, "access_keys": keys} {
		var there, elsewhere int
		other := keys
		if where == keys {
			other = into
		}
		count := "select count(*) from " + table
		must(t, errors.Join(where.Reader().Row(t.Context(), count, nil, &there), other.Reader().Row(t.Context(), count, nil, &elsewhere)))
		if there == 0 || elsewhere != 0 {
			t.Errorf("%s: %d in its place, %d beside it", table, there, elsewhere)
		}
	}
	o := journaltest.Options(t, storetest.SQLite(t), clock.System{})
	o.Node = "main"
	must(t, journal.Shape(t.Context(), o.DB, append([]journal.Module{journal.LaneModule()}, o.Modules...)))
	n, err := journal.Restore(t.Context(), o, into, keys, func(int64) {})
	must(t, err)
	last, err := j.Last(t.Context())
	must(t, err)
	back, err := journal.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, back.Close()) })
	if got, err := back.Last(t.Context()); err != nil || got != last || n == 0 {
		t.Errorf("%d entries of %d, %v", got, last, err)
	}
	var names, was []string
	read := func(into *[]string) func(store.Scan) error {
		return func(scan store.Scan) error {
			var name journal.Sealed
			err := scan(&name)
			*into = append(*into, name.Text())
			return err
		}
	}
	query := "select name from ward_people order by id"
	must(t, errors.Join(back.Reader().Each(t.Context(), query, nil, read(&names)), j.Reader().Each(t.Context(), query, nil, read(&was))))
	if diff := cmp.Diff(was, names); diff != "" || len(names) < 3 {
		t.Error(diff)
	}
	if r := verify(t, back); !r.Clean() {
		t.Errorf("%+v", r.Findings)
	}
}
