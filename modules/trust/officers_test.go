package trust

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/trust/provider"
)

const wantsOfficer = `{"id_token":{"officer_id":{"essential":true},"officer_role":null,"officer_unit":null,"officer_post":null,"officer_shift":null,"officer_shift_until":null,"officer_purpose":null},"userinfo":{"officer_id":null}}`

// program registers a program of the service: entered by one officer, examined
// by the second, approved by the third; it may ask for everything, or as named.
func (h *house) program(host string, ceiling ...string) *bank {
	h.t.Helper()
	b := &bank{h: h, redirect: "https://" + host + "/back", key: newKey(h.t), kid: "k1", proof: newKey(h.t)}
	b.http = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r := stated(host, keySet(h.t, b.key, b.kid))
	r.Ceiling, r.Level, r.Counter = ceiling, 2, false
	if len(ceiling) == 0 {
		r.Ceiling = officerAttributes()
	}
	g, err := h.may(h.first, actionEnter, policy.Resource{Unit: h.unit})
	h.must(err)
	b.id, b.code, err = h.EnterProgram(h.t.Context(), g, r)
	h.must(err)
	h.must(h.ExamineInstitution(h.t.Context(), h.grantOf(h.second, actionExamine, b.id), b.id, 1, "the dispatch client"))
	h.must(h.ApproveInstitution(h.t.Context(), h.grantOf(h.third, actionApprove, b.id), b.id, 1))
	return b
}

// officer makes somebody who serves, in a shift.
func (h *house) officer(shift time.Duration) (id ident.ID, cookie *http.Cookie) {
	h.t.Helper()
	id = h.k.Journal.NewID()
	a := web.Account{ID: id, Active: true, Post: h.k.Journal.NewID(), Actor: policy.Actor{ID: id, Unit: h.unit, Role: "duty-officer"},
		Duty: policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: h.unit}}}
	if shift > 0 {
		a.Shifts = []web.Shift{{ID: h.k.Journal.NewID(), Until: h.clock.Now().Add(shift)}}
	}
	h.desk.change(id, func(x *web.Account) { *x = a })
	return id, h.atDesk(id, nil)
}

// atDesk signs an officer in at the desk, or proves again who they are.
func (h *house) atDesk(id ident.ID, cookie *http.Cookie) *http.Cookie {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.server.URL+"/demo/sign-in", strings.NewReader(url.Values{"as": {string(id)}}.Encode()))
	h.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != nil {
		r.AddCookie(cookie)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	h.must(err)
	h.must(res.Body.Close())
	for _, c := range res.Cookies() {
		if c.Name == "amana" {
			return c
		}
	}
	if cookie == nil {
		h.t.Fatalf("not signed in: %d", res.StatusCode)
	}
	return cookie
}

// TestAnOfficerSignsInToAProgram of the service: no page asks for consent, the
// token says post, shift and purpose, and no citizen's log has a line of it.
func TestAnOfficerSignsInToAProgram(t *testing.T) {
	h := newHouse(t)
	b := h.program("dispatch.example")
	id, cookie := h.officer(8 * time.Hour)
	a := b.browse(b.push(b.request(wantsOfficer)), cookie, nil)
	if a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	access, claims := b.tokens(b.back(a).Get("code"))
	account, err := h.desk.Account(t.Context(), id)
	h.must(err)
	want := map[string]any{"officer_id": string(id), "officer_role": "duty-officer", "officer_unit": string(h.unit), "officer_post": string(account.Post),
		"officer_shift": string(account.Shifts[0].ID), "officer_shift_until": float64(account.Shifts[0].Until.Unix()), "officer_purpose": account.Duty.String(), "acr": "urn:amana:level:2"}
	for name, v := range want {
		if claims[name] != v {
			t.Errorf("%s is %v, want %v", name, claims[name], v)
		}
	}
	if info := b.info(access); info.status != http.StatusOK || info.body["officer_id"] != string(id) {
		t.Errorf("%d %s", info.status, info.raw)
	}
	if lines := h.citizens.results(); len(lines) != 0 {
		t.Errorf("a citizen's log has %q", lines)
	}
	if kinds := h.kindsOf(ident.Ref{Kind: "officer", ID: id}); !slices.Equal(kinds, []string{"trust.officer-verified"}) {
		t.Errorf("%q", kinds)
	}
	if c, err := h.Count(t.Context(), b.id); err != nil || c.Released != 0 {
		t.Errorf("counted among citizens: %+v %v", c, err)
	}
	h.sound()
}

// TestCitizensAndOfficersDoNotMix: a citizen is nobody to a program of the
// service, an officer nobody to a bank, and neither may name the other's attributes.
func TestCitizensAndOfficersDoNotMix(t *testing.T) {
	h := newHouse(t)
	program, bank := h.program("dispatch.example"), h.newBank("bank.example", false)
	_, _, citizen := h.citizen(map[string]any{"age_over_18": true, "given_name": "Amina"})
	_, officer := h.officer(0)
	if to := program.browse(program.push(program.request(wantsOfficer)), citizen, nil).header.Get("Location"); !strings.HasPrefix(to, "/session/new?return=") {
		t.Errorf("a citizen at a program of the service: %q", to)
	}
	if to := bank.browse(bank.push(bank.request(wantsAge)), officer, nil).header.Get("Location"); !strings.HasPrefix(to, "/citizen/sign-in") {
		t.Errorf("an officer at a bank: %q", to)
	}
	if a := bank.post(provider.PathPush, bank.request(wantsOfficer)); a.status != http.StatusCreated {
		t.Errorf("names that are none of a bank's are left alone: %d %s", a.status, a.raw)
	}
	r := stated("other.example", keySet(t, newKey(t), "k"))
	r.Ceiling = []string{"officer_id"}
	g, err := h.Service.grant()
	h.must(err)
	if _, _, err := h.ApplyInstitution(t.Context(), g, Application{Registration: r}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a bank may name officers: %v", err)
	}
	enter, err := h.may(h.first, actionEnter, policy.Resource{Unit: h.unit})
	h.must(err)
	for name, change := range map[string]func(*Registration){
		"a citizen's attribute": func(r *Registration) { r.Ceiling = []string{"national_id"} },
		"level 3":               func(r *Registration) { r.Level = 3 },
		"a counter":             func(r *Registration) { r.Counter = true },
	} {
		r := stated("third.example", keySet(t, newKey(t), "k"))
		r.Ceiling, r.Level, r.Counter = []string{"officer_id"}, 2, false
		change(&r)
		if _, _, err := h.EnterProgram(t.Context(), enter, r); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if i, err := h.Institution(t.Context(), program.id); err != nil || i.Current.AppliedBy != h.first {
		t.Errorf("%+v %v", i, err)
	}
	if page := bank.browse(bank.url("/institutions/"+string(program.id)), nil, nil); page.status != http.StatusNotFound {
		t.Errorf("a program of the service is in the public directory: %d", page.status)
	}
}

// TestAProgramThatAsksTooMuchIsNamed: the regulator reads whose request was
// refused, a program of the service's own as any institution.
func TestAProgramThatAsksTooMuchIsNamed(t *testing.T) {
	h := newHouse(t)
	all := officerAttributes()
	b := h.program("dispatch.example", all[0])
	if a := b.post(provider.PathPush, b.request(`{"userinfo":{"`+all[1]+`":null}}`)); a.code() != "invalid_request" {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	refused, err := h.Exceeded(t.Context(), 10)
	h.must(err)
	if len(refused) != 1 || refused[0].Institution != b.id || refused[0].Name != stated("dispatch.example", "").Name || refused[0].Name[0] == "" {
		t.Errorf("%+v", refused)
	}
}

// TestStepUpOfAnOfficer: prompt=login and max_age want a proof made for this
// request, prompt=none never shows a page, and a level that no officer has is refused.
func TestStepUpOfAnOfficer(t *testing.T) {
	h := newHouse(t)
	b := h.program("dispatch.example")
	id, cookie := h.officer(0)
	for name, value := range map[string]string{"prompt": "login", "max_age": "60"} {
		h.clock.Advance(time.Minute)
		page := b.push(with(b.request(""), name, value))
		a := b.browse(page, cookie, nil)
		to := a.header.Get("Location")
		if !strings.HasPrefix(to, "/session/prove?return=") {
			t.Fatalf("%s: %d %q", name, a.status, to)
		}
		back, err := url.ParseQuery(strings.TrimPrefix(to, "/session/prove?"))
		h.must(err)
		if a := b.browse(b.url(back.Get("return")), cookie, nil); !strings.HasPrefix(a.header.Get("Location"), "/session/prove") {
			t.Errorf("%s: without a new proof: %d %q", name, a.status, a.header.Get("Location"))
		}
		h.clock.Advance(time.Second)
		h.atDesk(id, cookie)
		_, claims := b.tokens(b.back(b.browse(b.url(back.Get("return")), cookie, nil)).Get("code"))
		if claims["auth_time"] != float64(h.clock.Now().Unix()) {
			t.Errorf("%s: proved at %v", name, claims["auth_time"])
		}
	}
	if q := b.back(b.browse(b.push(with(b.request(""), "prompt", "none")), nil, nil)); q.Get("error") != "login_required" {
		t.Errorf("%v", q)
	}
	if q := b.back(b.browse(b.push(with(b.request(""), "acr_values", "urn:amana:level:3")), cookie, nil)); q.Get("error") != "access_denied" {
		t.Errorf("%v", q)
	}
}

// TestOneActEndsAnOfficerEverywhere: suspended, moved to another post, the
// shift over or cut short, signed out: within ten seconds the desk's session is
// over, a code and a token are worth nothing, and the program is told.
func TestOneActEndsAnOfficerEverywhere(t *testing.T) {
	h := newHouse(t)
	e := h.listen(t)
	b := h.program("dispatch.example")
	type ending struct {
		cookie                 *http.Cookie
		code, verifier, access string
		act                    func()
	}
	all := map[string]*ending{}
	begin := func(name string, act func(ident.ID, *http.Cookie)) {
		id, cookie := h.officer(time.Hour)
		sign := func() string { return b.back(b.browse(b.push(b.request(wantsOfficer)), cookie, nil)).Get("code") }
		access, _ := b.tokens(sign())
		code := sign()
		all[name] = &ending{cookie, code, b.verifier, access, func() { act(id, cookie) }}
	}
	begin("suspended", func(id ident.ID, _ *http.Cookie) { h.desk.change(id, func(a *web.Account) { a.Active = false }) })
	begin("moved", func(id ident.ID, _ *http.Cookie) {
		h.desk.change(id, func(a *web.Account) { a.Post = h.k.Journal.NewID() })
	})
	begin("shift cut short", func(id ident.ID, _ *http.Cookie) { h.desk.change(id, func(a *web.Account) { a.Shifts = nil }) })
	begin("signed out", func(_ ident.ID, c *http.Cookie) { b.browse(b.url("/session/end"), c, url.Values{}) })
	begin("shift over", func(ident.ID, *http.Cookie) { h.clock.Advance(2 * time.Hour) }) // ends all others too: it comes last
	_, theirs := h.officer(0)
	kept, _ := b.tokens(b.back(b.browse(b.push(b.request(wantsOfficer)), theirs, nil)).Get("code"))
	told := 0
	for _, name := range []string{"suspended", "moved", "shift cut short", "signed out", "shift over"} {
		x := all[name]
		if a := b.info(x.access); a.status != http.StatusOK {
			t.Fatalf("%s: over before its end: %d", name, a.status)
		}
		x.act()
		if name == "signed out" { // refused by the desk's own word, before any job runs
			b.verifier = x.verifier
			if a := b.redeem(b.redemption(x.code)); a.code() != "invalid_grant" {
				t.Errorf("%s: a code is redeemed: %d %s", name, a.status, a.raw)
			}
		}
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(250 * time.Millisecond) { // the jobs' pace, and faster
			h.must(h.EndOver(t.Context()))
			if a := b.info(x.access); a.status == http.StatusUnauthorized {
				break
			} else if time.Now().After(deadline) {
				t.Fatalf("%s: after ten seconds the token stands: %d", name, a.status)
			}
		}
		b.verifier = x.verifier
		if a := b.redeem(b.redemption(x.code)); a.status != http.StatusBadRequest || a.code() != "invalid_grant" {
			t.Errorf("%s: a code is redeemed: %d %s", name, a.status, a.raw)
		}
		if to := b.browse(b.push(b.request(wantsOfficer)), x.cookie, nil).header.Get("Location"); !strings.HasPrefix(to, "/session/new") {
			t.Errorf("%s: the desk lets in: %q", name, to)
		}
		n, err := h.Tell(t.Context())
		if told += n; err != nil || n != 1 {
			t.Errorf("%s: %d programs were told: %v", name, n, err)
		}
	}
	if a := b.info(kept); a.status != http.StatusOK {
		t.Errorf("somebody else's ended: %d %s", a.status, a.raw)
	}
	if len(e.heard) != told || told != 5 {
		t.Errorf("%d of %d", told, len(e.heard))
	}
	h.sound()
}
