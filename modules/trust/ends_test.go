package trust

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// ear is where institutions are told that sessions have ended.
type ear struct {
	mu     sync.Mutex
	heard  []string // "path token"
	refuse bool
}

func (h *house) listen(t *testing.T) *ear {
	e := &ear{}
	h.outsideClient = &http.Client{Transport: e}
	return e
}

// RoundTrip takes what was sent to any institution.
func (e *ear) RoundTrip(r *http.Request) (*http.Response, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := httptest.NewRecorder()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, err
	}
	if e.refuse {
		w.WriteHeader(http.StatusServiceUnavailable)
		return w.Result(), nil
	}
	e.heard = append(e.heard, r.URL.String()+" "+form.Get("logout_token"))
	return w.Result(), nil
}

// TestTheEndOfASessionIsToldToEachInstitution it signed in with, in a token of
// its own, and what was granted ends at once.
func TestTheEndOfASessionIsToldToEachInstitution(t *testing.T) {
	h := newHouse(t)
	e := h.listen(t)
	bank, insurer, other := h.newBank("bank.example", false), h.newBank("insurer.example", false), h.newBank("other.example", false)
	_, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	_, _, neighbour := h.citizen(map[string]any{"age_over_18": true})
	access, claims := bank.tokens(bank.agree(cookie, ""))
	insurer.tokens(insurer.agree(cookie, ""))
	other.tokens(other.agree(neighbour, ""))
	theirs, _ := bank.tokens(bank.agree(neighbour, ""))
	h.must(h.EndSession(t.Context(), cookie.Value))
	if a := bank.info(access); a.status != http.StatusUnauthorized {
		t.Errorf("the token stands: %d", a.status)
	}
	if a := bank.info(theirs); a.status != http.StatusOK {
		t.Errorf("somebody else's ended: %d %s", a.status, a.raw)
	}
	e.refuse = true
	if n, err := h.Tell(t.Context()); n != 0 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	e.refuse = false
	if _, err := h.k.Scratch.Exec(t.Context(), "update tmp_trust_notices set next_at = 0"); err != nil {
		t.Fatal(err)
	}
	if n, err := h.Tell(t.Context()); n != 2 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if n, err := h.Tell(t.Context()); n != 0 || err != nil {
		t.Errorf("told twice: %d %v", n, err)
	}
	seen := map[string]bool{}
	for _, one := range e.heard {
		address, token, _ := strings.Cut(one, " ")
		told := bank.readToken(token)
		if told["nonce"] != nil || told["events"] == nil || told["jti"] == nil || told["exp"] == nil {
			t.Errorf("%v", told)
		}
		if address == "https://bank.example/ended" && (told["sub"] != claims["sub"] || told["sid"] != claims["sid"] || told["aud"] != string(bank.id)) {
			t.Errorf("%v, signed in as %v", told, claims)
		}
		seen[address] = true
	}
	if len(seen) != 2 || !seen["https://insurer.example/ended"] {
		t.Errorf("%v", seen)
	}
}

// TestTheEndOfACitizen: whoever lost their means of proof is vouched for nowhere.
func TestTheEndOfACitizen(t *testing.T) {
	h := newHouse(t)
	e := h.listen(t)
	b := h.newBank("bank.example", false)
	id, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	access, _ := b.tokens(b.agree(cookie, ""))
	code := b.agree(cookie, "")
	redemption := b.redemption(code)
	h.must(h.EndCitizen(t.Context(), id))
	if a := b.info(access); a.status != http.StatusUnauthorized {
		t.Errorf("%d", a.status)
	}
	if a := b.redeem(redemption); a.code() != "invalid_grant" {
		t.Errorf("%s", a.raw)
	}
	if n, err := h.Tell(t.Context()); n != 1 || err != nil || len(e.heard) != 1 {
		t.Errorf("%d %v", n, err)
	}
	code = b.agree(cookie, "")
	h.citizens.mu.Lock()
	h.citizens.out[id] = true
	h.citizens.mu.Unlock()
	if a := b.redeem(b.redemption(code)); a.code() != "invalid_grant" {
		t.Errorf("a code of somebody who may not be vouched for: %s", a.raw)
	}
	if c, err := h.Count(t.Context(), b.id); err != nil || c.Released != 1 {
		t.Errorf("%+v %v", c, err)
	}
}

// TestAnInstitutionAsksToSignOut: the citizen decides; addresses are those that
// were registered.
func TestAnInstitutionAsksToSignOut(t *testing.T) {
	h := newHouse(t)
	h.listen(t)
	b, other := h.newBank("bank.example", false), h.newBank("insurer.example", false)
	_, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	a := b.redeem(b.redemption(b.agree(cookie, "")))
	hint, _ := a.body["id_token"].(string)
	ask := url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://bank.example/bye"}, "state": {"s 1"}}
	end := func(q url.Values) answer { return b.browse(b.url(provider.PathEnd)+"?"+q.Encode(), cookie, nil) }
	for name, bad := range map[string]url.Values{
		"another address":  with(ask, "post_logout_redirect_uri", "https://evil.example/"),
		"another client":   with(ask, "client_id", string(other.id)),
		"a forged hint":    with(ask, "id_token_hint", hint[:len(hint)-6]+"AAAAAA"),
		"no institution":   without(ask, "id_token_hint"),
		"nonsense":         with(ask, "id_token_hint", "a.b.c"),
		"an unsigned hint": with(ask, "id_token_hint", "eyJhbGciOiJub25lIn0.e30."),
	} {
		if a := end(bad); a.status != http.StatusUnprocessableEntity || a.header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, a.status, a.header.Get("Location"))
		}
	}
	if page := end(ask); page.status != http.StatusOK || page.header.Get("Location") != "" {
		t.Fatalf("%d: nobody was asked", page.status)
	}
	form := with(ask, "answer", "stay")
	if a := b.browse(b.url(provider.PathEnd), cookie, form); a.header.Get("Location") != "https://bank.example/bye?state=s+1" {
		t.Errorf("%d %s", a.status, a.header.Get("Location"))
	}
	if n, _ := h.Tell(t.Context()); n != 0 {
		t.Error("who stays is signed out")
	}
	form.Set("answer", "end")
	if a := b.browse(b.url(provider.PathEnd), cookie, form); a.header.Get("Location") != "https://bank.example/bye?state=s+1" {
		t.Errorf("%d %s", a.status, a.header.Get("Location"))
	}
	if n, err := h.Tell(t.Context()); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if a := end(ask); a.header.Get("Location") != "https://bank.example/bye?state=s+1" {
		t.Errorf("a session that is over is asked about: %d", a.status)
	}
}

// TestNoticesDoNotReachInside: an institution's name may lead anywhere at the
// moment it is called; not to this machine, nor into a private network.
func TestNoticesDoNotReachInside(t *testing.T) {
	reached := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inside.Close()
	h := newHouse(t)
	for _, sandbox := range []bool{false, true} {
		reached = false
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, inside.URL, nil)
		h.must(err)
		res, err := h.outside(Institution{Sandbox: sandbox}).Do(r)
		if err == nil {
			h.must(res.Body.Close())
		}
		if reached != sandbox {
			t.Errorf("sandbox %t: reached %t, %v", sandbox, reached, err)
		}
	}
	for _, a := range []string{"10.1.2.3", "192.168.1.1", "169.254.169.254", "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+netip.AddrPortFrom(netip.MustParseAddr(a), 9).String(), nil)
		h.must(err)
		begun := time.Now()
		res, err := h.outside(Institution{}).Do(r)
		if err == nil {
			h.must(res.Body.Close())
		}
		if err == nil || !strings.Contains(err.Error(), errInside.Error()) || time.Since(begun) > time.Second {
			t.Errorf("%s: %v", a, err)
		}
	}
}

// TestWithdrawing ends what stands, and the next sign-in asks again.
func TestWithdrawing(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	id, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	access, _ := b.tokens(b.agree(cookie, wantsAge))
	all, err := h.Consents(t.Context(), id)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if a := b.browse(b.url(pathConsents)+"?lang=en", cookie, nil); !strings.Contains(a.raw, "Trial Bank") {
		t.Errorf("%d", a.status)
	}
	_, _, neighbour := h.citizen(nil)
	if a := b.browse(b.url(pathConsents)+"/"+string(all[0].ID)+"/withdraw", neighbour, url.Values{}); a.status != http.StatusNotFound {
		t.Errorf("somebody else withdraws: %d", a.status)
	}
	if a := b.browse(b.url(pathConsents)+"/"+string(all[0].ID)+"/withdraw", cookie, url.Values{}); a.status != http.StatusSeeOther {
		t.Errorf("%d", a.status)
	}
	if a := b.info(access); a.status != http.StatusUnauthorized {
		t.Errorf("%d", a.status)
	}
	if a := b.browse(b.push(b.request(wantsAge)), cookie, nil); a.status != http.StatusOK {
		t.Errorf("not asked again: %d", a.status)
	}
	if a := b.browse(b.url(pathConsents), nil, nil); !strings.HasPrefix(a.header.Get("Location"), "/citizen/sign-in") {
		t.Errorf("a stranger: %d %s", a.status, a.header.Get("Location"))
	}
	if got := h.kindsOf(ident.Ref{Kind: "citizen", ID: id}); len(got) != 3 || got[2] != "trust.consent-withdrawn" {
		t.Errorf("%q", got)
	}
	h.sound()
}
