package web_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// writes appends an entry about some records and gives its seq: a legal hold,
// which needs no module.
func (h *hall) writes(refs ...ident.Ref) int64 {
	h.t.Helper()
	rules, err := policy.New([]policy.Module{{Name: "hall", Schema: []byte(`action "hall.keep" appliesTo { principal: Actor, resource: Service, context: Context };`),
		Cedar:   []byte(`permit (principal, action == Action::"hall.keep", resource);`),
		Actions: []policy.Action{{Name: "hall.keep", System: true, Purposes: []policy.PurposeKind{policy.Basis}, Appends: []string{"journal.held"}}},
	}}, policy.Hooks{Recorder: h.j.Lane(), Units: h.staff, Clock: h.clock, Basis: func(string) bool { return true },
		Active: func(context.Context, policy.Actor) bool { return true }, Holds: func(context.Context, policy.Actor, policy.Purpose) bool { return true }})
	h.must(err)
	g, err := rules.System("test", "hall.keep", "L04-20")
	h.must(err)
	_, err = h.j.Do(h.t.Context(), g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		for _, ref := range refs {
			d.Add(journal.Held{Ref: ref, Ground: "a test"})
		}
		return nil
	})
	h.must(err)
	last, err := h.j.Last(h.t.Context())
	h.must(err)
	return last
}

// stream is an open stream of events.
type stream struct {
	t testing.TB
	*http.Response
	lines *bufio.Scanner
}

// follow opens a stream through a real connection, which ends with the test.
func (h *hall) follow(path, session, last string) *stream {
	h.t.Helper()
	listener := httptest.NewServer(h.web)
	h.t.Cleanup(listener.Close)
	ctx, cancel := context.WithCancel(h.t.Context())
	h.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, listener.URL+path, nil)
	h.must(err)
	r.Header.Set("Cookie", session)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	p, err := http.DefaultClient.Do(r)
	h.must(err)
	h.t.Cleanup(func() { h.must(p.Body.Close()) })
	return &stream{h.t, p, bufio.NewScanner(p.Body)}
}

// next gives the next event: "id event data".
func (s *stream) next() string {
	s.t.Helper()
	var parts []string
	for s.lines.Scan() {
		line := s.lines.Text()
		if line == "" {
			return strings.Join(parts, " ")
		}
		_, value, _ := strings.Cut(line, ": ")
		parts = append(parts, value)
	}
	s.t.Fatalf("the stream ended: %v", s.lines.Err())
	return ""
}

func (s *stream) says(want ...string) {
	s.t.Helper()
	for _, w := range want {
		if got := s.next(); got != w {
			s.t.Fatalf("%q, want %q", got, w)
		}
	}
}

// TestAPageIsToldThatItsRecordGrew, by the entry's number and nothing of it;
// what is about another record is not told.
func TestAPageIsToldThatItsRecordGrew(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	s := h.follow("/live/book/"+string(book), session, "")
	if s.StatusCode != 200 || s.Header.Get("Content-Type") != "text/event-stream" || s.Header.Get("Cache-Control") != "no-store" || s.Header.Get("Content-Security-Policy") == "" {
		t.Fatalf("%d %v", s.StatusCode, s.Header)
	}
	s.says("1 hello {}")
	h.writes(ident.Ref{Kind: "book", ID: lost}, ident.Ref{Kind: "plate", ID: book})
	n := number(h.writes(aBook))
	s.says(n + ` entry {"seq":` + n + `}`)
	h.writes(ident.Ref{Kind: "officer", ID: chief})
	h.writes(ident.Ref{Kind: "officer", ID: officer})
	n = number(h.writes(aBook))
	s.says("task {}", n+` entry {"seq":`+n+`}`)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// TestAStreamGoesOnWhereItBroke: what came meanwhile is told, in order, once.
func TestAStreamGoesOnWhereItBroke(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	first := h.writes(aBook)
	h.writes(ident.Ref{Kind: "officer", ID: officer})
	last := h.writes(aBook)
	a, b := number(first), number(last)
	h.follow("/live/book/"+string(book), session, a).says(a+" hello {}", "task {}", b+` entry {"seq":`+b+`}`)
	h.follow("/live/book/"+string(book)+"?last-event-id="+a, session, "").says(a+" hello {}", "task {}", b+` entry {"seq":`+b+`}`)
	h.follow("/live/book/"+string(book), session, "0").says("0 hello {}", a+` entry {"seq":`+a+`}`, "task {}", b+` entry {"seq":`+b+`}`)
	h.follow("/live/book/"+string(book), session, "nonsense").says(b + " hello {}")
	h.follow("/live/officer/"+string(officer), session, b).says(b + " hello {}")
}

// TestNobodyListensWithoutASession, nor to what is no record.
func TestNobodyListensWithoutASession(t *testing.T) {
	h := newHall(t)
	if p := h.get("/live/book/" + string(book)); p.StatusCode != 204 || p.Body != "" {
		t.Errorf("a stranger: %d %q", p.StatusCode, p.Body)
	}
	session := h.signedIn()
	for _, at := range []string{"/live/book/nonsense", "/live/Book/" + string(book), "/live/book/" + string(book)[:35], "/live/book%00/" + string(book)} {
		if p := h.get(at, session); p.StatusCode != 404 {
			t.Errorf("%s: %d", at, p.StatusCode)
		}
	}
}

// TestATimelineTellsEntriesInTheReadersWords: who and what, the newest first,
// and whether a signed checkpoint covers each.
func TestATimelineTellsEntriesInTheReadersWords(t *testing.T) {
	var covered int64
	h := newHall(t, func(c *web.Config) { c.Covered = func(seq int64) bool { return seq <= covered } })
	session := h.signedIn()
	covered = h.writes(aBook)
	h.writes(aBook)
	h.writes(ident.Ref{Kind: "book", ID: lost})
	p := h.get("/books/"+string(book)+"?lang=en", session)
	count := map[string]int{}
	for _, words := range []string{"told journal.held", "in detail", "who ", "Proven", "Proof pending"} {
		count[words] = strings.Count(p.Body, ">"+words)
	}
	if count["told journal.held"] != 2 || count["in detail"] != 2 || count["Proven"] != 1 || count["Proof pending"] != 1 {
		t.Errorf("%v %s", count, p.Body)
	}
}

// TestWhatARequestGivesItsHandler: small things that modules rely on.
func TestWhatARequestGivesItsHandler(t *testing.T) {
	said := map[string]string{}
	h := newHall(t, with(web.Route{Pattern: "GET /gives", Action: "hall.desk.write", Handle: func(r *web.Request) error {
		said["now"] = r.Now().Format("15:04")
		said["purpose"], said["no purpose"] = r.PurposeLabel("basis/L04-20"), r.PurposeLabel("nonsense")
		title, detail := r.Tell(journal.Delivered{Meta: journal.Meta{Kind: "a.b"}})
		said["tell"] = title + " " + detail
		said["covered"] = strconv.FormatBool(r.Covered(1))
		said["can"] = strconv.FormatBool(r.Can("hall.officer.read", policy.Resource{Unit: unit})) + strconv.FormatBool(r.Can("hall.chief.read", policy.Resource{Unit: unit}))
		_, err := r.Ask("hall.chief.read", policy.Resource{Unit: unit})
		said["ask"] = err.Error()
		where, err := r.Filter("hall.book.read", policy.Columns{ID: "b.id", Unit: "b.unit"})
		said["filter"] = strconv.FormatBool(err == nil && strings.Contains(where.SQL, "b.unit"))
		r.Refresh(7)
		return r.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "by another hand") }), r.Request)
	}}))
	p := h.get("/gives", h.signedIn())
	want := map[string]string{"now": "09:00", "purpose": "basis/L04-20", "no purpose": "nonsense", "tell": "told a.b in detail", "covered": "false", "can": "truefalse",
		"ask": "refused: policy.refused.policy", "filter": "true"}
	if diff := cmp.Diff(want, said); diff != "" || p.Header.Get("Refresh") != "7" || p.Body != "by another hand" {
		t.Errorf("%s %q %q", diff, p.Header.Get("Refresh"), p.Body)
	}
	if a := h.accesses(officer); len(a) != 1 || a[0].Outcome != journal.Refused || a[0].Action != "hall.chief.read" {
		t.Errorf("%+v", a)
	}
}

// TestWhoProgramsSpeakToIsToldByTheAccept header and nothing else.
func TestWhatAProgramAsksFor(t *testing.T) {
	h := newHall(t, with(open("GET /asks", func(r *web.Request) error { return r.Send("text/plain", "", []byte(strconv.FormatBool(r.WantsJSON()))) })))
	for accept, want := range map[string]string{"application/json": "true", "application/problem+json, application/json;q=0.9": "true", "text/html": "false", "*/*": "false", "": "false"} {
		if p := h.get("/asks", "Accept: "+accept); p.Body != want {
			t.Errorf("%q: %s", accept, p.Body)
		}
	}
	if p := h.post("/session/theme?x=1", url.Values{"theme": {"nonsense"}}, "Accept: application/json"); p.StatusCode != 422 || p.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d", p.StatusCode)
	}
	if p := h.get(ui.PathGallery); p.StatusCode != 200 || strings.Contains(p.Body, "⟦") {
		t.Errorf("the gallery: %d", p.StatusCode)
	}
}
