package passkey_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/text/texttest"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/kernel/web/passkey/passkeytest"
	"github.com/amana-platform/amana/kernel/web/ui"
)

func TestEnrolAndSignIn(t *testing.T) {
	p := open(t)
	card := &passkeytest.Authenticator{Origin: origin}
	if s := p.enrol(card); s.status != http.StatusOK || s.cookie == nil || s.Person != string(souad) {
		t.Fatalf("enrolling: %+v", s)
	}
	if s := p.signIn(card); s.status != http.StatusOK || s.cookie == nil || s.Person != string(souad) || s.Return != "/units?x=1" {
		t.Errorf("signing in: %+v", s)
	}
	if s := p.post("/session/enrol/begin", nil, map[string]any{"code": code}); s.status != http.StatusUnprocessableEntity {
		t.Errorf("the code opens twice: %d", s.status)
	}
}

// What a wrong answer is, and that it opens nothing.
func TestWrongAnswersOpenNothing(t *testing.T) {
	for name, spoil := range map[string]func(*place, *passkeytest.Authenticator){
		"another site's page":  func(_ *place, a *passkeytest.Authenticator) { a.Origin = "https://amana.evil" },
		"another address":      func(_ *place, a *passkeytest.Authenticator) { a.RPID = "amana.evil" },
		"no user verification": func(_ *place, a *passkeytest.Authenticator) { a.Unverified = true },
		"not touched":          func(_ *place, a *passkeytest.Authenticator) { a.Absent = true },
		"a forged signature":   func(_ *place, a *passkeytest.Authenticator) { a.Forge = true },
		"another's account":    func(_ *place, a *passkeytest.Authenticator) { a.As(string(karim)) },
		"nobody's account":     func(_ *place, a *passkeytest.Authenticator) { a.As("x") },
		"a removed key":        func(p *place, _ *passkeytest.Authenticator) { p.desk.keys = map[ident.ID][]passkey.Key{} },
		"a barred account":     func(p *place, _ *passkeytest.Authenticator) { p.desk.barred[souad] = true },
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			card := &passkeytest.Authenticator{Origin: origin}
			p.enrol(card)
			spoil(p, card)
			if s := p.signIn(card); s.status != http.StatusForbidden || s.cookie != nil {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestAKeyMustVerifyItsOwnerFromTheStart(t *testing.T) {
	for name, card := range map[string]*passkeytest.Authenticator{
		"unverified": {Origin: origin, Unverified: true}, "untouched": {Origin: origin, Absent: true},
		"another site's": {Origin: "https://amana.evil"}, "another address": {Origin: origin, RPID: "amana.evil"},
	} {
		p := open(t)
		if s := p.enrol(card); s.status != http.StatusForbidden || s.cookie != nil || len(p.desk.keys[souad]) != 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// A challenge is good for one answer of its kind, for five minutes.
func TestAChallengeIsGoodOnce(t *testing.T) {
	p := open(t)
	card := &passkeytest.Authenticator{Origin: origin}
	p.enrol(card)
	begun := p.post("/session/passkey", nil, map[string]any{})
	answer, err := card.Get(begun.Options)
	p.must(err)
	message := map[string]any{"ceremony": begun.Ceremony, "answer": answer}
	if s := p.post("/session/enrol/end", nil, message); s.status != http.StatusUnprocessableEntity || s.Code != "passkey.late" {
		t.Errorf("for another kind: %+v", s)
	}
	if s := p.post("/session/passkey/end", nil, message); s.status != http.StatusOK {
		t.Errorf("the first time: %+v", s)
	}
	if s := p.post("/session/passkey/end", nil, message); s.status != http.StatusUnprocessableEntity || s.cookie != nil {
		t.Errorf("replayed: %+v", s)
	}

	other := p.post("/session/passkey", nil, map[string]any{})
	message["ceremony"] = other.Ceremony // the old answer under a new challenge
	if s := p.post("/session/passkey/end", nil, message); s.status != http.StatusForbidden {
		t.Errorf("to another challenge: %+v", s)
	}

	late := p.post("/session/passkey", nil, map[string]any{})
	answer, err = card.Get(late.Options)
	p.must(err)
	p.clock.Advance(5 * time.Minute)
	if s := p.post("/session/passkey/end", nil, map[string]any{"ceremony": late.Ceremony, "answer": answer}); s.Code != "passkey.late" {
		t.Errorf("late: %+v", s)
	}
	p.post("/session/passkey", nil, map[string]any{})
	var waiting int
	p.must(p.db.Reader().Row(t.Context(), "select count(*) from tmp_passkey_ceremonies", nil, &waiting))
	if waiting != 1 {
		t.Errorf("%d challenges wait; the late ones were not swept", waiting)
	}
}

// Strangers may ask for challenges: there is an end to how many wait.
func TestTooManyChallengesWait(t *testing.T) {
	p := open(t)
	values := strings.Repeat(", ($%d, 'sign-in', '', '', '', '', '', $1)", 500)
	for n := range 40 {
		args, places := []any{p.clock.Now().Add(10 * time.Minute).UnixMicro()}, []any{}
		for k := range 500 {
			args, places = append(args, fmt.Sprint(n, "-", k)), append(places, k+2)
		}
		_, err := p.db.Scratch().Exec(t.Context(), "insert into tmp_passkey_ceremonies (id, kind, account, code, answers, back, data, until_at) values"+fmt.Sprintf(values, places...)[1:], args...)
		p.must(err)
	}
	if s := p.post("/session/passkey", nil, map[string]any{}); s.status != http.StatusTooManyRequests || s.Code != "passkey.busy" {
		t.Errorf("with %d waiting: %+v", 20_000, s)
	}
	p.clock.Advance(11 * time.Minute)
	if s := p.post("/session/passkey", nil, map[string]any{}); s.status != http.StatusOK {
		t.Errorf("when they are over: %+v", s)
	}
}

func TestACopiedKeyIsClosed(t *testing.T) {
	p := open(t)
	card := &passkeytest.Authenticator{Origin: origin, Uses: 1}
	p.enrol(card)
	for _, uses := range []uint32{2, 7} {
		card.Uses = uses
		if s := p.signIn(card); s.status != http.StatusOK {
			t.Fatalf("use %d: %+v", uses, s)
		}
	}
	card.Uses = 5 // a copy that was not there the last times
	if s := p.signIn(card); s.status != http.StatusForbidden || s.Code != "passkey.copied" || s.cookie != nil {
		t.Errorf("%+v", s)
	}
	if len(p.desk.doubted) != 1 || p.desk.doubted[0] != "card" {
		t.Errorf("doubted: %v", p.desk.doubted)
	}
	card.Uses = 99
	if s := p.signIn(card); s.status != http.StatusForbidden {
		t.Errorf("the closed key: %+v", s)
	}
}

func TestAnotherKeyUnderTheSessionOfTheFirst(t *testing.T) {
	p := open(t)
	card := &passkeytest.Authenticator{Origin: origin}
	first := p.enrol(card)
	if s := p.post("/account/passkeys", nil, map[string]any{}); s.status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", s.status)
	}
	begun := p.post("/account/passkeys", first.cookie, map[string]any{})
	phone := &passkeytest.Authenticator{Origin: origin}
	answer, err := phone.Create(begun.Options)
	p.must(err)
	message := map[string]any{"ceremony": begun.Ceremony, "label": "phone", "answer": answer, "return": "//evil"}

	p.desk.codes["KARIM"] = karim // another person takes the answer over
	other := p.post("/session/enrol/begin", nil, map[string]any{"code": "KARIM", "answers": map[string]string{"matricule": "7"}})
	made, err := (&passkeytest.Authenticator{Origin: origin}).Create(other.Options)
	p.must(err)
	second := p.post("/session/enrol/end", nil, map[string]any{"ceremony": other.Ceremony, "code": "KARIM", "label": "tag", "answer": made})
	if s := p.post("/account/passkeys/end", second.cookie, message); s.status != http.StatusForbidden {
		t.Errorf("taken over: %+v", s)
	}
	begun = p.post("/account/passkeys", first.cookie, map[string]any{})
	answer, err = phone.Create(begun.Options)
	p.must(err)
	message["ceremony"], message["answer"] = begun.Ceremony, answer
	if s := p.post("/account/passkeys/end", first.cookie, message); s.status != http.StatusOK || s.Return != "/" {
		t.Errorf("%+v", s)
	}
	if s := p.signIn(phone); s.status != http.StatusOK || s.Person != string(souad) {
		t.Errorf("with the second key: %+v", s)
	}
}

func TestAnInvitationAsksWhoItIs(t *testing.T) {
	p := open(t)
	s := p.post("/session/enrol/begin", nil, map[string]any{"code": "KARIM"})
	if s.status != http.StatusOK || len(s.Asks) != 1 || s.Ceremony != "" {
		t.Fatalf("%+v", s)
	}
	s = p.post("/session/enrol/begin", nil, map[string]any{"code": "KARIM", "answers": map[string]string{"matricule": "M-7", "role": "king"}})
	card := &passkeytest.Authenticator{Origin: origin}
	answer, err := card.Create(s.Options)
	p.must(err)
	if s := p.post("/session/enrol/end", nil, map[string]any{"ceremony": s.Ceremony, "code": code, "answer": answer}); s.status != http.StatusForbidden {
		t.Errorf("with another's code: %+v", s)
	}
	s = p.post("/session/enrol/begin", nil, map[string]any{"code": "KARIM", "answers": map[string]string{"matricule": "M-7"}})
	answer, err = card.Create(s.Options)
	p.must(err)
	if s := p.post("/session/enrol/end", nil, map[string]any{"ceremony": s.Ceremony, "code": "KARIM", "answer": answer}); s.Person != string(karim) {
		t.Errorf("%+v", s)
	}
	if p.desk.answered["matricule"] != "M-7" {
		t.Errorf("answers: %v", p.desk.answered)
	}
}

func TestTheConfigurationIsComplete(t *testing.T) {
	if _, err := passkey.New(passkey.Config{Clock: clock.System{}}); err == nil {
		t.Error("made without a keeper")
	}
}

func TestPagesAndScript(t *testing.T) {
	p := open(t)
	for path, words := range map[string][]string{
		"/session/new?lang=fr": {`data-passkey="sign-in"`, `src="/session/passkey.js"`, "clé d’accès", "<noscript>"}, "/session/enrol?lang=ar": {`dir="rtl"`, `data-passkey="enrol"`},
		"/session/again?lang=en": {`data-script="/session/passkey.js"`}, "/session/passkey.js": {"navigator.credentials"},
	} {
		w := httptest.NewRecorder()
		p.web.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		for _, word := range words {
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), word) {
				t.Errorf("%s: %d without %q", path, w.Code, word)
			}
		}
		if strings.Contains(w.Body.String(), "\u27e6") || strings.Contains(w.Body.String(), "onclick") {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
	texts, err := text.Load(nil, ui.Texts, web.Texts, policy.Texts, passkey.Texts)
	p.must(err)
	texttest.Check(t, texts, "passkey.", ".")
}

// Whatever arrives at whichever door, the answer is a refusal in words and
// never a failure or a session.
func FuzzMessages(f *testing.F) {
	p := open(f)
	card := &passkeytest.Authenticator{Origin: origin}
	p.enrol(card)
	begun := p.post("/session/passkey", nil, map[string]any{})
	answer, err := card.Get(begun.Options)
	p.must(err)
	made, err := card.Create(begun.Options)
	p.must(err)
	for _, seed := range []string{`{"answer":` + string(answer) + `}`, `{"answer":` + string(made) + `}`, "", "{}", "[]", `{"code":"\u0000"}`, "\xff",
		`{"answer":{"id":"AA","rawId":"AA","type":"public-key","response":{}}}`, `{"answers":{"a":"` + strings.Repeat("x", 70_000) + `"}}`} {
		for door := range doors {
			f.Add(uint8(door), seed)
		}
	}
	f.Fuzz(func(t *testing.T, door uint8, body string) {
		p := &place{t: t, desk: p.desk, clock: p.clock, web: p.web, db: p.db}
		at := doors[int(door)%len(doors)]
		if rest, ok := strings.CutPrefix(body, "{"); ok && at.begin != "" { // under a ceremony that waits
			p.desk.codes[code] = souad
			body = `{"ceremony":"` + p.post(at.begin, nil, map[string]any{"code": code}).Ceremony + `",` + rest
		}
		if s := p.send(at.path, nil, body); s.status >= 500 || s.cookie != nil {
			t.Errorf("%s: %d for %q", at.path, s.status, body)
		}
	})
}

// doors are the addresses that strangers may send to, with the one that gives
// the challenge they answer.
var doors = []struct{ path, begin string }{
	{"/session/passkey", ""}, {"/session/passkey/end", "/session/passkey"}, {"/session/enrol/begin", ""}, {"/session/enrol/end", "/session/enrol/begin"},
}
