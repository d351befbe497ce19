package trust

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	shipped "github.com/amana-platform/amana/packs"
)

// registry is a small keeper of citizens: who is signed in is told by a cookie,
// and what it is told is kept in memory.
type registry struct {
	mu    sync.Mutex
	now   func() time.Time
	held  map[string]Holder
	data  map[ident.ID]map[string]any
	out   map[ident.ID]bool
	lines []Line

	anybody bool // every cookie is a citizen
}

const citizenCookie = "citizen"

func (c *registry) Holder(r *web.Request) (Holder, bool, error) {
	cookie, err := r.Cookie(citizenCookie)
	if err != nil {
		return Holder{}, false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.held[cookie.Value]
	if !ok && c.anybody { // somebody of their own for each cookie, also after a restart
		citizen := ident.Derive("citizen", cookie.Value)
		h, ok = Holder{Citizen: citizen, Person: ident.Derive("person", cookie.Value), Level: 2, Methods: []string{"hwk"}, Proved: c.now(), Session: cookie.Value}, true
	}
	return h, ok && !c.out[h.Citizen], nil
}

func (c *registry) SignInPath(back string, level int, again bool) string {
	return fmt.Sprintf("/citizen/sign-in?return=%s&level=%d&again=%t", back, level, again)
}

func (c *registry) SignOut(r *web.Request) error {
	cookie, err := r.Cookie(citizenCookie)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.held, cookie.Value)
	return nil
}

func (c *registry) Able(_ context.Context, citizen ident.ID) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.out[citizen], nil
}

func (c *registry) Attributes(_ context.Context, citizen ident.ID, names []string) (map[string]any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out[citizen] {
		return nil, fault.New(fault.NotFound, "fault.not-found")
	}
	out := map[string]any{}
	for _, n := range names {
		if v, ok := c.data[citizen][n]; ok {
			out[n] = v
		}
	}
	return out, nil
}

func (c *registry) DraftLine(_ context.Context, _ store.Reader, _ *journal.Draft, l Line) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, l)
	return nil
}

func (c *registry) LineKinds() []string { return nil }

// prove signs a citizen in, or again, and gives the cookie.
func (c *registry) prove(citizen, person ident.ID, level int) *http.Cookie {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := "session-" + string(citizen)
	c.held[name] = Holder{Citizen: citizen, Person: person, Level: level, Methods: []string{"hwk", "user"}, Proved: c.now(), Session: name}
	return &http.Cookie{Name: citizenCookie, Value: name}
}

// results gives how the lines ended.
func (c *registry) results() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for _, l := range c.lines {
		out = append(out, l.Result)
	}
	return out
}

// house is the module over a real journal, policy, pack and web server.
type house struct {
	*Service
	t        testing.TB
	clock    *clock.Fixed
	citizens *registry
	server   *httptest.Server
	unit     ident.ID
	first    ident.ID // an administrator
	second   ident.ID // an inspector
	third    ident.ID
	desk     *officers
	pages    *web.Server

	followed int64 // seq of the last entry that the streams were handed
}

// officers keeps the accounts of the officers' desk.
type officers struct {
	mu  sync.Mutex
	all map[ident.ID]web.Account
}

func (o *officers) Account(_ context.Context, id ident.ID) (web.Account, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	a, ok := o.all[id]
	if !ok {
		return web.Account{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return a, nil
}

// change alters an account, as units do.
func (o *officers) change(id ident.ID, how func(*web.Account)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := o.all[id]
	how(&a)
	o.all[id] = a
}

func (*officers) Demo(context.Context) ([]web.Account, error) { return nil, nil }
func (*officers) PurposeLabel(context.Context, *text.Words, policy.Purpose) (string, string) {
	return "", ""
}
func (*officers) Ancestors(ident.ID) []ident.ID { return nil }

func newHouse(t testing.TB) *house { return openHouse(t, storetest.Again(t), "", false) }

// openHouse opens the module over a database that may have been used before, at
// an address of its own, or at any if it is "".
func openHouse(t testing.TB, db *store.DB, address string, demo bool) *house {
	t.Helper()
	h := &house{t: t, clock: clock.At(time.Now().UTC().Truncate(time.Second)), desk: &officers{all: map[ident.ID]web.Account{}}}
	ids := ident.NewSource(h.clock.Now, nil)
	h.unit, h.first, h.second, h.third = ids.New(), ids.New(), ids.New(), ids.New()
	pack, err := packs.Load(shipped.Morocco())
	h.must(err)
	master := []byte("0123456789abcdef0123456789abcdef")
	k := &app.Kernel{Demo: demo, Pack: pack, Clock: h.clock, Reader: db.Reader(), Scratch: db.Scratch(), Log: slog.New(slog.DiscardHandler),
		Secret: func(use string) []byte {
			key, err := hkdf.Key(sha256.New, master, nil, use, 32)
			h.must(err)
			return key
		}}
	k.Passing = k.Secret
	k.Journal, err = journal.Open(t.Context(), journal.Options{DB: db, Lane: db, Master: master, Clock: h.clock, Modules: []journal.Module{JournalModule(), {Name: "web", Migrations: web.Migrations()}}})
	h.must(err)
	t.Cleanup(func() { h.must(k.Journal.Close()) })
	h.citizens = &registry{now: h.clock.Now, held: map[string]Holder{}, data: map[ident.ID]map[string]any{}, out: map[ident.ID]bool{}}
	yes := func(context.Context, policy.Actor) bool { return true }
	k.Policy, err = policy.New([]policy.Module{PolicyModule(nil), eraser()}, policy.Hooks{Recorder: k.Journal.Lane(), Units: h.desk, Clock: h.clock, Active: yes,
		Holds: func(context.Context, policy.Actor, policy.Purpose) bool { return true },
		Basis: func(article string) bool { _, ok := pack.Basis(article); return ok }})
	h.must(err)
	h.server = httptest.NewUnstartedServer(nil)
	if address != "" {
		h.must(h.server.Listener.Close())
		h.server.Listener, err = net.Listen("tcp", address)
		h.must(err)
	}
	h.Service = New(k, Options{Issuer: "http://" + h.server.Listener.Addr().String(), Citizens: h.citizens})
	texts, err := text.Load(func(t time.Time) time.Time { return t }, ui.Texts, policy.Texts, web.Texts, packs.Texts, print.Texts, Texts)
	h.must(err)
	h.pages, err = web.New(web.Config{Journal: k.Journal, Policy: k.Policy, Reader: k.Reader, Scratch: k.Scratch, Texts: texts, Clock: h.clock, Accounts: h.desk, Log: k.Log,
		Seal: master, Routes: h.routes(), Demo: true, Who: func(_ context.Context, _ *text.Words, who ident.ID) string { return string(who) },
		Tell: func(w *text.Words, e journal.Delivered) (string, string) { return tells()[e.Kind](w, e.Entry) }})
	h.must(err)
	h.server.Config.Handler, k.Standing = h.pages, h.pages.Standing
	h.server.Start()
	t.Cleanup(h.server.Close)
	return h
}

// eraser is an action by which tests forget people, as an authority orders.
func eraser() policy.Module {
	return policy.Module{Name: "tests", Schema: []byte(`action "tests.erase" appliesTo { principal: Actor, resource: Service, context: Context };`),
		Cedar:   []byte(`permit (principal, action == Action::"tests.erase", resource);`),
		Actions: []policy.Action{{Name: "tests.erase", System: true, Appends: []string{"journal.erased"}}}}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// may asks for an officer's grant of an act.
func (h *house) may(who ident.ID, action string, res policy.Resource) (policy.Grant, error) {
	role := "administrator"
	if who != h.first {
		role = "inspector"
	}
	a := policy.Actor{ID: who, Unit: h.unit, Units: []ident.ID{h.unit}, Role: role}
	return h.k.Policy.Ask(h.t.Context(), a, action, res, policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: h.unit}})
}

func (h *house) grantOf(who ident.ID, action string, id ident.ID) policy.Grant {
	h.t.Helper()
	i, err := h.Institution(h.t.Context(), id)
	h.must(err)
	g, err := h.may(who, action, i.Resource(h.unit))
	h.must(err)
	return g
}

// apply hands in a registration as the institution itself would.
func (h *house) apply(r Registration, sandbox bool) (ident.ID, string) {
	h.t.Helper()
	g, err := h.Service.grant()
	h.must(err)
	id, code, err := h.ApplyInstitution(h.t.Context(), g, Application{Registration: r, Sandbox: sandbox})
	h.must(err)
	return id, code
}

// approve lets two persons approve what waits.
func (h *house) approve(id ident.ID) {
	h.t.Helper()
	i, err := h.Institution(h.t.Context(), id)
	h.must(err)
	h.must(h.ExamineInstitution(h.t.Context(), h.grantOf(h.first, actionExamine, id), id, i.Next.N, "it is a bank, and needs this"))
	h.must(h.ApproveInstitution(h.t.Context(), h.grantOf(h.second, actionApprove, id), id, i.Next.N))
}

// citizen makes somebody and signs them in.
func (h *house) citizen(values map[string]any) (id, person ident.ID, cookie *http.Cookie) {
	id, person = h.k.Journal.NewID(), h.k.Journal.NewID()
	h.citizens.mu.Lock()
	h.citizens.data[id] = values
	h.citizens.mu.Unlock()
	return id, person, h.citizens.prove(id, person, 2)
}

// sound verifies the whole store: the tables are what the entries say.
func (h *house) sound() {
	h.t.Helper()
	r, err := h.k.Journal.Verify(h.t.Context(), journal.Scope{})
	h.must(err)
	if !r.Clean() {
		h.t.Fatalf("%+v", r.Findings)
	}
}

// kindsOf lists the kinds of the entries about a record, the oldest first.
func (h *house) kindsOf(ref ident.Ref) []string {
	h.t.Helper()
	all, err := h.k.Journal.Timeline(h.t.Context(), ref, 0, 100)
	h.must(err)
	var out []string
	for _, e := range all {
		out = append(out, e.Kind)
	}
	slices.Reverse(out)
	return out
}
