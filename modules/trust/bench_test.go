package trust

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// BenchmarkSignIn measures whole sign-ins as the FAPI 2.0 Security Profile wants
// them, from eight at once: a pushed request with a signed assertion, the page, the
// consent of somebody new, the code redeemed with a proof, and the attributes read.
// Every step is durable. What the institution and the browser sign and read is
// in the figure too, for they run on the same machine.
func BenchmarkSignIn(b *testing.B) {
	h := openHouse(b, storetest.Open(b), "", false)
	h.citizens.anybody = true
	bank := h.newBank("bank.example", false)
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	const callers = 8
	var next atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	b.ResetTimer()
	for range callers {
		mine := *bank
		mine.http = client
		all.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				began := time.Now()
				if err := mine.signIn(fmt.Sprintf("visitor-%d", n)); err != nil {
					b.Error(err)
					return
				}
				d := time.Since(began)
				mu.Lock()
				took = append(took, d)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	b.StopTimer()
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "sign-ins/s")
	b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "ms-p99")
}

// signIn is one sign-in of somebody new.
func (b *bank) signIn(who string) error {
	cookie := &http.Cookie{Name: citizenCookie, Value: who}
	a, err := b.tryForm(provider.PathPush, b.request(wantsAge))
	if err != nil {
		return err
	}
	uri, _ := a.body["request_uri"].(string)
	page, err := b.tryPage(b.url(provider.PathAuthorize)+"?"+url.Values{"client_id": {string(b.id)}, "request_uri": {uri}}.Encode(), cookie, nil)
	if err != nil {
		return err
	}
	m := formAction.FindStringSubmatch(page.raw)
	if m == nil {
		return fmt.Errorf("no form to consent with: %d %s", page.status, page.raw)
	}
	back, err := b.tryPage(b.url(m[1]), cookie, url.Values{"answer": {"agree"}})
	if err != nil {
		return err
	}
	to, err := url.Parse(back.header.Get("Location"))
	if err != nil {
		return err
	}
	a, err = b.tryForm(provider.PathToken, b.redemption(to.Query().Get("code")), b.dpop(http.MethodPost, b.url(provider.PathToken), ""))
	if err != nil {
		return err
	}
	token, _ := a.body["access_token"].(string)
	if token == "" {
		return fmt.Errorf("no token: %d %s", a.status, a.raw)
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, b.url(provider.PathInfo), nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "DPoP "+token)
	r.Header.Set("DPoP", b.dpop(http.MethodGet, b.url(provider.PathInfo), token))
	if a, err = b.try(r); err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("no attributes: %d %s", a.status, a.raw)
	}
	return err
}
