package register

import (
	"context"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// terms are the kinds of records of the desk that end: the lines of the log
// book by the approved schedule, complaints and pages of the custody register
// on the prosecution's word.
// Law: L69-99
func terms() []app.Term {
	due := func(kind, query string) func(context.Context, store.Reader, app.Window) ([]app.Due, error) {
		return func(ctx context.Context, r store.Reader, w app.Window) ([]app.Due, error) {
			return store.List(ctx, r, query, []any{store.Micros(w.Before), string(w.Unit), w.Most}, func(scan store.Scan) (d app.Due, err error) {
				d.Ref.Kind = kind
				return d, scan(&d.Ref.ID, &d.Unit, store.At(&d.Since))
			})
		}
	}
	return []app.Term{
		{Class: "log-book", Due: due(KindLine, `select id, unit, written_at from register_lines
			where words is not null and written_at < $1 and ($2 = '' or unit = $2) order by written_at, id limit $3`)},
		{Class: "complaint", Due: due(KindComplaint, `select id, unit, closed_at from register_complaints
			where facts is not null and closed_at > 0 and closed_at < $1 and ($2 = '' or unit = $2) order by closed_at, id limit $3`)},
		{Class: "custody-register", Due: due(KindCustody, `select id, unit, ended_at from register_custodies c
			where (reasons is not null or exists (select 1 from register_details d where d.custody = c.id and d.value is not null))
			and ended_at > 0 and ended_at < $1 and ($2 = '' or unit = $2) order by ended_at, id limit $3`)},
	}
}

// speaks gives how complaints and pages of the custody register stand that name
// a person.
func speaks(ctx context.Context, r store.Reader, person ident.ID) (app.Spoken, error) {
	return app.SpokenIn(ctx, r, `select c.facts is not null, case when c.closed_at > 0 then c.closed_at else c.written_at end, c.unit
			from register_parties p join register_complaints c on c.id = p.complaint where p.person = $1
		union all select c.ended_at = 0 or c.reasons is not null or exists (select 1 from register_details d where d.custody = c.id and d.value is not null), c.ended_at, c.unit
			from register_custodies c where c.person = $1`, string(person))
}
