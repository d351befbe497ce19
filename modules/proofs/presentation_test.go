package proofs

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/engines/statuslist"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/proofs/demowallet"
)

// road leads to the service under the name that it calls itself by.
type road struct{ to *url.URL }

func (r road) RoundTrip(q *http.Request) (*http.Response, error) {
	q = q.Clone(q.Context())
	q.URL.Scheme, q.URL.Host = r.to.Scheme, r.to.Host
	return http.DefaultTransport.RoundTrip(q)
}

// verifying is the module with a wallet, and an institution that asks.
type verifying struct {
	*house
	wallet *demowallet.Client
	asker  ident.ID
	mu     sync.Mutex
	told   []Showing
	broken error // of whoever writes it down
}

func newVerifying(t *testing.T) *verifying {
	t.Helper()
	v := &verifying{house: newHouse(t), asker: ident.Derive("asker")}
	u, err := url.Parse(v.URL)
	v.must(err)
	v.wallet = &demowallet.Client{Issuer: origin, HTTP: &http.Client{Transport: road{u}}, Now: v.Clock.Now}
	v.s.Shown = func(_ context.Context, x Showing) error {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.told = append(v.told, x)
		return v.broken
	}
	return v
}

// card lets the citizen's wallet take a proof.
func (v *verifying) card(t Type, f Form) demowallet.Card {
	v.t.Helper()
	o := v.browser()
	p := o.Post("/citizen/proofs", url.Values{"type": {string(t)}, "form": {string(f)}})
	digits := ""
	for word := range strings.FieldsSeq(p.Text()) {
		if len(word) == 6 && strings.Trim(word, "0123456789") == "" {
			digits = word
		}
	}
	card, err := v.wallet.Take(v.t.Context(), p.LinkTo("openid-credential-offer:"), digits)
	v.must(err)
	return card
}

func (v *verifying) asks(claims ...string) (Request, *demowallet.Request) {
	v.t.Helper()
	q, err := v.s.Ask(v.t.Context(), Asking{By: v.asker, Name: [3]string{"متجر", "Boutique", "Shop"}, Purpose: [3]string{"بيع", "Vente", "Sale"}, Claims: claims})
	v.must(err)
	read, err := v.wallet.Read(v.t.Context(), q.Link)
	v.must(err)
	return q, read
}

func (v *verifying) answer(q Request) Answer {
	v.t.Helper()
	a, err := v.s.Answered(v.t.Context(), v.asker, q.ID)
	v.must(err)
	return a
}

// TestAProofIsShown in either form: the wallet reads who asks for what, shows
// that and no more, and whoever asked is told after it was written down.
func TestAProofIsShown(t *testing.T) {
	v := newVerifying(t)
	for _, x := range []struct {
		t      Type
		f      Form
		claims []string
		want   map[string]any
	}{
		{Age, SDJWT, []string{"age_over_18"}, map[string]any{"age_over_18": true}},
		{Age, MDoc, []string{"age_over_18"}, map[string]any{"age_over_18": true}},
		{Identity, SDJWT, []string{"birthdate", "family_name"}, map[string]any{"birthdate": "1990-05-17", "family_name": "El Mansouri"}},
		{Identity, MDoc, []string{"birthdate", "family_name"}, map[string]any{"birthdate": "1990-05-17", "family_name": "El Mansouri"}},
		{Residence, SDJWT, []string{"address"}, map[string]any{"address": "12, rue 4, hay Essalam"}},
	} {
		v.told = nil
		card := v.card(x.t, x.f)
		q, read := v.asks(x.claims...)
		if read.Name["fr"] != "Boutique" || read.Purpose["en"] != "Sale" || read.ClientID != "x509_san_dns:identity.example" {
			t.Errorf("the wallet reads %+v", read)
		}
		choices := read.Choices([]demowallet.Card{card})
		if len(choices) != 1 || !cmp.Equal(choices[0].Names, x.claims) {
			t.Fatalf("%s %s: %+v", x.t, x.f, choices)
		}
		if got := v.answer(q); got.Status != Waiting {
			t.Errorf("%+v", got)
		}
		v.must(v.wallet.Show(t.Context(), read, choices[0]))
		if diff := cmp.Diff(Answer{Shown, x.want}, v.answer(q)); diff != "" {
			t.Errorf("%s %s: %s", x.t, x.f, diff)
		}
		if diff := cmp.Diff([]Showing{{v.asker, v.citizen(), x.claims}}, v.told); diff != "" {
			t.Error(diff)
		}
		if other, err := v.s.Answered(t.Context(), ident.Derive("another"), q.ID); err != nil || other.Status != Over {
			t.Errorf("another is told: %+v %v", other, err)
		}
		if err := v.wallet.Show(t.Context(), read, choices[0]); !errors.Is(err, demowallet.Refused{Code: "invalid_request"}) {
			t.Errorf("shown again, it is taken: %v", err)
		}
		if len(v.told) != 1 {
			t.Errorf("written down %d times", len(v.told))
		}
		v.Clock.Set(v.Clock.Now().Add(requestLife))
		if got := v.answer(q); got.Status != Over || got.Claims != nil {
			t.Errorf("it is kept: %+v", got)
		}
		v.must(v.s.sweep(t.Context()))
		var n int64
		v.must(v.Reader.Row(t.Context(), "select count(*) from tmp_proofs_requests", nil, &n))
		if n != 0 {
			t.Errorf("%d are kept", n)
		}
	}
}

// TestNoMoreThanWasAskedIsKept, whatever a wallet shows; and what is kept for a
// moment is sealed.
func TestNoMoreThanWasAskedIsKept(t *testing.T) {
	v := newVerifying(t)
	card := v.card(Identity, SDJWT)
	q, read := v.asks("family_name")
	choice := read.Choices([]demowallet.Card{card})[0]
	choice.Names = card.Names()
	v.must(v.wallet.Show(t.Context(), read, choice))
	if diff := cmp.Diff(map[string]any{"family_name": "El Mansouri"}, v.answer(q).Claims); diff != "" {
		t.Error(diff)
	}
	var kept string
	v.must(v.Reader.Row(t.Context(), "select answer from tmp_proofs_requests where id = $1", []any{hashed(q.ID)}, &kept))
	if kept == "" || strings.Contains(kept, "Mansouri") {
		t.Errorf("kept as %q", kept)
	}
}

// TestPresentationsThatAreRefused: for another request, by another holder,
// changed, in the open, revoked, of a closed account, not answering what is asked.
func TestPresentationsThatAreRefused(t *testing.T) {
	v := newVerifying(t)
	card, doc := v.card(Age, SDJWT), v.card(Age, MDoc)
	thief, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	v.must(err)
	post := func(q *demowallet.Request, form url.Values) string {
		t.Helper()
		p := v.Stranger(t).Post(strings.TrimPrefix(q.Response, origin), form)
		if p.Status == http.StatusOK {
			return ""
		}
		return string(p.Body)
	}
	sealed := func(q *demowallet.Request, token map[string][]string, state string) url.Values {
		t.Helper()
		jwe, err := q.Seal(map[string]any{"vp_token": token, "state": state})
		v.must(err)
		return url.Values{"response": {jwe}}
	}
	for _, held := range []demowallet.Card{card, doc} {
		_, other := v.asks("age_over_18")
		q, read := v.asks("age_over_18")
		good := read.Choices([]demowallet.Card{held})[0]
		present := func(of *demowallet.Request, change func(*demowallet.Choice)) string {
			t.Helper()
			ch := good
			if change != nil {
				change(&ch)
			}
			p, err := of.Present(ch, v.Clock.Now())
			v.must(err)
			return p
		}
		right := present(read, nil)
		renamed := *read
		renamed.ClientID = "x509_san_dns:evil.example"
		stolen := func(ch *demowallet.Choice) { ch.Card.Key = thief }
		for name, x := range map[string]struct {
			form url.Values
			code string
		}{
			"made for another request":  {sealed(read, map[string][]string{good.Credential: {present(other, nil)}}, read.State), "invalid_presentation"},
			"made for another verifier": {sealed(read, map[string][]string{good.Credential: {present(&renamed, nil)}}, read.State), "invalid_presentation"},
			"shown by a thief":          {sealed(read, map[string][]string{good.Credential: {present(read, stolen)}}, read.State), "invalid_presentation"},
			"another claim":             {sealed(read, map[string][]string{good.Credential: {present(read, func(ch *demowallet.Choice) { ch.Names = []string{"age_over_16"} })}}, read.State), "invalid_presentation"},
			"under another name":        {sealed(read, map[string][]string{"x": {right}}, read.State), "invalid_presentation"},
			"changed":                   {sealed(read, map[string][]string{good.Credential: {right[:len(right)-4] + "AAAA"}}, read.State), "invalid_presentation"},
			"two":                       {sealed(read, map[string][]string{good.Credential: {right, right}}, read.State), "invalid_request"},
			"none":                      {sealed(read, map[string][]string{}, read.State), "invalid_request"},
			"another state":             {sealed(read, map[string][]string{good.Credential: {right}}, "x"), "invalid_request"},
			"sealed to another request": {sealed(other, map[string][]string{good.Credential: {right}}, read.State), "invalid_request"},
			"in the open":               {url.Values{"vp_token": {`{"` + good.Credential + `":["` + right + `"]}`}, "state": {read.State}}, "invalid_request"},
			"nothing":                   {url.Values{}, "invalid_request"},
		} {
			v.must2(v.s.k.Scratch.Exec(t.Context(), "update tmp_proofs_requests set tries = 0"))
			if got := post(read, x.form); !strings.Contains(got, x.code) {
				t.Errorf("%s %s: %q", held.Form, name, got)
			}
		}
		if got := v.answer(q); got.Status != Waiting || len(v.told) != 0 {
			t.Errorf("%+v, told %v", got, v.told)
		}
		for range wrongTries {
			post(read, url.Values{})
		}
		if got := post(read, sealed(read, map[string][]string{good.Credential: {right}}, read.State)); !strings.Contains(got, "invalid_request") {
			t.Errorf("after ever so many wrong ones: %q", got)
		}
	}
	v.expired(card)
	v.revoked(card)
}

func (v *verifying) must2(_ int64, err error) { v.t.Helper(); v.must(err) }

// expired checks that an old signature of the holder, and an old request, do not do.
func (v *verifying) expired(card demowallet.Card) {
	v.t.Helper()
	_, read := v.asks("age_over_18")
	choice := read.Choices([]demowallet.Card{card})[0]
	old, err := read.Present(choice, v.Clock.Now().Add(-2*holderAge))
	v.must(err)
	jwe, err := read.Seal(map[string]any{"vp_token": map[string][]string{choice.Credential: {old}}, "state": read.State})
	v.must(err)
	if p := v.Stranger(v.t).Post(strings.TrimPrefix(read.Response, origin), url.Values{"response": {jwe}}); p.Status != http.StatusBadRequest {
		v.t.Errorf("an old signature: %d", p.Status)
	}
	v.Clock.Set(v.Clock.Now().Add(requestLife))
	if err := v.wallet.Show(v.t.Context(), read, choice); !errors.Is(err, demowallet.Refused{Code: "invalid_request"}) {
		v.t.Errorf("an old request: %v", err)
	}
}

// revoked checks that a revoked proof is refused at once, although the list that
// was published a moment ago does not know it.
func (v *verifying) revoked(card demowallet.Card) {
	v.t.Helper()
	_, read := v.asks("age_over_18")
	v.must(v.wallet.Show(v.t.Context(), read, read.Choices([]demowallet.Card{card})[0]))
	c := v.browser()
	all, err := v.s.Credentials(v.t.Context(), v.citizen())
	v.must(err)
	for _, x := range all {
		c.Post("/citizen/proofs/"+string(x.ID)+"/revoke", nil)
	}
	for range 2 { // by the record, and by the next list
		_, read = v.asks("age_over_18")
		if err := v.wallet.Show(v.t.Context(), read, read.Choices([]demowallet.Card{card})[0]); !errors.Is(err, demowallet.Refused{Code: "invalid_presentation"}) {
			v.t.Errorf("revoked: %v", err)
		}
		v.Clock.Set(v.Clock.Now().Add(listFresh + time.Second))
	}
}

// TestNothingIsToldThatWasNotWritten: where the record cannot be written, whoever
// asked learns nothing.
func TestNothingIsToldThatWasNotWritten(t *testing.T) {
	v := newVerifying(t)
	card := v.card(Age, SDJWT)
	q, read := v.asks("age_over_18")
	v.broken = errors.New("no journal")
	if err := v.wallet.Show(t.Context(), read, read.Choices([]demowallet.Card{card})[0]); err == nil {
		t.Error("taken")
	}
	if got := v.answer(q); got.Claims != nil || got.Status == Shown {
		t.Errorf("%+v", got)
	}
}

// TestThePublishedListCounts: a proof that it says is revoked is refused,
// whatever the record says.
func TestThePublishedListCounts(t *testing.T) {
	v := newVerifying(t)
	card := v.card(Age, SDJWT)
	all, err := v.s.Credentials(t.Context(), v.citizen())
	v.must(err)
	refused := func(what string) {
		t.Helper()
		_, read := v.asks("age_over_18")
		if err := v.wallet.Show(t.Context(), read, read.Choices([]demowallet.Card{card})[0]); !errors.Is(err, demowallet.Refused{Code: "invalid_presentation"}) {
			t.Errorf("%s: %v", what, err)
		}
	}
	list, err := statuslist.New(1, listSize)
	v.must(err)
	v.must(list.Set(all[0].Index, statuslist.Invalid))
	now := v.Clock.Now()
	published := statuslist.Token{Subject: v.s.listAddress(), Issued: now, Expires: now.Add(listLife), List: list}
	signed, err := published.Sign(v.s.auth.signer, v.s.auth.kid)
	v.must(err)
	v.s.mu.Lock()
	v.s.list, v.s.listed = signed, now
	v.s.mu.Unlock()
	refused("revoked by the list")
}

// TestARequestIsSettledOnce, whatever was read before.
func TestARequestIsSettledOnce(t *testing.T) {
	v := newVerifying(t)
	q, _ := v.asks("age_over_18")
	a, err := v.s.asked(t.Context(), q.ID)
	v.must(err)
	v.must(v.s.settle(t.Context(), a, "taken", ""))
	if _, ok := errors.AsType[*refusal](v.s.settle(t.Context(), a, "taken", "")); !ok {
		t.Error("settled twice")
	}
}

// TestOneOfManyAnswersCounts, when a presentation is sent many times at once.
func TestOneOfManyAnswersCounts(t *testing.T) {
	v := newVerifying(t)
	card := v.card(Age, SDJWT)
	_, read := v.asks("age_over_18")
	choice := read.Choices([]demowallet.Card{card})[0]
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { _ = v.wallet.Show(t.Context(), read, choice) })
	}
	all.Wait()
	if len(v.told) != 1 {
		t.Errorf("written down %d times", len(v.told))
	}
}

// TestAHolderWhoDeclines, and wallets that are asked by somebody they must not believe.
func TestAHolderWhoDeclines(t *testing.T) {
	v := newVerifying(t)
	q, read := v.asks("age_over_18")
	v.must(v.wallet.Decline(t.Context(), read))
	if got := v.answer(q); got.Status != Declined {
		t.Errorf("%+v", got)
	}
	if _, err := v.wallet.Read(t.Context(), q.Link); err == nil {
		t.Error("a request that is over is asked again")
	}
	q, _ = v.asks("age_over_18")
	for name, link := range map[string]string{
		"another verifier": strings.Replace(q.Link, "identity.example", "evil.example", 1), "another scheme": strings.Replace(q.Link, "openid4vp", "https", 1), "no request": "openid4vp://?client_id=x",
	} {
		if _, err := v.wallet.Read(t.Context(), link); err == nil {
			t.Errorf("%s: the wallet reads it", name)
		}
	}
}

// TestTypesFor: a request can be answered by any proof that says all of it.
func TestTypesFor(t *testing.T) {
	for _, x := range []struct {
		claims []string
		want   []Type
	}{
		{[]string{"age_over_18", "age_over_21"}, []Type{Age}}, {[]string{"address", "given_name"}, []Type{Residence}}, {[]string{"given_name"}, []Type{Identity, Residence}},
		{[]string{"age_over_18", "address"}, nil}, {nil, nil},
	} {
		if got := TypesFor(x.claims); !slices.Equal(got, x.want) {
			t.Errorf("%v: %q", x.claims, got)
		}
	}
}
