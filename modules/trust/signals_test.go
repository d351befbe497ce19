package trust

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/trust/provider"
	"github.com/amana-platform/amana/modules/trust/signals"
)

// listener is where institutions are pushed events.
type listener struct {
	mu      sync.Mutex
	heard   map[string][]string // tokens by address
	headers map[string]string
	answer  map[string]func() (int, string) // by address; 202 if there is none
	cut     map[string]bool                 // nobody there
}

func (h *house) pushedTo() *listener {
	l := &listener{heard: map[string][]string{}, headers: map[string]string{}, answer: map[string]func() (int, string){}, cut: map[string]bool{}}
	h.outsideClient = &http.Client{Transport: l}
	return l
}

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	to := r.URL.String()
	if l.cut[to] {
		return nil, errors.New("nobody is there")
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	status, body := http.StatusAccepted, ""
	if f := l.answer[to]; f != nil {
		status, body = f()
	}
	if status < 300 && r.Header.Get("Content-Type") == "application/secevent+jwt" {
		l.heard[to] = append(l.heard[to], string(raw))
		l.headers[to] = r.Header.Get("Authorization")
	}
	w.WriteHeader(status)
	_, err = w.WriteString(body)
	return w.Result(), err
}

// cameTo gives what a receiver took.
func (l *listener) cameTo(to string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.heard[to])
}

// program is a bank's own token and what it may do.
func (b *bank) program(scope string) string {
	b.h.t.Helper()
	a := b.redeem(b.own(scope))
	access, _ := a.body["access_token"].(string)
	if a.status != http.StatusOK || access == "" || a.body["id_token"] != nil || a.body["token_type"] != "DPoP" {
		b.h.t.Fatalf("no token: %d %s", a.status, a.raw)
	}
	return access
}

// own is a token request for the bank itself.
func (b *bank) own(scope string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "scope": {scope}, "client_id": {string(b.id)},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {b.assertion()}}
}

// asks sends a program's request; the query is no part of the proof.
func (b *bank) manages(access, method, path string, body any, change ...func(*http.Request)) answer {
	b.h.t.Helper()
	text := ""
	if s, ok := body.(string); ok {
		text = s
	} else if body != nil {
		raw, err := json.Marshal(body)
		b.h.must(err)
		text = string(raw)
	}
	r, err := http.NewRequestWithContext(b.h.t.Context(), method, b.url(path), strings.NewReader(text))
	b.h.must(err)
	bare, _, _ := strings.Cut(path, "?")
	r.Header.Set("Authorization", "DPoP "+access)
	r.Header.Set("DPoP", b.dpop(method, b.url(bare), access))
	r.Header.Set("Content-Type", "application/json")
	for _, f := range change {
		f(r)
	}
	return b.do(r)
}

// subscribe opens a stream of every event: pushed to an address, or polled for "".
func (b *bank) subscribe(to string) (access, id string) {
	b.h.t.Helper()
	access = b.program(provider.ScopeManageSignals)
	delivery := map[string]any{"method": signals.Poll}
	if to != "" {
		delivery = map[string]any{"method": signals.Push, "endpoint_url": to, "authorization_header": "Bearer of " + to}
	}
	a := b.manages(access, "POST", pathStreams, map[string]any{"delivery": delivery, "events_requested": append(signals.Supported(), "https://example.com/another")})
	id, _ = a.body["stream_id"].(string)
	if a.status != http.StatusCreated || id == "" {
		b.h.t.Fatalf("no stream: %d %s", a.status, a.raw)
	}
	return access, id
}

// follow hands the streams every entry since, as the follower does.
func (h *house) follow() {
	h.t.Helper()
	all, err := h.k.Journal.After(h.t.Context(), h.followed, 10_000)
	h.must(err)
	for _, e := range all {
		h.must(h.followStreams(h.t.Context(), e, h.k.Reader, nil))
		h.followed = e.Seq
	}
}

// push delivers what is due, also what would be let be for a while.
func (h *house) push() int {
	h.t.Helper()
	h.follow()
	_, err := h.k.Scratch.Exec(h.t.Context(), "update tmp_trust_receivers set next_at = 0")
	h.must(err)
	n, err := h.Push(h.t.Context())
	h.must(err)
	return n
}

// poll asks for events at once.
func (b *bank) poll(access, id string, more map[string]any) map[string]map[string]any {
	b.h.t.Helper()
	body := map[string]any{"returnImmediately": true}
	maps.Copy(body, more)
	a := b.manages(access, "POST", pathStreamPoll+"/"+id, body)
	if a.status != http.StatusOK {
		b.h.t.Fatalf("%d %s", a.status, a.raw)
	}
	out := map[string]map[string]any{}
	sets, _ := a.body["sets"].(map[string]any)
	for jti, set := range sets {
		out[jti] = b.readToken(set.(string))
	}
	return out
}

// kindOf gives the event of a token, and what it says.
func kindOf(claims map[string]any) (kind string, said map[string]any) {
	events, _ := claims["events"].(map[string]any)
	for k, v := range events {
		kind = k
		said, _ = v.(map[string]any)
	}
	return kind, said
}

func (h *house) change(citizen ident.ID) Change {
	return Change{Source: h.k.Journal.NewID(), Citizen: citizen, Revoked: []string{"card"}, Level: 2, Was: 3}
}

const pushAt = "https://bank.example/events"

// TestARevocationReachesWhoeverKnowsTheCitizen, pushed and polled, each under
// its own name for the citizen and with identifiers of its own; others hear
// nothing.
func TestARevocationReachesWhoeverKnowsTheCitizen(t *testing.T) {
	h := newHouse(t)
	l := h.pushedTo()
	bank, insurer, stranger := h.newBank("bank.example", false), h.newBank("insurer.example", false), h.newBank("stranger.example", false)
	citizen, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	_, atBank := bank.tokens(bank.agree(cookie, ""))
	_, atInsurer := insurer.tokens(insurer.agree(cookie, ""))
	_, pushed := bank.subscribe(pushAt)
	access, polled := insurer.subscribe("")
	strange, other := stranger.subscribe("")
	h.must(h.Signal(t.Context(), h.change(citizen)))
	begun := time.Now()
	h.push()
	tokens := l.cameTo(pushAt)
	if len(tokens) != 3 || time.Since(begun) > 10*time.Second || l.headers[pushAt] != "Bearer of "+pushAt {
		t.Fatalf("%d were pushed, with %q", len(tokens), l.headers[pushAt])
	}
	seen := map[string]bool{}
	check := func(b *bank2, claims map[string]any) string {
		kind, said := kindOf(claims)
		about, _ := claims["sub_id"].(map[string]any)
		jti, _ := claims["jti"].(string)
		if claims["iss"] != h.issuer || claims["aud"] != b.id || about["format"] != "iss_sub" || about["iss"] != h.issuer || about["sub"] != b.sub || seen[jti] || claims["sub"] != nil || claims["exp"] != nil || claims["txn"] != nil {
			t.Errorf("%v", claims)
		}
		seen[jti] = true
		switch kind {
		case signals.MeansChanged:
			if said["credential_type"] != "x509" || said["change_type"] != "revoke" {
				t.Errorf("%v", said)
			}
		case signals.LevelChanged:
			if said["current_level"] != "urn:amana:level:2" || said["previous_level"] != "urn:amana:level:3" || said["change_direction"] != "decrease" {
				t.Errorf("%v", said)
			}
		}
		return kind
	}
	for n, kind := range []string{signals.SessionRevoked, signals.MeansChanged, signals.LevelChanged} {
		if got := check(&bank2{string(bank.id), atBank["sub"]}, bank.readToken(tokens[n])); got != kind {
			t.Errorf("the %d. is %s", n, got)
		}
	}
	sets := insurer.poll(access, polled, nil)
	if len(sets) != 3 {
		t.Fatalf("%d were polled", len(sets))
	}
	for _, claims := range sets {
		check(&bank2{string(insurer.id), atInsurer["sub"]}, claims)
	}
	if sets := stranger.poll(strange, other, nil); len(sets) != 0 {
		t.Errorf("a stranger hears %v", sets)
	}
	insurer.poll(access, polled, map[string]any{"ack": slices.Collect(maps.Keys(sets))})
	all, err := h.Consents(t.Context(), citizen)
	h.must(err)
	for _, c := range all {
		if c.Institution == insurer.id {
			h.must(h.WithdrawConsent(t.Context(), citizen, c.ID))
		}
	}
	h.must(h.EndCitizen(t.Context(), citizen))
	h.must(h.Signal(t.Context(), h.change(citizen)))
	if sets := insurer.poll(access, polled, nil); len(sets) != 0 {
		t.Errorf("whom the citizen no longer lets know them hears %v", sets)
	}
	if atBank["sub"] == atInsurer["sub"] || pushed == polled {
		t.Error("two institutions know the citizen by the same name")
	}
	h.sound()
}

type bank2 struct {
	id  string
	sub any
}

// TestTheEndOfASessionIsAnEvent of that session alone, by the name the
// institution knows it by.
func TestTheEndOfASessionIsAnEvent(t *testing.T) {
	h := newHouse(t)
	l := h.pushedTo()
	b := h.newBank("bank.example", false)
	_, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	_, claims := b.tokens(b.agree(cookie, ""))
	b.subscribe(pushAt)
	for range 2 { // the follower may come twice
		h.must(h.EndSession(t.Context(), cookie.Value))
	}
	if h.push(); len(l.cameTo(pushAt)) != 1 {
		t.Fatalf("%d", len(l.cameTo(pushAt)))
	}
	told := b.readToken(l.cameTo(pushAt)[0])
	about, _ := told["sub_id"].(map[string]any)
	user, _ := about["user"].(map[string]any)
	session, _ := about["session"].(map[string]any)
	if kind, _ := kindOf(told); kind != signals.SessionRevoked || about["format"] != "complex" || user["sub"] != claims["sub"] || session["format"] != "opaque" || session["id"] != claims["sid"] {
		t.Errorf("%v, signed in as %v", told, claims)
	}
}

// TestALostReceiverIsToldLater, in order and once each, whatever happened in
// between: it was cut off, it failed, this process died.
func TestALostReceiverIsToldLater(t *testing.T) {
	h := newHouse(t)
	l := h.pushedTo()
	b := h.newBank("bank.example", false)
	citizen, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	b.tokens(b.agree(cookie, ""))
	_, id := b.subscribe(pushAt)
	l.cut[pushAt] = true
	var want []string
	for n := range 5 {
		c := Change{Source: ident.Derive("change", fmt.Sprint(n)), Citizen: citizen, Revoked: []string{"passkey"}, Level: 1, Was: 1}
		for range 2 {
			h.must(h.Signal(t.Context(), c))
		}
		want = append(want, h.pseudonym("signal", id, string(c.Source)+" 0 "+signals.SessionRevoked), h.pseudonym("signal", id, string(c.Source)+" 1 "+signals.MeansChanged))
		h.push()
	}
	l.cut[pushAt], l.answer[pushAt] = false, func() (int, string) { return http.StatusServiceUnavailable, "" }
	h.push()
	at, found, err := h.StreamState(t.Context(), b.id)
	if err != nil || !found || at.Waiting != 10 || at.Trouble != "503" || !at.Told.IsZero() {
		t.Errorf("%+v %v", at, err)
	}
	calls := 0
	l.answer[pushAt] = func() (int, string) { // takes three, then fails again
		if calls++; calls > 3 {
			return http.StatusInternalServerError, ""
		}
		return http.StatusAccepted, ""
	}
	h.push()
	if n, err := h.Push(t.Context()); n != 0 || err != nil {
		t.Errorf("one that fails is not let be: %d %v", n, err)
	}
	l.answer[pushAt] = nil
	again := *h // another process has only what is stored
	again.Service = New(h.k, Options{Issuer: h.issuer, Citizens: h.citizens})
	again.outsideClient = h.outsideClient
	again.push()
	var got []string
	for _, token := range l.cameTo(pushAt) {
		jti, _ := b.readToken(token)["jti"].(string)
		got = append(got, jti)
	}
	if !slices.Equal(got, want) {
		t.Errorf("told\n%q, want\n%q", got, want)
	}
	h.must(again.Signal(t.Context(), Change{Source: ident.Derive("change", "0"), Citizen: citizen}))
	if again.push(); len(l.cameTo(pushAt)) != 10 {
		t.Error("what was taken comes again when the follower does")
	}
}

// TestAStreamThatNobodyTakes is paused after a day of failing, with its reason,
// and keeps what happens; its receiver starts it again. One for which too much
// waits is off, and says so.
func TestAStreamThatNobodyTakes(t *testing.T) {
	h := newHouse(t)
	l := h.pushedTo()
	b := h.newBank("bank.example", false)
	citizen, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	b.tokens(b.agree(cookie, ""))
	access, id := b.subscribe(pushAt)
	l.cut[pushAt] = true
	h.must(h.Signal(t.Context(), h.change(citizen)))
	h.push()
	ago := func(column string, d time.Duration, table string) {
		_, err := h.k.Scratch.Exec(t.Context(), "update "+table+" set "+column+" = $1", time.Now().Add(-d).Unix())
		h.must(err)
	}
	ago("failing_at", signalsPause-time.Hour, "tmp_trust_receivers")
	if h.push(); b.status(access, id)["status"] != "enabled" {
		t.Error("paused too early")
	}
	ago("failing_at", signalsPause+time.Hour, "tmp_trust_receivers")
	h.push()
	if got := b.status(access, id); got["status"] != "paused" || got["reason"] != reasonUnreachable {
		t.Fatalf("%v", got)
	}
	h.must(h.Signal(t.Context(), h.change(citizen)))
	l.cut[pushAt] = false
	h.push()
	if kind, said := kindOf(b.readToken(l.cameTo(pushAt)[0])); len(l.cameTo(pushAt)) != 1 || kind != signals.StreamUpdated || said["status"] != "paused" || said["reason"] != reasonUnreachable {
		t.Errorf("%s %v of %d", kind, said, len(l.cameTo(pushAt)))
	}
	if a := b.manages(access, "POST", pathStreamStatus, map[string]any{"stream_id": id, "status": "enabled"}); a.status != http.StatusOK || a.body["status"] != "enabled" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if h.push(); len(l.cameTo(pushAt)) != 7 {
		t.Errorf("%d came", len(l.cameTo(pushAt)))
	}
	l.cut[pushAt] = true
	h.must(h.Signal(t.Context(), h.change(citizen)))
	ago("made_at", signalsKept-time.Hour, "tmp_trust_signals")
	if h.must(h.tendStreams(t.Context())); b.status(access, id)["status"] != "enabled" {
		t.Error("off too early")
	}
	ago("made_at", signalsKept+time.Hour, "tmp_trust_signals")
	h.must(h.tendStreams(t.Context()))
	h.follow()
	if got := b.status(access, id); got["status"] != "disabled" || got["reason"] != reasonOverfull {
		t.Errorf("%v", got)
	}
	h.must(h.Signal(t.Context(), h.change(citizen)))
	l.cut[pushAt] = false
	h.push()
	if all := l.cameTo(pushAt); len(all) != 8 {
		t.Errorf("%d came to a stream that is off", len(all))
	}
	h.sound()
}

// status reads a stream's.
func (b *bank) status(access, id string) map[string]any {
	b.h.t.Helper()
	return b.manages(access, "GET", pathStreamStatus+"?stream_id="+id, nil).body
}

// TestASuspendedInstitutionHearsNothing but that its stream is off; when it is
// resumed, the stream is.
func TestASuspendedInstitutionHearsNothing(t *testing.T) {
	h := newHouse(t)
	l := h.pushedTo()
	b := h.newBank("bank.example", false)
	citizen, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	b.tokens(b.agree(cookie, ""))
	access, id := b.subscribe(pushAt)
	h.must(h.Signal(t.Context(), h.change(citizen)))
	h.must(h.SuspendInstitution(t.Context(), h.grantOf(h.second, actionSuspend, b.id), b.id, "it asks what it may not"))
	h.must(h.Signal(t.Context(), h.change(citizen)))
	h.push()
	all := l.cameTo(pushAt)
	if len(all) != 1 {
		t.Fatalf("%d came", len(all))
	}
	if kind, said := kindOf(b.readToken(all[0])); kind != signals.StreamUpdated || said["status"] != "disabled" || said["reason"] != reasonSuspended {
		t.Errorf("%s %v", kind, said)
	}
	if a := b.manages(access, "POST", pathStreamStatus, map[string]any{"stream_id": id, "status": "enabled"}); a.status != http.StatusUnauthorized {
		t.Errorf("it starts its stream itself: %d", a.status)
	}
	h.must(h.ResumeInstitution(t.Context(), h.grantOf(h.second, actionResume, b.id), b.id, "it was a mistake"))
	h.push()
	h.must(h.Signal(t.Context(), h.change(citizen)))
	h.push()
	if got := len(l.cameTo(pushAt)); got != 5 { // enabled again, and three events
		t.Errorf("%d came", got)
	}
	h.sound()
}
