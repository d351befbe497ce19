package register_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/register"
)

// allowed checks who of the whole cast may do something, and that everybody
// else is refused, not merely mistaken.
func (h *house) allowed(action string, on func(name string) policy.Resource, purpose func(name string) policy.Purpose, names ...string) {
	h.t.Helper()
	for _, x := range cast {
		_, err := h.ask(x.name, action, on(x.name), purpose(x.name))
		if want := slices.Contains(names, x.name); want != (err == nil) || err != nil && !fault.Is(err, fault.Refused) {
			h.t.Errorf("%s, %s: %v", x.name, action, err)
		}
	}
}

// duty is the standing purpose of each.
func (h *house) duty(name string) policy.Purpose {
	_, p := h.actor(name)
	return p
}

// always is one purpose for everybody.
func always(p policy.Purpose) func(string) policy.Purpose {
	return func(string) policy.Purpose { return p }
}

// as gives a record to the policy as the routes do for whoever asks.
func (h *house) as(kind string, id ident.ID, purpose func(string) policy.Purpose) func(string) policy.Resource {
	return func(name string) policy.Resource { return h.on(name, kind, id, purpose(name)) }
}

// seated gives a record under the office that controls it.
func (h *house) seated(kind string, id ident.ID, purpose func(string) policy.Purpose) func(string) policy.Resource {
	return func(name string) policy.Resource {
		res, err := h.Seat(ctx, ident.Ref{Kind: kind, ID: id}, purpose(name))
		h.must(err)
		return res
	}
}

// nothing is the service as such.
func nothing(string) policy.Resource { return res0 }

// worked is what an officer does with the complaints of their own unit.
var worked = []string{"register.complaint.list", "register.complaint.read", toCorrect, toAttach, toVerify, toPropose, toOffer, toTell}

// TestWhoMayAtTheDeskUnderTheirDuty: the unit that answers works on a complaint,
// a second person of it closes, and nobody else does anything.
func TestWhoMayAtTheDeskUnderTheirDuty(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	for _, action := range append(worked, toDecide) {
		h.allowed(action, h.as(register.KindComplaint, c.ID, h.duty), h.duty, "desk", "night")
	}
	h.allowed("register.complaint.refer", h.as(register.KindComplaint, c.ID, h.duty), h.duty)
	moving := h.put(register.Moving)
	h.allowed("register.transfer.answer", h.as(register.KindTransfer, moving.Transfer, h.duty), h.duty, "other")
	given, err := h.GiveHandover(ctx, h.grant("desk", "register.handover.give", res0), h.ids.New(), "")
	h.must(err)
	h.allowed("register.handover.take", h.as(register.KindHandover, given.ID, h.duty), h.duty, "desk", "night")
}

// TestTheDeskIsOneSOwnUnit: who serves at a desk or in a brigade opens their own,
// and nothing of it without a purpose or on a bare article.
func TestTheDeskIsOnesOwnUnit(t *testing.T) {
	h := newHouse(t)
	serving := []string{"desk", "night", "other", "opj", "agent", "chief"}
	basis := always(policy.Purpose{Kind: policy.Basis, Basis: "CPP-21"})
	for _, action := range []string{"register.desk.open", "register.complaint.find", "register.board.open"} {
		h.allowed(action, nothing, h.duty, serving...)
		h.allowed(action, nothing, basis, "inspector")
	}
	for _, action := range []string{"register.complaint.record", "register.line.write", "register.handover.give", "register.file.send", "register.list.send"} {
		h.allowed(action, nothing, h.duty, serving...)
		h.allowed(action, nothing, basis)
	}
	elsewhere := func(string) policy.Resource { return policy.Resource{Unit: h.unit["DGSN"]} }
	for _, action := range []string{"register.desk.open", "register.complaint.record", "register.line.write", "register.handover.give", "register.file.send"} {
		h.allowed(action, nothing, always(policy.Purpose{}))
		for _, x := range cast {
			if _, err := h.k.Policy.Ask(ctx, first(h.actor(x.name)), action, elsewhere(x.name), h.duty(x.name)); x.unit != "DGSN" && !fault.Is(err, fault.Refused) {
				t.Errorf("%s, %s of another unit: %v", x.name, action, err)
			}
		}
	}
}

func first(a policy.Actor, _ policy.Purpose) policy.Actor { return a }

// TestWhoMayUnderACase: whoever works on the case reads what it came from and
// adds to it; nobody decides on it there, and another case opens nothing.
func TestWhoMayUnderACase(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	own := h.refer(c, "7/KEN-VILLE-BPJ/2026")
	police := []string{"desk", "night", "other", "opj", "agent", "chief"}
	for purpose, who := range map[policy.Purpose][]string{own: police, h.newCase("*"): nil, h.newCase("nobody"): nil} {
		p := always(purpose)
		for _, action := range []string{"register.complaint.read", toCorrect, toAttach} {
			h.allowed(action, h.as(register.KindComplaint, c.ID, p), p, who...)
		}
		for _, action := range []string{toVerify, toPropose, toDecide, toOffer, toTell, "register.complaint.refer", "register.complaint.list"} {
			h.allowed(action, h.as(register.KindComplaint, c.ID, p), p)
		}
	}
}

// TestWhoMayOnALegalBasis: the inspectorate alone, and it only looks.
func TestWhoMayOnALegalBasis(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	held, _ := h.hold(h.arrested("theft-simple"))
	p := always(policy.Purpose{Kind: policy.Basis, Basis: "CPP-21"})
	for _, action := range []string{"register.complaint.list", "register.complaint.read"} {
		h.allowed(action, h.as(register.KindComplaint, c.ID, p), p, "inspector")
	}
	for _, action := range []string{"register.custody.list", "register.custody.read"} {
		h.allowed(action, h.as(register.KindCustody, held.ID, p), p, "inspector")
	}
	for _, action := range []string{toCorrect, toAttach, toVerify, toPropose, toDecide, toOffer, toTell, "register.complaint.refer"} {
		h.allowed(action, h.as(register.KindComplaint, c.ID, p), p)
	}
	for _, action := range []string{"register.custody.note", "register.extension.ask", "register.custody.end"} {
		h.allowed(action, h.as(register.KindCustody, held.ID, p), p)
	}
	none := always(policy.Purpose{})
	for _, action := range append(worked, toDecide, "register.complaint.refer") {
		h.allowed(action, h.as(register.KindComplaint, c.ID, none), none)
	}
}

// TestTheGlassIsBrokenByAChiefForOneRecord: no officer reads another unit's
// record in an emergency of their own, and nobody writes in one.
func TestTheGlassIsBrokenByAChiefForOneRecord(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	held, _ := h.hold(h.arrested("theft-simple"))
	glass := func(kind string, id ident.ID) func(string) policy.Purpose {
		return always(policy.Purpose{Kind: policy.BreakGlass, Ref: ident.Ref{Kind: kind, ID: id}, Reason: "Un enfant est en danger."})
	}
	p := glass(register.KindComplaint, c.ID)
	h.allowed("register.complaint.read", h.as(register.KindComplaint, c.ID, p), p, "chief")
	h.allowed("register.complaint.read", h.as(register.KindComplaint, h.record().ID, p), p)
	h.allowed(toCorrect, h.as(register.KindComplaint, c.ID, p), p)
	p = glass(register.KindCustody, held.ID)
	h.allowed("register.custody.read", h.as(register.KindCustody, held.ID, p), p, "chief")
	h.allowed("register.custody.end", h.as(register.KindCustody, held.ID, p), p)
}

// TestWhoMayWithACustody: its unit watches it, whoever works on the case notes,
// and only a judicial police officer of the unit decides on liberty, under the case.
// Law: CPP 66; CPP 67
func TestWhoMayWithACustody(t *testing.T) {
	h := newHouse(t)
	held, own := h.hold(h.arrested("theft-simple"))
	unit := []string{"opj", "agent", "chief"}
	police := []string{"desk", "night", "other", "opj", "agent", "chief"}
	inCase, other := always(own), always(h.newCase("*"))
	for _, action := range []string{"register.custody.list", "register.custody.read", "register.custody.note"} {
		h.allowed(action, h.as(register.KindCustody, held.ID, h.duty), h.duty, unit...)
		h.allowed(action, h.as(register.KindCustody, held.ID, inCase), inCase, police...)
	}
	for _, action := range []string{"register.custody.read", "register.custody.note", "register.extension.ask", "register.custody.end"} {
		h.allowed(action, h.as(register.KindCustody, held.ID, other), other)
	}
	for _, action := range []string{"register.extension.ask", "register.custody.end"} {
		h.allowed(action, h.as(register.KindCustody, held.ID, h.duty), h.duty)
		h.allowed(action, h.as(register.KindCustody, held.ID, inCase), inCase, "opj", "chief")
	}
	h.allowed("register.custody.open", nothing, inCase, "opj", "chief")
	h.allowed("register.custody.open", nothing, h.duty)
}

// TestWhoMayAtTheSeat: the office that controls a custody, and no other.
// Law: CPP 45; CPP 66
func TestWhoMayAtTheSeat(t *testing.T) {
	h := newHouse(t)
	held, own := h.hold(h.arrested("theft-simple"))
	grave, _ := h.hold(h.arrested("burglary"))
	p := always(control)
	for _, action := range []string{"register.seat.list", "register.custody.inspect", "register.extension.decide", "register.custody.visa"} {
		h.allowed(action, h.seated(register.KindCustody, held.ID, p), p, "prosecutor")
		h.allowed(action, h.seated(register.KindCustody, grave.ID, p), p, "general")
		h.allowed(action, h.as(register.KindCustody, held.ID, p), p) // as its unit's record it is nobody's here
		none, inCase := always(policy.Purpose{}), always(own)
		h.allowed(action, h.seated(register.KindCustody, held.ID, none), none)
		h.allowed(action, h.seated(register.KindCustody, held.ID, inCase), inCase)
	}
	h.allowed("register.seat.open", nothing, p, "prosecutor", "general", "judge", "grave-judge", "elsewhere")
	lists, err := h.SendList(ctx, h.grant("chief", "register.list.send", res0))
	h.must(err)
	who := map[ident.ID]string{h.unit["PR-KEN"]: "prosecutor", h.unit["PGR-KEN"]: "general"}
	for _, l := range lists {
		h.allowed("register.list.take", h.seated(register.KindList, l.ID, p), p, who[l.Office])
		h.allowed("register.list.read", h.seated(register.KindList, l.ID, p), p, who[l.Office], "inspector")
		h.allowed("register.list.read", h.as(register.KindList, l.ID, h.duty), h.duty, "chief")
		h.allowed("register.list.take", h.as(register.KindList, l.ID, h.duty), h.duty)
	}
}

// TestAJudgeSeesTheCustodyThatTheyAreAskedAbout: under letters rogatory, once they
// were asked, the judge of that court and nobody else of it; the prosecution
// controls it and does not decide.
// Law: CPP 66; CPP 191
func TestAJudgeSeesTheCustodyThatTheyAreAskedAbout(t *testing.T) {
	h := newHouse(t)
	in := h.arrested("theft-simple")
	in.Special = "rogatory"
	c, own := h.hold(in)
	plain, _ := h.hold(h.arrested("theft-simple"))
	p := always(control)
	may := func(id ident.ID, inspect, decide string) {
		t.Helper()
		h.allowed("register.custody.inspect", h.seated(register.KindCustody, id, p), p, strings.Fields(inspect)...)
		h.allowed("register.extension.decide", h.seated(register.KindCustody, id, p), p, strings.Fields(decide)...)
	}
	may(c.ID, "prosecutor", "prosecutor")
	h.must(h.AskExtension(ctx, h.held("opj", "register.extension.ask", c.ID, own), c.ID, "x"))
	may(c.ID, "prosecutor judge", "prosecutor judge")
	may(plain.ID, "prosecutor", "prosecutor")
	h.allowed("register.custody.visa", h.seated(register.KindCustody, c.ID, p), p, "prosecutor")
	h.allowed("register.custody.read", h.as(register.KindCustody, c.ID, p), p, "inspector") // the page of its own unit is not theirs
	h.refuses(func() error { return h.extend("prosecutor", c.ID, granted()) }, fault.Refused, "register.fault.authority")
	h.leaves(func() error { return h.extend("judge", c.ID, granted()) }, "extension-decided")
	may(c.ID, "prosecutor judge", "prosecutor judge") // whoever decided sees what became of it
	h.sound()
}

// TestAnExtensionThatNobodyHereMayGrantIsNotAsked: in a service whose courts are not
// its units, asking says so and leaves nothing; the custody itself is opened.
// Law: CPP 191
func TestAnExtensionThatNobodyHereMayGrantIsNotAsked(t *testing.T) {
	h := newHouse(t, "TPI-KEN", "CA-KEN")
	in := h.arrested("theft-simple")
	in.Special = "rogatory"
	c, p := h.hold(in)
	if c.Office != h.unit["PR-KEN"] {
		t.Errorf("controlled by %s", c.Office)
	}
	h.refuses(func() error { return h.AskExtension(ctx, h.held("opj", "register.extension.ask", c.ID, p), c.ID, "x") }, fault.Refused, "register.fault.nobody")
}

// TestNoOtherKindOfRecord: the register answers for its own records only, and
// says of one that is not there that it is not found.
func TestNoOtherKindOfRecord(t *testing.T) {
	h := newHouse(t)
	for _, kind := range []string{register.KindComplaint, register.KindTransfer, register.KindHandover, register.KindCustody, register.KindList, register.KindLine, "person", ""} {
		ref := ident.Ref{Kind: kind, ID: h.ids.New()}
		if _, err := h.Resource(ctx, ref, policy.Purpose{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", kind, err)
		}
		if _, err := h.Seat(ctx, ref, control); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q at the seat: %v", kind, err)
		}
	}
	c := h.record()
	stranger := policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "duty", ID: h.ids.New()}}
	if res, err := h.Resource(ctx, ident.Ref{Kind: register.KindComplaint, ID: c.ID}, stranger); err != nil || len(res.Under) != 0 {
		t.Errorf("under a duty that nobody has: %+v %v", res, err)
	}
}
