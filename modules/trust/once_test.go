package trust

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// TestWhatMayHappenOnceHappensOnce although many ask at the same moment, and of
// two nodes: a code, an assertion, a proof, a page.
func TestWhatMayHappenOnceHappensOnce(t *testing.T) {
	h := newHouse(t)
	second := h.node()
	b := h.newBank("bank.example", false)
	_, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	b.agree(cookie, "")
	const many = 12
	at := func(i int) string { return []string{h.server.URL, second}[i%2] }
	run := func(what string, status int, do func(i int) answer) {
		t.Helper()
		var all sync.WaitGroup
		var good atomic.Int64
		for i := range many {
			all.Go(func() {
				if do(i).status == status {
					good.Add(1)
				}
			})
		}
		all.Wait()
		if good.Load() != 1 {
			t.Errorf("%s: %d of %d", what, good.Load(), many)
		}
	}
	for range 5 {
		code := b.agree(cookie, "")
		var forms []url.Values
		var proofs []string
		for range many {
			forms, proofs = append(forms, b.redemption(code)), append(proofs, b.dpop("POST", b.url(provider.PathToken), ""))
		}
		run("a code", http.StatusOK, func(i int) answer { return b.postAt(at(i), provider.PathToken, forms[i], proofs[i]) })
		form := b.request("")
		run("an assertion", http.StatusCreated, func(i int) answer { return b.postAt(at(i), provider.PathPush, form) })
		codes, proof := []string{}, b.dpop("POST", b.url(provider.PathToken), "")
		var redemptions []url.Values
		for range many {
			codes = append(codes, b.agree(cookie, ""))
			redemptions = append(redemptions, b.redemption(codes[len(codes)-1]))
		}
		run("a proof", http.StatusOK, func(i int) answer { return b.postAt(at(i), provider.PathToken, redemptions[i], proof) })
		page := b.browse(b.push(with(b.request(""), "prompt", "consent")), cookie, nil)
		action := formAction.FindStringSubmatch(page.raw)[1]
		run("a page", http.StatusSeeOther, func(i int) answer { return b.browse(at(i)+action, cookie, url.Values{"answer": {"agree"}}) })
	}
	h.sound()
}

// node is a second node over the same store: what it knows it reads there.
func (h *house) node() string {
	h.t.Helper()
	s := New(h.k, Options{Issuer: h.issuer, Citizens: h.citizens})
	one, ok := h.server.Config.Handler.(*web.Server)
	if !ok {
		h.t.Fatal("no web server")
	}
	c := one.Config
	c.Routes = s.routes()
	server, err := web.New(c)
	h.must(err)
	listener := httptest.NewServer(server)
	h.t.Cleanup(listener.Close)
	return listener.URL
}

// postAt is post at another node.
func (b *bank) postAt(base, path string, form url.Values, proofs ...string) answer {
	r, err := http.NewRequestWithContext(b.h.t.Context(), http.MethodPost, base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, p := range proofs {
		r.Header.Add("DPoP", p)
	}
	a, _ := b.try(r) // no answer is none that counts
	return a
}

// The variables by which this program is a service that will be killed.
const (
	childStore  = "AMANA_TRUST_CHILD_STORE"
	childListen = "AMANA_TRUST_CHILD_LISTEN"
	childKeys   = "AMANA_TRUST_CHILD_KEYS"
)

// TestChild serves until it is killed; it is no test by itself.
func TestChild(t *testing.T) {
	if os.Getenv(childStore) == "" {
		t.Skip("started by TestKilledAtAnyMoment")
	}
	h := openHouse(t, storetest.OpenAt(t, os.Getenv(childStore)), os.Getenv(childListen), false)
	h.citizens.anybody = true
	all, err := h.Institutions(t.Context(), Active)
	h.must(err)
	if len(all) == 0 {
		id, _ := h.apply(stated("bank.example", os.Getenv(childKeys)), false)
		h.approve(id)
		all, err = h.Institutions(t.Context(), Active)
		h.must(err)
	}
	fmt.Println("client", all[0].ID)
	stopped := make(chan os.Signal, 1)
	go func() { // the clock of the house stands; the service's goes on
		for {
			time.Sleep(10 * time.Millisecond)
			h.clock.Set(time.Now())
		}
	}()
	<-stopped
}

// child starts the service and gives its bank.
func child(t *testing.T, address, listen string, key *ecdsa.PrivateKey) (*exec.Cmd, *bank) {
	t.Helper()
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1"}}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), childStore+"="+address, childListen+"="+listen, childKeys+"="+string(keys))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var word, id string
	for word != "client" {
		if _, err := fmt.Fscan(out, &word); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := fmt.Fscan(out, &id); err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, Service: &Service{issuer: "http://" + listen}, server: &httptest.Server{URL: "http://" + listen}}
	return cmd, &bank{h: h, id: ident.ID(id), redirect: "https://bank.example/back", key: key, kid: "k1", proof: key,
		http: &http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// claimed is what the service said before it was killed.
type claimed struct {
	mu         sync.Mutex
	assertions []url.Values // pushed requests that were accepted
	agreed     []string     // cookies whose consent was acknowledged
	redeemed   []bank       // codes that gave tokens, as the bank that holds their verifier
	codes      []string     // those codes
	lost       []bank       // redemptions without an answer
	lostCodes  []string
}

// rush signs people in, one after the other, until the service is gone.
func (c *claimed) rush(b bank, worker, round int) {
	for n := 0; ; n++ {
		cookie := &http.Cookie{Name: citizenCookie, Value: fmt.Sprintf("c-%d-%d-%d", round, worker, n)}
		form := b.request(wantsAge)
		a, err := b.tryForm(provider.PathPush, form)
		if err != nil {
			return
		}
		uri, _ := a.body["request_uri"].(string)
		c.note(func() { c.assertions = append(c.assertions, form) })
		address := b.url(provider.PathAuthorize) + "?" + url.Values{"client_id": {string(b.id)}, "request_uri": {uri}}.Encode()
		page, err := b.tryPage(address, cookie, nil)
		if err != nil {
			return
		}
		m := formAction.FindStringSubmatch(page.raw)
		if m == nil {
			continue
		}
		back, err := b.tryPage(b.url(m[1]), cookie, url.Values{"answer": {"agree"}})
		if err != nil {
			return
		}
		u, _ := url.Parse(back.header.Get("Location"))
		code := u.Query().Get("code")
		if code == "" {
			continue
		}
		c.note(func() { c.agreed = append(c.agreed, cookie.Value) })
		a, err = b.tryForm(provider.PathToken, b.redemption(code), b.dpop("POST", b.url(provider.PathToken), ""))
		switch {
		case err != nil:
			c.note(func() { c.lost, c.lostCodes = append(c.lost, b), append(c.lostCodes, code) })
			return
		case a.status == http.StatusOK:
			c.note(func() { c.redeemed, c.codes = append(c.redeemed, b), append(c.codes, code) })
		}
	}
}

func (c *claimed) note(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (b *bank) tryForm(path string, form url.Values, proofs ...string) (answer, error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.url(path), strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, p := range proofs {
		r.Header.Add("DPoP", p)
	}
	return b.try(r)
}

func (b *bank) tryPage(address string, cookie *http.Cookie, form url.Values) (answer, error) {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.AddCookie(cookie)
	return b.try(r)
}

// TestKilledAtAnyMoment: the service is killed while people sign in, and started
// again on what it left. No code and no assertion is accepted twice, and every
// consent and verification that anybody was told of stands. AMANA_KILLS says how
// often, for a soak.
func TestKilledAtAnyMoment(t *testing.T) {
	rounds := 4
	if n, err := strconv.Atoi(os.Getenv("AMANA_KILLS")); err == nil {
		rounds = n
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen, address, key := ln.Addr().String(), storetest.Address(t), newKey(t)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	released, agreed := 0, []string{}
	for round := range rounds {
		cmd, b := child(t, address, listen, key)
		c := &claimed{}
		var all sync.WaitGroup
		for worker := range 3 {
			all.Go(func() { c.rush(*b, worker, round) })
		}
		time.Sleep(time.Duration(300+rand.IntN(700)) * time.Millisecond)
		kill(t, cmd)
		all.Wait()
		cmd, b = child(t, address, listen, key)
		released += len(c.codes) + c.again(t, b)
		agreed = append(agreed, c.agreed...)
		kill(t, cmd)
		t.Logf("round %d: %d pushed, %d agreed, %d redeemed, %d without an answer", round, len(c.assertions), len(c.agreed), len(c.codes), len(c.lost))
	}
	h := openHouse(t, storetest.OpenAt(t, address), "", false)
	h.sound()
	all, err := h.Institutions(t.Context(), Active)
	h.must(err)
	count, err := h.Count(t.Context(), all[0].ID)
	h.must(err)
	if len(agreed) < rounds || count.Released < int64(released) {
		t.Errorf("%d verifications in the record, %d were told", count.Released, released)
	}
	for _, cookie := range agreed {
		if standing, err := h.Consents(t.Context(), ident.Derive("citizen", cookie)); err != nil || len(standing) != 1 {
			t.Errorf("the consent of %s is lost: %d %v", cookie, len(standing), err)
		}
	}
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
}

// again tries everything once more, and gives how many redemptions that had no
// answer were open still.
func (c *claimed) again(t *testing.T, b *bank) (late int) {
	t.Helper()
	for _, form := range c.assertions {
		if a := b.post(provider.PathPush, form); a.code() != "invalid_client" {
			t.Errorf("an assertion is accepted twice: %d %s", a.status, a.raw)
		}
	}
	for i, code := range c.codes {
		if a := b.redeem(c.redeemed[i].redemption(code)); a.code() != "invalid_grant" {
			t.Errorf("a code is accepted twice: %d %s", a.status, a.raw)
		}
	}
	for i, code := range c.lostCodes {
		if a := b.redeem(c.lost[i].redemption(code)); a.status == http.StatusOK {
			late++
		}
		if a := b.redeem(c.lost[i].redemption(code)); a.code() != "invalid_grant" {
			t.Errorf("a code without an answer is accepted again: %d %s", a.status, a.raw)
		}
	}
	return late
}
