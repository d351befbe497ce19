package trust

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// received is every text that an institution was given, with the citizens in
// whose sign-ins it came.
type received map[string]map[int]bool

// take notes each text of an answer: of its headers, its body, the tokens in
// it, the address it leads to. What is shown to the citizen's browser alone is
// not the institution's.
func (x received) take(citizen int, a answer) {
	for name, all := range a.header {
		if name == "Date" {
			continue // when the institution asked; it has a clock itself
		}
		for _, v := range all {
			x.text(citizen, v)
		}
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		x.value(citizen, a.body)
	}
}

func (x received) value(citizen int, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if name == "iat" || name == "exp" || name == "expires_in" {
				continue // likewise
			}
			x.value(citizen, inner)
		}
	case []any:
		for _, inner := range v {
			x.value(citizen, inner)
		}
	case string:
		x.text(citizen, v)
	case float64:
		x.text(citizen, fmt.Sprint(int64(v)))
	}
}

// text notes a text, its parts, and what is written inside it.
func (x received) text(citizen int, s string) {
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ?&=:;,\"/", r) }) {
		if len(part) < 6 {
			continue
		}
		if x[part] == nil {
			x[part] = map[int]bool{}
		}
		x[part][citizen] = true
	}
	if u, err := url.Parse(s); err == nil {
		for _, all := range u.Query() {
			for _, v := range all {
				if v != s {
					x.text(citizen, v)
				}
			}
		}
	}
	if parts := strings.Split(s, "."); len(parts) == 3 {
		for _, p := range parts[:2] {
			raw, err := base64.RawURLEncoding.DecodeString(p)
			var inner map[string]any
			if err == nil && json.Unmarshal(raw, &inner) == nil {
				x.value(citizen, inner)
			}
		}
	}
}

// visit signs a citizen in with an institution, rightly and in every wrong way,
// and gives the institution all that comes of it.
func (x received) visit(b *bank, citizen int, cookie *http.Cookie) {
	b.h.t.Helper()
	give := func(a answer) answer { x.take(citizen, a); return a }
	page := b.browse(b.push(b.request("")), cookie, nil)
	if page.status == http.StatusOK {
		page = b.answerPage(page, cookie, url.Values{"answer": {"agree"}})
	}
	give(page)
	code := b.back(page).Get("code")
	tokens := give(b.redeem(b.redemption(code)))
	access, _ := tokens.body["access_token"].(string)
	if give(b.info(access)).status != http.StatusOK {
		b.h.t.Fatal("no userinfo")
	}
	give(b.redeem(b.redemption(code)))                                                                                                    // a code again
	give(b.info(access))                                                                                                                  // a token that is over
	give(b.redeem(with(b.redemption(b.agree(cookie, "")), "code_verifier", random())))                                                    // a wrong verifier
	give(b.answerPage(b.browse(b.push(with(b.request(""), "prompt", "consent")), cookie, nil), cookie, url.Values{"answer": {"refuse"}})) // a refusal
	give(b.browse(b.push(with(b.request(""), "prompt", "none", "acr_values", provider.ACR(3))), cookie, nil))                             // not signed in as wanted
	give(b.post(provider.PathPush, b.request(`{"userinfo":{"national_id":null}}`)))                                                       // above the ceiling
	give(b.post(provider.PathPush, with(b.request(""), "redirect_uri", "https://bank.example/"+random())))                                // a wrong request
	give(b.browse(b.push(with(b.request(`{"id_token":{"auth_time":{"essential":true}}}`), "prompt", "none")), cookie, nil))               // when they proved themselves
	silent := give(b.browse(b.push(with(b.request(""), "prompt", "none")), cookie, nil))                                                  // quietly again
	give(b.redeem(b.redemption(b.back(silent).Get("code"))))
}

// TestTwoInstitutionsCannotFindTheSamePerson: they pool everything that they
// were ever given, errors included. A text that came with one citizen only, at
// both, would tell that the two are one.
func TestTwoInstitutionsCannotFindTheSamePerson(t *testing.T) {
	h := newHouse(t)
	bank, insurer := h.newBank("bank.example", false), h.newBank("insurer.example", false)
	l := h.pushedTo()
	bank.subscribe(pushAt)
	access, stream := insurer.subscribe("")
	const citizens = 25
	at, there := received{}, received{}
	var ids []string
	for i := range citizens {
		h.clock.Advance(time.Duration(i+1) * time.Second) // each proves themselves at a time of their own
		id, person, cookie := h.citizen(map[string]any{"age_over_18": true})
		ids = append(ids, string(id), string(person), cookie.Value)
		at.visit(bank, i, cookie)
		there.visit(insurer, i, cookie)
		h.must(h.EndSession(t.Context(), cookie.Value)) // and both are told of what ends
		h.must(h.Signal(t.Context(), Change{Source: h.k.Journal.NewID(), Citizen: id, Revoked: []string{"card", "passkey"}, Level: 1, Was: 3, Closed: true}))
		told := len(l.cameTo(pushAt))
		h.push()
		for _, token := range l.cameTo(pushAt)[told:] {
			at.text(i, token)
		}
		sets := insurer.poll(access, stream, nil)
		insurer.poll(access, stream, map[string]any{"ack": slices.Collect(maps.Keys(sets))})
		for jti, claims := range sets {
			there.text(i, jti)
			there.value(i, claims)
		}
		if len(sets) != 6 || len(l.cameTo(pushAt)) != told+6 {
			t.Fatalf("%d and %d events", len(sets), len(l.cameTo(pushAt))-told)
		}
	}
	if len(at) < 10*citizens {
		t.Fatalf("only %d texts were received", len(at))
	}
	for text, with := range at {
		if len(with) == 1 && len(there[text]) == 1 {
			t.Errorf("both were given %q, and with one citizen only", text)
		}
		for _, id := range ids {
			if strings.Contains(text, id) {
				t.Errorf("an institution was given a number of ours: %s", text)
			}
		}
	}
}

// TestSubjectsOfManyPeople: a hundred thousand people have names at each of two
// institutions, all different, and the same each time.
func TestSubjectsOfManyPeople(t *testing.T) {
	h := newHouse(t)
	seen := make(map[string]bool, 400_000)
	for i := range 100_000 {
		person := string(ident.Derive("person", fmt.Sprint(i)))
		for _, sector := range []string{"bank.example", "insurer.example"} {
			for _, name := range []string{h.Subject(sector, person), h.pseudonym("session", sector, person)} {
				if seen[name] {
					t.Fatalf("%q is a name twice", name)
				}
				seen[name] = true
			}
		}
	}
	if again := h.Subject("bank.example", string(ident.Derive("person", "7"))); !seen[again] {
		t.Error("a person has another name the second time")
	}
}
