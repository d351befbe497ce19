package units_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/modules/units"
)

// register is an officer who registers one more key while signed in.
func (h *house) register(id ident.ID, label string) func() error {
	g := h.grant(id, "units.passkey.register", id)
	return func() error {
		return h.Register(ctx, passkey.Registration{Account: id, Grant: g, Label: label, Record: `{"id":"` + label + `"}`})
	}
}

// remove takes a key from an officer, in the name of somebody.
func (h *house) remove(by, officer, key ident.ID) func() error {
	g := h.grant(by, "units.passkey.remove", officer)
	return func() error { return h.RemovePasskey(ctx, g, officer, key) }
}

// keysOf gives the keys of an officer by label, removed ones included.
func (h *house) keysOf(id ident.ID) map[string]units.Passkey {
	h.t.Helper()
	all, err := h.Passkeys(ctx, id)
	h.must(err)
	keys := map[string]units.Passkey{}
	for _, k := range all {
		keys[k.Label] = k
	}
	return keys
}

// TestNobodyHasMoreThanTenKeys: the eleventh is refused, by grant and by code alike,
// until one is removed; what others have does not count.
func TestNobodyHasMoreThanTenKeys(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	id, admin := who[units.Investigator], who[units.Administrator]
	for i := range 10 {
		h.leaves(h.register(id, string(rune('a'+i))), "passkey-registered")
	}
	h.denies(h.register(id, "k"), "units.fault.too-many-keys")
	code, err := h.IssueCode(ctx, h.grant(admin, "units.code.issue", id), id)
	h.must(err)
	byCode := func() error {
		return h.Register(ctx, passkey.Registration{Account: id, Code: code, Label: "k", Record: "{}"})
	}
	h.denies(byCode, "units.fault.too-many-keys")
	h.leaves(h.register(who[units.Inspector], "a"), "passkey-registered")
	h.leaves(h.remove(id, id, h.keysOf(id)["c"].ID), "passkey-removed")
	h.leaves(byCode, "passkey-registered") // the refusal did not use the code up
	h.denies(byCode, "units.fault.code-wrong")
	h.sound()
}

// TestWhichKeyMayBeRemoved: one's own but never the last that opens, each once, and
// only under the name of its owner; an administrator takes the last one too.
func TestWhichKeyMayBeRemoved(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	id, admin, other := who[units.Investigator], who[units.Administrator], who[units.Inspector]
	for _, label := range []string{"card", "phone"} {
		h.must(h.register(id, label)())
	}
	keys := h.keysOf(id)
	card, phone := keys["card"].ID, keys["phone"].ID
	h.denies(h.remove(other, other, card), "fault.not-found")
	h.denies(h.remove(admin, other, card), "fault.not-found")
	h.denies(h.remove(id, id, h.ids.New()), "fault.not-found")
	h.leaves(func() error { return h.Doubt(ctx, id, phone, 9, 7) }, "passkey-doubted")
	h.denies(h.remove(id, id, card), "units.fault.last-key") // a doubted key opens nothing
	h.leaves(h.remove(id, id, phone), "passkey-removed")
	h.denies(h.remove(id, id, phone), "units.fault.key-removed")
	h.denies(h.remove(admin, id, phone), "units.fault.key-removed")
	h.denies(h.remove(id, id, card), "units.fault.last-key")
	h.leaves(h.remove(admin, id, card), "passkey-removed")
	if live, err := h.Keys(ctx, id); err != nil || len(live) != 0 {
		t.Errorf("%d keys open the account, %v", len(live), err)
	}
	h.sound()
}

// TestUsesOfAKeyOnlyCountUp: an answer that comes late never makes a copy look new.
func TestUsesOfAKeyOnlyCountUp(t *testing.T) {
	h := newHouse(t)
	id := h.seed()[units.Investigator]
	h.must(h.register(id, "card")())
	for _, c := range []struct{ said, kept uint32 }{{3, 3}, {9, 9}, {4, 9}, {9, 9}, {1<<32 - 1, 1<<32 - 1}, {0, 1<<32 - 1}} {
		h.must(h.Used(ctx, h.keysOf(id)["card"].ID, c.said))
		keys, err := h.Keys(ctx, id)
		if err != nil || len(keys) != 1 || keys[0].Uses != c.kept {
			t.Errorf("after %d uses: %+v, want %d; %v", c.said, keys, c.kept, err)
		}
	}
}

// TestACodeOpensUntilItsEnd: to the instant before it, however it is written.
func TestACodeOpensUntilItsEnd(t *testing.T) {
	h := newHouse(t)
	first, err := h.FirstAdministrator(ctx)
	h.must(err)
	begin := h.clock.Now()
	h.opens(first, begin, time.Hour)
	h.clock.Set(begin)
	who := h.seed()
	id := who[units.Investigator]
	code, err := h.IssueCode(ctx, h.grant(who[units.Administrator], "units.code.issue", id), id)
	h.must(err)
	for _, spelled := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " ")} {
		if c, err := h.Redeemable(ctx, spelled); err != nil || c.Officer != id {
			t.Errorf("%q: %+v %v", spelled, c, err)
		}
	}
	for _, wrong := range []string{"", "-", code[:22], code + "A", first} {
		_, err := h.Redeemable(ctx, wrong)
		h.wants(err, fault.Invalid, "units.fault.code-wrong")
	}
	h.opens(code, h.clock.Now(), 24*time.Hour)
}

// opens checks that a code is open for a time and no longer.
func (h *house) opens(code string, from time.Time, life time.Duration) {
	h.t.Helper()
	h.clock.Set(from.Add(life - time.Microsecond))
	if _, err := h.Redeemable(ctx, code); err != nil {
		h.t.Errorf("the instant before its end: %v", err)
	}
	h.clock.Set(from.Add(life))
	_, err := h.Redeemable(ctx, code)
	h.wants(err, fault.Invalid, "units.fault.code-wrong")
}

// founders are the answers of a first administrator.
func founders() url.Values {
	return url.Values{"matricule": {"1"}, "given-ar": {"\u0633\u0639\u0627\u062f"}, "family-ar": {"\u0646\u0645\u0648\u0630\u062c"}, "given": {"Souad"}, "family": {"Namoudaj"}}
}

// TestWhatAFirstAdministratorAnswersIsChecked: field by field; a wrong answer writes
// nothing and leaves the code open, the right ones open the service.
func TestWhatAFirstAdministratorAnswersIsChecked(t *testing.T) {
	h := newHouse(t)
	code, err := h.FirstAdministrator(ctx)
	h.must(err)
	id := h.ids.New()
	found := func(a url.Values) func() error {
		return func() error {
			return h.Register(ctx, passkey.Registration{Account: id, Code: code, Label: "card", Record: "{}", Answers: a})
		}
	}
	for _, c := range []struct{ field, value, key string }{
		{"matricule", "", "form.required"}, {"given-ar", " ", "form.required"}, {"family-ar", "", "form.required"}, {"given", "\t", "form.required"}, {"family", "", "form.required"},
		{"matricule", strings.Repeat("1", 21), "form.too-long"}, {"family-ar", strings.Repeat("\u0646", 121), "form.too-long"},
	} {
		answers := founders()
		answers.Set(c.field, c.value)
		h.denies(found(answers), c.key)
		if all := fault.All(found(answers)()); len(all) != 1 || all[0].Field != c.field {
			t.Errorf("%s: %+v", c.field, all)
		}
	}
	h.leaves(found(founders()), "unit-opened", "officer-enrolled", "officer-posted", "duty-opened", "passkey-registered")
	h.denies(found(founders()), "units.fault.code-wrong")
	h.sound()
}

// TestAFirstAdministratorServesInTheServiceThatIsThere: no second one is opened at the
// top; and once somebody else administers it, the printed code is void.
func TestAFirstAdministratorServesInTheServiceThatIsThere(t *testing.T) {
	h := newHouse(t)
	u, err := h.k.Pack.Unit("DGSN", noon)
	h.must(err)
	top := h.ids.New()
	h.must(h.Seed(ctx, h.system(), units.Seed{Units: []units.NewUnit{{ID: top, Code: u.Code, Type: u.Type, Names: u.Names, Area: u.Area, Act: "1"}}}))
	code, err := h.FirstAdministrator(ctx)
	h.must(err)
	id := h.ids.New()
	h.leaves(func() error {
		return h.Register(ctx, passkey.Registration{Account: id, Code: code, Record: "{}", Answers: founders()})
	}, "officer-enrolled", "officer-posted", "duty-opened", "passkey-registered")
	if a, err := h.Account(ctx, id); err != nil || a.Actor.Unit != top || a.Actor.Role != string(units.Administrator) {
		t.Errorf("%+v %v", a.Actor, err)
	}

	late := newHouse(t)
	code, err = late.FirstAdministrator(ctx)
	late.must(err)
	late.seed()
	late.denies(func() error {
		return late.Register(ctx, passkey.Registration{Account: late.ids.New(), Code: code, Record: "{}", Answers: founders()})
	}, "units.fault.code-wrong")
}
