package citizens

import (
	"context"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// speaks gives how the accounts of a person stand. Their log, and what was
// written down of a judge's orders, end with the person. Law: L09-08 3
func speaks(ctx context.Context, r store.Reader, person ident.ID) (out app.Spoken, err error) {
	out, err = app.SpokenIn(ctx, r, `select closed_at = 0 and not forgotten, closed_at, unit from citizens_accounts where person = $1
		union all select answered_at = 0 and reason is not null, answered_at, '' from citizens_contests where citizen in (select id from citizens_accounts where person = $1)
		union all select false, case when lifted_at > 0 then lifted_at else until_at end, '' from citizens_delays where person = $1`, string(person))
	if err != nil {
		return out, err
	}
	out.With, err = store.List(ctx, r, "select id from citizens_delays where person = $1 and authority is not null order by id", []any{string(person)}, scanID)
	return out, err
}
