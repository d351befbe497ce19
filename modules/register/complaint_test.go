package register_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/register"
)

// TestComplaintRecorded: the number is final at once, the log book has its
// line, the new person is in the index, and the journal verifies.
func TestComplaintRecorded(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	if c.Number != "1/KEN-01/2026" || c.State != register.Recorded {
		t.Errorf("number %q, state %q", c.Number, c.State)
	}
	if got, want := c.Due, time.Date(2026, 12, 7, 12, 1, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("the outcome is due %v, want %v", got, want)
	}
	whole, err := h.Complaint(ctx, c.ID)
	h.must(err)
	persons := whole.Persons(register.Complainant)
	if len(persons) != 1 || h.people.Name(ctx, "fr", persons[0]) != "Khadija Essaadi" {
		t.Errorf("complainant %v", persons)
	}
	lines, err := h.LogBook(ctx, h.unit["KEN-01"], time.Time{}, 10)
	h.must(err)
	if len(lines) != 1 || lines[0].Subject.ID != c.ID || lines[0].Number != "1/KEN-01/2026" {
		t.Errorf("log book %+v", lines)
	}
	h.sound()
}

// TestComplaintSentTwice: a form sent again changes nothing; sent by another
// person it is refused.
func TestComplaintSentTwice(t *testing.T) {
	h := newHouse(t)
	in := h.theft()
	for range 3 {
		c, err := h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", policy.Resource{}), in)
		h.must(err)
		if c.N != 1 {
			t.Errorf("number %d", c.N)
		}
	}
	_, err := h.RecordComplaint(ctx, h.grant("night", "register.complaint.record", policy.Resource{}), in)
	h.wants(err, fault.Conflict, "register.fault.submission")
	lines, err := h.LogBook(ctx, h.unit["KEN-01"], time.Time{}, 10)
	h.must(err)
	if len(lines) != 1 {
		t.Errorf("%d lines", len(lines))
	}
}

// TestNumbersHaveNoGap: many desks at once draw 1, 2, 3 … with none lost, none
// twice, and failures between them leave no hole.
func TestNumbersHaveNoGap(t *testing.T) {
	h := newHouse(t)
	g := h.grant("desk", "register.complaint.record", policy.Resource{})
	var wg sync.WaitGroup
	for i := range 40 {
		in := h.theft()
		if i%5 == 0 {
			in.Facts = ""
		}
		wg.Go(func() {
			if _, err := h.RecordComplaint(ctx, g, in); err != nil && i%5 != 0 {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var n, most int64
	h.must(h.k.Reader.Row(ctx, "select count(*), max(n) from register_complaints", nil, &n, &most))
	if n != 32 || most != 32 {
		t.Errorf("%d complaints, highest number %d", n, most)
	}
	h.must(h.k.Reader.Row(ctx, "select count(*), max(n) from register_lines", nil, &n, &most))
	if n != 32 || most != 32 {
		t.Errorf("%d lines, highest number %d", n, most)
	}
}

// TestSeriesRestart: each unit and each year has its own series.
func TestSeriesRestart(t *testing.T) {
	h := newHouseAt(t, time.Date(2026, 12, 31, 20, 0, 0, 0, time.UTC))
	h.record()
	in := h.theft()
	c, err := h.RecordComplaint(ctx, h.grant("other", "register.complaint.record", policy.Resource{}), in)
	h.must(err)
	if c.Number != "1/KEN-02/2026" {
		t.Errorf("the other unit's first is %s", c.Number)
	}
	h.clock.Advance(4 * time.Hour) // 00:01 UTC, 01:01 in Morocco: the next year
	if c := h.record(); c.Number != "1/KEN-01/2027" {
		t.Errorf("the first of the year is %s", c.Number)
	}
}

// TestComplaintBadInput: each field that is wrong is named, with a stable code.
func TestComplaintBadInput(t *testing.T) {
	h := newHouse(t)
	for name, tc := range map[string]struct {
		spoil func(*register.NewComplaint)
		field string
		key   string
	}{
		"no id":          {func(c *register.NewComplaint) { c.Submission = "x" }, "submission", "register.fault.submission"},
		"no facts":       {func(c *register.NewComplaint) { c.Facts = " \n " }, "facts", "form.required"},
		"long facts":     {func(c *register.NewComplaint) { c.Facts = strings.Repeat("a", 100_001) }, "facts", "form.too-long"},
		"NUL":            {func(c *register.NewComplaint) { c.Facts = "a\x00b" }, "facts", "text.control-character"},
		"broken UTF-8":   {func(c *register.NewComplaint) { c.Place = "a\xff" }, "place", "text.not-utf8"},
		"received ahead": {func(c *register.NewComplaint) { c.At = noon.Add(time.Hour) }, "at", "form.future"},
		"facts ahead":    {func(c *register.NewComplaint) { c.FactsOn = "2026-11-23" }, "facts_on", "form.future"},
		"year ahead":     {func(c *register.NewComplaint) { c.FactsOn = "2027" }, "facts_on", "form.future"},
		"no such day":    {func(c *register.NewComplaint) { c.FactsOn = "2026-02-30" }, "facts_on", "form.unreadable"},
		"no such hour":   {func(c *register.NewComplaint) { c.FactsClock = "25:00" }, "facts_clock", "form.unreadable"},
		"origin":         {func(c *register.NewComplaint) { c.Origin = "rumour" }, "origin", "form.choose"},
		"no offence":     {func(c *register.NewComplaint) { c.Offences = nil }, "offence", "form.required"},
		"offence":        {func(c *register.NewComplaint) { c.Offences = []string{"sorcery"} }, "offence", "form.choose"},
		"offence twice":  {func(c *register.NewComplaint) { c.Offences = []string{"theft-simple", "theft-simple"} }, "offence", "form.choose"},
		"unit":           {func(c *register.NewComplaint) { c.Competent = "nowhere" }, "competent", "form.choose"},
		"value":          {func(c *register.NewComplaint) { c.Things[0].Value = -1 }, "things.0.value", "form.out-of-range"},
		"kind of thing":  {func(c *register.NewComplaint) { c.Things[0].Kind = "soul" }, "things.0.kind", "form.choose"},
		"many things":    {func(c *register.NewComplaint) { c.Things = make([]register.Thing, 101) }, "things", "register.fault.too-many"},
		"nobody":         {func(c *register.NewComplaint) { c.Parties = nil }, "complainant", "form.required"},
		"forged person": {func(c *register.NewComplaint) {
			c.Parties = []register.NewParty{{Role: register.Complainant, Person: h.ids.New(), Field: "complainant"}}
		}, "complainant", "register.fault.no-person"},
		"unknown witness": {func(c *register.NewComplaint) {
			c.Parties = append(c.Parties, register.NewParty{Role: register.Witness, Field: "witness.0"})
		}, "witness.0", "form.required"},
		"named anonymous": {func(c *register.NewComplaint) { c.Origin = register.Anonymously }, "complainant", "register.fault.anonymous-named"},
		"file of another": {func(c *register.NewComplaint) { c.Files = []blobs.Info{{Subject: string(h.ids.New())}} }, "files", "register.fault.file-elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			in := h.theft()
			tc.spoil(&in)
			_, err := h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", policy.Resource{}), in)
			for _, f := range fault.All(err) {
				if f.Field == tc.field && f.Key == tc.key {
					return
				}
			}
			t.Errorf("got %v, want %s at %s", fault.All(err), tc.key, tc.field)
		})
	}
	var n int
	h.must(h.k.Reader.Row(ctx, "select count(*) from register_complaints", nil, &n))
	if n != 0 {
		t.Error("something was recorded all the same")
	}
}

// TestAnonymousReport: it waits for its check, and only a serious one with an
// authorisation can be referred to a case.
func TestAnonymousReport(t *testing.T) {
	h := newHouse(t)
	in := h.theft()
	in.Origin, in.Parties = register.Anonymously, nil
	c, err := h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", policy.Resource{}), in)
	h.must(err)
	if c.State != register.Verifying {
		t.Fatalf("state %s", c.State)
	}
	h.wants(h.ReferProblem(ctx, h.k.Reader, c.ID, 0), fault.Refused, "register.fault.not-verified")
	verify := h.grant("desk", "register.complaint.verify", h.on("desk", register.KindComplaint, c.ID))
	err = h.VerifyComplaint(ctx, verify, c.ID, 0, register.Verification{Serious: true, Words: "Les faits sont pr\u00e9cis."})
	h.wants(err, fault.Invalid, "form.required")
	h.must(h.VerifyComplaint(ctx, verify, c.ID, 0, register.Verification{Words: "Rien de pr\u00e9cis pour le moment."}))
	h.wants(h.ReferProblem(ctx, h.k.Reader, c.ID, 0), fault.Refused, "register.fault.not-verified")
	h.must(h.VerifyComplaint(ctx, verify, c.ID, 0, register.Verification{Serious: true, Act: "114/2026", Words: "Les faits sont pr\u00e9cis."}))
	h.must(h.ReferProblem(ctx, h.k.Reader, c.ID, 0))
	h.sound()
}

// TestClosingNeedsTwo: who proposed to close cannot close; the second may
// decline, or close.
func TestClosingNeedsTwo(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	own := h.on("desk", register.KindComplaint, c.ID)
	h.must(h.ProposeClosing(ctx, h.grant("desk", "register.closing.propose", own), c.ID, 0, "Le plaignant a retrouv\u00e9 son sac."))
	h.wants(h.DecideClosing(ctx, h.grant("desk", "register.closing.decide", own), c.ID, 0, true, ""), fault.Refused, "register.fault.own-proposal")
	second := h.grant("night", "register.closing.decide", own)
	h.wants(h.DecideClosing(ctx, second, c.ID, 0, false, ""), fault.Invalid, "form.required")
	h.must(h.DecideClosing(ctx, second, c.ID, 0, false, "Entendre d'abord le t\u00e9moin."))
	h.must(h.ProposeClosing(ctx, h.grant("desk", "register.closing.propose", own), c.ID, 0, "T\u00e9moin entendu."))
	h.must(h.DecideClosing(ctx, second, c.ID, 0, true, ""))
	got, err := h.Complaint(ctx, c.ID)
	h.must(err)
	if got.State != register.Closed {
		t.Errorf("state %s", got.State)
	}
	h.wants(h.ReferProblem(ctx, h.k.Reader, c.ID, 0), fault.Conflict, "register.fault.state")
	h.sound()
}

// TestTransfer: the other unit rejects, then accepts; the number stays, the
// other unit answers from then on, and its log book says so.
func TestTransfer(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	offer := func() register.Transfer {
		t.Helper()
		h.must(h.OfferTransfer(ctx, h.grant("desk", "register.transfer.offer", h.on("desk", register.KindComplaint, c.ID)), c.ID, 0, h.unit["KEN-02"], "Faits commis chez vous."))
		got, err := h.Complaint(ctx, c.ID)
		h.must(err)
		tr, err := h.Transfer(ctx, got.Transfer)
		h.must(err)
		return tr
	}
	tr := offer()
	if _, err := h.ask("desk", "register.transfer.answer", h.on("desk", register.KindTransfer, tr.ID)); !fault.Is(err, fault.Refused) {
		t.Errorf("the sender answers its own offer: %v", err)
	}
	answer := func(id register.Transfer) policy.Grant {
		return h.grant("other", "register.transfer.answer", h.on("other", register.KindTransfer, id.ID))
	}
	h.wants(h.AnswerTransfer(ctx, answer(tr), tr.ID, false, ""), fault.Invalid, "form.required")
	h.must(h.AnswerTransfer(ctx, answer(tr), tr.ID, false, "Rue de l'autre ressort."))
	tr = offer()
	h.must(h.AnswerTransfer(ctx, answer(tr), tr.ID, true, ""))
	got, err := h.Complaint(ctx, c.ID)
	h.must(err)
	if got.Unit != h.unit["KEN-02"] || got.Received != h.unit["KEN-01"] || got.Number != c.Number {
		t.Errorf("after the transfer: %+v", got)
	}
	if _, err := h.ask("desk", "register.complaint.read", h.on("desk", register.KindComplaint, c.ID)); !fault.Is(err, fault.Refused) {
		t.Errorf("the former unit still reads: %v", err)
	}
	h.grant("other", "register.complaint.read", h.on("other", register.KindComplaint, c.ID))
	lines, err := h.LogBook(ctx, h.unit["KEN-02"], time.Time{}, 10)
	h.must(err)
	if len(lines) != 1 || lines[0].Kind != register.LineTransfer {
		t.Errorf("log book %+v", lines)
	}
	h.sound()
}

// TestStaleVersion: who decides on a complaint as it no longer is, is told so.
func TestStaleVersion(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	res := h.on("desk", register.KindComplaint, c.ID)
	h.must(h.CorrectComplaint(ctx, h.grant("desk", "register.complaint.correct", res), c.ID, "place", "C'\u00e9tait devant la poste."))
	err := h.ProposeClosing(ctx, h.grant("desk", "register.closing.propose", res), c.ID, c.Version, "Sans suite.")
	h.wants(err, fault.Conflict, "fault.conflict")
	got, err := h.Complaint(ctx, c.ID)
	h.must(err)
	if got.Place == "" || strings.Contains(got.Place, "poste") || len(got.Fixes) != 1 || got.Fixes[0].Field != "place" {
		t.Errorf("a correction must stand beside what it corrects: %+v", got)
	}
}

// TestReferredAsSeen: a case takes over the complaint that its opener was
// allowed to see, not one that was corrected or moved meanwhile.
func TestReferredAsSeen(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	h.must(h.ReferProblem(ctx, h.k.Reader, c.ID, c.Version))
	h.must(h.CorrectComplaint(ctx, h.grant("desk", "register.complaint.correct", h.on("desk", register.KindComplaint, c.ID)), c.ID, "place", "C'\u00e9tait devant la poste."))
	h.wants(h.ReferProblem(ctx, h.k.Reader, c.ID, c.Version), fault.Conflict, "fault.conflict")
}

// TestCompetentUnit: the unit that the desk names reads the complaint, lists
// it among its tasks' records and may take it over; it changes nothing of it.
// For the desk itself nothing changes.
func TestCompetentUnit(t *testing.T) {
	h := newHouse(t)
	in := h.theft()
	in.Competent = h.unit["KEN-VILLE-BPJ"]
	c, err := h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", res0), in)
	h.must(err)
	kept := h.record()
	may := func(name, action string, id ident.ID) bool {
		_, err := h.ask(name, action, h.on(name, register.KindComplaint, id))
		if err != nil && !fault.Is(err, fault.Refused) {
			t.Fatal(err)
		}
		return err == nil
	}
	for _, name := range []string{"opj", "agent", "chief"} {
		if !may(name, "register.complaint.read", c.ID) || !may(name, "register.complaint.list", c.ID) || !may(name, "register.complaint.refer", c.ID) {
			t.Errorf("%s of the competent unit is refused", name)
		}
		for _, action := range []string{"register.complaint.read", "register.complaint.refer"} {
			if may(name, action, kept.ID) {
				t.Errorf("%s may %s what was not sent to them", name, action)
			}
			_, duty := h.actor(name)
			near := h.on(name, register.KindComplaint, kept.ID)
			near.Under = append(near.Under, duty.Ref) // even if it lay under their duty
			if _, err := h.ask(name, action, near); !fault.Is(err, fault.Refused) {
				t.Errorf("the policy lets %s %s what was not sent to them: %v", name, action, err)
			}
		}
		for _, action := range []string{"register.complaint.correct", "register.complaint.attach", "register.closing.propose", "register.transfer.offer", "register.outcome.tell"} {
			if may(name, action, c.ID) {
				t.Errorf("%s may %s a complaint that another unit answers for", name, action)
			}
		}
	}
	for name, want := range map[string]bool{"desk": true, "night": true, "other": false, "prosecutor": false, "administrator": false} {
		if may(name, "register.complaint.read", c.ID) != want || may(name, "register.complaint.refer", c.ID) {
			t.Errorf("%s", name)
		}
	}
	h.sound()
}

// TestOutcomeTold: the overdue list has a complaint until its complainant was told.
func TestOutcomeTold(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	overdue := func() int {
		o, err := h.Open(ctx, h.unit["KEN-01"])
		h.must(err)
		return len(o.Notices)
	}
	if overdue() != 0 {
		t.Error("overdue at once")
	}
	h.clock.Advance(16 * 24 * time.Hour)
	if overdue() != 1 {
		t.Error("not overdue after the period of the pack")
	}
	g := h.grant("desk", "register.outcome.tell", h.on("desk", register.KindComplaint, c.ID))
	h.wants(h.TellOutcome(ctx, g, c.ID, h.clock.Now().Add(time.Hour), "pending", "phone", ""), fault.Invalid, "form.future")
	h.wants(h.TellOutcome(ctx, g, c.ID, noon.Add(-time.Hour), "pending", "phone", ""), fault.Invalid, "register.fault.before-received")
	h.must(h.TellOutcome(ctx, g, c.ID, h.clock.Now(), "pending", "phone", ""))
	if overdue() != 0 {
		t.Error("still overdue after the notice")
	}
	h.sound()
}

// TestReferred: a case takes a complaint once.
func TestReferred(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	h.refer(c, "7/KEN-VILLE-BPJ/2026")
	got, err := h.Complaint(ctx, c.ID)
	h.must(err)
	if got.State != register.Referred || got.CaseNumber != "7/KEN-VILLE-BPJ/2026" {
		t.Errorf("%+v", got)
	}
	h.wants(h.ReferProblem(ctx, h.k.Reader, c.ID, 0), fault.Conflict, "register.fault.state")
	h.sound()
}

// TestDeskIsClosedToOthers: another unit, the administrator and a right person
// under the wrong purpose are refused.
func TestDeskIsClosedToOthers(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	wrong := h.newCase("*")
	for _, tc := range []struct {
		name    string
		purpose []policy.Purpose
	}{
		{"other", nil}, {"administrator", nil}, {"desk", []policy.Purpose{wrong}}, {"desk", []policy.Purpose{{}}}, {"prosecutor", nil},
		{"desk", []policy.Purpose{{Kind: policy.Basis, Basis: "CPP-21"}}},
	} {
		if _, err := h.ask(tc.name, "register.complaint.read", h.on(tc.name, register.KindComplaint, c.ID, tc.purpose...), tc.purpose...); !fault.Is(err, fault.Refused) {
			t.Errorf("%s %v: %v", tc.name, tc.purpose, err)
		}
	}
	h.grant("desk", "register.complaint.read", h.on("desk", register.KindComplaint, c.ID))
	basis := policy.Purpose{Kind: policy.Basis, Basis: "CPP-21"}
	h.grant("inspector", "register.complaint.read", h.on("inspector", register.KindComplaint, c.ID, basis), basis)
}

// TestLogBook: lines are numbered, a correction is a line of its own, another
// unit's book is closed, and a handover lists what stands open.
func TestLogBook(t *testing.T) {
	h := newHouse(t)
	h.record()
	write := h.grant("desk", "register.line.write", policy.Resource{})
	free, err := h.WriteLine(ctx, write, register.NewLine{Submission: h.ids.New(), Words: "Ronde effectu\u00e9e."})
	h.must(err)
	fix, err := h.WriteLine(ctx, write, register.NewLine{Submission: h.ids.New(), Words: "La ronde \u00e9tait \u00e0 12 h 40.", Corrects: free.ID, At: noon.Add(-20 * time.Minute)})
	h.must(err)
	if fix.N != 3 || fix.Corrects != free.ID || !fix.Happened.Before(fix.Written) {
		t.Errorf("%+v", fix)
	}
	_, err = h.WriteLine(ctx, h.grant("other", "register.line.write", policy.Resource{}), register.NewLine{Submission: h.ids.New(), Words: "x", Corrects: free.ID})
	h.wants(err, fault.Refused, "register.fault.other-book")
	_, err = h.WriteLine(ctx, write, register.NewLine{Submission: h.ids.New(), Words: "x", At: noon.Add(time.Hour)})
	h.wants(err, fault.Invalid, "form.future")
	give := h.grant("desk", "register.handover.give", policy.Resource{})
	id := h.ids.New()
	for range 2 {
		ho, err := h.GiveHandover(ctx, give, id, "RAS")
		h.must(err)
		if ho.Waiting != 1 || ho.Incoming != "" {
			t.Errorf("%+v", ho)
		}
	}
	_, err = h.GiveHandover(ctx, give, h.ids.New(), "")
	h.wants(err, fault.Conflict, "register.fault.handover-waits")
	h.wants(h.TakeHandover(ctx, h.grant("desk", "register.handover.take", h.on("desk", register.KindHandover, id)), id), fault.Refused, "register.fault.own-handover")
	h.must(h.TakeHandover(ctx, h.grant("night", "register.handover.take", h.on("night", register.KindHandover, id)), id))
	h.wants(h.TakeHandover(ctx, h.grant("night", "register.handover.take", h.on("night", register.KindHandover, id)), id), fault.Conflict, "register.fault.state")
	h.sound()
}

// TestAttachments: a file filed under the complaint is attached, opens, and is
// gone when the complaint is erased.
func TestAttachments(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	info, err := h.k.Blobs.Put(ctx, blobs.Offer{Subject: string(c.ID), Name: "note.txt", MIME: "text/plain"}, strings.NewReader("ce que le t\u00e9moin a \u00e9crit"), blobs.Limits{})
	h.must(err)
	g := h.grant("desk", "register.complaint.attach", h.on("desk", register.KindComplaint, c.ID))
	h.must(h.AttachFiles(ctx, g, c.ID, []blobs.Info{info}))
	got, err := h.Complaint(ctx, c.ID)
	h.must(err)
	if len(got.Files) != 1 || got.Files[0].Info.Name != "note.txt" {
		t.Fatalf("%+v", got.Files)
	}
	h.must(h.k.Blobs.Verify(ctx, got.Files[0].Info))
	h.erase(c.ID)
	got, err = h.Complaint(ctx, c.ID)
	h.must(err)
	if got.Facts+got.Place+got.Things[0].Description+got.Files[0].Info.Name != "" {
		t.Errorf("left after erasure: %+v", got)
	}
	if _, err := h.k.Blobs.Open(ctx, got.Files[0].Info); err == nil {
		t.Error("the file still opens")
	}
	h.sound()
}

func ExampleOrigins() {
	fmt.Println(register.Origins())
	// Output: [complaint report anonymous police instruction transfer]
}
