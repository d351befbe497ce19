package register_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/register"
)

// everyState are the states that a complaint can be in.
var everyState = []register.State{register.Verifying, register.Recorded, register.Moving, register.Proposed, register.Referred, register.Closed}

// anonymous is a report by somebody who is not named.
func (h *house) anonymous() register.NewComplaint {
	in := h.theft()
	in.Origin, in.Parties = register.Anonymously, nil
	return in
}

// may gives the grant of a verb of the desk on a complaint.
func (h *house) may(who, action string, c ident.ID) policy.Grant {
	h.t.Helper()
	return h.grant(who, action, h.on(who, register.KindComplaint, c))
}

// put gives a complaint that stands in a state.
func (h *house) put(state register.State) register.Complaint {
	h.t.Helper()
	in := h.theft()
	if state == register.Verifying {
		in = h.anonymous()
	}
	c, err := h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", res0), in)
	h.must(err)
	switch state {
	case register.Moving:
		h.must(h.OfferTransfer(ctx, h.may("desk", "register.transfer.offer", c.ID), c.ID, 0, h.unit["KEN-02"], "Faits commis chez vous."))
	case register.Proposed, register.Closed:
		h.must(h.ProposeClosing(ctx, h.may("desk", "register.closing.propose", c.ID), c.ID, 0, "Sac retrouv\u00e9."))
	case register.Referred:
		h.refer(c, "7/KEN-VILLE-BPJ/2026")
	}
	if state == register.Closed {
		h.must(h.DecideClosing(ctx, h.may("night", "register.closing.decide", c.ID), c.ID, 0, true, ""))
	}
	c, err = h.Complaint(ctx, c.ID)
	h.must(err)
	if c.State != state {
		h.t.Fatalf("state %s, want %s", c.State, state)
	}
	return c
}

// verb is something done with a complaint as it was seen.
type verb func(h *house, g policy.Grant, c register.Complaint) error

func correct(field, words string) verb {
	return func(h *house, g policy.Grant, c register.Complaint) error {
		return h.CorrectComplaint(ctx, g, c.ID, field, words)
	}
}

func attach(files func(h *house, c register.Complaint) []blobs.Info) verb {
	return func(h *house, g policy.Grant, c register.Complaint) error {
		return h.AttachFiles(ctx, g, c.ID, files(h, c))
	}
}

// aNote is a file filed under the complaint itself.
func aNote(h *house, c register.Complaint) []blobs.Info { return []blobs.Info{h.blob(c.ID)} }

func verify(in register.Verification) verb {
	return func(h *house, g policy.Grant, c register.Complaint) error {
		return h.VerifyComplaint(ctx, g, c.ID, c.Version, in)
	}
}

func propose(reason string) verb {
	return func(h *house, g policy.Grant, c register.Complaint) error {
		return h.ProposeClosing(ctx, g, c.ID, c.Version, reason)
	}
}

func decide(agree bool, words string) verb {
	return func(h *house, g policy.Grant, c register.Complaint) error {
		return h.DecideClosing(ctx, g, c.ID, c.Version, agree, words)
	}
}

func offer(to, words string) verb {
	return func(h *house, g policy.Grant, c register.Complaint) error {
		return h.OfferTransfer(ctx, g, c.ID, c.Version, h.unit[to], words)
	}
}

// tell tells the complainant some time after the complaint came.
func tell(after time.Duration, outcome, channel, words string) verb {
	return func(h *house, g policy.Grant, c register.Complaint) error {
		return h.TellOutcome(ctx, g, c.ID, c.ReceivedAt.Add(after), outcome, channel, words)
	}
}

// The actions of the desk.
const (
	toCorrect = "register.complaint.correct"
	toAttach  = "register.complaint.attach"
	toVerify  = "register.complaint.verify"
	toPropose = "register.closing.propose"
	toDecide  = "register.closing.decide"
	toOffer   = "register.transfer.offer"
	toTell    = "register.outcome.tell"
)

// deskVerbs is the table of a complaint's life, but for the case and the answer
// to a transfer, which have other actors.
var deskVerbs = []struct {
	name, who, action string
	from              []register.State // where it may be done
	to                register.State   // where it leads; "" where it stays
	entry             string
	versioned         bool // it is refused on a version that is not the last
	run               verb
}{
	{"correct", "desk", toCorrect, everyState, "", "complaint-corrected", false, correct("facts", "Deux hommes.")},
	{"attach", "desk", toAttach, everyState, "", "files-attached", false, attach(aNote)},
	{"verify serious", "desk", toVerify, everyState[:1], register.Recorded, "complaint-verified", true, verify(register.Verification{Serious: true, Act: "114/2026", Words: "Pr\u00e9cis."})},
	{"verify vague", "desk", toVerify, everyState[:1], "", "complaint-verified", true, verify(register.Verification{Words: "Rien de pr\u00e9cis."})},
	{"propose", "desk", toPropose, everyState[:2], register.Proposed, "closing-proposed", true, propose("Sans suite.")},
	{"close", "night", toDecide, everyState[3:4], register.Closed, "complaint-closed", true, decide(true, "")},
	{"decline to close", "night", toDecide, everyState[3:4], register.Recorded, "closing-declined", true, decide(false, "Entendre le t\u00e9moin.")},
	{"offer", "desk", toOffer, everyState[1:2], register.Moving, "transfer-offered", true, offer("KEN-02", "Faits commis chez vous.")},
	{"tell", "desk", toTell, everyState, "", "outcome-told", false, tell(0, "pending", "phone", "")},
}

// blob stores a file under a record.
func (h *house) blob(subject ident.ID) blobs.Info {
	h.t.Helper()
	info, err := h.k.Blobs.Put(ctx, blobs.Offer{Subject: string(subject), Name: "note.txt", MIME: "text/plain"}, strings.NewReader("une note, "+string(h.ids.New())), blobs.Limits{})
	h.must(err)
	return info
}

// TestEveryVerbInEveryState: a verb that fits leaves one entry, leads where the
// table says and counts the version up; one that does not is refused and leaves
// nothing.
func TestEveryVerbInEveryState(t *testing.T) {
	house := newHouse(t)
	for _, state := range everyState {
		for _, v := range deskVerbs {
			t.Run(string(state)+"/"+v.name, func(t *testing.T) {
				h := house.with(t)
				c := h.put(state)
				run := func() error { return v.run(h, h.may(v.who, v.action, c.ID), c) }
				if !slices.Contains(v.from, state) {
					h.refuses(run, fault.Conflict, "register.fault.state")
					return
				}
				h.leaves(run, v.entry)
				got, err := h.Complaint(ctx, c.ID)
				h.must(err)
				want := v.to
				if want == "" {
					want = state
				}
				if got.State != want || got.Version != c.Version+1 {
					t.Errorf("state %s, version %d after %d; want state %s", got.State, got.Version, c.Version, want)
				}
			})
		}
	}
	house.sound()
}

// TestAStaleDecisionIsRefused: whoever decides on what they saw before somebody
// else wrote is told so; who says no version is not held to one.
func TestAStaleDecisionIsRefused(t *testing.T) {
	house := newHouse(t)
	for _, v := range deskVerbs {
		t.Run(v.name, func(t *testing.T) {
			h := house.with(t)
			seen := h.put(v.from[0])
			h.must(h.CorrectComplaint(ctx, h.may("desk", toCorrect, seen.ID), seen.ID, "place", "Devant la poste."))
			at := func(version int64) func() error {
				c := seen
				c.Version = version
				return func() error { return v.run(h, h.may(v.who, v.action, c.ID), c) }
			}
			if v.versioned {
				h.refuses(at(seen.Version), fault.Conflict, "fault.conflict")
				h.refuses(at(seen.Version+2), fault.Conflict, "fault.conflict")
			}
			h.leaves(at(0), v.entry)
		})
	}
}

// TestAnUnknownComplaintIsNotFound: no verb speaks of a record that is not there.
func TestAnUnknownComplaintIsNotFound(t *testing.T) {
	house := newHouse(t)
	c := house.record()
	for _, v := range deskVerbs {
		t.Run(v.name, func(t *testing.T) {
			h := house.with(t)
			ghost := register.Complaint{ID: h.ids.New(), ReceivedAt: c.ReceivedAt}
			h.refuses(func() error { return v.run(h, h.may(v.who, v.action, c.ID), ghost) }, fault.NotFound, "fault.not-found")
		})
	}
	for what, run := range map[string]func(id ident.ID) error{
		"whole":    func(id ident.ID) error { _, err := house.Complaint(ctx, id); return err },
		"refer":    func(id ident.ID) error { return house.ReferProblem(ctx, house.k.Reader, id, 0) },
		"transfer": func(id ident.ID) error { _, err := house.Transfer(ctx, id); return err },
		"receipt":  func(id ident.ID) error { _, err := house.Receipt(ctx, id, "fr"); return err },
	} {
		t.Run(what, func(t *testing.T) {
			house.with(t).refuses(func() error { return run(house.ids.New()) }, fault.NotFound, "fault.not-found")
		})
	}
}

var (
	tooLong  = strings.Repeat("\u00e9", 20_001) // for a paragraph
	tooWide  = strings.Repeat("\u00e9", 501)    // for a line
	seriousX = register.Verification{Serious: true, Words: "x"}
)

// asked is what a verb asks for and was not given.
type asked struct {
	name, who, action string
	state             register.State
	run               verb
	field, key        string
}

var askedFor = []asked{
	{"correct no part", "desk", toCorrect, register.Recorded, correct("number", "2"), "field", "form.choose"},
	{"correct in no words", "desk", toCorrect, register.Recorded, correct("facts", " \t\n "), "words", "form.required"},
	{"correct at length", "desk", toCorrect, register.Recorded, correct("facts", tooLong), "words", "form.too-long"},
	{"correct with a control character", "desk", toCorrect, register.Recorded, correct("facts", "a\x00"), "words", "text.control-character"},
	{"correct in broken letters", "desk", toCorrect, register.Recorded, correct("facts", "a\xff"), "words", "text.not-utf8"},
	{"attach nothing", "desk", toAttach, register.Recorded, attach(func(*house, register.Complaint) []blobs.Info { return nil }), "files", "form.required"},
	{"attach another's", "desk", toAttach, register.Recorded, attach(func(h *house, _ register.Complaint) []blobs.Info { return []blobs.Info{h.blob(h.ids.New())} }), "files", "register.fault.file-elsewhere"},
	{"attach too many", "desk", toAttach, register.Recorded, attach(func(_ *house, c register.Complaint) []blobs.Info {
		return slices.Repeat([]blobs.Info{{Subject: string(c.ID)}}, 101)
	}), "files", "register.fault.too-many"},
	{"verify in no words", "desk", toVerify, register.Verifying, verify(register.Verification{Serious: true, Act: "1"}), "words", "form.required"},
	{"verify without an act", "desk", toVerify, register.Verifying, verify(seriousX), "act", "form.required"},
	{"verify by an endless act", "desk", toVerify, register.Verifying, verify(register.Verification{Serious: true, Words: "x", Act: tooWide}), "act", "form.too-long"},
	{"propose without a reason", "desk", toPropose, register.Recorded, propose(""), "reason", "form.required"},
	{"propose at length", "desk", toPropose, register.Recorded, propose(tooLong), "reason", "form.too-long"},
	{"decline without words", "night", toDecide, register.Proposed, decide(false, ""), "words", "form.required"},
	{"agree at length", "night", toDecide, register.Proposed, decide(true, tooLong), "words", "form.too-long"},
	{"offer to nobody", "desk", toOffer, register.Recorded, offer("nowhere", "x"), "to", "form.choose"},
	{"offer in no words", "desk", toOffer, register.Recorded, offer("KEN-02", ""), "words", "form.required"},
	{"offer to oneself", "desk", toOffer, register.Recorded, offer("KEN-01", "x"), "", "register.fault.same-unit"},
	{"tell ahead", "desk", toTell, register.Recorded, tell(time.Hour, "pending", "phone", ""), "at", "form.future"},
	{"tell before it came", "desk", toTell, register.Recorded, tell(-time.Second, "pending", "phone", ""), "at", "register.fault.before-received"},
	{"tell no outcome", "desk", toTell, register.Recorded, tell(0, "lost", "phone", ""), "outcome", "form.choose"},
	{"tell by no channel", "desk", toTell, register.Recorded, tell(0, "pending", "pigeon", ""), "channel", "form.choose"},
	{"tell at length", "desk", toTell, register.Recorded, tell(0, "pending", "phone", tooLong), "words", "form.too-long"},
}

// TestWhatADeskVerbAsksFor: each field that is missing, too long or not among
// the choices is named, and nothing is written.
func TestWhatADeskVerbAsksFor(t *testing.T) {
	house := newHouse(t)
	for _, tc := range askedFor {
		t.Run(tc.name, func(t *testing.T) {
			h := house.with(t)
			c := h.put(tc.state)
			h.blames(func() error { return tc.run(h, h.may(tc.who, tc.action, c.ID), c) }, tc.field, tc.key)
		})
	}
}

// TestTheLimitsOfACorrection: the last length that fits is taken whole.
func TestTheLimitsOfACorrection(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	words := strings.Repeat("\u00e9", 20_000)
	for _, field := range register.CorrectFields() {
		h.leaves(func() error {
			return h.CorrectComplaint(ctx, h.may("desk", "register.complaint.correct", c.ID), c.ID, field, words)
		}, "complaint-corrected")
	}
	got, err := h.Complaint(ctx, c.ID)
	h.must(err)
	if len(got.Fixes) != len(register.CorrectFields()) || got.Fixes[0].Words != words || got.Fixes[0].Writer != h.who["desk"] {
		t.Errorf("%d corrections", len(got.Fixes))
	}
}

// TestAReportDeclinedForClosingIsVerifiedAllTheSame: proposing to close an
// anonymous report is no way around its check.
// Law: CPP 40; CPP 49
func TestAReportDeclinedForClosingIsVerifiedAllTheSame(t *testing.T) {
	h := newHouse(t)
	c := h.put(register.Verifying)
	closing := func() {
		t.Helper()
		h.must(h.ProposeClosing(ctx, h.may("desk", "register.closing.propose", c.ID), c.ID, 0, "Sans suite."))
		h.must(h.DecideClosing(ctx, h.may("night", "register.closing.decide", c.ID), c.ID, 0, false, "V\u00e9rifier d'abord."))
	}
	closing()
	h.refuses(func() error { return h.ReferProblem(ctx, h.k.Reader, c.ID, 0) }, fault.Refused, "register.fault.not-verified")
	h.must(h.VerifyComplaint(ctx, h.may("desk", "register.complaint.verify", c.ID), c.ID, 0, register.Verification{Serious: true, Act: "114/2026", Words: "Pr\u00e9cis."}))
	closing()
	h.must(h.ReferProblem(ctx, h.k.Reader, c.ID, 0)) // what was verified once stays so
	h.sound()
}

// TestAVagueReportHasNoAuthorisation: the number of an act that was typed beside
// "not serious" is not taken for one.
func TestAVagueReportHasNoAuthorisation(t *testing.T) {
	h := newHouse(t)
	c := h.put(register.Verifying)
	h.must(h.VerifyComplaint(ctx, h.may("desk", "register.complaint.verify", c.ID), c.ID, 0, register.Verification{Act: "114/2026\x00", Words: "Vague."}))
	got, err := h.Complaint(ctx, c.ID)
	h.must(err)
	if got.State != register.Verifying || got.Authorised != "" || got.Reason != "Vague." {
		t.Errorf("%s, authorised by %q, %q", got.State, got.Authorised, got.Reason)
	}
}

// TestClosingIsDecidedByTwo: whoever proposed it is refused whatever they
// decide; after a refusal the proposer is another and the first may decide.
func TestClosingIsDecidedByTwo(t *testing.T) {
	h := newHouse(t)
	c := h.put(register.Proposed)
	for _, agree := range []bool{true, false} {
		h.refuses(func() error {
			return h.DecideClosing(ctx, h.may("desk", "register.closing.decide", c.ID), c.ID, 0, agree, "Vu.")
		}, fault.Refused, "register.fault.own-proposal")
	}
	h.must(h.DecideClosing(ctx, h.may("night", "register.closing.decide", c.ID), c.ID, 0, false, "Non."))
	got, err := h.Complaint(ctx, c.ID)
	h.must(err)
	if got.Proposer != "" || got.Reason != "Non." {
		t.Errorf("proposer %q, reason %q", got.Proposer, got.Reason)
	}
	h.must(h.ProposeClosing(ctx, h.may("night", "register.closing.propose", c.ID), c.ID, 0, "Maintenant."))
	h.leaves(func() error {
		return h.DecideClosing(ctx, h.may("desk", "register.closing.decide", c.ID), c.ID, 0, true, "")
	}, "complaint-closed")
}
