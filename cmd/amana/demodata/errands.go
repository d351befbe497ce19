package demodata

import (
	"context"
	"fmt"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/register"
)

// registered asks for an act on a record of the register, under one's duty.
func (l *life) registered(ctx context.Context, o *officer, ref ident.Ref, action string) (policy.Grant, error) {
	a, duty, err := l.actor(ctx, o)
	if err != nil {
		return policy.Grant{}, err
	}
	res, err := l.Register.Resource(ctx, ref, duty)
	if err != nil {
		return policy.Grant{}, err
	}
	g, err := l.k.Policy.Ask(ctx, a, action, res, duty)
	if err != nil {
		return policy.Grant{}, fmt.Errorf("%s: %w", action, err)
	}
	return g, nil
}

// passOn offers a complaint to the desk it belongs to, which answers or has not yet.
func (l *life) passOn(ctx context.Context, desk *officer, complaint ident.ID) error {
	to := pick(l.World, l.officersOf("duty-officer"))
	if to.unit == desk.unit {
		return nil
	}
	g, err := l.registered(ctx, desk, ident.Ref{Kind: register.KindComplaint, ID: complaint}, "register.transfer.offer")
	if err != nil {
		return err
	}
	c, err := l.Register.Complaint(ctx, complaint)
	if err == nil {
		err = l.Register.OfferTransfer(ctx, g, complaint, c.Version, to.unit.id, pick(l.World, l.tales.Words["transfer"]))
	}
	return err
}

// relieve hands the desk over: a colleague takes what was left for them the
// last time, and the officer leaves word for the next watch.
func (l *life) relieve(ctx context.Context, desk *officer) error {
	if err := l.take(ctx, desk); err != nil {
		return err
	}
	g, err := l.onDuty(ctx, desk, "register.handover.give")
	if err != nil {
		return err
	}
	h, err := l.Register.GiveHandover(ctx, g, l.ids.New(), pick(l.World, l.tales.Words["lines"]))
	l.waiting = h.ID
	return err
}

func (l *life) take(ctx context.Context, desk *officer) error {
	for _, o := range l.officersOf("duty-officer") {
		if l.waiting == "" || o.unit != desk.unit || o == desk {
			continue
		}
		g, err := l.registered(ctx, o, ident.Ref{Kind: register.KindHandover, ID: l.waiting}, "register.handover.take")
		if err == nil {
			err = l.Register.TakeHandover(ctx, g, l.waiting)
		}
		l.waiting = ""
		return err
	}
	return nil
}

// list sends the day's list of those held to the prosecution, if nobody has.
// Law: CPP 66
func (b *brigade) list(ctx context.Context) error {
	g, err := b.onDuty(ctx, b.works, "register.list.send")
	if err != nil {
		return err
	}
	_, err = b.Register.SendList(ctx, g)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}
