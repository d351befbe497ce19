package trust

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/trust/provider"
)

const wantsAge = `{"id_token":{"age_over_18":{"essential":true}},"userinfo":{"given_name":{"essential":true},"birthdate":null}}`

// TestASignInFromBeginningToEnd: pushed, agreed, redeemed, asked; each step in
// the record before anything is told.
func TestASignInFromBeginningToEnd(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	id, person, cookie := h.citizen(map[string]any{"given_name": "Amina", "birthdate": "1990-02-03", "age_over_18": true})
	code := b.agree(cookie, wantsAge)
	access, claims := b.tokens(code)
	sub, _ := claims["sub"].(string)
	if claims["iss"] != h.issuer || claims["aud"] != string(b.id) || claims["nonce"] != b.nonce || claims["acr"] != "urn:amana:level:2" || claims["age_over_18"] != true || len(sub) != 43 {
		t.Errorf("%v", claims)
	}
	for _, not := range []string{"given_name", "birthdate", "auth_time"} {
		if claims[not] != nil {
			t.Errorf("the ID token tells %s", not)
		}
	}
	info := b.info(access)
	if info.status != http.StatusOK || info.body["sub"] != sub || info.body["given_name"] != "Amina" || info.body["birthdate"] != nil || info.body["age_over_18"] != nil {
		t.Errorf("%d %s", info.status, info.raw)
	}
	if strings.Contains(info.raw, string(person)) || strings.Contains(info.raw, string(id)) {
		t.Error("an institution is told a number of ours")
	}
	want := []string{"trust.institution-applied", "trust.institution-examined", "trust.institution-approved", "trust.consent-given", "trust.person-verified"}
	if got := h.kindsOf(ident.Ref{Kind: KindInstitution, ID: b.id}); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := h.citizens.results(); !slices.Equal(got, []string{"consent-given", "released"}) {
		t.Errorf("%q", got)
	}
	h.sound()
}

// TestARefusalIsAnAnswer and stands in the record; what is voluntary may be
// left out, and is remembered as left out.
func TestARefusalIsAnAnswer(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	_, _, cookie := h.citizen(map[string]any{"given_name": "Amina", "birthdate": "1990-02-03", "age_over_18": true})
	for _, wants := range []string{"opening an account at a distance", "contract with the customer", "five years", "Amina"} {
		if english := b.browse(b.push(b.request(wantsAge))+"&lang=en", cookie, nil); !strings.Contains(english.raw, wants) {
			t.Errorf("the page does not say %q", wants)
		}
	}
	page := b.browse(b.push(b.request(wantsAge)), cookie, nil)
	refused := b.back(b.answerPage(page, cookie, url.Values{"answer": {"refuse"}}))
	if refused.Get("error") != "access_denied" || refused.Get("error_description") == "" || refused.Get("code") != "" {
		t.Errorf("%v", refused)
	}
	_, claims := b.tokens(b.agree(cookie, `{"id_token":{"given_name":{"essential":true},"birthdate":null}}`, "birthdate"))
	if claims["birthdate"] != "1990-02-03" {
		t.Errorf("what was ticked is missing: %v", claims)
	}
	page = b.browse(b.push(b.request(`{"id_token":{"given_name":{"essential":true},"birthdate":null}}`)), cookie, nil)
	if page.status != http.StatusSeeOther {
		t.Error("what was agreed is asked again")
	}
	page = b.browse(b.push(b.request(`{"id_token":{"family_name":null}}`)), cookie, nil)
	if page.status != http.StatusOK {
		t.Error("something new is not asked")
	}
	if got := h.citizens.results(); !slices.Equal(got, []string{"declined", "consent-given", "released"}) {
		t.Errorf("%q", got)
	}
	h.sound()
}

// TestAboveTheCeiling is refused where it is pushed, recorded and counted.
func TestAboveTheCeiling(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	a := b.post(provider.PathPush, b.request(`{"userinfo":{"national_id":{"essential":true},"given_name":null},"id_token":{"address":null,"nobody-knows":null}}`))
	if a.status != http.StatusBadRequest || a.code() != "invalid_request" || a.body["error_description"] != "above the registered ceiling: address national_id" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if c, err := h.Count(t.Context(), b.id); err != nil || c.Above != 1 || c.Released != 0 {
		t.Errorf("%+v %v", c, err)
	}
	for range refuseBurst + 5 {
		a = b.post(provider.PathPush, b.request(`{"userinfo":{"national_id":null}}`))
	}
	if c, _ := h.Count(t.Context(), b.id); a.code() != "temporarily_unavailable" || c.Above > refuseBurst+2 {
		t.Errorf("an institution fills the record: %s, %d entries", a.code(), c.Above)
	}
	h.sound()
}

// TestLevelsAndFreshProofs: too low a level and an old proof send the citizen to
// prove themselves; prompt=none never shows a page.
func TestLevelsAndFreshProofs(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	id, person, cookie := h.citizen(map[string]any{"age_over_18": true})
	to := func(form url.Values) string {
		return b.browse(b.push(form), cookie, nil).header.Get("Location")
	}
	if l := to(with(b.request(""), "acr_values", "urn:amana:level:3")); !strings.Contains(l, "level=3&again=false") {
		t.Error(l)
	}
	if l := to(with(b.request(`{"id_token":{"acr":{"essential":true,"values":["urn:amana:level:3"]}}}`))); !strings.Contains(l, "level=3") {
		t.Error(l)
	}
	for _, form := range []url.Values{with(b.request(""), "prompt", "none", "acr_values", "urn:amana:level:3"), with(b.request(""), "prompt", "none", "max_age", "60")} {
		b.state = form.Get("state")
		if e := b.back(b.browse(b.push(form), cookie, nil)).Get("error"); e != "login_required" {
			t.Error(e)
		}
	}
	form := with(b.request(""), "prompt", "none")
	if e := b.back(b.browse(b.push(form), cookie, nil)).Get("error"); e != "consent_required" {
		t.Error(e)
	}
	form = with(b.request(""), "max_age", "300")
	address := b.push(form)
	page := b.browse(address, cookie, nil)
	if !strings.Contains(page.header.Get("Location"), "again=true") {
		t.Fatalf("an old proof is told: %s", page.header.Get("Location"))
	}
	back, _ := url.Parse(page.header.Get("Location"))
	if page = b.browse(b.url(back.Query().Get("return")), cookie, nil); page.status != http.StatusSeeOther {
		t.Error("coming back without a new proof is enough")
	}
	h.clock.Advance(time.Second)
	cookie = h.citizens.prove(id, person, 2)
	page = b.browse(b.url(back.Query().Get("return")), cookie, nil)
	code := b.back(b.answerPage(page, cookie, url.Values{"answer": {"agree"}})).Get("code")
	if _, claims := b.tokens(code); claims["auth_time"] != float64(h.clock.Now().Unix()) {
		t.Errorf("%v", claims)
	}
	if _, claims := b.tokens(b.agree(cookie, "")); claims["auth_time"] != nil {
		t.Error("the time of the proof is told although nobody asked")
	}
}

// TestSandbox: open at once, test citizens only, nothing of it in the record.
func TestSandbox(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", true)
	_, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	page := b.browse(b.push(b.request(wantsAge)), cookie, nil)
	page = b.answerPage(page, nil, url.Values{"test": {"2"}})
	code := b.back(b.answerPage(page, nil, url.Values{"test": {"2"}, "answer": {"agree"}})).Get("code")
	if _, claims := b.tokens(code); claims["age_over_18"] != false {
		t.Errorf("%v", claims)
	}
	if a := b.post(provider.PathPush, b.request(`{"userinfo":{"national_id":{"essential":true}}}`)); a.code() != "invalid_request" {
		t.Errorf("above the ceiling: %d %s", a.status, a.raw)
	}
	i, err := h.Institution(t.Context(), b.id)
	h.must(err)
	report, err := h.Trials(t.Context(), i)
	h.must(err)
	seen := map[string]int64{}
	for _, c := range report {
		seen[c.Check] = c.Times
	}
	if want := map[string]int64{"pushed": 1, "agreed": 1, "redeemed": 1, "read": 0, "declined": 0, "above": 1, "told": 0}; !maps.Equal(seen, want) {
		t.Errorf("the report says %v, want %v", seen, want)
	}
	if got := h.citizens.results(); got != nil {
		t.Errorf("a sandbox writes into the log: %q", got)
	}
	h.clock.Advance(91 * 24 * time.Hour)
	h.known.forget(b.id)
	if a := b.post(provider.PathPush, b.request("")); a.status != http.StatusUnauthorized {
		t.Errorf("a sandbox does not end: %d %s", a.status, a.raw)
	}
}

// TestAPageIsAnsweredByWhomItWasShown and by nobody else, nor without having
// been shown; what is essential cannot be unticked, and nothing can be added.
func TestAPageIsAnsweredByWhomItWasShown(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	_, _, cookie := h.citizen(map[string]any{"given_name": "Amina", "age_over_18": true, "family_name": "Alaoui"})
	_, _, neighbour := h.citizen(map[string]any{"given_name": "Karim", "age_over_18": true})
	page := b.browse(b.push(b.request(wantsAge)), cookie, nil)
	if a := b.answerPage(page, neighbour, url.Values{"answer": {"agree"}}); a.status != http.StatusOK {
		t.Errorf("another agrees: %d %s", a.status, a.header.Get("Location"))
	}
	if a := b.answerPage(page, nil, url.Values{"answer": {"agree"}}); !strings.HasPrefix(a.header.Get("Location"), "/citizen/sign-in") {
		t.Errorf("a stranger agrees: %d %s", a.status, a.header.Get("Location"))
	}
	page = b.browse(b.push(b.request(wantsAge)), cookie, nil)
	_, claims := b.tokens(b.back(b.answerPage(page, cookie, url.Values{"answer": {"agree"}, "claim": {"family_name", "national_id"}})).Get("code"))
	if claims["age_over_18"] != true || claims["family_name"] != nil {
		t.Errorf("%v", claims)
	}
	if p := page.header.Get("Content-Security-Policy"); !strings.Contains(p, "form-action 'self' https://bank.example;") || !strings.Contains(p, "frame-ancestors 'none'") {
		t.Error(p)
	}
	cross := b.browse(b.url(formAction.FindStringSubmatch(page.raw)[1]), cookie, url.Values{"answer": {"agree"}})
	if cross.status == http.StatusSeeOther {
		t.Error("a page is answered twice")
	}
}
