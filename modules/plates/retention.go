package plates

import (
	"context"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// terms are the kinds of records that end on the prosecution's word: entries of
// the lists, and hits that somebody confirmed, with their pictures. What was read
// and hit nothing ends by the schedule alone (ExpireReads).
// Law: L69-99; L09-08 3
func terms() []app.Term {
	return []app.Term{
		{Class: "wanted-notice", Due: due(KindEntry, `select e.id, e.unit, e.over_at from (
				select id, unit, plate, case when state = 'cancelled' then ended_at else until_at end as over_at from plates_entries) e
			where e.plate is not null and e.over_at < $1 and ($2 = '' or e.unit = $2)
				and not exists (select 1 from plates_contests c where c.entry_id = e.id and c.state = 'open') order by e.over_at, e.id limit $3`), Subjects: entrySubjects},
		{Class: "plate-hit", Due: due(KindHit, `select id, unit, proposed_at from plates_hits
			where state in ('confirmed', 'tasked', 'closed') and plate is not null and proposed_at < $1 and ($2 = '' or unit = $2) order by proposed_at, id limit $3`)},
	}
}

// due lists records of a kind by a query of their ids, units and when their term
// began. The term of an entry begins when it may be in force no more: the law's
// limitation is in how long it was let stand.
func due(kind, query string) func(context.Context, store.Reader, app.Window) ([]app.Due, error) {
	return func(ctx context.Context, r store.Reader, w app.Window) ([]app.Due, error) {
		return store.List(ctx, r, query, []any{store.Micros(w.Before), string(w.Unit), w.Most}, func(scan store.Scan) (d app.Due, err error) {
			d.Ref.Kind = kind
			return d, scan(&d.Ref.ID, &d.Unit, store.At(&d.Since))
		})
	}
}

// entrySubjects lists under whose keys an entry is sealed: its own, and those of
// the claims that it is wrong.
func entrySubjects(ctx context.Context, r store.Reader, id ident.ID) ([]ident.ID, error) {
	return store.List(ctx, r, "select id from plates_entries where id = $1 union select id from plates_contests where entry_id = $1 order by 1", []any{string(id)}, scanID)
}
