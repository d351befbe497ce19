package passkey_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/kernel/web/passkey/passkeytest"
	"github.com/amana-platform/amana/kernel/web/ui"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	souad ident.ID = "0190a000-0000-7000-8000-0000000000f1"
	karim ident.ID = "0190a000-0000-7000-8000-0000000000f2"
	unit  ident.ID = "0190a000-0000-7000-8000-0000000000a1"
	code           = "AAAAA-BBBBB-CCCCC-DDDDD"
)

// desk keeps two accounts in memory: the smallest service with people in it.
type desk struct {
	mu       sync.Mutex
	keys     map[ident.ID][]passkey.Key
	codes    map[string]ident.ID
	barred   map[ident.ID]bool
	doubted  []ident.ID
	answered map[string]string
}

func (d *desk) Account(_ context.Context, id ident.ID) (web.Account, error) {
	if id != souad && id != karim {
		return web.Account{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return web.Account{ID: id, Actor: policy.Actor{ID: id, Unit: unit, Role: "duty-officer"}, Active: !d.barred[id], Name: [3]string{"a", "b", "c"},
		Duty: policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: unit}}}, nil
}

func (d *desk) Name(context.Context, ident.ID) (string, error) { return "b", nil }

func (d *desk) Demo(context.Context) ([]web.Account, error) { return nil, nil }

func (d *desk) PurposeLabel(context.Context, *text.Words, policy.Purpose) (string, string) {
	return "duty", ""
}

func (d *desk) Keys(_ context.Context, id ident.ID) ([]passkey.Key, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]passkey.Key(nil), d.keys[id]...), nil
}

func (d *desk) Invited(_ context.Context, c string) (passkey.Invitation, error) {
	id, ok := d.codes[c]
	if !ok {
		return passkey.Invitation{}, fault.New(fault.Invalid, "form.choose")
	}
	if id == karim {
		return passkey.Invitation{Account: id, Asks: []string{"matricule"}}, nil
	}
	return passkey.Invitation{Account: id, Name: "Souad"}, nil
}

func (d *desk) Register(_ context.Context, r passkey.Registration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.Code == "" && r.Grant.Actor().ID != r.Account {
		return fault.New(fault.Refused, "fault.refused")
	}
	delete(d.codes, r.Code)
	d.answered = map[string]string{"matricule": r.Answers.Get("matricule"), "label": r.Label}
	d.keys[r.Account] = append(d.keys[r.Account], passkey.Key{ID: ident.ID(r.Label), Record: r.Record})
	return nil
}

func (d *desk) Used(_ context.Context, key ident.ID, uses uint32) error {
	d.each(func(k *passkey.Key) {
		if k.ID == key {
			k.Uses = uses
		}
	})
	return nil
}

func (d *desk) Doubt(_ context.Context, account, key ident.ID, _, _ uint32) error {
	d.doubted = append(d.doubted, key)
	d.keys[account] = nil
	return nil
}

func (d *desk) each(f func(*passkey.Key)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, keys := range d.keys {
		for i := range keys {
			f(&keys[i])
		}
	}
}

// Ancestors makes the desk a policy.UnitTree of one unit.
func (d *desk) Ancestors(ident.ID) []ident.ID { return nil }

// place is the desk with its pages.
type place struct {
	t     testing.TB
	desk  *desk
	clock *clock.Fixed
	web   *web.Server
	db    *store.DB
}

const origin = "https://amana.test"

func open(t testing.TB) *place { return openAt(t, "amana.test", origin) }

func openAt(t testing.TB, rpid, origin string) *place {
	t.Helper()
	p := &place{t: t, clock: clock.At(noon), db: storetest.Open(t),
		desk: &desk{keys: map[ident.ID][]passkey.Key{}, codes: map[string]ident.ID{code: souad, "KARIM": karim}, barred: map[ident.ID]bool{}}}
	j, err := journal.Open(context.Background(), journal.Options{DB: p.db, Lane: p.db, Node: "main", Master: []byte("0123456789abcdef0123456789abcdef"), Clock: p.clock,
		Modules: []journal.Module{{Name: "web", Migrations: web.Migrations()}, passkey.Shape()}})
	p.must(err)
	t.Cleanup(func() { j.Close() })
	rules, err := policy.New([]policy.Module{{Name: "desk",
		Schema:  []byte(`entity Officer { unit: Unit, officer: String }; action "desk.key.add" appliesTo { principal: Actor, resource: Officer, context: Context };`),
		Cedar:   []byte(`permit (principal, action, resource) when { resource.officer == principal.id };`),
		Actions: []policy.Action{{Name: "desk.key.add", Resource: "officer", Purposes: []policy.PurposeKind{policy.Task}, Binds: policy.BindActor}},
	}}, policy.Hooks{Recorder: j.Lane(), Units: p.desk, Clock: p.clock, Basis: func(string) bool { return false },
		Active: func(context.Context, policy.Actor) bool { return true }, Holds: func(context.Context, policy.Actor, policy.Purpose) bool { return true }})
	p.must(err)
	keys, err := passkey.New(passkey.Config{RPID: rpid, Origins: []string{origin}, Name: "Amana", Keeper: p.desk, Clock: p.clock,
		Store: func() (store.Reader, store.Scratch) { return p.db.Reader(), p.db.Scratch() }, Action: "desk.key.add",
		Own: func(r *web.Request) (policy.Resource, error) {
			return policy.Resource{Ref: ident.Ref{Kind: "officer", ID: r.Actor.ID}, Unit: unit, Attrs: map[string]any{"officer": string(r.Actor.ID)}}, nil
		}})
	p.must(err)
	texts, err := text.Load(nil, ui.Texts, policy.Texts, web.Texts, passkey.Texts)
	p.must(err)
	p.web, err = web.New(web.Config{Journal: j, Policy: rules, Reader: p.db.Reader(), Scratch: p.db.Scratch(), Texts: texts, Clock: p.clock, Accounts: p.desk,
		Log: slog.New(slog.DiscardHandler), Seal: []byte("0123456789abcdef0123456789abcdef"), SignIn: keys})
	p.must(err)
	keys.Admit = p.web.Admit
	return p
}

func (p *place) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// said is what the server answers a script.
type said struct {
	status   int
	cookie   *http.Cookie
	Ceremony string          `json:"ceremony"`
	Options  json.RawMessage `json:"options"`
	Asks     []string        `json:"asks"`
	Code     string          `json:"code"`
	Person   string          `json:"person"`
	Return   string          `json:"return"`
}

// post sends a script's message, signed in if there is a cookie.
func (p *place) post(path string, cookie *http.Cookie, message any) said {
	p.t.Helper()
	body, err := json.Marshal(message)
	p.must(err)
	return p.send(path, cookie, string(body))
}

func (p *place) send(path string, cookie *http.Cookie, body string) said {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if cookie != nil {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	p.web.ServeHTTP(w, r)
	s := said{status: w.Code}
	json.Unmarshal(w.Body.Bytes(), &s) // a page instead of an answer shows in the status
	for _, c := range w.Result().Cookies() {
		if c.Name == "amana" && c.Value != "" {
			s.cookie = c
		}
	}
	return s
}

// enrol registers a key with the one-time code and gives the session.
func (p *place) enrol(a *passkeytest.Authenticator) said {
	p.t.Helper()
	begun := p.post("/session/enrol/begin", nil, map[string]any{"code": code})
	if begun.status != http.StatusOK {
		p.t.Fatalf("no challenge: %d %s", begun.status, begun.Code)
	}
	answer, err := a.Create(begun.Options)
	p.must(err)
	return p.post("/session/enrol/end", nil, map[string]any{"ceremony": begun.Ceremony, "code": code, "label": "card", "answer": answer})
}

// signIn runs the ceremony with a key.
func (p *place) signIn(a *passkeytest.Authenticator) said {
	p.t.Helper()
	begun := p.post("/session/passkey", nil, map[string]any{"return": "/units?x=1"})
	answer, err := a.Get(begun.Options)
	p.must(err)
	return p.post("/session/passkey/end", nil, map[string]any{"ceremony": begun.Ceremony, "answer": answer})
}
