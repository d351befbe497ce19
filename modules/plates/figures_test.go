package plates_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/plates"
)

// closedOn lists a plate on a list, has it seen and closes its hit so; "" stops
// at the proposal.
func (h *house) closedOn(c plates.Camera, plate string, list plates.List, outcome plates.Outcome) plates.Hit {
	h.t.Helper()
	in := h.wish(plate)
	in.List = list
	e, err := h.enter("opj", in)
	h.must(err)
	h.clock.Advance(time.Second)
	h.take(c, h.batch(plate))
	all, err := h.HitsOf(ctx, e.ID)
	h.must(err)
	x := all[0]
	if outcome == "" {
		return x
	}
	h.must(h.onHit(x, plates.ActConfirm, h.act()))
	h.must(h.onHit(x, plates.ActTask, h.act()))
	h.must(h.CloseHit(ctx, h.grant("desk", "plates.hit.close", x.Ref()), plates.Closing{Act: h.act(), Hit: x.ID, Outcome: outcome, Note: "Vu"}))
	h.clock.Advance(time.Second)
	return x
}

// TestTheFiguresOfTheYear counts each outcome once, a stolen vehicle only when
// it was recovered, a wanted person when the person or the vehicle was found;
// the span holds its first moment and not its last.
func TestTheFiguresOfTheYear(t *testing.T) {
	s := newSite(t)
	c, _ := s.camera("KEN-A1")
	first := s.closedOn(c, nth(1), plates.Stolen, plates.Recovered)
	s.closedOn(c, nth(2), plates.Stolen, plates.Found)
	s.closedOn(c, nth(3), plates.Wanted, plates.Found)
	s.closedOn(c, nth(4), plates.Wanted, plates.Recovered)
	s.closedOn(c, nth(5), plates.Missing, plates.Recovered)
	s.closedOn(c, nth(6), plates.Wanted, plates.Gone)
	s.closedOn(c, nth(7), plates.Stolen, plates.ReadWrong)
	s.must(s.onHit(s.closedOn(c, nth(8), plates.Stolen, ""), plates.ActReject, s.act()))
	s.must(s.onHit(s.closedOn(c, nth(9), plates.Stolen, ""), plates.ActConfirm, s.act()))
	last := s.closedOn(c, nth(10), plates.Stolen, "")
	got, outcomes, err := s.Headlines(ctx, first.Proposed, last.Proposed.Add(time.Microsecond))
	s.must(err)
	if diff := cmp.Diff(plates.Headline{VehiclesFound: 1, WantedFound: 2, Proposed: 10, Confirmed: 8, Rejected: 1, Reads: 10}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[plates.Outcome]int64{plates.Recovered: 3, plates.Found: 2, plates.Gone: 1, plates.ReadWrong: 1}, outcomes); diff != "" {
		t.Error(diff)
	}
	got, _, err = s.Headlines(ctx, first.Proposed.Add(time.Microsecond), last.Proposed)
	s.must(err)
	if got.Proposed != 8 || got.VehiclesFound != 0 {
		t.Errorf("without the first and the last: %+v", got)
	}
	s.figuresPages()
}

// figuresPages looks at the figures of several spans of days.
func (s *site) figuresPages() {
	s.t.Helper()
	b := s.as("administrator") // who keeps the cameras reads no hit, and sees the figures
	for query, shown := range map[string]string{
		"": "<dd>2</dd>", "?from=2026-11-28&to=2026-11-28": "<dd>2</dd>", "?from=2026-11-29": "!<dd>2</dd>", "?to=2026-11-27": "!<dd>2</dd>", "?from=2025-01-01&to=2025-12-31": "!<dd>2</dd>",
		"?from=yesterday&to=%00": "<dd>2</dd>", "?from=2026-12-31&to=2026-01-01": "!<dd>2</dd>",
	} {
		b.get("/plates/figures" + query)
		b.shows(200, shown)
	}
}

// TestSharesAreAskedByWhatIsKnown, and by nothing else.
func TestSharesAreAskedByWhatIsKnown(t *testing.T) {
	h := newHouse(t)
	for _, by := range []string{"", "person", "camera; drop table plates_samples", "Camera"} {
		if _, err := h.Accuracies(ctx, by); !fault.Is(err, fault.NotFound) {
			t.Errorf("by %q: %v", by, err)
		}
	}
	for _, by := range []string{"camera", "hour", "letter"} {
		if all, err := h.Accuracies(ctx, by); err != nil || len(all) != 0 {
			t.Errorf("by %s, before anything was keyed: %v, %v", by, all, err)
		}
	}
}

// TestEveryFieldOfAKeying: what is keyed wrongly is named, and settles nothing.
func TestEveryFieldOfAKeying(t *testing.T) {
	h := newHouse(t)
	h.week(2)
	h.nextWeek()
	_, err := h.DrawSamples(ctx)
	h.must(err)
	x, err := h.ToKey(ctx, h.who["agent"])
	h.must(err)
	g := h.grant("agent", "plates.sample.key", ident.Ref{Kind: plates.KindSample, ID: x.ID})
	var other ident.ID
	h.must(h.k.Reader.Row(ctx, "select id from plates_samples where id <> $1", []any{string(x.ID)}, &other))
	for _, c := range []struct {
		name, want string
		in         plates.Keying
	}{
		{"no form", "plates.fault.submission (submission)", plates.Keying{Sample: x.ID, Plate: x.Plate}},
		{"no plate", "plates.fault.plate (typed)", plates.Keying{Act: h.act(), Sample: x.ID, Plate: "?"}},
		{"another sample than allowed", "plates.fault.other-record", plates.Keying{Act: h.act(), Sample: other, Plate: x.Plate}},
	} {
		h.says(c.name, c.want, func() error { return h.KeySample(ctx, g, c.in) })
	}
	if now, err := h.Sample(ctx, x.ID); err != nil || now != x {
		t.Errorf("%+v, was %+v (%v)", now, x, err)
	}
	right := plates.Keying{Act: h.act(), Sample: x.ID, Plate: x.Plate}
	h.says("right", "", func() error { return h.KeySample(ctx, g, right) })
	h.must(h.KeySample(ctx, g, right)) // sent twice
	if now, err := h.Sample(ctx, x.ID); err != nil || now.State != plates.SampleRight || now.First != h.who["agent"] {
		t.Errorf("%+v (%v)", now, err)
	}
	h.sound()
}

// TestAnEmptyAuditSaysSo: before anything was read, searched or forgotten the
// auditor's page and the inspector's samples open, in every language.
func TestAnEmptyAuditSaysSo(t *testing.T) {
	s := newSite(t)
	b := s.as("inspector", policy.Purpose{Kind: policy.Basis, Basis: "L09-08-3"})
	for lang, nothing := range map[string]string{"fr": "Aucun échantillon ne vous attend", "en": "No sample waits for you", "ar": "لا توجد عينة في انتظاركم"} {
		b.post("/session/lang", url.Values{"lang": {lang}})
		b.get("/plates/audit")
		b.shows(200, `lang="`+lang+`"`, "by-camera", "by-hour", "by-letter")
		b.get("/plates/samples")
		b.shows(200, nothing)
		b.get("/plates/figures")
		b.shows(200, "<dd>0</dd>")
	}
}
