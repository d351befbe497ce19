package proofs

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/amana-platform/amana/engines/statuslist"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/citizens"
	"github.com/amana-platform/amana/modules/proofs/demowallet"
)

// Who was erased is given nothing more, though their wallet has a token, and
// what it holds proves nothing here; the page is closed to them.
func TestWhoWasErasedProvesNothing(t *testing.T) {
	t.Parallel()
	v := newVerifying(t)
	card := v.card(Age, SDJWT)
	browser, w := v.browser(), v.house.wallet(1)
	access := w.access(v.offer(browser, Age, SDJWT))
	n := w.nonce()
	q, read := v.asks("age_over_18")
	g, err := v.Policy.System("tests", "tests.erase", systemBasis)
	v.must(err)
	v.must(v.Journal.Erase(t.Context(), g, journal.Erased{Subjects: []ident.ID{v.aicha.ID}, Ground: "L09-08", Authority: "12/2026"}))
	m := v.Mark(t)
	if _, got, wrong := w.take(access, map[string]any{"credential_configuration_id": "age-sd-jwt", "proofs": map[string]any{"jwt": []string{w.possession(w.keys[0], n, nil)}}}); wrong != "credential_request_denied" || len(got) != 0 {
		t.Errorf("taken: %q", wrong)
	}
	if err := v.wallet.Show(t.Context(), read, read.Choices([]demowallet.Card{card})[0]); !errors.Is(err, demowallet.Refused{Code: "invalid_presentation"}) {
		t.Errorf("shown: %v", err)
	}
	if got := v.answer(q); got.Status != Waiting || len(v.told) != 0 {
		t.Errorf("%+v", got)
	}
	if p := browser.Get("/citizen/proofs"); p.Status != http.StatusSeeOther {
		t.Errorf("the page: %d", p.Status)
	}
	if entries, _ := v.Since(t, m); len(entries) != 0 {
		t.Errorf("%q", entries)
	}
	v.sound()
}

// What was issued ends with the account, each once, and the status list says so.
func TestProofsEndWithTheAccount(t *testing.T) {
	t.Parallel()
	proofsEnd(t, func(v *verifying, g policy.Grant) error {
		who := v.citizen()
		_, err := v.Journal.Do(t.Context(), g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
			d.Add(citizens.AccountClosed{Citizen: who})
			return nil
		})
		return err
	})
}

// So it does with the erasure of the person, which happens while no service
// runs: the next one revokes what is left in wallets, and no proof is recorded
// whose making began before.
func TestProofsEndWithAnErasure(t *testing.T) {
	t.Parallel()
	proofsEnd(t, func(v *verifying, g policy.Grant) error {
		who := v.citizen()
		err := v.Journal.Erase(t.Context(), g, journal.Erased{Subjects: []ident.ID{v.aicha.ID}, Ground: "L09-08", Authority: "12/2026"})
		if _, e := v.s.record(t.Context(), right{citizen: who, typ: Age, form: SDJWT}, 1); fault.Of(e).Key != "proofs.fault.closed" {
			t.Errorf("recorded after the erasure: %v", e)
		}
		return err
	})
}

// proofsEnd checks that what was issued is revoked by a service that starts after
// an end, each once, and that the status list says so.
func proofsEnd(t *testing.T, end func(*verifying, policy.Grant) error) {
	t.Helper()
	v := newVerifying(t)
	v.card(Age, SDJWT)
	v.card(Age, MDoc)
	who := v.citizen()
	standing := func() (n int) {
		t.Helper()
		v.must(v.Reader.Row(t.Context(), "select count(*) from proofs_credentials where citizen = $1 and revoked_at = 0", []any{string(who)}, &n))
		return n
	}
	if standing() == 0 {
		t.Fatal("nothing was issued")
	}
	g, err := v.Policy.System("tests", "tests.erase", systemBasis)
	v.must(err)
	v.must(end(v, g))
	v.Run(t.Context())
	for end := time.Now().Add(time.Minute); standing() > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d credentials stand a minute after their end", standing())
		}
	}
	v.wait(2 * listFresh)
	token, err := v.s.StatusList(t.Context())
	v.must(err)
	list, err := statuslist.Verify(token, v.s.listAddress(), v.issuerKey(), v.Clock.Now())
	v.must(err)
	v.must(v.Reader.Each(t.Context(), "select list_index from proofs_credentials where citizen = $1", []any{string(who)}, func(scan store.Scan) error {
		var at int64
		err := scan(&at)
		if status, e := list.List.Status(at); e != nil || status != statuslist.Invalid {
			t.Errorf("number %d: %v %v", at, status, e)
		}
		return err
	}))
	v.sound()
}
