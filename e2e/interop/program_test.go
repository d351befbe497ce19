package interop

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
)

// signsIn signs the citizen in with the demonstration's bank, and gives the name
// under which the bank knows them.
func (h *whole) signsIn() string {
	h.t.Helper()
	on := func(p *kerneltest.Page) *kerneltest.Page {
		for p.Header.Get("Location") != "" {
			p = h.c.Get(strings.TrimPrefix(p.Header.Get("Location"), h.issuer))
		}
		return p
	}
	page := on(h.c.Post("/demo/bank/sign-in", url.Values{}))
	if action := page.Actions(); strings.HasPrefix(page.Path, "/oidc/authorize") {
		page = on(h.c.Post(action[len(action)-1], url.Values{"answer": {"agree"}}))
	}
	words := strings.Fields(page.Text())
	for i, w := range words {
		if w == "sub" && i+1 < len(words) {
			return words[i+1]
		}
	}
	h.t.Fatalf("the bank does not say whom it knows: %s %s", page.Path, page.Text())
	return ""
}

// answers answers what the citizen is asked, as the message that both sides see
// says, until the context ends.
func (h *whole) answers(ctx context.Context) {
	for ctx.Err() == nil {
		p := h.c.Get("/my/requests")
		for _, action := range p.Actions() {
			if strings.HasPrefix(action, "/my/requests/") && !strings.HasSuffix(action, "/code") {
				answer := "agree"
				if strings.Contains(p.Text(), "refuse") {
					answer = "refuse"
				}
				h.c.Post(action, url.Values{"answer": {answer}})
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// TestTheirProgramAsksAndIsTold: openid-client asks a citizen who is elsewhere,
// and is told of events, which jose and jwcrypto believe.
func TestTheirProgramAsksAndIsTold(t *testing.T) {
	h := newWhole(t)
	hint := h.signsIn()
	ctx, stop := context.WithCancel(t.Context())
	var answering sync.WaitGroup
	answering.Go(func() { h.answers(ctx) })
	key := newKey() // they write "Ed25519" (RFC 9864) where the profile says EdDSA, so the bank signs by ES256 from now on
	public := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k2"}}}
	if err := h.services.Trust.ChangeKeys(ctx, ident.ID(h.bank()), string(must(json.Marshal(public)))); err != nil {
		t.Fatal(err)
	}
	results := map[string]string{}
	ask(t, "program.mjs", map[string]any{"issuer": h.issuer, "client": h.bank(), "kid": "k2", "key": jose.JSONWebKey{Key: key, KeyID: "k2"}, "hint": hint}, &results)
	stop()
	answering.Wait()
	set := results["set"]
	delete(results, "set")
	if len(results) < 15 || set == "" {
		t.Fatalf("only %d steps: %v", len(results), results)
	}
	for name, wrong := range results {
		if wrong != "" {
			t.Errorf("%s: %s", name, wrong)
		}
	}
	t.Run("jwcrypto", func(t *testing.T) { jwcrypto(t, h.issuer, set) })
}
