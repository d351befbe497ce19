package citizens

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/modules/citizens/card"
	"github.com/amana-platform/amana/modules/units"
)

// The sign-in page offers what proves enough for the level that is asked, and no
// weaker means; what is no level asks for the least.
func TestTheSignInPageOffersWhatProvesEnough(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stranger := h.Stranger(t)
	for level, offers := range map[string][3]bool{"1": {true, true, true}, "2": {false, true, true}, "3": {false, false, true}, "": {true, true, true}, "0": {true, true, true}, "4": {true, true, true}, "x": {true, true, true}} {
		p := stranger.Get("/citizen/sign-in?lang=fr&level=" + level)
		for i, heading := range []string{"Avec un code remis au guichet", "Avec une clé d’accès", "Avec votre carte d’identité"} {
			if seen(p, heading) != offers[i] {
				t.Errorf("level %q: %q is offered: %t", level, heading, !offers[i])
			}
		}
	}
	_, browser := h.citizen(h.aicha)
	if p := browser.Get("/citizen/sign-in?lang=fr&level=2"); !seen(p, "Une preuve plus forte est demandée") {
		t.Errorf("%s", p.Text())
	}
	for _, lang := range []string{"ar", "en"} {
		if p := stranger.Get("/citizen/sign-in?lang=" + lang); !seen(p, h.word(lang, "citizens.sign-in.lead")) {
			t.Errorf("%s: %s", lang, p.Text())
		}
	}
}

// After a sign-in nobody is sent out of the site.
func TestASignInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.enrol(h.aicha)
	for back, want := range map[string]string{
		"/citizen/log": "/citizen/log", "/my/consents?x=1": "/my/consents?x=1", "": "/citizen", "https://evil.example": "/citizen", "//evil.example": "/citizen", "/\\evil.example": "/citizen",
		"citizen": "/citizen", "/a\r\nSet-Cookie: x=1": "/citizen", "javascript:alert(1)": "/citizen",
	} {
		code, err := h.s.IssueCode(t.Context(), h.grant(units.DutyOfficer, actionIssue, c.Resource()), c.ID)
		h.must(err)
		p := h.Stranger(t).Post("/citizen/sign-in", url.Values{"number": {"G123456"}, "code": {code}, "return": {back}})
		if p.Status != http.StatusSeeOther || p.Header.Get("Location") != want {
			t.Errorf("%q leads to %d %q", back, p.Status, p.Header.Get("Location"))
		}
	}
}

// A new sign-in takes the browser's session over: the name it had before opens
// nothing, so that nobody who knew it comes along.
func TestANewSignInEndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	thief := h.Stranger(t)
	thief.Hold(browser.Cookie(sessionCookie))
	if p := thief.Get("/citizen"); p.Status != http.StatusOK {
		t.Fatalf("%d", p.Status)
	}
	code, err := h.s.IssueCode(t.Context(), h.grant(units.DutyOfficer, actionIssue, c.Resource()), c.ID)
	h.must(err)
	if p := browser.Post("/citizen/sign-in", url.Values{"number": {"G123456"}, "code": {code}}); p.Status != http.StatusSeeOther {
		t.Fatalf("%d", p.Status)
	}
	if p := thief.Get("/citizen"); p.Status != http.StatusSeeOther {
		t.Errorf("the session before: %d", p.Status)
	}
	if p := browser.Get("/citizen"); p.Status != http.StatusOK {
		t.Errorf("the new one: %d", p.Status)
	}
	cookie := browser.Cookie(sessionCookie)
	for _, forged := range []string{"", "x", strings.Repeat("A", 43), cookie.Value + "A", strings.ToLower(cookie.Value)} {
		other := h.Stranger(t)
		other.Hold(&http.Cookie{Name: sessionCookie, Value: forged, Path: "/"})
		if p := other.Get("/citizen"); p.Status != http.StatusSeeOther {
			t.Errorf("a session by the name %q: %d", forged, p.Status)
		}
	}
}

// A session ends at the edge of its idle and of its whole time, and what is over
// is swept away.
func TestASessionAtItsEdges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, browser := h.citizen(h.aicha)
	sessions := func() (n int) {
		h.must(h.Reader.Row(t.Context(), "select count(*) from tmp_citizens_sessions", nil, &n))
		return n
	}
	h.wait(idleLimit)
	if p := browser.Get("/citizen"); p.Status != http.StatusOK {
		t.Errorf("idle for just the limit: %d", p.Status)
	}
	h.wait(idleLimit)
	h.must(h.s.sweep(t.Context()))
	if sessions() != 1 {
		t.Error("a session that holds was swept away")
	}
	h.wait(time.Microsecond)
	h.must(h.s.sweep(t.Context()))
	if sessions() != 0 {
		t.Error("a session that is over stays")
	}
	if p := browser.Get("/citizen"); p.Status != http.StatusSeeOther {
		t.Errorf("idle for longer: %d", p.Status)
	}
}

// agent sends what the program beside a card sends.
func agent(c *kerneltest.Client, path string, body any) *kerneltest.Page {
	raw, ok := body.([]byte)
	if !ok {
		raw, _ = json.Marshal(body) // maps of texts
	}
	return c.JSON().Send(http.MethodPost, path, "application/json", bytes.NewReader(raw))
}

// statement reads what a challenge wants to be signed.
func statement(t testing.TB, p *kerneltest.Page) card.Statement {
	t.Helper()
	var m struct{ Statement string }
	if err := json.Unmarshal(p.Body, &m); err != nil || p.Status != http.StatusOK {
		t.Fatalf("no challenge: %d %s", p.Status, p.Body)
	}
	lines := strings.Split(m.Statement, "\n")
	until, err := time.Parse(time.RFC3339, lines[4])
	if err != nil {
		t.Fatal(err)
	}
	return card.Statement{Origin: lines[1], Ticket: lines[2], Challenge: lines[3], Until: until}
}

// beside is the program beside a card, with the ticket of a browser.
type beside struct {
	*house
	program *kerneltest.Client
	at      string // the ticket's address
	chip    *card.Simulator
}

func (h *house) beside(browser *kerneltest.Client) beside {
	h.t.Helper()
	at := "/citizen/card/" + ticketOf(h.t, browser)
	chip, err := h.s.simulator()
	h.must(err)
	return beside{h, h.Stranger(h.t), at, chip}
}

func (b beside) fresh() card.Statement {
	b.t.Helper()
	return statement(b.t, agent(b.program, b.at+"/challenge", nil))
}

func (b beside) sign(st card.Statement, number string) map[string]any {
	b.t.Helper()
	certificate, signature, err := b.chip.Answer(number, st, b.Clock.Now())
	b.must(err)
	return map[string]any{"certificate": certificate, "signature": signature}
}

// The program beside a card, over the wire: what it is given to sign, and where
// it sends the holder's browser.
func TestTheAgentBesideACard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.enrol(h.aicha)
	browser := h.Stranger(t)
	b := h.beside(browser)
	st := b.fresh()
	if st.Origin != origin || !strings.HasSuffix(b.at, st.Ticket) || len(st.Challenge) != 43 || st.Until.After(h.Clock.Now().Add(challengeLife)) {
		t.Errorf("%+v", st)
	}
	p := agent(b.program, b.at+"/answer", b.sign(st, "G123456"))
	var next struct{ Continue string }
	if err := json.Unmarshal(p.Body, &next); err != nil || !strings.HasPrefix(next.Continue, origin+"/citizen/card/done?proof=") {
		t.Fatalf("%d %s", p.Status, p.Body)
	}
	if p := browser.Get(strings.TrimPrefix(next.Continue, origin)); p.Status != http.StatusSeeOther || p.Header.Get("Location") != "/citizen/log" {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	for _, proof := range []string{"", "x", strings.Repeat("A", 43)} {
		ticketOf(t, browser)
		if p := browser.Get("/citizen/card/done?proof=" + proof); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("the proof %q: %d", proof, p.Status)
		}
	}
}

// What is no answer of this citizen's card to this challenge lets nobody in and
// leaves nothing behind.
func TestWhatIsNoAnswerOfACard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.enrol(h.aicha)
	b := h.beside(h.Stranger(t))
	m := h.Mark(t)
	other := "/citizen/card/" + strings.Repeat("x", 22)
	changed := func(change func(*card.Statement)) map[string]any {
		st := b.fresh()
		change(&st)
		return b.sign(st, "G123456")
	}
	less := func(field string) map[string]any {
		x := b.sign(b.fresh(), "G123456")
		delete(x, field)
		return x
	}
	for name, x := range map[string]struct {
		path   string
		body   func() any
		status int
	}{
		"no JSON":             {b.at + "/answer", func() any { return []byte("{") }, http.StatusUnprocessableEntity},
		"too much":            {b.at + "/answer", func() any { return bytes.Repeat([]byte(" "), maxAnswer+1) }, http.StatusRequestEntityTooLarge},
		"another ticket":      {other + "/answer", func() any { return b.sign(b.fresh(), "G123456") }, http.StatusUnprocessableEntity},
		"its challenge":       {other + "/challenge", func() any { return nil }, http.StatusUnprocessableEntity},
		"no certificate":      {b.at + "/answer", func() any { return less("certificate") }, http.StatusForbidden},
		"no signature":        {b.at + "/answer", func() any { return less("signature") }, http.StatusForbidden},
		"for another ticket":  {b.at + "/answer", func() any { return changed(func(s *card.Statement) { s.Ticket = "another" }) }, http.StatusForbidden},
		"for another site":    {b.at + "/answer", func() any { return changed(func(s *card.Statement) { s.Origin = "https://evil.example" }) }, http.StatusForbidden},
		"for longer":          {b.at + "/answer", func() any { return changed(func(s *card.Statement) { s.Until = s.Until.Add(time.Hour) }) }, http.StatusForbidden},
		"a card nobody knows": {b.at + "/answer", func() any { return b.sign(b.fresh(), "ZZ999999") }, http.StatusForbidden},
	} {
		if p := agent(b.program, x.path, x.body()); p.Status != x.status {
			t.Errorf("%s: %d %s", name, p.Status, p.Body)
		}
	}
	if entries, _ := h.Since(t, m); len(entries) != 0 {
		t.Errorf("refusals left %q", entries)
	}
}

// A ticket and its challenge end to the microsecond, and the proof of a ticket
// ends with it.
func TestACardsTicketAtItsEdges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.enrol(h.aicha)
	chip, err := h.s.simulator()
	h.must(err)
	proof := func(before time.Duration) (string, error) {
		began := h.Clock.Now()
		ticket, err := h.s.beginCard(t.Context(), "browser", "/citizen")
		h.must(err)
		h.Clock.Set(began.Add(ticketLife - before))
		st, err := h.s.challengeCard(t.Context(), ticket)
		if err != nil {
			return "", err
		}
		certificate, signature, err := chip.Answer("G123456", st, h.Clock.Now())
		h.must(err)
		return h.s.answerCard(t.Context(), ticket, certificate, signature)
	}
	late, err := proof(time.Microsecond)
	h.must(err)
	if _, err := proof(0); !fault.Is(err, fault.Invalid) {
		t.Errorf("at the ticket's end: %v", err)
	}
	if _, _, _, err := h.s.finishCard(t.Context(), late, "browser"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a proof after its ticket: %v", err)
	}
	good, err := proof(time.Second)
	h.must(err)
	if _, _, _, err := h.s.finishCard(t.Context(), good, "another browser"); !fault.Is(err, fault.Refused) {
		t.Errorf("another browser: %v", err)
	}
	if _, _, back, err := h.s.finishCard(t.Context(), good, "browser"); err != nil || back != "/citizen" {
		t.Errorf("%q %v", back, err)
	}
	if _, _, _, err := h.s.finishCard(t.Context(), good, "browser"); !fault.Is(err, fault.Invalid) {
		t.Errorf("twice: %v", err)
	}
}

// So many sign-ins by card may be under way, and no more; those that are over
// make room.
func TestTooManyTickets(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.s.beginCard(t.Context(), "browser", "/citizen")
	h.must(err)
	h.wait(ticketLife - time.Minute)
	for doubled := 1; doubled < maxTickets; doubled *= 2 {
		_, err := h.Scratch.Exec(t.Context(), `insert into tmp_citizens_cards (ticket, browser, back, challenge, challenge_until, citizen, means, proof, until_at)
			select ticket || $1, browser, back, challenge, challenge_until, citizen, means, proof, until_at from tmp_citizens_cards`, "-"+strconv.Itoa(doubled))
		h.must(err)
	}
	if _, err := h.s.beginCard(t.Context(), "browser", "/citizen"); !fault.Is(err, fault.TooMany) {
		t.Errorf("%v", err)
	}
	h.wait(time.Minute)
	if _, err := h.s.beginCard(t.Context(), "browser", "/citizen"); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

// One place may be wrong so often in a while, whatever it tries; other places do
// not suffer for it, and a whole network of the longer addresses is one place.
func TestWhoIsSlowedDown(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.7:1000": "192.0.2.7/32", "[2001:db8:1:2:3::4]:1000": "2001:db8:1:2::/64", "[::ffff:192.0.2.7]:9": "192.0.2.7/32", "nonsense": "invalid Prefix", "": "invalid Prefix",
	} {
		if got := place(remote); got.String() != want {
			t.Errorf("%q is at %s, want %s", remote, got, want)
		}
	}
	tries, now := newThrottle(), kerneltest.Noon
	for n := range wrongsAllowed {
		if tries.failed("[2001:db8:1:2::1]:1", now) {
			t.Fatalf("slowed down after %d", n+1)
		}
	}
	if !tries.failed("[2001:db8:1:2:ffff::9]:2", now) {
		t.Error("the same network goes on under another address")
	}
	if tries.failed("[2001:db8:1:3::1]:1", now) || tries.failed("192.0.2.7:1", now) {
		t.Error("somebody else is slowed down")
	}
	if !tries.failed("[2001:db8:1:2::1]:1", now.Add(wrongsWindow)) {
		t.Error("forgiven at the very end of the window")
	}
	if tries.failed("[2001:db8:1:2::1]:1", now.Add(wrongsWindow+time.Microsecond)) {
		t.Error("not forgiven after it")
	}
	for i := range maxPlaces + 10 {
		tries.wrong[netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)] = tally{n: 1, since: now}
	}
	tries.failed("198.51.100.1:1", now)
	if len(tries.wrong) > maxPlaces {
		t.Errorf("%d places are remembered", len(tries.wrong))
	}
}

// Ten means and no more; a revoked one makes room.
func TestTooManyMeans(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, first := h.citizen(h.aicha)
	phone, status := register(t, first)
	if status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	browser := h.Stranger(t)
	prove(t, browser, phone, "/citizen")
	for n := 2; n <= maxMeans; n++ {
		if _, status := register(t, browser); status != http.StatusOK {
			t.Fatalf("the %dth: %d", n, status)
		}
	}
	if _, status := register(t, browser); status != http.StatusForbidden {
		t.Errorf("one too many: %d", status)
	}
	all, err := h.s.Means(t.Context(), c.ID)
	h.must(err)
	if p := browser.Post("/citizen/means/"+string(all[len(all)-1].ID)+"/revoke", url.Values{"why": {"unused"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("%d", p.Status)
	}
	if _, status := register(t, browser); status != http.StatusOK {
		t.Errorf("after one was revoked: %d", status)
	}
	if p := browser.Get("/citizen/means?lang=fr"); !seen(p, "N’est plus utilisé") || !seen(p, "Valable") {
		t.Errorf("%s", p.Text())
	}
}

// A passkey whose count of uses runs backwards is a copy, or has one: it is
// closed for good, the session of the other ends, and its citizen reads why.
func TestACopiedPasskeyIsClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, first := h.citizen(h.aicha)
	phone, _ := register(t, first)
	browser := h.Stranger(t)
	phone.Uses = 9
	if status := prove(t, browser, phone, "/citizen"); status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	phone.Uses = 3
	if status := prove(t, h.Stranger(t), phone, "/citizen"); status < http.StatusBadRequest {
		t.Errorf("a copy is let in: %d", status)
	}
	all, err := h.s.Means(t.Context(), c.ID)
	h.must(err)
	if len(all) != 1 || all[0].Live() || all[0].Why != whyCopied {
		t.Errorf("%+v", all)
	}
	if p := browser.Get("/citizen"); p.Status != http.StatusSeeOther {
		t.Errorf("the session on it: %d", p.Status)
	}
	if p := h.as2(c).Get("/citizen/means?lang=fr"); !seen(p, "une copie peut exister") {
		t.Errorf("%s", p.Text())
	}
}

// A recovery takes every means away, and the next code begins anew: with nothing
// stronger standing, a passkey may be added under it.
func TestAfterARecovery(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, first := h.citizen(h.aicha)
	phone, _ := register(t, first)
	code, err := h.s.Recover(t.Context(), h.grant(units.DutyOfficer, actionRecover, c.Resource()), c.ID, []string{"cnie", "passport"})
	h.must(err)
	if status := prove(t, h.Stranger(t), phone, "/citizen"); status != http.StatusForbidden {
		t.Errorf("with the passkey before: %d", status)
	}
	browser := h.as("G123456", code)
	if p := browser.Get("/citizen/means?lang=fr"); !seen(p, "Révoqué au guichet") {
		t.Errorf("%s", p.Text())
	}
	if _, status := register(t, browser); status != http.StatusOK {
		t.Errorf("a new passkey: %d", status)
	}
	if f, err := h.s.Figures(t.Context()); err != nil || f.Recovered != 1 {
		t.Errorf("%+v %v", f, err)
	}
}

// A citizen without a sign-in is nobody on every route of the space.
func TestTheSpaceIsClosedToStrangers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stranger := h.Stranger(t)
	for _, r := range h.s.space() {
		if r.Action == "" {
			continue
		}
		path := holes.ReplaceAllString(r.Pattern[len(r.Method())+1:], string(h.caseOne))
		if p := stranger.Send(r.Method(), path, "", nil); r.Method() == http.MethodGet && !strings.HasPrefix(p.Header.Get("Location"), "/citizen/sign-in?") || r.Method() != http.MethodGet && p.Status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", r.Pattern, p.Status, p.Header.Get("Location"))
		}
		if p := stranger.JSON().Send(r.Method(), path, "", nil); p.Status != http.StatusUnauthorized {
			t.Errorf("%s, as a program: %d", r.Pattern, p.Status)
		}
	}
}

// The simulators of the demonstration play its invented citizens and nobody else.
func TestTheSimulators(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.enrol(h.aicha)
	visitor := h.Stranger(t)
	if p := visitor.Get("/citizen/simulator/card?lang=fr"); !seen(p, "Ceci est un simulateur") || !seen(p, "Commencez par la page de connexion") {
		t.Errorf("without a ticket: %s", p.Text())
	}
	if p := visitor.Get("/citizen/simulator/card?lang=fr&ticket=" + ticketOf(t, visitor)); !seen(p, "Aicha El Mansouri") || seen(p, "Brahim") {
		t.Errorf("%s", p.Text())
	}
	p := visitor.Get("/citizen/simulator/counter?lang=fr")
	if !seen(p, "Ceci est un simulateur") || len(p.Options("number")) != 1 {
		t.Errorf("%s", p.Text())
	}
	m := h.Mark(t)
	if p := visitor.Post("/citizen/simulator/counter", url.Values{"number": {"G654321"}}); p.Status != http.StatusNotFound {
		t.Errorf("somebody who is not played: %d", p.Status)
	}
	ticket := ticketOf(t, visitor)
	if p := insert(visitor, ticket, "G654321", card.SimulatedPIN); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a card of somebody who is not played: %d", p.Status)
	}
	if entries, _ := h.Since(t, m); len(entries) != 0 {
		t.Errorf("%q", entries)
	}
	p = visitor.Post("/citizen/simulator/counter", url.Values{"number": {"G123456"}})
	form := p.Fields("/citizen/sign-in")
	if p.Status != http.StatusOK || form.Get("code") == "" || form.Get("number") != "G123456" {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := visitor.Post("/citizen/sign-in", form); p.Status != http.StatusSeeOther {
		t.Errorf("%d", p.Status)
	}
	h.must(h.s.Close(t.Context(), h.grant(units.DutyOfficer, actionClose, c.Resource()), c.ID))
	if p := visitor.Get("/citizen/simulator/counter"); len(p.Options("number")) != 0 {
		t.Errorf("a closed account is played: %v", p.Options("number"))
	}
}
