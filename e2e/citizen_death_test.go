package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/modules/citizens/card"
)

var (
	counterWord  = regexp.MustCompile(`[A-Z2-7]{5}-[A-Z2-7]{5}`)
	questionForm = regexp.MustCompile(`action="/my/requests/([0-9a-f-]{36})"`)
)

// life is what the program said to citizens with cards, and to an institution
// that asks them, before it was killed.
type life struct {
	mu       sync.Mutex
	answers  []cardAnswer // of cards, which were taken
	entered  []entrance   // that let somebody in
	unheard  []entrance   // whose answer never came
	approved []question   // whose yes was acknowledged, and nobody has fetched
	unsure   []question   // whose yes was sent and not acknowledged
	fetched  []question   // that gave tokens
	lost     []question   // that were fetched, and no answer came
	agreed   []string     // every question whose yes was acknowledged
}

type cardAnswer struct {
	path string
	body []byte
}

type entrance struct {
	c       *kerneltest.Client
	to      string
	browser *http.Cookie // by which it is the browser that began
}

// again opens the address once more, in the same browser.
func (e entrance) again() int {
	e.c.Hold(e.browser)
	return e.c.Get(e.to).Status
}

type question struct {
	c     *kerneltest.Client
	form  string
	asked string // auth_req_id
}

func (l *life) note(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// cardHolder is a citizen with a card, an agent beside it, and a browser.
type cardHolder struct {
	b      *relying
	number string
	chip   *card.Simulator
}

// post sends a form of the browser.
func (h cardHolder) post(c *kerneltest.Client, path string, form url.Values) (*kerneltest.Page, error) {
	return c.Try(http.MethodPost, path, formType, strings.NewReader(form.Encode()))
}

// enter signs the citizen in by the card: a ticket of the browser, a challenge
// and its answer of the agent, and the address that the agent opens.
func (h cardHolder) enter(l *life) (*kerneltest.Client, error) {
	c, agent := kerneltest.NewClient(h.b.t, h.b.url), kerneltest.NewClient(h.b.t, h.b.url)
	page, err := h.post(c, "/citizen/card", url.Values{"return": {"/citizen"}})
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(page.LinkTo("/citizen/simulator/card"))
	if err != nil || at.Query().Get("ticket") == "" {
		return nil, fmt.Errorf("no ticket: %d", page.Status)
	}
	browser, err := http.ParseSetCookie(page.Header.Get("Set-Cookie"))
	if err != nil {
		return nil, err
	}
	base := "/citizen/card/" + at.Query().Get("ticket")
	if page, err = h.post(agent, base+"/challenge", nil); err != nil {
		return nil, err
	}
	answer, err := h.sign(page.Body)
	if err != nil {
		return nil, err
	}
	if page, err = agent.Try(http.MethodPost, base+"/answer", "application/json", bytes.NewReader(answer)); err != nil {
		return nil, err
	}
	var next struct{ Continue string }
	if err := json.Unmarshal(page.Body, &next); err != nil || next.Continue == "" {
		return nil, fmt.Errorf("the card is not taken: %d %s", page.Status, page.Body)
	}
	l.note(func() { l.answers = append(l.answers, cardAnswer{base + "/answer", answer}) })
	to, err := url.Parse(next.Continue)
	if err != nil {
		return nil, err
	}
	in := entrance{c, to.RequestURI(), browser}
	if page, err = c.Try(http.MethodGet, in.to, "", nil); err != nil {
		l.note(func() { l.unheard = append(l.unheard, in) })
		return nil, err
	}
	if page.Status != http.StatusSeeOther {
		return nil, fmt.Errorf("not let in: %d", page.Status)
	}
	l.note(func() { l.entered = append(l.entered, in) })
	return c, nil
}

// sign answers a challenge as the card does.
func (h cardHolder) sign(challenge []byte) ([]byte, error) {
	var m struct{ Statement string }
	if err := json.Unmarshal(challenge, &m); err != nil {
		return nil, err
	}
	lines := strings.Split(m.Statement, "\n")
	if len(lines) != 6 {
		return nil, fmt.Errorf("no challenge: %s", challenge)
	}
	until, err := time.Parse(time.RFC3339, lines[4])
	if err != nil {
		return nil, err
	}
	certificate, signature, err := h.chip.Answer(h.number, card.Statement{Origin: lines[1], Ticket: lines[2], Challenge: lines[3], Until: until}, time.Now())
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string][]byte{"certificate": certificate, "signature": signature})
}

// errQuiet says that the citizen may not be asked more at present.
var errQuiet = errors.New("the citizen was asked often enough")

// asked lets the institution put a question to the citizen, by a code that they
// draw, and gives what waits for their answer.
func (h cardHolder) asked(c *kerneltest.Client) (question, error) {
	page, err := h.post(c, "/my/requests/code", nil)
	if err != nil {
		return question{}, err
	}
	code := counterWord.FindString(string(page.Body))
	now := time.Now().Unix()
	object := sign(h.b.t, h.b.key, map[jose.HeaderKey]any{"kid": "k1"}, map[string]any{"iss": h.b.id, "aud": h.b.url, "jti": nonce(), "iat": now, "nbf": now, "exp": now + 60,
		"client_id": h.b.id, "scope": "openid", "binding_message": "Desk 4", "login_hint": "code:" + code})
	status, answer, err := h.b.ask("/oidc/bc-authorize", h.b.authenticated(url.Values{"request": {object}}), "")
	if err != nil {
		return question{}, err
	}
	q := question{c: c}
	if q.asked, _ = answer["auth_req_id"].(string); status != http.StatusOK || q.asked == "" {
		return q, fmt.Errorf("%w: %d %v", errQuiet, status, answer)
	}
	if page, err = c.Try(http.MethodGet, "/my/requests", "", nil); err != nil {
		return q, err
	}
	all := questionForm.FindAllStringSubmatch(string(page.Body), -1)
	if len(all) == 0 {
		return q, fmt.Errorf("no question is shown: %d", page.Status)
	}
	q.form = all[len(all)-1][1]
	return q, nil
}

// approve says yes.
func (h cardHolder) approve(q question) (*kerneltest.Page, error) {
	return h.post(q.c, "/my/requests/"+q.form, url.Values{"answer": {"agree"}})
}

// fetch looks for the tokens of a question and gives the status and the code.
func (b *relying) fetch(q question) (int, string, error) {
	status, answer, err := b.ask("/oidc/token", b.authenticated(url.Values{"grant_type": {"urn:openid:params:grant-type:ciba"}, "auth_req_id": {q.asked}}), b.proof(newSigningKey(b.t), "/oidc/token"))
	code, _ := answer["error"].(string)
	return status, code, err
}

// rush signs the citizen in by their card, lets them be asked while they may be,
// and fetches every other answer, until the program is gone.
func (h cardHolder) rush(l *life) {
	for n, quiet := 0, false; ; n++ {
		c, err := h.enter(l)
		if err != nil {
			return
		}
		if quiet {
			continue
		}
		q, err := h.asked(c)
		if quiet = errors.Is(err, errQuiet); quiet {
			continue
		}
		if err != nil || !h.answer(q, n%2 == 0, l) {
			return
		}
	}
}

// answer approves a question and fetches it; false where the program is gone.
func (h cardHolder) answer(q question, fetch bool, l *life) bool {
	page, err := h.approve(q)
	if err != nil {
		l.note(func() { l.unsure = append(l.unsure, q) })
		return false
	}
	if page.Status != http.StatusSeeOther {
		h.b.t.Errorf("a yes is not taken: %d %s", page.Status, page.Text())
		return false
	}
	l.note(func() { l.agreed = append(l.agreed, q.form) })
	if !fetch {
		l.note(func() { l.approved = append(l.approved, q) })
		return true
	}
	status, code, err := h.b.fetch(q)
	switch {
	case err != nil:
		l.note(func() { l.lost = append(l.lost, q) })
		return false
	case status != http.StatusOK:
		h.b.t.Errorf("a yes gives no tokens: %d %s", status, code)
	default:
		l.note(func() { l.fetched = append(l.fetched, q) })
	}
	return true
}

// doors tries every way in once more on the program that came after.
func (l *life) doors(b *relying) {
	agent := kerneltest.NewClient(b.t, b.url)
	for _, a := range l.answers {
		if p := agent.Send(http.MethodPost, a.path, "application/json", bytes.NewReader(a.body)); p.Status < http.StatusBadRequest {
			b.t.Errorf("a card's answer is taken twice: %d", p.Status)
		}
	}
	for _, e := range l.entered {
		if e.again() == http.StatusSeeOther {
			b.t.Error("a ticket lets in twice")
		}
	}
	for _, e := range l.unheard {
		if first, second := e.again(), e.again(); second == http.StatusSeeOther {
			b.t.Errorf("a ticket lets in twice: %d and %d", first, second)
		}
	}
}

// questions sees that no yes is lost and none is worth two redemptions; it gives
// the questions that were fetched, in this life or for it.
func (l *life) questions(b *relying) []question {
	for _, q := range l.unsure {
		page := q.c.Get("/my/requests")
		if !strings.Contains(string(page.Body), q.form) {
			continue // it was taken, though nobody was told
		}
		if p := q.c.Post("/my/requests/"+q.form, url.Values{"answer": {"agree"}}); p.Status != http.StatusSeeOther {
			b.t.Errorf("a yes that was cut short cannot be said again: %d %s", p.Status, p.Heading())
		}
	}
	done := slices.Clone(l.fetched)
	for _, q := range slices.Concat(l.approved, l.unsure) {
		if status, code, err := b.fetch(q); err != nil || status != http.StatusOK {
			b.t.Errorf("a yes is lost: %d %s %v", status, code, err)
		}
		done = append(done, q)
	}
	for _, q := range l.lost {
		if status, code, err := b.fetch(q); err != nil || status != http.StatusOK && code != "invalid_grant" {
			b.t.Errorf("fetched again after no answer: %d %s %v", status, code, err)
		}
		done = append(done, q)
	}
	return done
}

// over sees that nothing of earlier lives is redeemed again.
func (b *relying) over(done []question) {
	for _, q := range done {
		if status, code, err := b.fetch(q); err != nil || status == http.StatusOK || code != "invalid_grant" && code != "expired_token" {
			b.t.Errorf("an auth_req_id is redeemed twice: %d %s %v", status, code, err)
		}
	}
}

// TestCardsAndQuestionsAcrossDeaths kills the whole program while citizens sign
// in by their cards and answer what an institution asks them at its counter: no
// ticket and no answer of a card is taken twice, no yes that was acknowledged is
// lost, a yes that was cut short can be said again, and no auth_req_id is
// redeemed twice.
func TestCardsAndQuestionsAcrossDeaths(t *testing.T) {
	data, at := folder(t), freeAddress(t)
	start := func() *service { return serve(t, data, "--listen", at) }
	s := start()
	b := &relying{t: t, url: localhost(t, at), key: newSigningKey(t)}
	b.id = newRelying(t, s, b.key, "counter.example", "counter")
	chip, err := card.Open("").Simulate(time.Now())
	need(t, err)
	numbers := kerneltest.NewClient(t, s.url).Get("/citizen/simulator/counter").Options("number")
	var done []question
	var agreed []string
	entered, fetched := 0, 0
	for range fewKills(t) {
		l := &life{}
		var visits sync.WaitGroup
		for _, number := range numbers[:3] {
			visits.Go(func() { cardHolder{b, number, chip}.rush(l) })
		}
		time.Sleep(time.Duration(50+mathrand.IntN(500)) * time.Millisecond)
		s.kill()
		visits.Wait()
		s = start()
		b.over(done)
		l.doors(b)
		done = l.questions(b)
		agreed, entered, fetched = append(agreed, l.agreed...), entered+len(l.entered), fetched+len(l.fetched)+len(l.approved)+len(l.unsure)
	}
	s.stop()
	s = start()
	b.over(done)
	s.stop()
	db := hand(t, data, "amana.db")
	defer db.Close()
	for _, q := range agreed {
		if n := one[int](t, db, "select count(*) from trust_consents where id = $1", string(ident.Derive("trust consent", q))); n != 1 {
			t.Errorf("the consent of %s is there %d times", q, n)
		}
	}
	if n := one[int](t, db, "select count(*) from trust_verifications where institution = $1 and result = 'released'", b.id); n < fetched || fetched == 0 {
		t.Errorf("%d verifications in the record, %d were told", n, fetched)
	}
	wantClean(t, "--data", data)
	t.Logf("%d ways in by a card, %d questions answered, %d fetched", entered, len(agreed), fetched)
}
