package register_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/register"
)

// book reads the log book of a unit, oldest first.
func (h *house) book(unit string) []register.Line {
	h.t.Helper()
	lines, err := h.LogBook(ctx, h.unit[unit], time.Time{}, 1000)
	h.must(err)
	slices.Reverse(lines)
	return lines
}

// TestEachVerbWritesItsLine: in the book of the unit that acts or receives, with
// the record it speaks of and its number; what changes nothing at the desk
// writes none.
func TestEachVerbWritesItsLine(t *testing.T) {
	h := newHouse(t)
	c := h.put(register.Moving)
	h.must(h.AnswerTransfer(ctx, h.grant("other", "register.transfer.answer", h.on("other", register.KindTransfer, c.Transfer)), c.Transfer, true, ""))
	g, err := h.GiveHandover(ctx, h.grant("desk", "register.handover.give", res0), h.ids.New(), "")
	h.must(err)
	h.must(h.TakeHandover(ctx, h.grant("night", "register.handover.take", h.on("night", register.KindHandover, g.ID)), g.ID))
	held, p := h.hold(h.arrested("theft-simple"))
	h.clock.Set(held.Deadline.Add(time.Minute))
	_ = must(h.Watch(ctx))
	h.end(held, p, "release", h.clock.Now())
	type said struct {
		kind   string
		of     ident.ID
		number string
	}
	for unit, want := range map[string][]said{
		"KEN-01":        {{register.LineComplaint, c.ID, c.Number}, {register.LineHandover, g.ID, ""}},
		"KEN-02":        {{register.LineTransfer, c.ID, c.Number}},
		"KEN-VILLE-BPJ": {{register.LineCustody, held.ID, held.Number}, {register.LineOverrun, held.ID, held.Number}, {register.LineEnd, held.ID, held.Number}},
		"DGSN":          nil,
	} {
		var got []said
		for i, l := range h.book(unit) {
			got = append(got, said{l.Kind, l.Subject.ID, l.SubjectNumber})
			if l.N != int64(i+1) || l.Words != "" || l.Written.Before(l.Happened) {
				t.Errorf("%s: %+v", unit, l)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", unit, got, want)
		}
	}
	if lines := h.book("KEN-VILLE-BPJ"); !lines[0].Happened.Equal(held.Arrest) || !lines[1].Happened.Equal(held.Deadline) {
		t.Errorf("two times: %+v", lines)
	}
	h.sound()
}

// TestWhatALineAsksFor: an id, words that fit, a time that has been, and a line
// of the same book where it corrects one.
func TestWhatALineAsksFor(t *testing.T) {
	house := newHouse(t)
	g := house.grant("desk", "register.line.write", res0)
	for name, tc := range map[string]struct {
		spoil      func(*register.NewLine)
		field, key string
	}{
		"no id":         {func(l *register.NewLine) { l.Submission = "" }, "submission", "register.fault.submission"},
		"no words":      {func(l *register.NewLine) { l.Words = "\n" }, "words", "form.required"},
		"endless words": {func(l *register.NewLine) { l.Words = tooLong }, "words", "form.too-long"},
		"broken words":  {func(l *register.NewLine) { l.Words = "\xff" }, "words", "text.not-utf8"},
		"ahead":         {func(l *register.NewLine) { l.At = house.clock.Now().Add(2 * time.Minute) }, "at", "form.future"},
		"no such line":  {func(l *register.NewLine) { l.Corrects = house.ids.New() }, "", "fault.not-found"},
	} {
		t.Run(name, func(t *testing.T) {
			in := register.NewLine{Submission: house.ids.New(), Words: "Ronde."}
			tc.spoil(&in)
			house.with(t).blames(func() error { _, err := house.WriteLine(ctx, g, in); return err }, tc.field, tc.key)
		})
	}
}

// TestALineIsSentOnce: sent again it is the same line; under its id nobody else
// writes, of this unit or of another. A correction points at its line and
// leaves it as it was.
func TestALineIsSentOnce(t *testing.T) {
	h := newHouse(t)
	in := register.NewLine{Submission: h.ids.New(), Words: "Ronde effectu\u00e9e."}
	write := func(who string, in register.NewLine) func() error {
		return func() error { _, err := h.WriteLine(ctx, h.grant(who, "register.line.write", res0), in); return err }
	}
	h.leaves(write("desk", in), "line-written")
	h.leaves(write("desk", in))
	h.refuses(write("night", in), fault.Conflict, "register.fault.submission")
	h.refuses(write("other", in), fault.Conflict, "register.fault.submission")
	fix := register.NewLine{Submission: h.ids.New(), Words: "\u00c0 12 h 40.", Corrects: in.Submission}
	h.refuses(write("other", fix), fault.Refused, "register.fault.other-book")
	h.leaves(write("night", fix), "line-written")
	lines := h.book("KEN-01")
	if len(lines) != 2 || lines[0].Kind != register.LineFree || lines[0].Words != in.Words || lines[1].Kind != register.LineFix || lines[1].Corrects != in.Submission || lines[1].SubjectNumber != lines[0].Number || lines[1].Writer != h.who["night"] {
		t.Errorf("%+v", lines)
	}
}

// TestTheBookIsReadInPages: each page goes on where the last ended, none is
// shown twice and none left out.
func TestTheBookIsReadInPages(t *testing.T) {
	h := newHouse(t)
	for range 7 {
		_ = must(h.WriteLine(ctx, h.grant("desk", "register.line.write", res0), register.NewLine{Submission: h.ids.New(), Words: "Ronde."}))
		h.clock.Advance(time.Minute)
	}
	var before time.Time
	var got []int64
	for range 4 {
		page := must(h.LogBook(ctx, h.unit["KEN-01"], before, 2))
		for _, l := range page {
			got = append(got, l.N)
			before = l.Written
		}
	}
	if !slices.Equal(got, []int64{7, 6, 5, 4, 3, 2, 1}) {
		t.Errorf("%d", got)
	}
}

// TestAHandoverSaysWhatStandsOpen: custodies, what is late in them, notices and
// complaints that wait, since the last handover; the next shift begins there.
func TestAHandoverSaysWhatStandsOpen(t *testing.T) {
	h := newHouse(t)
	give := func() register.Handover {
		t.Helper()
		return must(h.GiveHandover(ctx, h.grant("chief", "register.handover.give", res0), h.ids.New(), "Rien."))
	}
	in := h.theft()
	_ = must(h.RecordComplaint(ctx, h.grant("agent", "register.complaint.record", res0), in))
	h.hold(h.arrested("theft-simple"))
	first := give()
	if first.Custodies != 1 || first.Late != 2 || // rights and silence are due at once
		first.Notices != 0 || first.Waiting != 1 || !first.From.Equal(time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("the first: %+v", first)
	}
	h.refuses(func() error {
		_, err := h.GiveHandover(ctx, h.grant("chief", "register.handover.give", res0), h.ids.New(), "")
		return err
	}, fault.Conflict, "register.fault.handover-waits")
	h.must(h.TakeHandover(ctx, h.grant("opj", "register.handover.take", h.on("opj", register.KindHandover, first.ID)), first.ID))
	h.clock.Advance(16 * 24 * time.Hour)
	next := give()
	if next.Custodies != 1 || next.Late <= first.Late || next.Notices != 1 || !next.From.Equal(first.Until) || next.Incoming != "" {
		t.Errorf("the next: %+v", next)
	}
	taken := must(h.Handover(ctx, first.ID))
	if taken.Incoming != h.who["opj"] || taken.Taken.IsZero() || taken.Outgoing != h.who["chief"] || taken.Remarks != "Rien." {
		t.Errorf("taken: %+v", taken)
	}
	h.sound()
}

// TestWhatAHandoverAsksFor: an id of its own and remarks that fit; nobody takes
// what they gave, what was taken, or what is not there.
func TestWhatAHandoverAsksFor(t *testing.T) {
	h := newHouse(t)
	give := func(who string, id ident.ID, remarks string) func() error {
		return func() error {
			_, err := h.GiveHandover(ctx, h.grant(who, "register.handover.give", res0), id, remarks)
			return err
		}
	}
	h.blames(give("desk", "x", ""), "submission", "register.fault.submission")
	h.blames(give("desk", h.ids.New(), tooLong), "remarks", "form.too-long")
	id := h.ids.New()
	h.leaves(give("desk", id, ""), "handover-given", "line-written")
	h.leaves(give("desk", id, ""))
	h.refuses(give("night", id, ""), fault.Conflict, "register.fault.submission")
	h.leaves(give("other", h.ids.New(), ""), "handover-given", "line-written") // another unit's desk is its own
	take := func(who string, id ident.ID) func() error {
		g := h.grant(who, "register.handover.take", h.on(who, register.KindHandover, id))
		return func() error { return h.TakeHandover(ctx, g, id) }
	}
	h.refuses(take("desk", id), fault.Refused, "register.fault.own-handover")
	h.leaves(take("night", id), "handover-taken")
	h.refuses(take("night", id), fault.Conflict, "register.fault.state")
	g := h.grant("night", "register.handover.take", h.on("night", register.KindHandover, id))
	h.refuses(func() error { return h.TakeHandover(ctx, g, h.ids.New()) }, fault.NotFound, "fault.not-found")
}

// TestEverySeriesHasNoHole: whatever the desks do in whatever order, refused or
// not, the numbers of each unit and year run from 1 without a gap.
func TestEverySeriesHasNoHole(t *testing.T) {
	h := newHouseAt(t, time.Date(2026, 12, 30, 20, 0, 0, 0, time.UTC))
	chance := rand.New(rand.NewPCG(3, 5))
	for range 60 {
		switch who := []string{"desk", "other", "opj"}[chance.IntN(3)]; chance.IntN(4) {
		case 0, 1:
			in := h.theft()
			if chance.IntN(3) == 0 {
				in.Offences = nil // refused
			}
			_, _ = h.RecordComplaint(ctx, h.grant(who, "register.complaint.record", res0), in)
		case 2:
			in := register.NewLine{Submission: h.ids.New(), Words: "Ronde.", Corrects: []ident.ID{"", h.ids.New()}[chance.IntN(2)]}
			_, _ = h.WriteLine(ctx, h.grant(who, "register.line.write", res0), in)
		case 3:
			in := h.arrested([]string{"theft-simple", "noise"}[chance.IntN(2)])
			p := h.newCase("*")
			_, _ = h.OpenCustody(ctx, h.grant("opj", "register.custody.open", res0, p), in)
		}
		h.clock.Advance(time.Duration(chance.IntN(90)) * time.Minute)
	}
	for table, unit := range map[string]string{"register_complaints": "received", "register_lines": "unit", "register_custodies": "unit"} {
		series := 0
		h.must(h.k.Reader.Each(ctx, "select "+unit+", series, min(n), max(n), count(*) from "+table+" group by "+unit+", series", nil, func(scan store.Scan) error {
			var of, in string
			var low, high, n int64
			series++
			err := scan(&of, &in, &low, &high, &n)
			if low != 1 || high != n {
				t.Errorf("%s of %s in %s: %d numbers from %d to %d", table, of, in, n, low, high)
			}
			return err
		}))
		if series < 2 {
			t.Errorf("%s: only %d series were drawn", table, series)
		}
	}
	h.sound()
}
