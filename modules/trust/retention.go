package trust

import (
	"context"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// terms are the registrations that were refused, or expired and not renewed,
// with what was written of their examination, on the word of the prosecutor
// general. What is public of them stays: under which name it asked, and for what.
// Law: L69-99
func terms() []app.Term {
	return []app.Term{{Class: "trust-registration", Due: overBefore}}
}

// overBefore lists institutions that ended before a time: by a refusal, or when
// their last approval was over.
func overBefore(ctx context.Context, r store.Reader, w app.Window) ([]app.Due, error) {
	return store.List(ctx, r, `select id, unit, over_at from (
			select i.id, i.unit, case when i.state = 'expired' then i.until_at else coalesce((select max(v.decided_at) from trust_versions v where v.institution = i.id), 0) end as over_at
			from trust_institutions i where i.state in ('expired', 'refused') and ($2 = '' or i.unit = $2)
				and not exists (select 1 from trust_versions v where v.institution = i.id and v.state in ('applied', 'examined'))
				and (i.why is not null or exists (select 1 from trust_versions v where v.institution = i.id and (v.finding is not null or v.reason is not null)))) x
		where over_at < $1 order by over_at, id limit $3`, []any{store.Micros(w.Before), string(w.Unit), w.Most}, func(scan store.Scan) (d app.Due, err error) {
		d.Ref.Kind = KindInstitution
		return d, scan(&d.Ref.ID, &d.Unit, store.At(&d.Since))
	})
}

// speaks gives when an institution was last told of a person, or they agreed
// that it is or is no longer. It is the account that lives. A consent says under
// which name the institution knows the person, sealed under the person's own
// key; it and its verifications name nobody once the person has ended.
// Law: L09-08 4
func speaks(ctx context.Context, r store.Reader, person ident.ID) (app.Spoken, error) {
	return app.SpokenIn(ctx, r, `select false, case when ended_at > 0 then ended_at else given_at end, '' from trust_consents where person = $1
		union all select false, max(at), '' from trust_verifications where person = $1`, string(person))
}
