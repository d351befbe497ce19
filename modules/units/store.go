package units

import (
	"context"

	"github.com/amana-platform/amana/engines/names"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// What Apply writes.

func insertUnit(w *store.Writer, e UnitOpened) error {
	return w.One(`insert into units_units (id, code, type, parent, name_ar, name_fr, name_en, area, from_at, to_at, successor, version)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '', 1)`,
		string(e.Unit), e.Code, e.Type, string(e.Parent), e.Names.AR, e.Names.FR, e.Names.EN, e.Area, store.Micros(e.From))
}

func moveUnit(w *store.Writer, e UnitMoved) error {
	return w.One(`update units_units set parent = $1, type = $2, name_ar = $3, name_fr = $4, name_en = $5, area = $6, version = version + 1 where id = $7`,
		string(e.Parent), e.Type, e.Names.AR, e.Names.FR, e.Names.EN, e.Area, string(e.Unit))
}

func closeUnit(w *store.Writer, e UnitClosed) error {
	return w.One("update units_units set to_at = $1, successor = $2, version = version + 1 where id = $3",
		store.Micros(e.To), string(e.Successor), string(e.Unit))
}

func insertPlacement(w *store.Writer, seq int64, p Placement) error {
	return w.One(`insert into units_placements (unit, seq, from_at, to_at, parent, type, name_ar, name_fr, name_en, area, act)
		values ($1, $2, $3, 0, $4, $5, $6, $7, $8, $9, $10)`,
		string(p.Unit), seq, store.Micros(p.From), string(p.Parent), p.Type, p.Names.AR, p.Names.FR, p.Names.EN, p.Area, p.Act)
}

// addToClosure puts a new unit under itself and all above its parent.
func addToClosure(w *store.Writer, unit, parent ident.ID) error {
	if err := w.One("insert into units_closure (ancestor, unit, depth) values ($1, $1, 0)", string(unit)); err != nil {
		return err
	}
	_, err := w.Exec(`insert into units_closure (ancestor, unit, depth)
		select a.ancestor, cast($1 as text), a.depth + 1 from units_closure a where a.unit = $2`, string(unit), string(parent))
	return err
}

// moveInClosure takes a unit and all below it out of the tree and puts them
// under another unit.
func moveInClosure(w *store.Writer, unit, parent ident.ID) error {
	_, err := w.Exec(`delete from units_closure
		where unit in (select s.unit from units_closure s where s.ancestor = $1)
		and ancestor not in (select s.unit from units_closure s where s.ancestor = $1)`, string(unit))
	if err != nil {
		return err
	}
	_, err = w.Exec(`insert into units_closure (ancestor, unit, depth)
		select a.ancestor, s.unit, a.depth + s.depth + 1 from units_closure a cross join units_closure s
		where a.unit = $1 and s.ancestor = $2`, string(parent), string(unit))
	return err
}

func insertOfficer(w *store.Writer, e OfficerEnrolled) error {
	return w.One(`insert into units_officers (id, matricule, given_ar, family_ar, given, family, grade, track, sex, since_at, version)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)`,
		string(e.Officer), e.Matricule, e.GivenAR, e.FamilyAR, e.Given, e.Family, e.Grade, e.Track, string(e.Sex), store.Micros(e.Since))
}

func insertPost(w *store.Writer, e OfficerPosted, written int64) error {
	return w.One("insert into units_posts (id, officer, unit, role, act, from_at, to_at, written_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
		string(e.Post), string(e.Officer), string(e.Unit), string(e.Role), e.Act, store.Micros(e.From), store.Micros(e.To), written)
}

func endPlacement(w *store.Writer, unit ident.ID, to int64) error {
	return w.One("update units_placements set to_at = $1 where unit = $2 and to_at = 0", to, string(unit))
}

// touch counts a change of an officer's record.
func touch(w *store.Writer, officer ident.ID, m journal.Meta) error {
	if err := w.One("update units_officers set version = version + 1 where id = $1", string(officer)); err != nil {
		return err
	}
	return beat(w, m)
}

// beat says that the tables have changed.
func beat(w *store.Writer, m journal.Meta) error {
	return w.One("insert into units_pulse (id, seq) values (1, $1) on conflict (id) do update set seq = excluded.seq", m.Seq)
}

// erase forgets what identifies an officer; posts and acts stay, under an id
// that names nobody. Law: L09-08
func erase(w *store.Writer, subject ident.ID) error {
	for _, statement := range []string{
		"update units_officers set matricule = null, given_ar = null, family_ar = null, given = null, family = null where id = $1",
		"update units_suspensions set reason = null where officer = $1",
		"update units_passkeys set label = null, record = null where officer = $1",
	} {
		if _, err := w.Exec(statement, string(subject)); err != nil {
			return err
		}
	}
	return reindex(w, subject)
}

// reindex derives the search keys of an officer from the officer's row.
func reindex(w *store.Writer, officer ident.ID) error {
	if _, err := w.Exec("delete from idx_units_words where officer = $1", string(officer)); err != nil {
		return err
	}
	var o Officer
	err := w.Each("select "+officerColumns+" from units_officers where id = $1", []any{string(officer)}, func(scan store.Scan) (err error) {
		o, err = scanOfficer(scan)
		return err
	})
	if err != nil {
		return err
	}
	for _, word := range words(o) {
		if _, err := w.Exec("insert into idx_units_words (word, officer) values ($1, $2)", word, string(officer)); err != nil {
			return err
		}
	}
	return nil
}

// words are the distinct search keys of an officer: the sounds of the names
// in both scripts, and the matricule.
func words(o Officer) []string {
	seen := map[string]bool{"": true}
	var out []string
	for _, key := range append(append(names.Key(o.Name("ar")), names.Key(o.Name("fr"))...), names.Fold(o.Matricule)) {
		if !seen[key] {
			seen[key] = true
			out = append(out, key)
		}
	}
	return out
}

// within names the records in which a subject stands.
func within(ctx context.Context, r store.Reader, subject ident.ID) ([]ident.Ref, error) {
	var n int
	err := r.Row(ctx, "select count(*) from units_officers where id = $1", []any{string(subject)}, &n)
	if err != nil || n == 0 {
		return nil, err
	}
	return []ident.Ref{officerRef(subject)}, nil
}
