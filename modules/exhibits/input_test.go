package exhibits_test

import (
	"image/color"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/modules/exhibits"
)

var grey = color.Gray{Y: 120}

// TestWhatASeizureMustSay: each fault on its field, of one thing and of several;
// at the limit it is taken, one past it is not.
func TestWhatASeizureMustSay(t *testing.T) {
	h := newHouse(t)
	c := h.newCase("*")
	good := func() exhibits.Seizure {
		in := h.seizure(c)
		in.At = h.clock.Now()
		return in
	}
	two := func(in *exhibits.Seizure) {
		in.Things = append(in.Things, exhibits.NewThing{ID: h.ids.New(), Category: exhibits.Other, Description: "x"})
	}
	send := func(in exhibits.Seizure) error {
		g, err := h.onCase("opj", "exhibits.exhibit.seize", c.Ref.ID, c)
		h.must(err)
		_, err = h.SeizeExhibits(ctx, g, in)
		return err
	}
	h.refuses(spoiled(good, send, map[string]func(*exhibits.Seizure){
		"at form.future":                       func(in *exhibits.Seizure) { in.At = h.clock.Now().Add(time.Hour) },
		"place form.required":                  func(in *exhibits.Seizure) { in.Place = " " },
		"place form.too-long":                  func(in *exhibits.Seizure) { in.Place = strings.Repeat("ق", 501) },
		"witnesses form.too-long":              func(in *exhibits.Seizure) { in.Witnesses = strings.Repeat("ق", 501) },
		"condition form.too-long":              func(in *exhibits.Seizure) { in.Condition = strings.Repeat("ق", 501) },
		"described form.required":              func(in *exhibits.Seizure) { in.Things = nil },
		"category form.choose":                 func(in *exhibits.Seizure) { in.Things[0].Category = "treasure" },
		"quantity form.out-of-range":           func(in *exhibits.Seizure) { in.Things[0].Milli = -1 },
		"quantity form.out-of-range, too much": func(in *exhibits.Seizure) { in.Things[0].Milli = 1_000_000_000_001 },
		"measure form.choose":                  func(in *exhibits.Seizure) { in.Things[0].Measure = "barrel" },
		"from exhibits.fault.no-person":        func(in *exhibits.Seizure) { in.From = h.ids.New() },
		"submission exhibits.fault.submission": func(in *exhibits.Seizure) { in.Things[0].ID = "x" },
		"things.1.described form.required":     func(in *exhibits.Seizure) { two(in); in.Things[1].Description = "" },
		"things.1.category form.choose":        func(in *exhibits.Seizure) { two(in); in.Things[1].Category = "" },
		"described exhibits.fault.too-many": func(in *exhibits.Seizure) {
			for len(in.Things) < 201 {
				two(in)
			}
		},
	}))
	edge := good()
	edge.Place = strings.Repeat("ق", 500)
	edge.Things[0].Milli, edge.Things[0].Description = 1_000_000_000_000, strings.Repeat("ق", 5000)
	for len(edge.Things) < 200 {
		two(&edge)
	}
	h.must(send(edge))
	uncounted := good()
	uncounted.Things[0].Milli, uncounted.Things[0].Measure = 0, "barrel" // of what is not counted the measure is left out
	h.must(send(uncounted))
	if x, err := h.Exhibit(ctx, uncounted.Things[0].ID); err != nil || x.Measure != "" {
		t.Errorf("%+v %v", x, err)
	}
	h.sound()
}

// TestWhatAMoveMustSay: what all acts share, and what each asks besides.
func TestWhatAMoveMustSay(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	other := h.seize(c)
	foreign := h.pictureOf(other.ID)
	store := func(in exhibits.Storing) error {
		return h.StoreExhibit(ctx, h.grant("opj", "exhibits.exhibit.store", x.ID, c), in)
	}
	h.refuses(spoiled(func() exhibits.Storing { return exhibits.Storing{Move: h.moveOf(x.ID), Kept: "safe", Shelf: "A1"} }, store, map[string]func(*exhibits.Storing){
		"submission exhibits.fault.submission": func(in *exhibits.Storing) { in.Submission = "" },
		"at form.future":                       func(in *exhibits.Storing) { in.At = h.clock.Now().Add(time.Hour) },
		"at exhibits.fault.before-last":        func(in *exhibits.Storing) { in.At = x.SeizedAt },
		"condition form.too-long":              func(in *exhibits.Storing) { in.Condition = strings.Repeat("x", 501) },
		"photo exhibits.fault.photo-elsewhere": func(in *exhibits.Storing) { in.Photos = []blobs.Info{foreign} },
		"photo exhibits.fault.too-many":        func(in *exhibits.Storing) { in.Photos = make([]blobs.Info, 21) },
		"shelf form.required":                  func(in *exhibits.Storing) { in.Shelf = "\t" },
		"shelf form.too-long":                  func(in *exhibits.Storing) { in.Shelf = strings.Repeat("x", 501) },
		"kept form.choose, nowhere":            func(in *exhibits.Storing) { in.Kept = "" },
		"kept form.choose, not for a device":   func(in *exhibits.Storing) { in.Kept = "pound" },
	}))
	open := func(in exhibits.Breaking) error {
		return h.BreakSeal(ctx, h.grant("opj", "exhibits.seal.break", x.ID, c), in)
	}
	h.refuses(spoiled(func() exhibits.Breaking {
		return exhibits.Breaking{Move: h.moveOf(x.ID), Seal: x.Seal, Presence: exhibits.BeforeCounsel, Present: "Me A.", Reason: "Examen"}
	}, open, map[string]func(*exhibits.Breaking){
		"seal exhibits.fault.seal-differs":         func(in *exhibits.Breaking) { in.Seal = "KEN-VILLE-BPJ-2026-99999" },
		"seal exhibits.fault.seal-differs, unread": func(in *exhibits.Breaking) { in.Seal = "" },
		"presence form.choose":                     func(in *exhibits.Breaking) { in.Presence = "nobody" },
		"present form.required":                    func(in *exhibits.Breaking) { in.Present = " " },
		"reason form.required":                     func(in *exhibits.Breaking) { in.Presence, in.Present, in.Reason = exhibits.InAbsence, "", "" },
	}))
	offer := func(in exhibits.Offering) error {
		return h.OfferHandover(ctx, h.grant("opj", "exhibits.handover.offer", x.ID, c), in)
	}
	h.refuses(spoiled(func() exhibits.Offering {
		return exhibits.Offering{Move: h.moveOf(x.ID), Receiver: h.who["second"], Destination: exhibits.ToDestruction, Order: exhibits.Order{Authority: "Tribunal", Number: "5/2026", Day: "2026-11-22"}}
	}, offer, map[string]func(*exhibits.Offering){
		"destination form.choose":                      func(in *exhibits.Offering) { in.Destination = "market" },
		"receiver exhibits.fault.same-person":          func(in *exhibits.Offering) { in.Receiver = h.who["opj"] },
		"receiver exhibits.fault.no-receiver, none":    func(in *exhibits.Offering) { in.Receiver = "" },
		"receiver exhibits.fault.no-receiver, unknown": func(in *exhibits.Offering) { in.Receiver = h.ids.New() },
		"authority form.required":                      func(in *exhibits.Offering) { in.Order.Authority = "" },
		"order-number form.required":                   func(in *exhibits.Offering) { in.Order.Number = " " },
		"order-day form.required":                      func(in *exhibits.Offering) { in.Order.Day = "" },
		"order-day form.unreadable":                    func(in *exhibits.Offering) { in.Order.Day = "2026-11" },
		"order-day form.future":                        func(in *exhibits.Offering) { in.Order.Day = "2026-11-24" },
		"remark form.too-long":                         func(in *exhibits.Offering) { in.Remark = strings.Repeat("x", 501) },
	}))
	picture := func(in exhibits.Move) error {
		return h.AddPhotographs(ctx, h.grant("opj", "exhibits.exhibit.photograph", x.ID, c), in)
	}
	h.refuses([]refusal{{"photographs that are none", func() error { return picture(h.moveOf(x.ID)) }, fault.Invalid, "form.required", "photo"}})
	if now, err := h.Exhibit(ctx, x.ID); err != nil || now != x {
		t.Errorf("%+v, was %+v", now, x)
	}
}

// TestWhatAnAnswerMustSay: the receiver says what the thing looks like and
// reads its seal; a refusal says why; each answers the offer that waits.
func TestWhatAnAnswerMustSay(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	offer := h.offer(x.ID, c, "opj", "second", exhibits.ToKeeper)
	good := func() exhibits.Answering {
		in := exhibits.Answering{Move: h.moveOf(x.ID), Handover: offer, Seal: x.Seal, Reason: "Scellé rompu"}
		in.Condition = "Intact"
		return in
	}
	accept := func(in exhibits.Answering) error {
		return h.AcceptHandover(ctx, h.grant("second", "exhibits.handover.accept", x.ID, c), in)
	}
	refuse := func(in exhibits.Answering) error {
		return h.RefuseHandover(ctx, h.grant("second", "exhibits.handover.refuse", x.ID, c), in)
	}
	withdraw := func(in exhibits.Answering) error {
		return h.WithdrawHandover(ctx, h.grant("opj", "exhibits.handover.withdraw", x.ID, c), in)
	}
	h.refuses(spoiled(good, accept, map[string]func(*exhibits.Answering){
		"condition form.required":          func(in *exhibits.Answering) { in.Condition = "" },
		"seal exhibits.fault.seal-differs": func(in *exhibits.Answering) { in.Seal = strings.ToLower(x.Seal) },
	}))
	h.refuses(spoiled(good, refuse, map[string]func(*exhibits.Answering){"reason form.required": func(in *exhibits.Answering) { in.Reason = " " }, "reason form.too-long": func(in *exhibits.Answering) { in.Reason = strings.Repeat("x", 5001) }}))
	h.refuses(spoiled(good, withdraw, map[string]func(*exhibits.Answering){"reason form.too-long": func(in *exhibits.Answering) { in.Reason = strings.Repeat("x", 5001) }}))
	for name, answer := range map[string]func(exhibits.Answering) error{"accepted": accept, "refused": refuse, "withdrawn": withdraw} {
		h.refuses([]refusal{{name + ", another offer", func() error {
			in := good()
			in.Handover = h.ids.New()
			return answer(in)
		}, fault.Conflict, "exhibits.fault.no-offer", ""}, {name + ", an older step", func() error {
			in := good()
			in.Version = x.Version
			return answer(in)
		}, fault.Conflict, "fault.conflict", ""}, {name + ", another exhibit", func() error {
			in := good()
			in.Exhibit = h.ids.New()
			return answer(in)
		}, fault.Refused, "exhibits.fault.other-exhibit", ""}})
	}
	before := h.grant("second", "exhibits.handover.accept", x.ID, c)
	h.must(refuse(good()))
	h.refuses([]refusal{{"accepted after it was refused", func() error { return h.AcceptHandover(ctx, before, good()) }, fault.Conflict, "exhibits.fault.no-offer", ""}})
	done, err := h.Handover(ctx, offer)
	h.must(err)
	if done.State != "refused" || done.Reason != "Scellé rompu" || done.Receiver != h.who["second"] || done.AnsweredAt.IsZero() {
		t.Errorf("%+v", done)
	}
	if _, err := h.Handover(ctx, h.ids.New()); !fault.Is(err, fault.NotFound) {
		t.Errorf("a handover that nobody offered: %v", err)
	}
	h.sound()
}
