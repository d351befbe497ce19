package trust

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/modules/trust/demobank"
)

// TestTheDemonstrationBank signs somebody in by HTTP as any bank would, is told
// when they sign out, and believes no answer that is not its own.
func TestTheDemonstrationBank(t *testing.T) {
	h := openHouse(t, storetest.Open(t), "", true)
	public, _ := h.DemoKey("bank").Public().(ed25519.PublicKey)
	r := stated(strings.TrimPrefix(h.issuer, "http://"), fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"demo","x":%q}]}`, base64.RawURLEncoding.EncodeToString(public)))
	r.Redirects, r.PostLogouts, r.Backchannel = []string{h.issuer + demobank.PathBack}, []string{h.issuer + demobank.PathBye}, h.issuer+demobank.PathEnded
	r.Ceiling = []string{"age_over_18", "given_name", "family_name", "birthdate", residentOf}
	id, _ := h.apply(r, false)
	h.approve(id)
	_, person, cookie := h.citizen(map[string]any{"given_name": "Amina", "family_name": "Alaoui", "age_over_18": true, "birthdate": "1990-02-03"})
	v := &visitor{bank: &bank{h: h, http: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, jar: map[string]*http.Cookie{citizenCookie: cookie}}
	if a := v.get(demobank.Path + "?lang=en"); !strings.Contains(a.raw, "This is a simulator") {
		t.Error("it does not say that it is one")
	}
	page := v.get(v.post(demobank.Path+"/sign-in", url.Values{}).header.Get("Location"))
	back := v.post(formAction.FindStringSubmatch(page.raw)[1], url.Values{"answer": {"agree"}})
	stolen := &visitor{bank: v.bank, jar: map[string]*http.Cookie{}}
	if a := stolen.get(back.header.Get("Location")); a.status != http.StatusUnprocessableEntity {
		t.Errorf("another browser's answer is taken: %d", a.status)
	}
	mixed := strings.Replace(back.header.Get("Location"), "iss=", "iss=https%3A%2F%2Fevil.example%2F&was=", 1)
	home := v.get(v.get(back.header.Get("Location")).header.Get("Location"))
	for _, wants := range []string{"Amina", "Alaoui", "urn:amana:level:2", "/citizen/log"} {
		if !strings.Contains(home.raw, wants) {
			t.Errorf("the bank does not show %q", wants)
		}
	}
	if strings.Contains(home.raw, "1990") || strings.Contains(home.raw, string(person)) {
		t.Error("the bank is told what nobody agreed to")
	}
	if a := v.get(mixed); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the answer of another issuer is taken: %d", a.status)
	}
	end := v.get(v.post(demobank.Path+"/leave", url.Values{}).header.Get("Location"))
	if end.status != http.StatusOK {
		t.Fatalf("%d %s", end.status, end.raw)
	}
	if _, found, err := h.StreamState(t.Context(), id); err != nil || !found {
		t.Fatalf("the bank has no stream: %v", err)
	}
	h.must(h.Signal(t.Context(), Change{Source: h.k.Journal.NewID(), Citizen: ident.Derive("nobody"), Level: 1, Was: 1}))
	h.must(h.EndSession(t.Context(), cookie.Value))
	if n := h.push(); n != 1 {
		t.Errorf("the bank took %d events", n)
	}
	if a := v.get(demobank.Path + "?lang=en"); !strings.Contains(a.raw, "was told that your session has ended") || !strings.Contains(a.raw, "Your session with the service has ended.") {
		t.Error("the bank goes on although an event says that the session has ended")
	}
	if n, err := h.Tell(t.Context()); n != 1 || err != nil {
		t.Errorf("the bank is not told: %d %v", n, err)
	}
	if a := v.get(demobank.Path + "?lang=en"); !strings.Contains(a.raw, "was told that your session has ended") {
		t.Error("the bank does not know that the session has ended")
	}
	if a := v.post(demobank.PathEvents, url.Values{"a.b": {"c."}}); a.status == http.StatusAccepted {
		t.Error("the bank believes anybody's event")
	}
	if a := v.post(demobank.PathEnded, url.Values{"logout_token": {"a.b.c"}}); a.status == http.StatusOK {
		t.Error("the bank believes anybody")
	}
}

// visitor is a browser that keeps its cookies.
type visitor struct {
	*bank
	jar map[string]*http.Cookie
}

func (v *visitor) get(address string) answer { return v.ask(http.MethodGet, address, nil) }

func (v *visitor) post(address string, form url.Values) answer {
	return v.ask(http.MethodPost, address, form)
}

func (v *visitor) ask(method, address string, form url.Values) answer {
	v.h.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = v.url(address)
	}
	r, err := http.NewRequestWithContext(v.h.t.Context(), method, address, strings.NewReader(form.Encode()))
	v.h.must(err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range v.jar {
		r.AddCookie(c)
	}
	a := v.do(r)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		v.jar[c.Name] = c
	}
	return a
}
