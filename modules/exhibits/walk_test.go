package exhibits_test

import (
	"bytes"
	"image/color"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/exhibits"
)

// walker does one random act on one exhibit.
type walker struct {
	*house
	rt   *rapid.T
	c    policy.Purpose
	verb string
}

// TestRandomLives lets three officers do anything to four exhibits: what is
// refused leaves nothing, a holder changes only by acceptance, or by taking over
// while they are suspended, no chain has a gap, and everything replays.
func TestRandomLives(t *testing.T) {
	h := newHouse(t)
	c := h.newCase("*")
	var all []exhibits.Exhibit
	for range 4 {
		all = append(all, h.seize(c))
	}
	gone := false
	rapid.Check(t, func(rt *rapid.T) {
		if rapid.IntRange(0, 9).Draw(rt, "turn") == 0 {
			if gone = !gone; gone {
				h.suspends("second")
			} else {
				h.reinstates("second")
			}
		}
		w := walker{house: h, rt: rt, c: c}
		x, err := h.Exhibit(ctx, rapid.SampledFrom(all).Draw(rt, "exhibit").ID)
		h.must(err)
		name := rapid.SampledFrom([]string{"opj", "second", "chief"}).Draw(rt, "who")
		if gone && name == "second" {
			return
		}
		err = w.act(name, x)
		h.clock.Advance(time.Minute)
		now, broken := h.Exhibit(ctx, x.ID)
		h.must(broken)
		switch {
		case err != nil && now != x:
			rt.Fatalf("refused (%v), yet changed: %+v, was %+v", err, now, x)
		case err == nil && now.Version != x.Version+1:
			rt.Fatalf("step %d follows %d", now.Version, x.Version)
		case w.verb == "exhibits.exhibit.take-over" && err == nil && (!gone || x.Holder != h.who["second"] || now.Holder != h.who["chief"]):
			rt.Fatalf("%s took over from %s", name, x.Holder)
		case w.verb != "exhibits.exhibit.take-over" && now.Holder != x.Holder && (x.Receiver != now.Holder || h.who[name] != now.Holder):
			rt.Fatalf("%s made %s the holder", name, now.Holder)
		}
		if err != nil && fault.Of(err).Kind == fault.Internal {
			rt.Fatalf("not a fault: %v", err)
		}
	})
	for _, x := range all {
		chain, err := h.Chain(ctx, x.ID)
		h.must(err)
		for i, l := range chain {
			if l.N != int64(i+1) {
				t.Errorf("a gap before step %d", l.N)
			}
		}
	}
	n, err := h.k.Journal.Search(ctx, journal.Search{About: c.Ref, Limit: 1000})
	h.must(err)
	t.Logf("%d steps taken", len(n))
	h.sound()
}

// act tries one act, whether or not it fits.
func (w *walker) act(name string, x exhibits.Exhibit) error {
	verb := rapid.SampledFrom([]string{"exhibits.exhibit.seal", "exhibits.seal.break", "exhibits.exhibit.reseal", "exhibits.exhibit.store", "exhibits.exhibit.photograph",
		"exhibits.exhibit.correct", "exhibits.handover.offer", "exhibits.handover.accept", "exhibits.handover.refuse", "exhibits.handover.withdraw", "exhibits.exhibit.take-over"}).Draw(w.rt, "verb")
	w.verb = verb
	g, err := w.ask(name, verb, x.ID, w.c)
	if err != nil {
		return err
	}
	m := w.moveOf(x.ID)
	answer := exhibits.Answering{Move: m, Handover: x.Pending, Seal: x.Seal, Reason: "Motif"}
	answer.Condition = "Intact"
	switch verb {
	case "exhibits.exhibit.seal":
		_, err = w.SealExhibit(ctx, g, exhibits.Sealing{Move: m})
	case "exhibits.exhibit.reseal":
		_, err = w.ResealExhibit(ctx, g, exhibits.Sealing{Move: m})
	case "exhibits.seal.break":
		err = w.BreakSeal(ctx, g, exhibits.Breaking{Move: m, Seal: x.Seal, Presence: exhibits.BeforeCounsel, Present: "X", Reason: "Y"})
	case "exhibits.exhibit.store":
		err = w.StoreExhibit(ctx, g, exhibits.Storing{Move: m, Kept: x.Category.Places()[0], Shelf: "1"})
	case "exhibits.exhibit.photograph":
		info, bad := w.KeepPhotograph(ctx, x.ID, "p.png", "image/png", bytes.NewReader(picture(w.t, color.White)))
		w.must(bad)
		m.Photos = []blobs.Info{info}
		err = w.AddPhotographs(ctx, g, m)
	case "exhibits.exhibit.correct":
		err = w.CorrectExhibit(ctx, g, exhibits.Correcting{Move: m, Place: "Z", Thing: exhibits.NewThing{Category: exhibits.Device, Description: "Autre"}})
	case "exhibits.handover.offer":
		to := rapid.SampledFrom([]string{"opj", "second", "chief"}).Draw(w.rt, "to")
		d := rapid.SampledFrom(exhibits.Destinations()[:3]).Draw(w.rt, "destination")
		err = w.OfferHandover(ctx, g, exhibits.Offering{Move: m, Receiver: w.who[to], Destination: d})
	case "exhibits.handover.accept":
		err = w.AcceptHandover(ctx, g, answer)
	case "exhibits.handover.refuse":
		err = w.RefuseHandover(ctx, g, answer)
	case "exhibits.exhibit.take-over":
		err = w.TakeOverExhibit(ctx, g, w.takingOver(x))
	default:
		err = w.WithdrawHandover(ctx, g, answer)
	}
	return err
}
