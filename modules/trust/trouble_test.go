package trust

import (
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// gone is a database that answers nothing any more.
func gone(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "gone.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestAFaultOfOursIsNotTheInstitutions: while the working state cannot be
// written or read, no program is told that its key, its code or its proof is
// wrong. It may try again, with the very same assertion.
func TestAFaultOfOursIsNotTheInstitutions(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	_, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	access, _ := b.tokens(b.agree(cookie, wantsAge))
	code := b.agree(cookie, wantsAge)
	redemption := b.redemption(code)
	program := func(form url.Values) url.Values {
		return with(form, "client_id", string(b.id), "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", b.assertion())
	}
	push := b.request("")
	asks := map[string]func() answer{
		"a push":       func() answer { return b.post(provider.PathPush, push) },
		"a redemption": func() answer { return b.redeem(redemption) },
		"a question":   func() answer { return b.post(provider.PathAsk, program(url.Values{"request": {"x"}})) },
		"a program's own": func() answer {
			return b.redeem(program(url.Values{"grant_type": {"client_credentials"}, "scope": {"ssf.read"}}))
		},
		"its user's claims": func() answer { return b.info(access) },
	}
	reader, scratch := h.k.Reader, h.k.Scratch
	for name, ask := range asks {
		h.k.Scratch = gone(t).Scratch()
		if a := ask(); a.status != http.StatusServiceUnavailable || a.code() != "temporarily_unavailable" {
			t.Errorf("%s, while nothing can be written: %d %s", name, a.status, a.raw)
		}
		h.k.Scratch = scratch
	}
	h.k.Reader = gone(t).Reader()
	if a := b.redeem(with(redemption, "client_assertion", b.assertion())); a.status < http.StatusInternalServerError {
		t.Errorf("a redemption, while nothing can be read: %d %s", a.status, a.raw)
	}
	h.k.Reader = reader
	if a := b.post(provider.PathPush, push); a.status != http.StatusCreated {
		t.Errorf("the same push afterwards: %d %s", a.status, a.raw)
	}
	if a := b.redeem(redemption); a.status != http.StatusOK {
		t.Errorf("the same redemption afterwards: %d %s", a.status, a.raw)
	}
}

// TestAnApprovalCountsAtOnceOnEveryNode: a node that refused an institution a
// moment before it was approved elsewhere does not remember that.
func TestAnApprovalCountsAtOnceOnEveryNode(t *testing.T) {
	h := newHouse(t)
	second := h.node()
	b := h.newBank("bank.example", true)
	b.id, b.code = h.apply(stated("late.example", keySet(t, b.key, b.kid)), false)
	b.redirect = "https://late.example/back"
	for _, at := range []string{h.server.URL, second} {
		if a := b.postAt(at, provider.PathPush, b.request("")); a.code() != "invalid_client" {
			t.Fatalf("before the approval: %d %s", a.status, a.raw)
		}
	}
	h.approve(b.id)
	for _, at := range []string{h.server.URL, second} {
		if a := b.postAt(at, provider.PathPush, b.request("")); a.status != http.StatusCreated {
			t.Errorf("after it: %d %s", a.status, a.raw)
		}
	}
}

// TestAReadThatAChangeOvertookIsNotRemembered: how an institution was before a
// suspension must not be what is known of it after.
func TestAReadThatAChangeOvertookIsNotRemembered(t *testing.T) {
	id, other := ident.ID("one"), ident.ID("other")
	var c institutionCache
	reads := 0
	read := func(during func()) func() (remembered, error) {
		return func() (remembered, error) {
			reads++
			during()
			return remembered{at: time.Now()}, nil
		}
	}
	find := func(want int, during func()) {
		t.Helper()
		if _, err := c.find(id, read(during)); err != nil || reads != want {
			t.Errorf("%d reads, want %d: %v", reads, want, err)
		}
	}
	nothing := func() {}
	find(1, func() { c.forget(id) })
	find(2, func() { c.forget(other) }) // whichever it was: the next reads again
	find(3, nothing)
	find(3, nothing)
	c.forget(id)
	find(4, nothing)
	for range 2 {
		if _, err := c.find(other, func() (remembered, error) { return remembered{}, fault.New(fault.NotFound, "fault.not-found") }); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	}
	if k, err := c.find(other, read(nothing)); err != nil || k.at.IsZero() || reads != 5 {
		t.Errorf("a refusal is remembered: %v, %d reads", err, reads)
	}
	trouble := errors.New("the disk is full")
	if _, err := c.find("third", func() (remembered, error) { return remembered{}, trouble }); !errors.Is(err, trouble) {
		t.Error(err)
	}
}
