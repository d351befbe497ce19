package exhibits_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/exhibits"
)

// leaves gives the kinds of the entries that an act appends, without
// "exhibits.".
func (h *house) leaves(act func() error) (string, error) {
	h.t.Helper()
	var before int64
	h.must(h.k.Reader.Row(ctx, "select coalesce(max(seq), 0) from journal_entries", nil, &before))
	err := act()
	kinds, e := store.List(ctx, h.k.Reader, "select kind from journal_entries where seq > $1 order by seq", []any{before}, func(scan store.Scan) (kind string, err error) {
		err = scan(&kind)
		return strings.TrimPrefix(kind, "exhibits."), err
	})
	h.must(e)
	return strings.Join(kinds, " "), err
}

// run is a subtest that uses the house.
func (h *house) run(name string, do func(t *testing.T)) {
	h.t.Helper()
	outer := h.t
	outer.(*testing.T).Run(name, func(t *testing.T) {
		h.t = t
		defer func() { h.t = outer }()
		do(t)
	})
}

// refusal is an attempt that must fail: how, with which code, on which field.
type refusal struct {
	name  string
	do    func() error
	kind  fault.Kind
	key   string
	field string
}

// refuses makes attempts that must fail as they say and write nothing.
func (h *house) refuses(all []refusal) {
	h.t.Helper()
	for _, x := range all {
		h.run(x.name, func(t *testing.T) {
			left, err := h.leaves(x.do)
			if !slices.ContainsFunc(faults(err), func(f *fault.Error) bool { return f.Kind == x.kind && f.Key == x.key && f.Field == x.field }) {
				t.Errorf("got %v, want %s %s (%s)", err, x.kind, x.key, x.field)
			}
			if left != "" {
				t.Errorf("and yet it left %s", left)
			}
		})
	}
}

// faults gives every fault in an error, of several joined ones too.
func faults(err error) []*fault.Error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*fault.Error
		for _, e := range many.Unwrap() {
			out = append(out, faults(e)...)
		}
		return out
	}
	return fault.All(err)
}

// spoiled makes a refusal of each way to spoil a good form. Its name is the
// field where the message must stand, its key, and how.
func spoiled[T any](good func() T, send func(T) error, ways map[string]func(*T)) []refusal {
	var out []refusal
	for name, spoil := range ways {
		where, key, _ := strings.Cut(name, " ")
		key, _, _ = strings.Cut(key, ",")
		out = append(out, refusal{name, func() error {
			form := good()
			spoil(&form)
			return send(form)
		}, fault.Invalid, key, where})
	}
	return out
}

// standing brings a new exhibit to a state, by the verbs that lead there; opj
// holds it while the police do.
func (h *house) standing(state exhibits.State, c policy.Purpose) exhibits.Exhibit {
	h.t.Helper()
	x := h.seize(c)
	if state == exhibits.Seized {
		return x
	}
	h.seal(x.ID, c)
	through := map[exhibits.State]exhibits.Destination{exhibits.Transit: exhibits.ToCarrier, exhibits.Laboratory: exhibits.ToLaboratory,
		exhibits.Returned: exhibits.ToOwner, exhibits.Destroyed: exhibits.ToDestruction, exhibits.Deposited: exhibits.ToRegistry}
	switch to := through[state]; {
	case to.Ends():
		h.must(h.accepts(x.ID, h.offer(x.ID, c, "opj", "second", to), "second"))
	case to != "": // away, and into the hands of opj, who carries or examines it
		h.must(h.accepts(x.ID, h.offer(x.ID, c, "opj", "second", exhibits.ToKeeper), "second"))
		h.must(h.accepts(x.ID, h.offer(x.ID, c, "second", "opj", to), "opj"))
	case state == exhibits.Stored:
		h.must(h.StoreExhibit(ctx, h.grant("opj", "exhibits.exhibit.store", x.ID, c), exhibits.Storing{Move: h.moveOf(x.ID), Kept: "safe", Shelf: "A1"}))
	case state == exhibits.Opened:
		h.must(h.breaks(x.ID, c))
	}
	h.clock.Advance(time.Minute)
	now, err := h.Exhibit(ctx, x.ID)
	h.must(err)
	if now.State != state {
		h.t.Fatalf("the exhibit is %s, not %s", now.State, state)
	}
	return now
}

// breaks opens the seal of an exhibit that opj holds, before the person.
func (h *house) breaks(x ident.ID, c policy.Purpose) error {
	h.t.Helper()
	now, err := h.Exhibit(ctx, x)
	h.must(err)
	return h.BreakSeal(ctx, h.grant("opj", "exhibits.seal.break", x, c), exhibits.Breaking{Move: h.moveOf(x), Seal: now.Seal, Presence: exhibits.BeforePerson, Present: "Rachid B.", Reason: "Examen"})
}

// verbs are the acts on an exhibit by themselves, each with what is good to
// say, and the entry it leaves.
func (h *house) verbs(c policy.Purpose) map[exhibits.Act]struct {
	do     func(x exhibits.Exhibit) error
	leaves string
} {
	type verb = struct {
		do     func(x exhibits.Exhibit) error
		leaves string
	}
	return map[exhibits.Act]verb{
		exhibits.ActSeal: {func(x exhibits.Exhibit) error {
			_, err := h.SealExhibit(ctx, h.grant("opj", "exhibits.exhibit.seal", x.ID, c), exhibits.Sealing{Move: h.moveOf(x.ID)})
			return err
		}, "exhibit-sealed"},
		exhibits.ActReseal: {func(x exhibits.Exhibit) error {
			_, err := h.ResealExhibit(ctx, h.grant("opj", "exhibits.exhibit.reseal", x.ID, c), exhibits.Sealing{Move: h.moveOf(x.ID)})
			return err
		}, "exhibit-resealed"},
		exhibits.ActBreak: {func(x exhibits.Exhibit) error { return h.breaks(x.ID, c) }, "seal-broken"},
		exhibits.ActStore: {func(x exhibits.Exhibit) error {
			return h.StoreExhibit(ctx, h.grant("opj", "exhibits.exhibit.store", x.ID, c), exhibits.Storing{Move: h.moveOf(x.ID), Kept: "evidence-room", Shelf: "B2"})
		}, "exhibit-stored"},
		exhibits.ActOffer: {func(x exhibits.Exhibit) error {
			return h.OfferHandover(ctx, h.grant("opj", "exhibits.handover.offer", x.ID, c), exhibits.Offering{Move: h.moveOf(x.ID), Receiver: h.who["second"], Destination: exhibits.ToKeeper})
		}, "handover-offered"},
		exhibits.ActCorrect: {func(x exhibits.Exhibit) error {
			return h.CorrectExhibit(ctx, h.grant("opj", "exhibits.exhibit.correct", x.ID, c), exhibits.Correcting{Move: h.moveOf(x.ID), Place: "x", Thing: exhibits.NewThing{Category: exhibits.Device, Description: "y"}})
		}, "exhibit-corrected"},
		exhibits.ActPicture: {func(x exhibits.Exhibit) error {
			in := h.moveOf(x.ID)
			in.Photos = []blobs.Info{h.pictureOf(x.ID)}
			return h.AddPhotographs(ctx, h.grant("opj", "exhibits.exhibit.photograph", x.ID, c), in)
		}, "photographs-added"},
	}
}

// pictureOf stores a picture for an exhibit.
func (h *house) pictureOf(x ident.ID) blobs.Info {
	h.t.Helper()
	info, err := h.KeepPhotograph(ctx, x, "a.png", "image/png", strings.NewReader(string(picture(h.t, grey))))
	h.must(err)
	return info
}

// TestEveryEdgeOfAnExhibit: in each state each act either leaves its one entry
// and one link of the chain, or is refused and leaves nothing.
func TestEveryEdgeOfAnExhibit(t *testing.T) {
	h := newHouse(t)
	c := h.newCase("*")
	verbs := h.verbs(c)
	for _, state := range exhibits.States() {
		h.run(string(state), func(t *testing.T) {
			still := h.standing(state, c)
			for _, act := range exhibits.Acts() {
				v := verbs[act]
				if !state.May(act) {
					h.refuses([]refusal{{string(act), func() error { return v.do(still) }, fault.Refused, "exhibits.fault.state", ""}})
					continue
				}
				x := h.standing(state, c)
				left, err := h.leaves(func() error { return v.do(x) })
				chain, e := h.Chain(ctx, x.ID)
				h.must(e)
				if err != nil || left != v.leaves || int64(len(chain)) != x.Version+1 {
					t.Errorf("%s: %v, left %q and %d links", act, err, left, len(chain))
				}
			}
			if now, err := h.Exhibit(ctx, still.ID); err != nil || now != still {
				t.Errorf("what was refused left %+v, was %+v", now, still)
			}
		})
	}
	h.sound()
}

// TestNothingIsDoneToAThingThatIsOffered: until it is answered or withdrawn,
// only what says what the thing is may be put right.
func TestNothingIsDoneToAThingThatIsOffered(t *testing.T) {
	h := newHouse(t)
	c := h.newCase("*")
	for act, v := range h.verbs(c) {
		state := exhibits.Closed
		if act == exhibits.ActSeal {
			state = exhibits.Seized
		}
		if act == exhibits.ActCorrect || act == exhibits.ActReseal { // an opened thing is not offered
			continue
		}
		x := h.standing(state, c)
		h.offer(x.ID, c, "opj", "second", exhibits.ToKeeper)
		h.refuses([]refusal{{string(act), func() error { return v.do(x) }, fault.Refused, "exhibits.fault.pending", ""}})
	}
}
