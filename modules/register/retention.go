package register

import (
	"context"

	"github.com/amana-platform/amana/kernel/app"
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
