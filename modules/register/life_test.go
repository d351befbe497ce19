package register_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/register"
)

// lived is a register in which every kind of entry was made, each with words of
// its own.
type lived struct {
	*house
	complaints []ident.ID
	custodies  []ident.ID
	persons    []ident.ID
	lines      []ident.ID
	handover   ident.ID
	work       policy.Purpose
}

// marks are the words that the life of the register left, one for each place
// where a person may stand in it.
var marks = []string{"Xplace", "Xfacts", "Xthing", "Xserial", "Xfile", "Xfix", "Xvague", "Xserious", "Xclosing", "Xdeclined", "Xoffer", "Xanswer", "Xtold",
	"Xline", "Xfree", "Xremarks", "Xreasons", "Xrefused", "Xhealth", "Xask", "Xdecision", "Xend", "Xvisa"}

// live makes every kind of entry in a register of its own.
func live(t testing.TB) *lived {
	t.Helper()
	return liveIn(newHouse(t))
}

// liveIn makes every kind of entry.
func liveIn(h *house) *lived {
	l := &lived{house: h}
	l.desk()
	l.book()
	l.cells()
	return l
}

// desk is the life of complaints.
func (l *lived) desk() {
	in := l.theft()
	in.Place, in.Facts, in.Things[0].Description, in.Things[0].Serial = "Xplace", "Xfacts", "Xthing", "Xserial"
	c := must(l.RecordComplaint(ctx, l.grant("desk", "register.complaint.record", res0), in))
	info := must(l.k.Blobs.Put(ctx, blobs.Offer{Subject: string(c.ID), Name: "Xfile.txt", MIME: "text/plain"}, strings.NewReader("un texte"), blobs.Limits{}))
	l.must(l.AttachFiles(ctx, l.may("desk", toAttach, c.ID), c.ID, []blobs.Info{info}))
	l.must(l.CorrectComplaint(ctx, l.may("desk", toCorrect, c.ID), c.ID, "facts", "Xfix"))
	l.must(l.OfferTransfer(ctx, l.may("desk", toOffer, c.ID), c.ID, 0, l.unit["KEN-02"], "Xoffer"))
	moving := must(l.Complaint(ctx, c.ID)).Transfer
	l.must(l.house.answer(moving, false, "Xanswer")())
	l.must(l.TellOutcome(ctx, l.may("desk", toTell, c.ID), c.ID, l.clock.Now(), "pending", "phone", "Xtold"))
	l.work = l.refer(c, "7/KEN-VILLE-BPJ/2026")
	report := l.put(register.Verifying)
	l.must(l.VerifyComplaint(ctx, l.may("desk", toVerify, report.ID), report.ID, 0, register.Verification{Words: "Xvague"}))
	l.must(l.ProposeClosing(ctx, l.may("desk", toPropose, report.ID), report.ID, 0, "Xclosing"))
	l.must(l.DecideClosing(ctx, l.may("night", toDecide, report.ID), report.ID, 0, false, "Xdeclined"))
	l.must(l.VerifyComplaint(ctx, l.may("desk", toVerify, report.ID), report.ID, 0, register.Verification{Serious: true, Act: "114/2026", Words: "Xserious"}))
	l.must(l.ProposeClosing(ctx, l.may("desk", toPropose, report.ID), report.ID, 0, "Xclosing"))
	l.must(l.DecideClosing(ctx, l.may("night", toDecide, report.ID), report.ID, 0, true, ""))
	l.complaints = []ident.ID{c.ID, report.ID}
	l.persons = must(l.Complaint(ctx, c.ID)).Persons(register.Complainant)
}

// book is the log book and a handover.
func (l *lived) book() {
	free := must(l.WriteLine(ctx, l.grant("desk", "register.line.write", res0), register.NewLine{Submission: l.ids.New(), Words: "Xfree"}))
	fix := must(l.WriteLine(ctx, l.grant("desk", "register.line.write", res0), register.NewLine{Submission: l.ids.New(), Words: "Xline", Corrects: free.ID}))
	l.lines = []ident.ID{free.ID, fix.ID}
	l.handover = must(l.GiveHandover(ctx, l.grant("desk", "register.handover.give", res0), l.ids.New(), "Xremarks")).ID
	l.must(l.TakeHandover(ctx, l.grant("night", "register.handover.take", l.on("night", register.KindHandover, l.handover)), l.handover))
}

// cells is the life of two custodies, one refused and one that overran.
func (l *lived) cells() {
	open := l.grant("opj", "register.custody.open", res0, l.work)
	in := l.arrested("theft-simple")
	in.Reasons = "Xrefused"
	refused := must(l.RefuseCustody(ctx, open, in, "unfit"))
	in = l.arrested("theft-simple")
	in.Reasons = "Xreasons"
	c := must(l.OpenCustody(ctx, open, in))
	l.must(l.NoteEvent(ctx, l.held("opj", "register.custody.note", c.ID, l.work), c.ID, register.NewEvent{Submission: l.ids.New(), Kind: "health", Phase: "start", At: l.clock.Now(), Details: []register.Detail{{Field: "health", Value: "Xhealth"}}}))
	l.must(l.AskExtension(ctx, l.held("opj", "register.extension.ask", c.ID, l.work), c.ID, "Xask"))
	l.must(l.extend("prosecutor", c.ID, register.NewDecision{Words: "Xdecision"}))
	l.must(l.extend("prosecutor", c.ID, granted()))
	lists := must(l.SendList(ctx, l.grant("chief", "register.list.send", res0)))
	res := must(l.Seat(ctx, ident.Ref{Kind: register.KindList, ID: lists[0].ID}, control))
	l.must(l.TakeList(ctx, l.grant("prosecutor", "register.list.take", res, control), lists[0].ID))
	l.must(l.Visa(ctx, must(l.seat("prosecutor", c.ID, "register.custody.visa")), c.ID, "Xvisa"))
	l.clock.Set(c.Arrest.Add(72*time.Hour + time.Minute))
	l.must(l.EndCustody(ctx, l.held("opj", "register.custody.end", c.ID, l.work), c.ID, 0, "release", l.clock.Now(), "Xend"))
	l.custodies = []ident.ID{c.ID, refused.ID}
	l.persons = append(l.persons, c.Person, refused.Person)
}

// TestEveryKindOfEntryReplays: each of them was made, and an empty register filled
// from them is the same.
func TestEveryKindOfEntryReplays(t *testing.T) {
	l := live(t)
	made := map[string]bool{}
	for _, e := range must(l.k.Journal.After(ctx, 0, 1000)) {
		made[e.Kind] = true
	}
	for _, k := range register.JournalModule().Kinds {
		if !made[k.Name] {
			t.Errorf("no %s was made", k.Name)
		}
	}
	l.sound()
}

// TestErasureLeavesNothing: before it every word that was typed is found; after the
// records and the persons are erased none is, in any table, and the register's
// numbers, states and times stand.
func TestErasureLeavesNothing(t *testing.T) {
	l := live(t)
	stored := append(slices.Clone(marks), "Essaadi", "Khadija", "Benmoussa", "Yassine", "Y. B.")
	if found := storetest.Traces(t, l.db, stored...); len(found) < len(stored)-4 {
		t.Fatalf("the scan does not see what is there: %q", found)
	}
	before := l.sheet(l.custodies[0])
	for _, subject := range slices.Concat(l.complaints, l.custodies, l.persons, l.lines, []ident.ID{l.handover}) {
		l.erase(subject)
	}
	if left := storetest.Traces(t, l.db, stored...); len(left) > 0 {
		t.Errorf("left: %s", strings.Join(left, "; "))
	}
	after := l.sheet(l.custodies[0])
	if after.Number != before.Number || !after.Deadline.Equal(before.Deadline) || !after.Overrun.Equal(before.Overrun) || after.Outcome != "release" || len(after.Events) != len(before.Events) || len(after.Decisions) != 2 {
		t.Errorf("%+v", after)
	}
	for _, e := range after.Events {
		if len(e.Details) > 0 {
			t.Errorf("details of %s: %+v", e.Kind, e.Details)
		}
	}
	if c := must(l.Complaint(ctx, l.complaints[0])); c.State != register.Referred || c.CaseNumber == "" || c.Facts != "" || len(c.Fixes) != 1 {
		t.Errorf("%+v", c)
	}
	l.sound()
}

// TestAnErasedRecordTakesNoMoreWords: its key is gone, so that nothing can be
// sealed under it again.
func TestAnErasedRecordTakesNoMoreWords(t *testing.T) {
	l := live(t)
	id := l.complaints[0]
	l.erase(id)
	got := l.during(func() {
		if err := l.CorrectComplaint(ctx, l.may("desk", toCorrect, id), id, "facts", "Encore."); err == nil {
			t.Error("an erased complaint was corrected")
		}
	})
	if len(got) > 0 {
		t.Errorf("appended %q", got)
	}
	l.sound()
}

// TestEveryKindIsTold: the timeline has words for each kind of entry in each
// language, and none of them is a bare key.
func TestEveryKindIsTold(t *testing.T) {
	l := live(t)
	site := newSite(t)
	tells := site.Module().Tells
	for _, e := range must(l.k.Journal.After(ctx, 0, 1000)) {
		if !strings.HasPrefix(e.Kind, "register.") {
			continue
		}
		for _, lang := range text.Langs() {
			w := site.k.Texts.In(lang)
			title, detail := w.T("entry."+e.Kind), ""
			if tell := tells[e.Kind]; tell != nil {
				title, detail = tell(w, e.Entry)
			}
			if title == "" || strings.Contains(title+detail, "\u27e6") || strings.Contains(title+detail, "register.") {
				t.Errorf("%s in %s: %q %q", e.Kind, lang, title, detail)
			}
		}
	}
}

// TestWhereAPersonStands: their complaints and custodies, once each, and nothing
// that belongs to others; what an erasure must take along.
func TestWhereAPersonStands(t *testing.T) {
	l := live(t)
	for i, want := range []ident.ID{l.complaints[0], l.custodies[0], l.custodies[1]} {
		if got := must(l.Documents(ctx, l.persons[i])); !slices.Equal(got, []ident.ID{want}) {
			t.Errorf("person %d stands in %v, want %v", i, got, want)
		}
	}
	if got := must(l.Documents(ctx, l.ids.New())); len(got) != 0 {
		t.Errorf("nobody stands in %v", got)
	}
	if got := must(l.Documents(ctx, l.complaints[1])); !slices.Equal(got, []ident.ID{l.complaints[1]}) {
		t.Errorf("a document stands for itself: %v", got)
	}
}

// TestOldLinesAreDue: those with words of their own, oldest first, once their time
// has come; a line whose words are gone is due no more.
// Law: L69-99
func TestOldLinesAreDue(t *testing.T) {
	l := live(t)
	term := l.Module().Terms[0]
	due := func(before time.Time, n int) (out []ident.ID) {
		t.Helper()
		for _, d := range must(term.Due(ctx, l.k.Reader, app.Window{Before: before, Most: n})) {
			if d.Ref.Kind != register.KindLine || d.Unit == "" || !d.Since.Before(before) {
				t.Errorf("%+v", d)
			}
			out = append(out, d.Ref.ID)
		}
		return out
	}
	written := l.book1(l.lines[0]).Written
	if term.Class != "log-book" || len(due(written, 10)) != 0 {
		t.Errorf("due at once: %v", due(written, 10))
	}
	later := l.clock.Now().Add(time.Hour)
	if got := due(later, 10); !slices.Equal(got, l.lines) {
		t.Errorf("due %v, want %v", got, l.lines)
	}
	if got := due(later, 1); !slices.Equal(got, l.lines[:1]) {
		t.Errorf("one at a time: %v", got)
	}
	l.erase(l.lines[0])
	if got := due(later, 10); !slices.Equal(got, l.lines[1:]) {
		t.Errorf("after erasure %v", got)
	}
}

// book1 finds a line of the desk's book.
func (l *lived) book1(id ident.ID) register.Line {
	l.t.Helper()
	for _, line := range l.house.book("KEN-01") {
		if line.ID == id {
			return line
		}
	}
	l.t.Fatalf("no line %s", id)
	return register.Line{}
}

// TestAnAttachmentIsFiledOnce: the same stored file twice is refused or the same,
// never a failure of the service.
func TestAnAttachmentIsFiledOnce(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	info := h.blob(c.ID)
	g := h.may("desk", toAttach, c.ID)
	h.leaves(func() error { return h.AttachFiles(ctx, g, c.ID, []blobs.Info{info}) }, "files-attached")
	for _, files := range [][]blobs.Info{{info}, {h.blob(c.ID), info}} {
		h.refuses(func() error { return h.AttachFiles(ctx, g, c.ID, files) }, fault.Conflict, "register.fault.file-twice")
	}
	twice := h.blob(c.ID)
	h.blames(func() error { return h.AttachFiles(ctx, g, c.ID, []blobs.Info{twice, twice}) }, "files", "register.fault.file-twice")
	if got := must(h.Complaint(ctx, c.ID)).Files; len(got) != 1 {
		t.Errorf("%d files", len(got))
	}
}

// TestWhatIsClosedIsDue: a complaint that was closed, and pages of the custody
// register that ended, each from that moment on and for its own unit; a complaint
// that went to a case is kept with the case, and what is forgotten is due no more.
// Law: L69-99
func TestWhatIsClosedIsDue(t *testing.T) {
	l := live(t)
	later := l.clock.Now().Add(time.Hour)
	for class, want := range map[string][]ident.ID{"complaint": {l.complaints[1]}, "custody-register": {l.custodies[1], l.custodies[0]}} {
		terms := l.Module().Terms
		term := terms[slices.IndexFunc(terms, func(x app.Term) bool { return x.Class == class })]
		due := func(w app.Window) (out []ident.ID) {
			t.Helper()
			w.Most = 10
			for _, d := range must(term.Due(ctx, l.k.Reader, w)) {
				if out = append(out, d.Ref.ID); d.Unit == "" || !d.Since.Before(w.Before) {
					t.Errorf("%s: %+v", class, d)
				}
			}
			return out
		}
		all := due(app.Window{Before: later})
		if !slices.Equal(all, want) {
			t.Errorf("%s: due %v, want %v", class, all, want)
		}
		first := must(term.Due(ctx, l.k.Reader, app.Window{Before: later, Most: 1}))[0]
		if got := due(app.Window{Before: first.Since}); len(got) != 0 {
			t.Errorf("%s: due the moment it ended: %v", class, got)
		}
		if got := due(app.Window{Before: later, Unit: l.unit["KEN-02"]}); len(got) != 0 {
			t.Errorf("%s: another unit's: %v", class, got)
		}
		l.erase(want[0])
		if got := due(app.Window{Before: later}); !slices.Equal(got, want[1:]) {
			t.Errorf("%s: after erasure %v", class, got)
		}
	}
}
