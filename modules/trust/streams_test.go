package trust

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/provider"
	"github.com/amana-platform/amana/modules/trust/signals"
)

// TestWhoMayManageAStream: the institution's own program with its own key, and
// nobody by less.
func TestWhoMayManageAStream(t *testing.T) {
	h := newHouse(t)
	h.pushedTo()
	b, other := h.newBank("bank.example", false), h.newBank("insurer.example", false)
	_, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	access, id := b.subscribe("")
	person, _ := b.tokens(b.agree(cookie, ""))
	theirs := other.program(provider.ScopeManageSignals)
	reads := b.program(provider.ScopeReadSignals)
	proof := b.dpop("GET", b.url(pathStreams), access)
	if a := b.manages(access, "GET", pathStreams, nil, header("DPoP", proof)); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.raw)
	}
	with := func(what string, status int, code string, a answer) {
		t.Helper()
		if a.status != status || a.code() != code {
			t.Errorf("%s: %d %s, want %d %s", what, a.status, a.raw, status, code)
		}
	}
	stranger := newKey(t)
	with("nothing", 401, "invalid_token", b.manages(access, "GET", pathStreams, nil, header("Authorization", "")))
	with("a bearer", 401, "invalid_token", b.manages(access, "GET", pathStreams, nil, header("Authorization", "Bearer "+access)))
	with("rubbish", 401, "invalid_token", b.manages("a.b.c", "GET", pathStreams, nil))
	with("a changed token", 401, "invalid_token", b.manages(access[:len(access)-6]+"AAAAAA", "GET", pathStreams, nil))
	with("no proof", 401, "invalid_dpop_proof", b.manages(access, "GET", pathStreams, nil, header("DPoP", "")))
	with("a proof again", 401, "invalid_dpop_proof", b.manages(access, "GET", pathStreams, nil, header("DPoP", proof)))
	with("two proofs", 401, "invalid_dpop_proof", b.manages(access, "GET", pathStreams, nil, func(r *http.Request) { r.Header.Add("DPoP", b.dpop("GET", b.url(pathStreams), access)) }))
	with("another method", 401, "invalid_dpop_proof", b.manages(access, "GET", pathStreams, nil, header("DPoP", b.dpop("POST", b.url(pathStreams), access))))
	with("another place", 401, "invalid_dpop_proof", b.manages(access, "GET", pathStreams, nil, header("DPoP", b.dpop("GET", b.url(pathStreamStatus), access))))
	with("another token", 401, "invalid_dpop_proof", b.manages(access, "GET", pathStreams, nil, header("DPoP", b.dpop("GET", b.url(pathStreams), reads))))
	with("an old proof", 401, "invalid_dpop_proof", b.manages(access, "GET", pathStreams, nil, header("DPoP", b.dpop("GET", b.url(pathStreams), access, at("iat", -400)))))
	with("a proof to come", 401, "invalid_dpop_proof", b.manages(access, "GET", pathStreams, nil, header("DPoP", b.dpop("GET", b.url(pathStreams), access, at("iat", 90)))))
	with("a proof without a name", 401, "invalid_dpop_proof", b.manages(access, "GET", pathStreams, nil, header("DPoP", b.dpop("GET", b.url(pathStreams), access, drop("jti")))))
	kept := b.proof
	b.proof = stranger
	with("a stolen token", 401, "invalid_dpop_proof", b.manages(access, "GET", pathStreams, nil))
	b.proof = kept
	with("a citizen's token", 403, "insufficient_scope", b.manages(person, "GET", pathStreams, nil))
	with("to read is not to change", 403, "insufficient_scope", b.manages(reads, "DELETE", pathStreams+"?stream_id="+id, nil))
	with("somebody else's stream", 404, "not_found", other.manages(theirs, "GET", pathStreams+"?stream_id="+id, nil))
	with("somebody else's events", 404, "not_found", other.manages(theirs, "POST", pathStreamPoll+"/"+id, map[string]any{"returnImmediately": true}))
	with("somebody else's end", 404, "not_found", other.manages(theirs, "DELETE", pathStreams+"?stream_id="+id, nil))
	if a := b.info(access); a.status != http.StatusUnauthorized && a.status != http.StatusForbidden {
		t.Errorf("a program's token opens a citizen's attributes: %d %s", a.status, a.raw)
	}
	if a := b.post(provider.PathPush, func() url.Values { f := b.request(""); f.Set("scope", "openid ssf.manage"); return f }()); a.code() != "invalid_scope" {
		t.Errorf("a citizen is asked for a program's scope: %d %s", a.status, a.raw)
	}
	if a := b.post(provider.PathToken, b.own("ssf.manage")); a.status == http.StatusOK {
		t.Error("a token that is bound to nothing")
	}
	if a := b.manages(b.program(""), "GET", pathStreams, nil); a.code() != "insufficient_scope" {
		t.Errorf("a token for nothing: %d %s", a.status, a.raw)
	}
	h.must(h.SuspendInstitution(t.Context(), h.grantOf(h.second, actionSuspend, b.id), b.id, "it asks what it may not"))
	with("a suspended institution", 401, "invalid_token", b.manages(access, "GET", pathStreams, nil))
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
}

// TestTheLifeOfAStream through its interface.
func TestTheLifeOfAStream(t *testing.T) {
	h := newHouse(t)
	l := h.pushedTo()
	b := h.newBank("bank.example", false)
	about := b.browse(b.url(pathSignals), nil, nil).body
	if about["issuer"] != h.issuer || about["spec_version"] != "1_0" || about["jwks_uri"] != b.url(provider.PathKeys) || about["configuration_endpoint"] != b.url(pathStreams) {
		t.Errorf("%v", about)
	}
	access := b.program(provider.ScopeManageSignals)
	create := func(d map[string]any) answer {
		return b.manages(access, "POST", pathStreams, map[string]any{"delivery": d, "events_requested": []string{signals.SessionRevoked, "https://example.com/x"}, "description": "ours"})
	}
	for name, to := range map[string]string{"another host": "https://evil.example/x", "no https": "http://bank.example/x", "a port": "https://bank.example:8443/x", "nothing": "", "a number": "https://10.0.0.1/x", "a fragment": "https://bank.example/x#y"} {
		if a := create(map[string]any{"method": signals.Push, "endpoint_url": to}); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	for _, bad := range []string{"", "null", "[]", "{", `{"delivery":{"method":"urn:x"}}`, `{"delivery":{"method":"urn:ietf:rfc:8936","endpoint_url":"https://bank.example/"}}`, `{"stream_id":"mine"}`, `{"events_requested":"all"}`, `{"description":"` + strings.Repeat("x", 600) + `"}`} {
		if a := b.manages(access, "POST", pathStreams, bad); a.status != http.StatusBadRequest && bad != "null" {
			t.Errorf("%.40q: %d %s", bad, a.status, a.raw)
		}
	}
	if a := b.manages(access, "GET", pathStreams, nil); a.status == http.StatusOK && strings.TrimSpace(a.raw) != "[]" { // "null" makes a polled one
		var all []signals.Document
		h.must(json.Unmarshal([]byte(a.raw), &all))
		b.manages(access, "DELETE", pathStreams+"?stream_id="+all[0].ID, nil)
	}
	a := create(map[string]any{"method": signals.Push, "endpoint_url": pushAt, "authorization_header": "Bearer secret"})
	id, _ := a.body["stream_id"].(string)
	if a.status != http.StatusCreated || a.body["iss"] != h.issuer || a.body["aud"] != string(b.id) || sprint(a.body["events_delivered"]) != "["+signals.SessionRevoked+"]" || a.body["description"] != "ours" || strings.Contains(a.raw, "secret") {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	if a := create(map[string]any{"method": signals.Poll}); a.status != http.StatusConflict {
		t.Errorf("a second: %d", a.status)
	}
	read := b.manages(access, "GET", pathStreams+"?stream_id="+id, nil)
	if read.raw != a.raw {
		t.Errorf("%s, made as %s", read.raw, a.raw)
	}
	if a := b.manages(access, "PATCH", pathStreams, map[string]any{"stream_id": id, "aud": "another"}); a.status != http.StatusBadRequest {
		t.Errorf("another audience: %d", a.status)
	}
	if a := b.manages(access, "PATCH", pathStreams, map[string]any{"stream_id": id, "events_requested": signals.Supported()}); a.status != http.StatusOK || len(a.body["events_delivered"].([]any)) != 4 || a.body["description"] != "ours" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := b.manages(access, "POST", pathStreamVerify, map[string]any{"stream_id": id, "state": "hello"}); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.raw)
	}
	h.push()
	told := b.readToken(l.cameTo(pushAt)[0])
	if kind, said := kindOf(told); kind != signals.Verification || said["state"] != "hello" || told["sub_id"].(map[string]any)["id"] != id || l.headers[pushAt] != "Bearer secret" {
		t.Errorf("%v with %q", told, l.headers[pushAt])
	}
	if a := b.manages(access, "PUT", pathStreams, map[string]any{"stream_id": id, "delivery": map[string]any{"method": signals.Poll}}); a.status != http.StatusOK || a.body["description"] != nil || len(a.body["events_delivered"].([]any)) != 0 {
		t.Errorf("%d %s", a.status, a.raw)
	}
	h.muting(t, b, access, id)
	if a := b.manages(access, "DELETE", pathStreams+"?stream_id="+id, nil); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := b.manages(access, "GET", pathStreams+"?stream_id="+id, nil); a.status != http.StatusNotFound {
		t.Errorf("%d", a.status)
	}
	h.follow()
	if n := h.count(t, "select count(*) from tmp_trust_signals"); n != 0 {
		t.Errorf("%d wait for a stream that is gone", n)
	}
	h.sound()
}

func (h *house) count(t *testing.T, query string) (n int64) {
	t.Helper()
	h.must(h.k.Reader.Row(t.Context(), query, nil, &n))
	return n
}

// muting checks that an institution can leave somebody out, and take them in.
func (h *house) muting(t *testing.T, b *bank, access, id string) {
	t.Helper()
	citizen, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	_, claims := b.tokens(b.agree(cookie, ""))
	if a := b.manages(access, "PATCH", pathStreams, map[string]any{"stream_id": id, "events_requested": []string{signals.SessionRevoked}}); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	about := map[string]any{"stream_id": id, "subject": map[string]any{"format": "iss_sub", "iss": h.issuer, "sub": claims["sub"]}}
	if a := b.manages(access, "POST", pathSubjectRemove, about); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.raw)
	}
	h.must(h.Signal(t.Context(), h.change(citizen)))
	if got := b.poll(access, id, nil); len(got) != 0 {
		t.Errorf("told about somebody left out: %v", got)
	}
	if a := b.manages(access, "POST", pathSubjectAdd, about); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.raw)
	}
	for range 3 {
		h.must(h.Signal(t.Context(), h.change(citizen)))
	}
	first := b.poll(access, id, map[string]any{"maxEvents": 2})
	again := b.poll(access, id, map[string]any{"maxEvents": 2})
	if len(first) != 2 || !slices.Equal(slices.Sorted(maps.Keys(first)), slices.Sorted(maps.Keys(again))) {
		t.Errorf("what was not taken is not the same the next time: %v %v", first, again)
	}
	keys := slices.Collect(maps.Keys(first))
	rest := b.poll(access, id, map[string]any{"ack": keys[:1], "setErrs": map[string]any{keys[1]: map[string]string{"err": "invalid_request", "description": "?"}}})
	if len(rest) != 1 {
		t.Errorf("%d are left", len(rest))
	}
	if got := b.poll(access, id, map[string]any{"ack": slices.Collect(maps.Keys(rest))}); len(got) != 0 {
		t.Errorf("%v come again", got)
	}
	for name, bad := range map[string]map[string]any{
		"another issuer": {"stream_id": id, "subject": map[string]any{"format": "iss_sub", "iss": "https://x.example", "sub": "x"}},
		"an address":     {"stream_id": id, "subject": map[string]any{"format": "email", "email": "a@example.com"}},
	} {
		if a := b.manages(access, "POST", pathSubjectRemove, bad); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, a.status)
		}
	}
}

// TestALongPoll is answered when something happens.
func TestALongPoll(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	citizen, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	b.tokens(b.agree(cookie, ""))
	access, id := b.subscribe("")
	failed := make(chan error, 1)
	go func() {
		time.Sleep(300 * time.Millisecond)
		failed <- h.Signal(context.WithoutCancel(t.Context()), h.change(citizen))
	}()
	begun := time.Now()
	got := b.poll(access, id, map[string]any{"returnImmediately": false})
	h.must(<-failed)
	if len(got) == 0 || time.Since(begun) > 10*time.Second {
		t.Errorf("%d after %s", len(got), time.Since(begun))
	}
}

// TestAReceiverThatHangs holds up nobody else.
func TestAReceiverThatHangs(t *testing.T) {
	h := newHouse(t)
	l := h.pushedTo()
	bank, slow := h.newBank("bank.example", false), h.newBank("slow.example", false)
	citizen, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	bank.tokens(bank.agree(cookie, ""))
	slow.tokens(slow.agree(cookie, ""))
	bank.subscribe(pushAt)
	slow.subscribe("https://slow.example/events")
	l.cut["https://slow.example/events"] = true
	for range 20 {
		h.must(h.Signal(t.Context(), h.change(citizen)))
	}
	if n := h.push(); n != min(60, pushesAtOnce) {
		t.Errorf("%d were taken", n)
	}
}

// TestTheTrialOfAStream: a sandbox sees that its receiver works.
func TestTheTrialOfAStream(t *testing.T) {
	h := newHouse(t)
	h.pushedTo()
	b := h.newBank("bank.example", true)
	access, id := b.subscribe(pushAt)
	b.manages(access, "POST", pathStreamVerify, map[string]any{"stream_id": id})
	h.push()
	i, err := h.Institution(t.Context(), b.id)
	h.must(err)
	all, err := h.Trials(t.Context(), i)
	h.must(err)
	if !slices.ContainsFunc(all, func(x Trial) bool { return x.Check == trialTold && x.Times == 1 }) {
		t.Errorf("%+v", all)
	}
	page := b.browse(b.url(pathSpace)+"?lang=en", nil, url.Values{"code": {b.code}})
	for _, wants := range []string{"What the institution is told without asking", pushAt, "a session has ended", "Last taken"} {
		if !strings.Contains(page.raw, wants) {
			t.Errorf("the space does not say %q", wants)
		}
	}
	if strings.Contains(page.raw, "Bearer of") {
		t.Error("the space shows the secret")
	}
	for _, where := range []string{"select header from trust_streams", "select body from journal_entries"} {
		rows, err := store.List(t.Context(), h.k.Reader, where, nil, func(scan store.Scan) (s string, err error) { return s, scan(&s) })
		if err == nil && strings.Contains(strings.Join(rows, " "), "Bearer of") {
			t.Errorf("%s shows the secret", where)
		}
	}
}
