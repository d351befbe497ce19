package proofs

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/engines/sdjwt"
	"github.com/amana-platform/amana/engines/statuslist"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
)

// byCode is a browser in which the citizen signed in by a code from a counter.
func (h *house) byCode() *kerneltest.Client {
	h.t.Helper()
	c := h.Stranger(h.t)
	p := c.Post("/citizen/simulator/counter", url.Values{"number": {"G123456"}})
	if p := c.Post("/citizen/sign-in", p.Fields("/citizen/sign-in")); p.Status != http.StatusSeeOther {
		h.t.Fatalf("%d", p.Status)
	}
	return c
}

func (h *house) wait(d time.Duration) { h.Clock.Set(h.Clock.Now().Add(d)) }

// word gives the words of a key.
func (h *house) word(lang, key string) string { return h.Texts.In(text.Lang(lang)).T(key) }

// sound replays the journal and compares.
func (h *house) sound() {
	h.t.Helper()
	r, err := h.Journal.Verify(h.t.Context(), journal.Scope{})
	h.must(err)
	if !r.Clean() {
		h.t.Errorf("%+v", r.Findings)
	}
}

// access redeems an offer that must do.
func (w *wallet) access(o offered) string {
	w.h.t.Helper()
	access, wrong := w.token(o, o.digits)
	if access == "" {
		w.h.t.Fatalf("no token: %s", wrong)
	}
	return access
}

// A proof is given to who proved themselves by a card or a passkey; who came by a
// code sees what there is, and is told to prove more.
func TestACodeGetsNoProof(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	weak, strong := h.byCode(), h.browser()
	m := h.Mark(t)
	if p := weak.Post("/citizen/proofs", url.Values{"type": {"age"}, "form": {string(SDJWT)}}); p.Status != http.StatusForbidden {
		t.Errorf("by a code: %d", p.Status)
	}
	for _, form := range []url.Values{{}, {"type": {"age"}}, {"form": {string(SDJWT)}}, {"type": {"religion"}, "form": {string(SDJWT)}}, {"type": {"age"}, "form": {"jwt_vc"}}} {
		if p := strong.Post("/citizen/proofs", form); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", form, p.Status)
		}
	}
	if p := h.Stranger(t).Post("/citizen/proofs", url.Values{"type": {"age"}, "form": {string(SDJWT)}}); p.Status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", p.Status)
	}
	if entries, _ := h.Since(t, m); len(entries) != 0 {
		t.Errorf("%q", entries)
	}
	if p := weak.Get("/citizen/proofs?lang=fr"); p.Status != http.StatusOK || slices.Contains(p.Actions(), "/citizen/proofs") {
		t.Errorf("%d offers a form: %v", p.Status, p.Actions())
	}
	if p := strong.Get("/citizen/proofs?lang=fr"); !slices.Contains(p.Actions(), "/citizen/proofs") {
		t.Errorf("no form: %v", p.Actions())
	}
}

// The citizen's page says of each proof where it stands, in three languages; a
// revocation is one entry however often it is asked, and nobody else's.
func TestThePageOfProofs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.browser()
	h.wallet(1).get(h.offer(c, Age, SDJWT))
	h.wallet(1).get(h.offer(c, Identity, MDoc))
	all, err := h.s.Credentials(t.Context(), h.citizen())
	h.must(err)
	at := "/citizen/proofs/" + string(all[0].ID) + "/revoke"
	m := h.Mark(t)
	for range 2 {
		if p := c.Post(at, nil); p.Status != http.StatusSeeOther {
			t.Errorf("%d", p.Status)
		}
	}
	if entries, _ := h.Since(t, m); !slices.Equal(entries, []string{"proofs.credential-revoked"}) {
		t.Errorf("%q", entries)
	}
	for _, lang := range []string{"ar", "fr", "en"} {
		p := c.Get("/citizen/proofs?lang=" + lang)
		for _, key := range []string{"proofs.title", "proofs.type.age", "proofs.type.identity", "proofs.state.revoked", "proofs.state.stands"} {
			if w := h.word(lang, key); !strings.Contains(p.Text(), w) {
				t.Errorf("%s does not say %q", lang, w)
			}
		}
	}
	h.Clock.Set(all[1].Until)
	if p := h.browser().Get("/citizen/proofs?lang=fr"); !strings.Contains(p.Text(), h.word("fr", "proofs.state.over")) {
		t.Errorf("%s", p.Text())
	}
	if p := h.Stranger(t).Post(at, nil); p.Status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", p.Status)
	}
	h.sound()
}

// A credential stands until the very end of its term, which is a whole day, so
// that its time tells no holder from another.
func TestTheTermOfAProof(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.wait(3*time.Hour + 17*time.Minute)
	w := h.wallet(1)
	raw := w.get(h.offer(h.browser(), Age, SDJWT))[0]
	all, err := h.s.Credentials(t.Context(), h.citizen())
	h.must(err)
	c := all[0]
	if c.Until.Truncate(24*time.Hour) != c.Until || c.Until.Sub(day(h.Clock.Now())) != Life {
		t.Errorf("until %s", c.Until)
	}
	for name, x := range map[string]struct {
		c      Credential
		at     time.Time
		stands bool
	}{
		"before its end": {c, c.Until.Add(-time.Microsecond), true}, "at its end": {c, c.Until, false},
		"revoked": {Credential{Until: c.Until, Revoked: c.Issued}, c.Issued, false},
	} {
		if x.c.Stands(x.at) != x.stands {
			t.Errorf("%s: %t", name, !x.stands)
		}
	}
	held, err := sdjwt.Open(raw)
	h.must(err)
	shown, err := held.Present([]sdjwt.Path{{"age_over_18"}}, nil)
	h.must(err)
	var claims map[string]any
	payload, err := jose.ParseSigned(strings.Split(shown, "~")[0], []jose.SignatureAlgorithm{jose.ES256})
	h.must(err)
	h.must(json.Unmarshal(payload.UnsafePayloadWithoutVerification(), &claims))
	for _, name := range []string{"iat", "exp"} {
		if at, ok := claims[name].(float64); !ok || int64(at)%86400 != 0 {
			t.Errorf("%s is %v: it tells one holder from another", name, claims[name])
		}
	}
	if _, known := claims["sub"]; known {
		t.Error("it names its holder")
	}
}

// Digits are tried three times, though many try at once; then the right ones do
// not do either.
func TestDigitsAreTriedThreeTimes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	o := h.offer(h.browser(), Age, SDJWT)
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() { h.wallet(0).token(o, "000000x") })
	}
	all.Wait()
	var tries int64
	h.must(h.Reader.Row(t.Context(), "select tries from tmp_proofs_offers", nil, &tries))
	if tries != maxTries {
		t.Errorf("%d tries were judged", tries)
	}
	if access, wrong := h.wallet(0).token(o, o.digits); access != "" || wrong != "invalid_grant" {
		t.Errorf("the right digits afterwards: %s", wrong)
	}
}

// Of many wallets that redeem one offer at once, one is given a token.
func TestOneWalletRedeemsAnOffer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	o := h.offer(h.browser(), Age, SDJWT)
	got := make([]string, maxTries)
	var all sync.WaitGroup
	for i := range got {
		w := h.wallet(0)
		all.Go(func() { got[i], _ = w.token(o, o.digits) })
	}
	all.Wait()
	if n := len(slices.DeleteFunc(got, func(s string) bool { return s == "" })); n != 1 {
		t.Errorf("%d tokens", n)
	}
}

// What waits ends to the microsecond: an offer, a token, a nonce; and a proof of
// possession may be five minutes off, either way.
func TestWhatWaitsEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, x := range map[string]struct {
		offer, token, nonce, skew time.Duration // how long each waits; how far the wallet's clock is off
		code                      string
	}{
		"in time":                {offerLife - time.Microsecond, 0, 0, 0, ""},
		"a late offer":           {offerLife, 0, 0, 0, "invalid_grant"},
		"a token at its end":     {0, tokenLife - time.Microsecond, 0, 0, ""},
		"a late token":           {0, tokenLife, 0, 0, "invalid_token"},
		"a nonce at its end":     {0, 0, nonceLife - time.Microsecond, 0, ""},
		"a late nonce":           {0, 0, nonceLife, 0, "invalid_nonce"},
		"a clock that is slow":   {0, 0, 0, -maxAge, ""},
		"a clock that is fast":   {0, 0, 0, maxAge, ""},
		"a clock that is slower": {0, 0, 0, -maxAge - time.Second, "invalid_proof"},
		"a clock that is faster": {0, 0, 0, maxAge + time.Second, "invalid_proof"},
	} {
		h.Clock.Set(h.Clock.Now().Truncate(time.Second).Add(time.Second))
		w := h.wallet(1)
		o := h.offer(h.browser(), Age, SDJWT)
		h.wait(x.offer)
		access, wrong := w.token(o, o.digits)
		if access == "" {
			if wrong != x.code {
				t.Errorf("%s: %s", name, wrong)
			}
			continue
		}
		h.wait(x.token)
		n := w.nonce()
		h.wait(x.nonce)
		if x.nonce > 0 { // where the nonce is old the token must be fresh
			o = h.offer(h.browser(), Age, SDJWT)
			access = w.access(o)
		}
		proof := w.possession(w.keys[0], n, func(_ map[jose.HeaderKey]any, c map[string]any) {
			c["iat"] = h.Clock.Now().Truncate(time.Second).Add(x.skew).Unix()
		})
		if _, got, wrong := w.take(access, ask(o, proof)); wrong != x.code || (len(got) == 1) != (x.code == "") {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}

// An account that is none gets nothing, nor does one of whom the index does not
// know what a proof says; nothing is recorded of either.
func TestWhoGetsNoProof(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.wallet(1)
	o := h.offer(h.browser(), Age, SDJWT)
	access := w.access(o)
	n := w.nonce()
	m := h.Mark(t)
	nothing := right{citizen: h.citizen(), typ: Type("nothing"), form: SDJWT}
	if _, err := h.s.issue(t.Context(), nothing, nil); fault.Of(err).Key != "proofs.fault.nothing" {
		t.Errorf("%v", err)
	}
	if _, err := h.s.issue(t.Context(), right{citizen: h.Journal.NewID(), typ: Age, form: SDJWT}, nil); !fault.Is(err, fault.Refused) {
		t.Errorf("an account that is none: %v", err)
	}
	if entries, _ := h.Since(t, m); len(entries) != 0 {
		t.Errorf("%q", entries)
	}
	if _, got, wrong := w.take(access, ask(o, w.possession(w.keys[0], n, nil))); len(got) != 1 {
		t.Errorf("%s", wrong)
	}
}

// What is published of types, keys and addresses, for wallets and verifiers: no
// person is in it, and what is not there is not found.
func TestWhatIsPublished(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.wallet(0)
	for _, typ := range Types() {
		m := w.read("/wallet/types/" + string(typ))
		if m["vct"] != origin+"/wallet/types/"+string(typ) || len(m["claims"].([]any)) != len(typ.Claims()) || len(m["display"].([]any)) != 3 {
			t.Errorf("%s: %v", typ, m)
		}
	}
	if p := w.c.Get("/wallet/types/religion"); p.Status != http.StatusNotFound {
		t.Errorf("%d", p.Status)
	}
	m := w.read("/.well-known/openid-credential-issuer/wallet")
	for _, f := range Forms() {
		for _, typ := range Types() {
			c, ok := m["credential_configurations_supported"].(map[string]any)[configuration(typ, f)].(map[string]any)
			if !ok || c["format"] != string(f) || (c["doctype"] == nil) != (f == SDJWT) || (c["vct"] == nil) != (f == MDoc) {
				t.Errorf("%s %s: %v", typ, f, c)
			}
		}
	}
	if m := w.read("/.well-known/oauth-authorization-server/wallet"); m["token_endpoint"] != origin+"/wallet/token" || m["issuer"] != origin+"/wallet" {
		t.Errorf("%v", m)
	}
	p := w.c.Get("/wallet/authority.pem")
	if block, rest := pem.Decode(p.Body); block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 || p.Header.Get("Content-Type") != "application/x-pem-file" {
		t.Errorf("%s", p.Body)
	}
	if p := w.c.Get("/wallet/status/1"); p.Header.Get("Content-Type") != "application/statuslist+jwt" || p.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", p.Header)
	}
}

// The status list is made anew at most once a minute, is believed for a day, and
// says of a place that was never given that it is valid: nobody learns how many
// there are.
func TestTheStatusList(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	read := func() string {
		raw, err := h.s.StatusList(t.Context())
		h.must(err)
		return raw
	}
	first := read()
	h.wait(listFresh - time.Microsecond)
	if read() != first {
		t.Error("made anew within the minute")
	}
	h.wait(time.Microsecond)
	if read() == first {
		t.Error("not made anew after it")
	}
	auth, err := h.s.authority()
	h.must(err)
	at := h.Clock.Now()
	for name, x := range map[string]struct {
		when    time.Time
		subject string
		good    bool
	}{
		"now": {at, h.s.listAddress(), true}, "just before its end": {at.Add(listLife - time.Second), h.s.listAddress(), true}, "after it": {at.Add(listLife + 2*time.Minute), h.s.listAddress(), false},
		"as another list": {at, origin + "/wallet/status/2", false},
	} {
		if _, err := statuslist.Verify(read(), x.subject, &auth.signer.PublicKey, x.when); (err == nil) != x.good {
			t.Errorf("%s: %v", name, err)
		}
		h.Clock.Set(at)
	}
}

// What may be asked of a wallet: claims of one type of proof, and no more waiting
// requests than there is room for.
func TestWhatMayBeAskedOfAWallet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, claims := range map[string][]string{"nothing": nil, "no claim": {"religion"}, "of two types": {"age_over_18", "address"}, "one of ours and another": {"birthdate", "x"}} {
		if _, err := h.s.Ask(t.Context(), Asking{By: ident.Derive("asker"), Claims: claims}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := h.s.Ask(t.Context(), Asking{By: ident.Derive("asker"), Claims: []string{"age_over_18"}})
	h.must(err)
	for doubled := 1; doubled < mostRequests; doubled *= 2 {
		_, err := h.Scratch.Exec(t.Context(), `insert into tmp_proofs_requests (id, asker, claims, name, purpose, tries, status, answer, until_at)
			select id || $1, asker, claims, name, purpose, tries, status, answer, until_at from tmp_proofs_requests`, time.Duration(doubled).String())
		h.must(err)
	}
	if _, err := h.s.Ask(t.Context(), Asking{By: ident.Derive("asker"), Claims: []string{"age_over_18"}}); !fault.Is(err, fault.TooMany) {
		t.Errorf("one too many: %v", err)
	}
	h.wait(requestLife)
	h.must(h.s.sweep(t.Context()))
	var left int
	h.must(h.Reader.Row(t.Context(), "select count(*) from tmp_proofs_requests", nil, &left))
	if _, err := h.s.Ask(t.Context(), Asking{By: ident.Derive("asker"), Claims: []string{"age_over_18"}}); err != nil || left != 0 {
		t.Errorf("afterwards: %v, %d are left", err, left)
	}
}

// A request is read while it waits, and by whoever has its address; the nonces of
// two differ and nothing of them is kept.
func TestARequestIsReadWhileItWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	q, err := h.s.Ask(t.Context(), Asking{By: ident.Derive("asker"), Claims: []string{"age_over_18"}})
	h.must(err)
	other, err := h.s.Ask(t.Context(), Asking{By: ident.Derive("asker"), Claims: []string{"age_over_18"}})
	h.must(err)
	if h.s.nonceOf(q.ID) == h.s.nonceOf(other.ID) || !strings.Contains(q.Link, url.QueryEscape(origin+"/wallet/request/"+q.ID)) {
		t.Errorf("%s and %s", q.Link, other.Link)
	}
	w := h.wallet(0)
	if p := w.c.Get("/wallet/request/" + q.ID); p.Status != http.StatusOK || p.Header.Get("Content-Type") != "application/oauth-authz-req+jwt" {
		t.Errorf("%d %s", p.Status, p.Header.Get("Content-Type"))
	}
	if p := w.c.Post("/wallet/response/"+q.ID, url.Values{"error": {"access_denied"}}); p.Status != http.StatusOK {
		t.Errorf("%d", p.Status)
	}
	for name, id := range map[string]string{"answered": q.ID, "invented": strings.Repeat("x", 43)} {
		if p := w.c.Get("/wallet/request/" + id); p.Status != http.StatusNotFound {
			t.Errorf("%s: %d", name, p.Status)
		}
		if p := w.c.Post("/wallet/response/"+id, url.Values{"error": {"access_denied"}}); p.Status != http.StatusBadRequest || !strings.Contains(string(p.Body), "invalid_request") {
			t.Errorf("%s is answered: %d %s", name, p.Status, p.Body)
		}
	}
	h.wait(requestLife)
	if p := w.c.Get("/wallet/request/" + other.ID); p.Status != http.StatusNotFound {
		t.Errorf("over: %d", p.Status)
	}
}

// A grant of another act, or one that is over, makes no offer.
func TestAnOfferNeedsItsGrant(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.s.MakeOffer(t.Context(), policy.Grant{}, h.citizen(), Age, SDJWT); err == nil {
		t.Error("without a grant")
	}
	var n int
	h.must(h.Reader.Row(t.Context(), "select count(*) from tmp_proofs_offers", nil, &n))
	if n != 0 {
		t.Errorf("%d offers", n)
	}
}
