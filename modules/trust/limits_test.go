package trust

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// age lets a bucket believe that time has passed.
func (l *limits) age(key string, d time.Duration) {
	b := l.all[key]
	b.at = b.at.Add(-d)
	l.all[key] = b
}

// A limit gives what it has at once, and then no more than its rate; what it does
// not give it does not take; each key has its own; and it fills to the brim only.
func TestALimitAtItsEdge(t *testing.T) {
	var l limits
	take := func(key string) int {
		n := 0
		for l.allow(key, askRate, askBurst) {
			n++
		}
		return n
	}
	if n := take("a"); n != askBurst {
		t.Errorf("%d at once", n)
	}
	l.age("a", 199*time.Second)
	if n := take("a"); n != 0 {
		t.Errorf("%d before the time", n)
	}
	l.age("a", 2*time.Second)
	if n := take("a"); n != 1 {
		t.Errorf("%d after it", n)
	}
	if n := take("b"); n != askBurst {
		t.Errorf("%d for another", n)
	}
	l.age("a", 365*24*time.Hour)
	if n := take("a"); n != askBurst {
		t.Errorf("%d after a year", n)
	}
}

// What is shown to a citizen beside a question can be read out, leads nowhere and
// hides nothing.
func TestWhatMayStandBesideAQuestion(t *testing.T) {
	for message, good := range map[string]bool{
		"Desk 4, 17:30": true, "شباك 4 – 1234": true, "a": true, strings.Repeat("é", longestMessage): true, "": false, strings.Repeat("é", longestMessage+1): false,
		"two\nlines": false, "a tab\t": false, "https://evil.example": false, "see ftp://x": false, "turned \u202e around": false, "nothing \u200b to see": false, "a null \x00": false,
	} {
		if readable(message) != good {
			t.Errorf("%q: %t", message, !good)
		}
	}
}

// A code for a counter is read as people say it, is the citizen's last one, and
// is drawn so often and no more.
func TestACodeForACounter(t *testing.T) {
	h := newHouse(t)
	id, person, _ := h.citizen(nil)
	holder := Holder{Citizen: id, Person: person}
	if counterDigest(" abcde-23456 ") != counterDigest("ABCDE23456") || counterDigest("ABCDE23457") == counterDigest("ABCDE23456") {
		t.Error("a code is not read as it is said")
	}
	find := func(code string) bool {
		a, err := h.whom(t.Context(), provider.Asked{Client: string(h.unit), Hint: counterPrefix + code})
		return err == nil && a.Citizen == string(id) && a.Person == string(person)
	}
	first, err := h.CounterCode(t.Context(), holder)
	h.must(err)
	second, err := h.CounterCode(t.Context(), holder)
	h.must(err)
	if first == second || find(first) || !find(strings.ToLower(second)) || find(second) {
		t.Error("the last code, once, and no other")
	}
	for range 3 {
		_, err := h.CounterCode(t.Context(), holder)
		h.must(err)
	}
	if _, err := h.CounterCode(t.Context(), holder); err == nil {
		t.Error("codes are drawn on and on")
	}
	h.limits.all = nil
	late, err := h.CounterCode(t.Context(), holder)
	h.must(err)
	_, err = h.k.Scratch.Exec(t.Context(), "update tmp_trust_counters set expires_at = $1", time.Now().Unix())
	h.must(err)
	if find(late) {
		t.Error("a code that is over is taken")
	}
}

// Who is closed, or was never there, is asked nothing, and the institution is not
// told which of the two.
func TestWhoCannotBeAsked(t *testing.T) {
	c := newCounter(t)
	ask := func(hint string) answer {
		who := &counter{bank: c.bank, t: t, sub: hint}
		return c.post(provider.PathAsk, who.asking(who.signed()))
	}
	all := c.h.citizens
	all.mu.Lock()
	for _, held := range all.held {
		all.out[held.Citizen] = true
	}
	all.mu.Unlock()
	if a := ask(c.sub); a.code() != "access_denied" {
		t.Errorf("closed: %s", a.raw)
	}
	for _, hint := range []string{random(), counterPrefix + "AAAAA-AAAAA", string(ident.Derive("citizen", "x"))} {
		if a := ask(hint); a.code() != "unknown_user_id" {
			t.Errorf("%q: %s", hint, a.raw)
		}
	}
}

// A program's request that says a thing twice, in the address, or in a way that
// there is not, is refused before anything of it is believed.
func TestRequestsThatAreRefusedUnread(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	for name, x := range map[string]struct {
		path   string
		change func(url.Values)
		code   string
	}{
		"a parameter twice":       {provider.PathPush, func(f url.Values) { f.Add("scope", "openid") }, "invalid_request"},
		"a client twice":          {provider.PathToken, func(f url.Values) { f.Add("client_id", string(b.id)) }, "invalid_request"},
		"a null byte":             {provider.PathPush, func(f url.Values) { f.Set("state", "a\x00b") }, "invalid_request"},
		"too long":                {provider.PathPush, func(f url.Values) { f.Set("nonce", strings.Repeat("x", 16<<10+1)) }, "invalid_request"},
		"in the address":          {provider.PathPush + "?x=1", func(url.Values) {}, "invalid_request"},
		"a request object":        {provider.PathPush, func(f url.Values) { f.Set("request", "x.y.z") }, "request_not_supported"},
		"a request by address":    {provider.PathPush, func(f url.Values) { f.Set("request_uri", "https://evil.example") }, "invalid_request"},
		"a mode of answering":     {provider.PathPush, func(f url.Values) { f.Set("response_mode", "fragment") }, "invalid_request"},
		"a secret":                {provider.PathPush, func(f url.Values) { f.Set("client_secret", "x") }, "invalid_client"},
		"claims that are no JSON": {provider.PathPush, func(f url.Values) { f.Set("claims", "{") }, "invalid_request"},
		"another scope":           {provider.PathPush, func(f url.Values) { f.Set("scope", "openid ssf.read") }, "invalid_scope"},
		"a long state":            {provider.PathPush, func(f url.Values) { f.Set("state", strings.Repeat("x", 2049)) }, "invalid_request"},
	} {
		form := b.request("")
		x.change(form)
		if a := b.post(x.path, form); a.code() != x.code || a.status < http.StatusBadRequest || a.status >= http.StatusInternalServerError {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url(provider.PathPush), strings.NewReader(b.request("").Encode()))
	h.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Add("DPoP", b.dpop("POST", b.url(provider.PathPush), ""))
	r.Header.Add("DPoP", b.dpop("POST", b.url(provider.PathPush), ""))
	if a := b.do(r); a.code() != "invalid_request" {
		t.Errorf("two proofs: %d %s", a.status, a.raw)
	}
}
