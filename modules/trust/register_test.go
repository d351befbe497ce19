package trust

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// staff signs somebody of a role in at the officers' desk.
func (h *house) staff(role string) (ident.ID, *http.Cookie) {
	h.t.Helper()
	id, _ := h.officer(0)
	h.desk.change(id, func(a *web.Account) { a.Actor.Role = role })
	return id, h.atDesk(id, nil)
}

// words gives the module's words in a language.
func (h *house) words(lang string) *text.Words {
	h.t.Helper()
	all, err := text.Load(nil, Texts, web.Texts, ui.Texts, policy.Texts)
	h.must(err)
	return all.In(text.Lang(lang))
}

// deskOf is somebody before the register of institutions.
type deskOf struct {
	b      *bank
	cookie *http.Cookie
}

func (d deskOf) get(path string) answer { return d.b.browse(d.b.url(path), d.cookie, nil) }
func (d deskOf) post(path string, pairs ...string) answer {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return d.b.browse(d.b.url(path), d.cookie, form)
}

// Who may not decide, and what is no decision, on the officers' pages: each is
// refused and leaves nothing behind.
func TestWhatIsNoDecisionOnAnInstitution(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("other.example", false)
	desk := map[string]deskOf{}
	for _, role := range []string{"administrator", "inspector", "regulator", "duty-officer"} {
		_, cookie := h.staff(role)
		desk[role] = deskOf{b, cookie}
	}
	id, _ := h.apply(stated("bank.example", keySet(t, newKey(t), "k")), false)
	at := pathRegister + "/" + string(id)
	for name, x := range map[string]struct {
		role, path string
		pairs      []string
		want       int
	}{
		"an examination by a regulator":      {"regulator", at + "/examine", []string{"version", "1", "finding", "x"}, http.StatusForbidden},
		"by a duty officer":                  {"duty-officer", at + "/examine", []string{"version", "1", "finding", "x"}, http.StatusForbidden},
		"without a finding":                  {"administrator", at + "/examine", []string{"version", "1"}, http.StatusUnprocessableEntity},
		"of a version that is none":          {"administrator", at + "/examine", []string{"version", "2", "finding", "x"}, http.StatusConflict},
		"of no version":                      {"administrator", at + "/examine", []string{"version", "x", "finding", "x"}, http.StatusConflict},
		"an approval before the examination": {"inspector", at + "/approve", []string{"version", "1"}, http.StatusConflict},
		"a refusal without a reason":         {"inspector", at + "/refuse", []string{"version", "1"}, http.StatusUnprocessableEntity},
		"a suspension of who only applied":   {"inspector", at + "/suspend", []string{"reason", "x"}, http.StatusConflict},
		"of nothing":                         {"administrator", pathRegister + "/" + string(h.unit) + "/examine", []string{"version", "1", "finding", "x"}, http.StatusNotFound},
	} {
		if a := desk[x.role].post(x.path, x.pairs...); a.status != x.want {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if kinds := h.kindsOf(ident.Ref{Kind: KindInstitution, ID: id}); !slices.Equal(kinds, []string{"trust.institution-applied"}) {
		t.Errorf("%q", kinds)
	}
}

// The register on the officers' pages, from the application to the end: each act
// by whom it is for, and what the page says of it.
func TestTheRegisterOnItsPages(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("other.example", false)
	_, first := h.staff("administrator")
	_, second := h.staff("inspector")
	administrator, inspector := deskOf{b, first}, deskOf{b, second}
	id, _ := h.apply(stated("bank.example", keySet(t, newKey(t), "k")), false)
	at := pathRegister + "/" + string(id)
	if a := administrator.post(at+"/examine", "version", "1", "finding", "a bank, and needs this"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	if a := administrator.post(at+"/approve", "version", "1"); a.status != http.StatusForbidden {
		t.Errorf("who examined approves: %d", a.status)
	}
	if a := inspector.post(at+"/approve", "version", "1"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	h.state(id, Active)
	for name, x := range map[string]answer{"suspended for nothing": administrator.post(at + "/suspend"), "resumed while it stands": administrator.post(at+"/resume", "reason", "x")} {
		if x.status != http.StatusUnprocessableEntity && x.status != http.StatusConflict {
			t.Errorf("%s: %d", name, x.status)
		}
	}
	if a := inspector.post(at+"/suspend", "reason", "clé perdue"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	h.state(id, Suspended)
	if a := inspector.get(at + "?lang=fr"); !strings.Contains(a.raw, "clé perdue") || !strings.Contains(a.raw, "Suspendu") || !strings.Contains(a.raw, "a bank, and needs this") {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := administrator.post(at+"/resume", "reason", "une autre clé"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	h.state(id, Active)
	h.sound()
}

// Who sees the register, in three languages: those that wait first, programs and
// sandboxes said to be what they are; the regulator reads and is offered nothing.
func TestWhoSeesTheRegister(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	sandbox := h.newBank("box.example", true)
	program := h.program("dispatch.example")
	waits, _ := h.apply(stated("late.example", keySet(t, newKey(t), "k")), false)
	for role, sees := range map[string]bool{"administrator": true, "inspector": true, "regulator": true, "duty-officer": false, "brigade-chief": false} {
		_, cookie := h.staff(role)
		d := deskOf{b, cookie}
		if a := d.get(pathRegister); (a.status == http.StatusOK) != sees {
			t.Errorf("%s: %d", role, a.status)
		}
		for _, path := range []string{"/" + string(b.id), "/" + string(waits), "/" + string(program.id)} {
			a := d.get(pathRegister + path)
			if (a.status == http.StatusOK) != sees {
				t.Errorf("%s at %s: %d", role, path, a.status)
			}
			if decides := strings.Contains(a.raw, "/examine") || strings.Contains(a.raw, "/suspend"); decides && role == "regulator" {
				t.Errorf("%s is offered a decision", role)
			}
		}
	}
	_, cookie := h.staff("administrator")
	for _, lang := range []string{"ar", "fr", "en"} {
		w := h.words(lang)
		a := deskOf{b, cookie}.get(pathRegister + "?lang=" + lang)
		for _, want := range []string{w.T("trust.sandbox"), w.T("trust.program"), w.T("trust.state.applied"), w.T("trust.state.active"), "late.example", string(sandbox.id), "/trust/institutions/enter"} {
			if !strings.Contains(a.raw, want) {
				t.Errorf("%s: the list does not say %q", lang, want)
			}
		}
		one := deskOf{b, cookie}.get(pathRegister + "/" + string(waits) + "?lang=" + lang)
		for _, want := range []string{w.T("trust.do.examine"), w.T("trust.fact.ceiling"), w.T("trust.field.redirects"), "https://late.example/back", w.T("trust.itself")} {
			if !strings.Contains(one.raw, want) {
				t.Errorf("%s: the page does not say %q", lang, want)
			}
		}
	}
	if a := (deskOf{b, nil}).get(pathRegister); a.status != http.StatusSeeOther {
		t.Errorf("a stranger: %d", a.status)
	}
}

// A program of the service is entered by a form; mistakes come back to it with
// what was typed, and whoever entered it decides nothing.
func TestAProgramIsEnteredByAForm(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	_, cookie := h.staff("administrator")
	_, duty := h.staff("duty-officer")
	d := deskOf{b, cookie}
	if a := d.get(pathEnter + "?lang=fr"); a.status != http.StatusOK || !strings.Contains(a.raw, "Inscrire un programme du service") {
		t.Errorf("%d", a.status)
	}
	r := stated("dispatch.example", keySet(t, newKey(t), "k"))
	form := url.Values{"name_ar": {r.Name[0]}, "name_fr": {r.Name[1]}, "name_en": {r.Name[2]}, "purpose_ar": {r.Purpose[0]}, "purpose_fr": {r.Purpose[1]}, "purpose_en": {r.Purpose[2]},
		"basis": {r.Basis}, "ceiling": {"officer_id", "officer_role"}, "level": {"2"}, "retention": {r.Retention}, "contact": {r.Contact}, "redirects": {"https://dispatch.example/back"}, "keys": {r.Keys}}
	for name, spoil := range map[string]url.Values{"a citizen's attribute": with(form, "ceiling", "national_id"), "no key": with(form, "keys", "{}"), "no ground": with(form, "basis", " ")} {
		if a := b.browse(b.url(pathEnter), cookie, spoil); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.raw, r.Contact) {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := b.browse(b.url(pathEnter), duty, form); a.status != http.StatusForbidden {
		t.Errorf("by a duty officer: %d", a.status)
	}
	if all, err := h.Institutions(t.Context(), Applied); err != nil || len(all) != 0 {
		t.Errorf("%d are entered: %v", len(all), err)
	}
	if a := b.browse(b.url(pathEnter), cookie, form); a.status != http.StatusOK || between(a.raw, `>`, `</bdi>`, 26) == "" {
		t.Fatalf("%d", a.status)
	}
	all, err := h.Institutions(t.Context(), Applied)
	h.must(err)
	if len(all) != 1 || !all[0].Current.Officers {
		t.Fatalf("%+v", all)
	}
	if a := d.post(pathRegister+"/"+string(all[0].ID)+"/examine", "version", "1", "finding", "mine"); a.status != http.StatusForbidden {
		t.Errorf("who entered it examines it: %d", a.status)
	}
}

// What is counted of a day is counted by the legal day, and nothing that a
// sandbox tried is in it, nor in what the regulator reads.
func TestWhatIsCountedOfADay(t *testing.T) {
	h := newHouse(t)
	b, sandbox := h.newBank("bank.example", false), h.newBank("box.example", true)
	midnight := time.Date(2026, 12, 1, 23, 0, 0, 0, time.UTC) // in Rabat
	id, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	visit := func(at time.Time, above int) {
		h.clock.Set(at)
		h.citizens.prove(id, ident.Derive("person", string(id)), 2)
		b.tokens(b.agree(cookie, wantsAge))
		for range above {
			for _, who := range []*bank{b, sandbox} {
				if a := who.post(provider.PathPush, who.request(`{"userinfo":{"national_id":null}}`)); a.code() != "invalid_request" {
					t.Fatalf("%d %s", a.status, a.raw)
				}
			}
		}
	}
	visit(midnight.Add(-time.Second), 2)
	visit(midnight, 1)
	visit(midnight.Add(time.Hour), 0)
	got, err := h.Days(t.Context(), midnight.AddDate(0, 0, -1), time.Hour)
	h.must(err)
	day := midnight.Add(time.Hour).Unix() / 86400
	if diff := cmp.Diff(map[int64]Day{day - 1: {SignIns: 1, Above: 2}, day: {SignIns: 2, Above: 1}}, got); diff != "" {
		t.Error(diff)
	}
	if got, err := h.Days(t.Context(), midnight, time.Hour); err != nil || len(got) != 1 {
		t.Errorf("from midnight on: %v %v", got, err)
	}
	exceeded, err := h.Exceeded(t.Context(), 10)
	h.must(err)
	if len(exceeded) != 3 || slices.ContainsFunc(exceeded, func(x Exceeded) bool { return x.Institution != b.id }) || !exceeded[0].At.After(exceeded[2].At) || !slices.Equal(exceeded[0].Above, []string{"national_id"}) {
		t.Errorf("%+v", exceeded)
	}
	if some, err := h.Exceeded(t.Context(), 2); err != nil || len(some) != 2 {
		t.Errorf("%v %v", some, err)
	}
	if standing, ended, err := h.Agreements(t.Context()); err != nil || standing != 1 || ended != 0 {
		t.Errorf("%d and %d: %v", standing, ended, err)
	}
	all, err := h.Consents(t.Context(), id)
	h.must(err)
	h.must(h.WithdrawConsent(t.Context(), id, all[0].ID))
	if standing, ended, err := h.Agreements(t.Context()); err != nil || standing != 0 || ended != 1 {
		t.Errorf("%d and %d: %v", standing, ended, err)
	}
}

// An erasure leaves no name by which an institution knew the person, nor why an
// institution was suspended, once those are forgotten; and the journal replays.
func TestAnErasureForgetsNamesAndReasons(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	_, person, cookie := h.citizen(map[string]any{"age_over_18": true})
	_, claims := b.tokens(b.agree(cookie, wantsAge))
	h.must(h.SuspendInstitution(t.Context(), h.grantOf(h.second, actionSuspend, b.id), b.id, "une-raison-ecrite"))
	count := func(query string, args ...any) (n int) {
		h.must(h.k.Reader.Row(t.Context(), query, args, &n))
		return n
	}
	subject := "select count(*) from trust_consents where subject = $1"
	if count(subject, claims["sub"]) != 1 {
		t.Fatal("no consent under the name")
	}
	g, err := h.k.Policy.System("tests", "tests.erase", systemBasis)
	h.must(err)
	h.must(h.k.Journal.Erase(t.Context(), g, journal.Erased{Subjects: []ident.ID{person, b.id}, Ground: "L09-08", Authority: "12/2026"}))
	if count(subject, claims["sub"]) != 0 || count("select count(*) from trust_institutions where why is not null and id = $1", string(b.id)) != 0 {
		t.Error("it is there still")
	}
	h.sound()
}

// Every kind of entry has words of its own on a timeline, in three languages.
func TestEveryKindIsTold(t *testing.T) {
	h := newHouse(t)
	all := tells()
	for _, lang := range []string{"ar", "fr", "en"} {
		w := h.words(lang)
		for _, k := range kinds() {
			if all[k.Name] == nil || !w.Has("entry."+k.Name) {
				t.Errorf("%s: %s has no words", lang, k.Name)
			}
		}
		for name, e := range map[string]journal.Entry{"trust.consent-given": ConsentGiven{Claims: []string{"age_over_18"}}, "trust.person-verified": PersonVerified{Claims: []string{"age_over_18"}},
			"trust.consent-refused": ConsentRefused{Claims: []string{"age_over_18"}}, "trust.request-refused": RequestRefused{Above: []string{"age_over_18"}}} {
			if _, detail := all[name](w, e); detail == "" || strings.Contains(detail, "age_over_18") {
				t.Errorf("%s: %s says %q", lang, name, detail)
			}
		}
		if _, detail := all["trust.key-published"](w, KeyPublished{Kid: "k7"}); detail != "k7" {
			t.Errorf("%s: %q", lang, detail)
		}
	}
}

// What is over of what was under way is swept away, and what is not stays.
func TestWhatIsOverIsSweptAway(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	b.push(b.request(""))
	left := func(table string) (n int) {
		h.must(h.k.Reader.Row(t.Context(), "select count(*) from "+table, nil, &n))
		return n
	}
	h.must(h.Service.sweep(t.Context()))
	if left("tmp_trust_sessions") != 1 || left("tmp_trust_seen") == 0 {
		t.Error("what is under way was swept away")
	}
	for _, table := range []string{"tmp_trust_sessions", "tmp_trust_seen"} {
		_, err := h.k.Scratch.Exec(t.Context(), "update "+table+" set expires_at = 1")
		h.must(err)
	}
	h.must(h.Service.sweep(t.Context()))
	if left("tmp_trust_sessions") != 0 || left("tmp_trust_seen") != 0 {
		t.Error("what is over stays")
	}
}
