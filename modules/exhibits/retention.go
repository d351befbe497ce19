package exhibits

import (
	"context"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// terms are the kinds of records of the store whose time ends: an exhibit that
// was returned, destroyed or deposited with the court, with its chain, on the
// prosecution's word. Law: L69-99; CPP 59
func terms() []app.Term {
	return []app.Term{{Class: "exhibit", Due: leftBefore}}
}

// leftBefore lists exhibits that left the store for good before a time.
func leftBefore(ctx context.Context, r store.Reader, w app.Window) ([]app.Due, error) {
	return store.List(ctx, r, `select x.id, x.unit, max(s.happened_at) from exhibits_exhibits x join exhibits_steps s on s.exhibit = x.id
		where x.description is not null and x.state in ('returned', 'destroyed', 'deposited') and ($2 = '' or x.unit = $2)
		group by x.id, x.unit having max(s.happened_at) < $1 order by 3, 1 limit $3`,
		[]any{store.Micros(w.Before), string(w.Unit), w.Most}, func(scan store.Scan) (d app.Due, err error) {
			d.Ref.Kind = KindExhibit
			return d, scan(&d.Ref.ID, &d.Unit, store.At(&d.Since))
		})
}

// speaks gives how exhibits stand that were taken from a person.
func speaks(ctx context.Context, r store.Reader, person ident.ID) (app.Spoken, error) {
	return app.SpokenIn(ctx, r, `select x.description is not null, (select max(s.happened_at) from exhibits_steps s where s.exhibit = x.id), x.unit
		from exhibits_exhibits x where x.person = $1`, string(person))
}
