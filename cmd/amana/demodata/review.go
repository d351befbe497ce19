package demodata

import (
	"context"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// conclude submits the case to the chief, who returns or approves it.
func (b *brigade) conclude(ctx context.Context) error {
	f, err := b.Cases.File(ctx, b.id)
	if err != nil {
		return err
	}
	if gate, _ := b.Cases.Gate(ctx, f); !gate.Open() && b.fate < 60 {
		return nil // stays open: something is missing, and the gate says what
	}
	err = b.act(ctx, b.works, "cases.review.submit", func(g policy.Grant) error { return b.Cases.Submit(ctx, g, b.id) })
	if err != nil || b.leads == nil || b.fate < 40 {
		return err
	}
	if b.fate < 46 {
		b.later(b.days(1, 3), b.sendBack)
		return nil
	}
	b.later(b.days(1, 3), b.approve)
	return nil
}

func (b *brigade) sendBack(ctx context.Context) error {
	return b.act(ctx, b.leads, "cases.review.return", func(g policy.Grant) error {
		return b.Cases.Return(ctx, g, b.id, []cases.NewRemark{{Anchor: ident.Ref{Kind: enquiry.KindCase, ID: b.id}, Section: "facts", Words: pick(b.World, b.tales.Words["remark"])}})
	})
}

func (b *brigade) approve(ctx context.Context) error {
	err := b.act(ctx, b.leads, "cases.review.approve", func(g policy.Grant) error { return b.Cases.Approve(ctx, g, b.id) })
	if err != nil || b.fate < 55 {
		return err
	}
	b.later(b.days(1, 2), b.handOver)
	return nil
}

// handOver sends the dossier if the gate lets it through.
func (b *brigade) handOver(ctx context.Context) error {
	f, err := b.Cases.File(ctx, b.id)
	if err != nil {
		return err
	}
	if gate, _ := b.Cases.Gate(ctx, f); !gate.Open() {
		return nil
	}
	var d enquiry.Dossier
	err = b.act(ctx, b.leads, "cases.dossier.hand-over", func(g policy.Grant) (err error) {
		d, err = b.Cases.HandOver(ctx, g, b.id, b.ids.New())
		return err
	})
	if err != nil || b.fate < 68 {
		return err
	}
	b.later(b.days(1, 6), func(ctx context.Context) error { return b.acknowledge(ctx, d) })
	return nil
}

// prosecutor asks for an act of the office that has the dossier.
func (b *brigade) prosecutor(ctx context.Context, d enquiry.Dossier, action string) (policy.Grant, error) {
	for _, o := range b.officersOf("prosecutor") {
		if o.unit.id != d.Office {
			continue
		}
		a, _, err := b.actor(ctx, o)
		if err != nil {
			return policy.Grant{}, err
		}
		at := ident.Ref{Kind: enquiry.KindCase, ID: d.Case}
		return b.k.Policy.Ask(ctx, a, action, policy.Resource{Ref: ident.Ref{Kind: enquiry.KindDossier, ID: d.ID}, Under: []ident.Ref{at}, Unit: d.Office}, policy.Purpose{Kind: policy.Case, Ref: at})
	}
	return policy.Grant{}, fault.New(fault.NotFound, "fault.not-found")
}

func (b *brigade) acknowledge(ctx context.Context, d enquiry.Dossier) error {
	g, err := b.prosecutor(ctx, d, "cases.dossier.acknowledge")
	if err != nil {
		return err
	}
	if _, err := b.Cases.Acknowledge(ctx, g, d.ID); err != nil || b.fate < 80 {
		return err
	}
	b.later(b.days(2, 10), func(ctx context.Context) error { return b.decide(ctx, d) })
	return nil
}

// decide is the prosecution's answer: no further action, or charges.
func (b *brigade) decide(ctx context.Context, d enquiry.Dossier) error {
	g, err := b.prosecutor(ctx, d, "cases.dossier.decide")
	if err != nil {
		return err
	}
	code := "prosecution-free"
	if b.fate >= 92 {
		code = "dismissed"
	}
	decision, err := b.k.Pack.Decision(code, b.clock.Now())
	if err != nil {
		return err
	}
	given := map[string]string{}
	for _, field := range decision.Fields {
		given[field] = b.clock.Now().Format("2/2006")
	}
	return b.Cases.Decide(ctx, g, d.ID, code, given)
}
