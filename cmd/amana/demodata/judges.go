package demodata

import (
	"context"
	"fmt"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/units"
)

// planJudges lets the visitor's brigade work for judges in the last days: under
// letters rogatory, where one interception was ordered and another waits, and in an
// enquiry whose interception the prosecutor general has put before the first
// president, and another still to be. It draws nothing, so that the rest of the
// history stays as it is.
func (l *life) planJudges() {
	at := func(ago time.Duration, do func(ctx context.Context) error) {
		l.agenda = append(l.agenda, moment{clock.Micro(l.now.Add(-ago)), l.planned(), do})
	}
	if l.faces[units.Judge] == nil || l.faces[units.President] == nil {
		return // a pack without courts
	}
	letters := &brigade{life: l, works: l.faces[units.Investigator]}
	at(6*24*time.Hour, func(ctx context.Context) error { return letters.begin(ctx, 0) })
	at(5*24*time.Hour, func(ctx context.Context) error { return letters.intercept(ctx, "0600000042", letters.ordered) })
	at(26*time.Hour, func(ctx context.Context) error { return letters.intercept(ctx, "0600000043", nil) })
	plain := &brigade{life: l, works: l.faces[units.Investigator]}
	at(4*24*time.Hour, func(ctx context.Context) error { return plain.begin(ctx, 1) })
	at(3*24*time.Hour, func(ctx context.Context) error { return plain.intercept(ctx, "0600000044", plain.putBefore) })
	at(25*time.Hour, func(ctx context.Context) error { return plain.intercept(ctx, "0600000045", nil) })
}

// begin opens a case of fraud: under letters rogatory of the visitor's judge, or on
// the prosecution's instruction.
func (b *brigade) begin(ctx context.Context, n int) error {
	g, err := b.onDuty(ctx, b.works, "cases.case.open")
	if err != nil {
		return err
	}
	now := b.clock.Now()
	o := cases.Opening{Submission: b.ids.New(), Origin: enquiry.FromInstruction, Regime: "rogatory", Court: b.faces[units.Judge].unit.id, Facts: b.tales.Words["letters"][n], From: now.AddDate(0, -1, 0),
		Values: map[string]string{"judge": b.tales.Words["judges"][n], "mandate": fmt.Sprintf("31/%d", now.Year()), "deadline": now.AddDate(0, 2, 0).Format(time.RFC3339)}}
	if n > 0 {
		o.Regime, o.Court, o.Values = "preliminary", "", map[string]string{"instruction": fmt.Sprintf("214/%d", now.Year())}
	}
	c, err := b.Cases.Open(ctx, g, o)
	if err != nil {
		return fmt.Errorf("a case for a judge: %w", err)
	}
	b.id = c.ID
	return b.act(ctx, b.works, "cases.offence.qualify", func(g policy.Grant) error {
		return b.Cases.Qualify(ctx, g, b.id, cases.Qualification{Code: "fraud"})
	})
}

// intercept asks for the interception of a line, and lets whoever is asked answer;
// nil leaves it to the visitor.
func (b *brigade) intercept(ctx context.Context, line string, answer func(context.Context, enquiry.Measure) error) error {
	var id ident.ID
	err := b.act(ctx, b.works, "cases.measure.ask", func(g policy.Grant) (err error) {
		id, err = b.Cases.AskMeasure(ctx, g, b.id, cases.NewMeasure{Kind: "interception", Values: map[string]string{
			"target": line, "offence": b.tales.Words["intercepted"][0], "reasons": b.tales.Words["intercepting"][0], "duration": b.tales.Words["intercepted"][1]}})
		return err
	})
	if err != nil || answer == nil {
		return err
	}
	m, err := b.Cases.Measure(ctx, id)
	if err != nil {
		return err
	}
	return answer(ctx, m)
}

// putBefore is the prosecutor general's requisition.
func (b *brigade) putBefore(ctx context.Context, m enquiry.Measure) error {
	g, err := b.authority(ctx, m, "cases.measure.request")
	if err != nil {
		return err
	}
	return b.Cases.RequestMeasure(ctx, g, m.ID, fmt.Sprintf("57/%d", b.clock.Now().Year()))
}

// ordered is the judge's order, for as long as the law lets it.
func (b *brigade) ordered(ctx context.Context, m enquiry.Measure) error {
	g, err := b.authority(ctx, m, "cases.measure.order")
	if err != nil {
		return err
	}
	return b.Cases.OrderMeasure(ctx, g, m.ID, cases.Order{Number: fmt.Sprintf("88/%d", b.clock.Now().Year()), Basis: "CPP 108", From: b.clock.Now()})
}
