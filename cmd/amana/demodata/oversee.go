package demodata

import (
	"context"
	"fmt"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// oversee lets the investigator whom visitors meet open another's case in
// an emergency, and ask for a second: the chief has something to judge and
// something to answer.
func (l *life) oversee(ctx context.Context) error {
	who := l.faces["investigator"]
	a, _, err := l.actor(ctx, who)
	if err != nil {
		return err
	}
	others, err := store.List(ctx, l.k.Reader, `select c.id from cases_cases c where c.sensitivity = '' and not c.sealed and c.closed_at = 0
		and not exists (select 1 from cases_assigned a where a.case_id = c.id and a.officer = $2)
		order by case c.unit when $1 then 0 else 1 end, c.id desc limit 2`,
		[]any{string(a.Unit), string(a.ID)}, func(scan store.Scan) (id ident.ID, err error) { return id, scan(&id) })
	if err != nil || len(others) < 2 {
		return err
	}
	ref := ident.Ref{Kind: enquiry.KindCase, ID: others[0]}
	res, err := l.Cases.Resource(ctx, ref.ID)
	if err != nil {
		return err
	}
	g, err := l.k.Policy.Ask(ctx, a, "cases.case.read", res, policy.Purpose{Kind: policy.BreakGlass, Ref: ref, Reason: pick(l.World, l.tales.Words["emergencies"])})
	if err != nil {
		return fmt.Errorf("an emergency: %w", err)
	}
	if err := l.Oversight.GlassBroken(ctx, g, "brigade-chief"); err != nil {
		return err
	}
	return l.Oversight.AskPermission(ctx, web.Asking{Actor: a, Action: "cases.case.read", MayAllow: "brigade-chief", Record: ident.Ref{Kind: enquiry.KindCase, ID: others[1]}, Reason: pick(l.World, l.tales.Words["pleas"])})
}
