package trust

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

const wantsSome = `{"id_token":{"age_over_18":{"essential":true},"given_name":null,"family_name":null}}`

// standing gives the one agreement of a citizen.
func (h *house) standing(id ident.ID) Consent {
	h.t.Helper()
	all, err := h.Consents(h.t.Context(), id)
	if err != nil || len(all) != 1 {
		h.t.Fatalf("%d agreements: %v", len(all), err)
	}
	return all[0]
}

// asksFor reports whether a sign-in shows the consent page.
func (b *bank) asksFor(cookie *http.Cookie, claims string) bool {
	b.h.t.Helper()
	return b.browse(b.push(b.request(claims)), cookie, nil).status == http.StatusOK
}

// What a citizen ticks is told, what they leave out is not, and neither is asked
// again; what is asked anew joins what stands, so that one agreement says all.
func TestAnAgreementIsClaimByClaim(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	id, _, cookie := h.citizen(map[string]any{"age_over_18": true, "given_name": "Amina", "family_name": "Alaoui", "birthdate": "1990-05-17"})
	_, claims := b.tokens(b.agree(cookie, wantsSome, "given_name"))
	if claims["age_over_18"] != true || claims["given_name"] != "Amina" || claims["family_name"] != nil {
		t.Errorf("%v", claims)
	}
	first := h.standing(id)
	if !slices.Equal(first.Claims, []string{"age_over_18", "given_name"}) || !slices.Equal(first.LeftOut, []string{"family_name"}) {
		t.Errorf("%+v", first)
	}
	for _, again := range []string{wantsSome, `{"id_token":{"age_over_18":{"essential":true}}}`, `{"userinfo":{"given_name":null}}`, ""} {
		if b.asksFor(cookie, again) {
			t.Errorf("what was answered is asked again: %s", again)
		}
	}
	if !b.asksFor(cookie, `{"id_token":{"family_name":{"essential":true}}}`) {
		t.Error("what was left out is told since it is essential now")
	}
	_, claims = b.tokens(b.agree(cookie, `{"id_token":{"birthdate":{"essential":true}}}`))
	if claims["birthdate"] != "1990-05-17" || claims["given_name"] != nil {
		t.Errorf("%v", claims)
	}
	second := h.standing(id)
	if second.ID == first.ID || !slices.Equal(second.Claims, []string{"age_over_18", "birthdate", "given_name"}) || !slices.Equal(second.LeftOut, []string{"family_name"}) {
		t.Errorf("%+v", second)
	}
	if b.asksFor(cookie, wantsSome) {
		t.Error("what was answered before is asked again after something else was")
	}
	h.sound()
}

// An agreement is remembered for a year, for the version of the registration that
// was shown, for the citizen's own account, and never where it is asked each time.
func TestHowLongAnAgreementIsRemembered(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	id, person, cookie := h.citizen(map[string]any{"age_over_18": true})
	b.agree(cookie, wantsAge)
	given := h.standing(id).Given
	at := func(when time.Time) bool {
		h.clock.Set(when)
		h.citizens.prove(id, person, 2)
		h.known.forget(b.id)
		return b.asksFor(cookie, wantsAge)
	}
	if at(given.Add(consentLife - 10*24*time.Hour)) {
		t.Error("asked again within the year")
	}
	if h.approveChange(b); !at(given.Add(consentLife - 10*24*time.Hour)) {
		t.Error("what was agreed to under another registration stands")
	}
	b.agree(cookie, wantsAge)
	again := h.standing(id).Given
	if at(again.Add(consentLife)) || !at(again.Add(consentLife+time.Second)) {
		t.Error("the year does not end when it ends")
	}
}

// approveChange lets the bank state another purpose.
func (h *house) approveChange(b *bank) {
	h.t.Helper()
	r := stated("bank.example", keySet(h.t, b.key, b.kid))
	r.Purpose = [3]string{"غرض آخر معلن", "une autre finalité", "another purpose"}
	g, err := h.Service.grant()
	h.must(err)
	_, _, err = h.ApplyInstitution(h.t.Context(), g, Application{Registration: r, Of: b.id})
	h.must(err)
	h.approve(b.id)
}

// The consent page says who asks, for what and by which attributes, in three
// languages, and what is essential apart from what is not.
func TestTheConsentPageInThreeLanguages(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	_, _, cookie := h.citizen(map[string]any{"age_over_18": true, "given_name": "Amina"})
	r := stated("bank.example", "")
	for i, lang := range []string{"ar", "fr", "en"} {
		w := h.words(lang)
		page := b.browse(b.push(b.request(wantsSome))+"&lang="+lang, cookie, nil)
		text := strings.NewReplacer("&#39;", "'").Replace(page.raw)
		for _, want := range []string{r.Name[i], r.Purpose[i], w.T("trust.consent.essential"), w.T("trust.consent.voluntary"), w.T("trust.consent.agree")} {
			if page.status != http.StatusOK || !strings.Contains(text, want) {
				t.Errorf("%s: %d without %q", lang, page.status, want)
			}
		}
		if !strings.Contains(text, "Amina") {
			t.Errorf("%s: the citizen does not see what would be told", lang)
		}
	}
}

// The page of one's agreements names who may be told what, in three languages;
// one that was withdrawn twice is withdrawn once, and one of nobody is not found.
func TestThePageOfAgreements(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	id, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	if a := b.browse(b.url(pathConsents)+"?lang=fr", cookie, nil); !strings.Contains(a.raw, "Vous n’avez donné aucun accord.") {
		t.Errorf("%d %s", a.status, a.raw)
	}
	b.agree(cookie, wantsAge)
	for i, lang := range []string{"ar", "fr", "en"} {
		a := b.browse(b.url(pathConsents)+"?lang="+lang, cookie, nil)
		name := strings.ReplaceAll(stated("bank.example", "").Name[i], "'", "&#39;")
		if !strings.Contains(a.raw, name) || !strings.Contains(a.raw, h.words(lang).T("trust.withdraw")) || !strings.Contains(a.raw, h.words(lang).T("trust.fact.given")) {
			t.Errorf("%s: %d %s", lang, a.status, a.raw)
		}
	}
	withdraw := b.url(pathConsents) + "/" + string(h.standing(id).ID) + "/withdraw"
	for range 2 {
		if a := b.browse(withdraw, cookie, url.Values{}); a.status != http.StatusSeeOther {
			t.Errorf("%d", a.status)
		}
	}
	if kinds := h.kindsOf(ident.Ref{Kind: "citizen", ID: id}); !slices.Equal(kinds, []string{"trust.consent-given", "trust.consent-withdrawn"}) {
		t.Errorf("%q", kinds)
	}
	if results := h.citizens.results(); !slices.Equal(results, []string{"consent-given", "consent-withdrawn"}) {
		t.Errorf("the log says %q", results)
	}
	for _, none := range []string{string(h.unit), "12"} {
		if a := b.browse(b.url(pathConsents)+"/"+none+"/withdraw", cookie, url.Values{}); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", none, a.status)
		}
	}
}

// Of an institution that was suspended since, the citizen still sees and
// withdraws what they agreed to.
func TestAnAgreementWithWhoWasSuspended(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	id, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	b.agree(cookie, wantsAge)
	h.must(h.SuspendInstitution(t.Context(), h.grantOf(h.second, actionSuspend, b.id), b.id, "an inquiry"))
	if a := b.browse(b.url(pathConsents)+"?lang=en", cookie, nil); a.status != http.StatusOK || !strings.Contains(a.raw, "Trial Bank") {
		t.Errorf("%d", a.status)
	}
	if a := b.browse(b.url(pathConsents)+"/"+string(h.standing(id).ID)+"/withdraw", cookie, url.Values{}); a.status != http.StatusSeeOther {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if all, err := h.Consents(t.Context(), id); err != nil || len(all) != 0 {
		t.Errorf("%v %v", all, err)
	}
}
