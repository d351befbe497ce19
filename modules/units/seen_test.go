package units_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/units"
)

// shows checks that a page says some things and not others.
func (v *visitor) shows(path string, says, hides []string) {
	v.s.t.Helper()
	w := v.get(path)
	v.wants(w, http.StatusOK)
	body := html.UnescapeString(w.Body.String())
	for _, x := range says {
		if !strings.Contains(body, text.Plain(x)) && !strings.Contains(body, x) {
			v.s.t.Errorf("%s lacks %q", path, x)
		}
	}
	for _, x := range hides {
		if strings.Contains(body, x) {
			v.s.t.Errorf("%s shows %q", path, x)
		}
	}
}

// inEach runs for each language with its words and the query that asks for it.
func (s *site) inEach(run func(w *text.Words, lang, query string)) {
	for _, lang := range text.Langs() {
		run(s.k.Texts.In(lang), string(lang), "?lang="+string(lang))
	}
}

// TestAClosedUnitNamesItsSuccessor: its page says so in each language, offers no act,
// and the tree leaves it out.
func TestAClosedUnitNamesItsSuccessor(t *testing.T) {
	s := newSite(t)
	gone, heir := s.ids.New(), s.unit["KEN-01"]
	in := s.desk(1)
	in.ID = gone
	_, err := s.OpenUnit(ctx, s.system(), in)
	s.must(err)
	s.clock.Advance(time.Second)
	admin, path := s.as(units.Administrator), "/units/"+string(gone)
	s.inEach(func(w *text.Words, lang, query string) {
		admin.shows(path+query, []string{w.T("units.state.open"), path + "/close"}, []string{w.T("units.field.successor")})
		admin.shows("/units"+query, []string{"NEW-1"}, nil)
	})
	admin.wants(admin.post(path+"/close", url.Values{"successor": {"KEN-01"}, "act": {"2/2026"}}), http.StatusSeeOther)
	s.clock.Advance(time.Second)
	s.inEach(func(w *text.Words, lang, query string) {
		admin.shows(path+query, []string{w.T("units.state.closed"), w.T("units.field.successor"), s.UnitName(ctx, lang, heir), w.T("units.nobody")},
			[]string{path + "/close", path + "/move", path + "/enrol", path + "/open-duty"})
		admin.shows("/units"+query, []string{"KEN-01"}, []string{"NEW-1"})
	})
	admin.wants(admin.post(path+"/close", url.Values{"successor": {"KEN-01"}, "act": {"2/2026"}}), http.StatusConflict)
	admin.wants(admin.post(path+"/open-duty", url.Values{"kind": {"watch"}}), http.StatusUnprocessableEntity)
}

// TestAMovedUnitTellsWhereItStood: the former place, its name and its dates, in each
// language, and the move in its timeline.
func TestAMovedUnitTellsWhereItStood(t *testing.T) {
	s := newSite(t)
	admin, path := s.as(units.Administrator), "/units/"+string(s.unit["KEN-VILLE"])
	u, err := s.Unit(ctx, s.unit["KEN-VILLE"])
	s.must(err)
	form := url.Values{"version": {fmt.Sprint(u.Version)}, "parent": {"TNG"}, "type": {u.Type}, "area": {u.Area}, "act": {"9/2026"},
		"name-ar": {"\u0645\u0646\u0637\u0642\u0629 \u0646\u0645\u0648\u0630\u062c"}, "name-fr": {"District nouveau"}, "name-en": {"New district"}}
	admin.wants(admin.post(path+"/move", form), http.StatusSeeOther)
	admin.wants(admin.post(path+"/move", form), http.StatusConflict) // as it was seen before
	s.clock.Advance(time.Second)
	s.inEach(func(w *text.Words, lang, query string) {
		admin.shows(path+query, []string{form.Get("name-" + lang), w.T("units.history"), u.Names.In(lang), s.UnitName(ctx, lang, s.unit["KEN"]),
			w.T("units.from-to", "from", w.Date(u.From), "to", w.Date(s.clock.Now())), w.T("entry.units.unit-moved"), s.UnitName(ctx, lang, s.unit["TNG"])}, nil)
	})
}

// TestWhatBecameOfAKeyIsShown: one that opens, one that was removed, one that seems
// copied and one without a name, in each language; what is removed has no button.
func TestWhatBecameOfAKeyIsShown(t *testing.T) {
	s := newSite(t)
	id := s.who[units.Investigator]
	for _, label := range []string{"card", "phone", "token", ""} {
		s.must(s.register(id, label)())
	}
	keys := s.keysOf(id)
	s.must(s.Doubt(ctx, id, keys["token"].ID, 9, 7))
	s.must(s.remove(id, id, keys["phone"].ID)())
	keys = s.keysOf(id)
	s.clock.Advance(time.Second) // sessions begun before a key was removed are over
	admin, owner, inspector := s.as(units.Administrator), s.as(units.Investigator), s.as(units.Inspector)
	s.inEach(func(w *text.Words, _, query string) {
		said := []string{"card", "phone", "token", w.T("units.keys.unnamed"), w.T("units.keys.made", "at", keys["card"].Made),
			w.T("units.keys.removed", "at", keys["phone"].Removed), w.T("units.keys.doubted", "at", keys["token"].Doubted)}
		for v, path := range map[*visitor]string{admin: "/officers/" + string(id) + "/passkeys/", owner: "/account/passkeys/"} {
			page := strings.TrimSuffix(path, "/passkeys/") + query
			v.shows(page, append(said, path+string(keys["card"].ID)+"/remove", path+string(keys["token"].ID)+"/remove"), []string{path + string(keys["phone"].ID)})
		}
		inspector.shows("/officers/"+string(id)+query, said, []string{"/remove"})
	})
}

// TestWhatEachRoleSeesOfAnOfficer: the reason of a suspension and the keys are for the
// inspectorate and the administrators; a chief sees posts and powers of the own unit's.
func TestWhatEachRoleSeesOfAnOfficer(t *testing.T) {
	s := newSite(t)
	id, stranger := s.who[units.Investigator], s.who[units.DutyOfficer]
	_, err := s.SuspendOfficer(ctx, s.system(), units.NewSuspension{Officer: id, Reason: "enquiry ninety-one"})
	s.must(err)
	s.must(s.LiftSuspension(ctx, s.system(), id))
	s.clock.Advance(time.Second)
	visitors := map[units.Role]*visitor{}
	for _, role := range units.Roles() {
		visitors[role] = s.as(role)
	}
	secret := []string{"enquiry ninety-one", s.k.Texts.In(text.EN).T("units.field.suspensions")}
	path := "/officers/" + string(id) + "?lang=en"
	visitors[units.Inspector].shows(path, append(secret, "act 77/2024"), []string{"/suspend\"", "/post\"", "/code\""})
	visitors[units.Administrator].shows(path, append(secret, "/suspend\"", "/post\"", "/code\""), nil)
	visitors[units.BrigadeChief].shows(path, []string{"act 77/2024"}, append(secret, "/suspend\"", "/code\""))
	for _, role := range []units.Role{units.DutyOfficer, units.Prosecutor, units.Regulator} {
		w := visitors[role].get(path)
		visitors[role].wants(w, http.StatusForbidden)
		if strings.Contains(w.Body.String(), "Tajribi B") {
			t.Errorf("the refusal of a %s names the officer", role)
		}
	}
	w := visitors[units.BrigadeChief].get("/officers/" + string(stranger))
	visitors[units.BrigadeChief].wants(w, http.StatusForbidden)
	for role, v := range visitors {
		status := http.StatusOK
		if role == units.Regulator {
			status = http.StatusForbidden
		}
		v.wants(v.get("/units"), status)
		v.wants(v.get("/units/"+string(s.unit["KEN-01"])), status)
	}
	visitors[units.Regulator].shows("/units/"+string(s.unit["CNDP"])+"?lang=en", []string{"CNDP"}, []string{string(id), string(stranger), "/close\""})
}

// TestWhereAnOfficerStandsIsSaid: at work, suspended, without a post, erased; each in
// the words of each language.
func TestWhereAnOfficerStandsIsSaid(t *testing.T) {
	s := newSite(t)
	id := s.who[units.Investigator]
	admin, path := s.as(units.Administrator), "/officers/"+string(id)
	stands := func(state string, says ...string) {
		t.Helper()
		s.inEach(func(w *text.Words, _, query string) {
			want := []string{w.T("units.state." + state)}
			for _, key := range says {
				want = append(want, w.T(key))
			}
			admin.shows(path+query, want, nil)
		})
	}
	stands("active")
	s.must(s.suspended(id))
	stands("suspended", "units.act.lift", "entry.units.officer-suspended")
	s.must(s.LiftSuspension(ctx, s.system(), id))
	posts, err := s.Posts(ctx, id)
	s.must(err)
	s.must(s.EndPost(ctx, s.system(), units.PostEnding{Post: posts[0].ID, Act: "2/2026"}))
	s.clock.Advance(time.Second)
	stands("away", "entry.units.post-ended", "entry.units.suspension-lifted")
	s.must(s.k.Journal.Erase(ctx, s.eraser(), journal.Erased{Subjects: []ident.ID{id}, Ground: "L09-08"}))
	stands("away", "units.erased")
	for _, name := range []string{"Tajribi B", "MAT-B"} {
		if strings.Contains(admin.get(path).Body.String(), name) {
			t.Errorf("the erased officer's page says %s", name)
		}
	}
}

// TestWhatTheBoxFinds: whole names, the beginning of the last one, service numbers in
// any case; all words count; no more than twenty; nobody who is erased; for the
// inspectorate and the administrators only.
func TestWhatTheBoxFinds(t *testing.T) {
	s := newSite(t)
	next := s.newcomers("officier")
	for range 21 {
		next()
	}
	s.must(s.k.Journal.Erase(ctx, s.eraser(), journal.Erased{Subjects: []ident.ID{s.who[units.BrigadeChief]}, Ground: "L09-08"}))
	admin := s.as(units.Administrator)
	for query, found := range map[string]int{
		"MAT-B": 1, "mat-b": 1, "Souad Tajribi": 20, "souad taj": 20, "\u0633\u0639\u0627\u062f": 20, "\u0633\u0639\u0627\u062f \u0627\u0644\u062a\u062c\u0631\u064a\u0628\u064a": 20,
		"Souad Nobody": 0, "MAT-C": 0, "": 0, " ": 0, "%": 0, "*": 0, "MAT-": 0, "' or 1=1 --": 0,
	} {
		if got := s.foundBy(admin, query); got != found {
			t.Errorf("%q finds %d officers, want %d", query, got, found)
		}
	}
	for role, want := range map[units.Role]int{units.Inspector: 1, units.Investigator: 0, units.DutyOfficer: 0, units.Prosecutor: 0, units.Regulator: 0} {
		if got := s.foundBy(s.as(role), "MAT-B"); got != want {
			t.Errorf("%s finds %d officers, want %d", role, got, want)
		}
	}
}

// foundBy counts the officers that a page of findings links to.
func (s *site) foundBy(v *visitor, query string) int {
	return strings.Count(v.get("/search?q="+url.QueryEscape(query)).Body.String(), `href="/officers/`)
}
