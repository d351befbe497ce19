package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/cmd/amana/demodata"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/packs"
)

// house is the whole service in process, filled with the small demonstration.
type house struct {
	*kerneltest.App
	t       *testing.T
	clients map[string]*kerneltest.Client
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseWith(t, func(k *app.Kernel) (*compose.Services, app.Compose, error) {
		s, c := compose.Build(k, func(ctx context.Context, tell func(string, int64)) (*journal.Report, error) {
			return k.Journal.Verify(ctx, journal.Scope{Progress: tell})
		})
		return s, c, nil
	})
}

// newHouseWith is newHouse whose modules are built in another way.
func newHouseWith(t *testing.T, build func(*app.Kernel) (*compose.Services, app.Compose, error)) *house {
	t.Helper()
	var s *compose.Services
	a := kerneltest.Start(t, kerneltest.Options{
		Pack: packs.Morocco(), From: demodata.Beginning(kerneltest.Noon),
		Build: func(k *app.Kernel) (c app.Compose, err error) {
			s, c, err = build(k)
			return c, err
		},
		Seed: func(ctx context.Context, a *app.App, c *clock.Staged) error {
			return demodata.Fill(ctx, &a.Kernel, s, c, 1, kerneltest.Noon, demodata.Small, nil)
		},
	})
	return &house{App: a, t: t, clients: map[string]*kerneltest.Client{}}
}

// as gives the one browser of a person: an officer by role or id, or a citizen
// by "citizen" and the number of their card.
func (h *house) as(who string) *kerneltest.Client {
	h.t.Helper()
	number, citizen := strings.CutPrefix(who, "citizen ")
	if c := h.clients[who]; c != nil && (!citizen || c.Get("/citizen").Status == http.StatusOK) {
		return c
	}
	if citizen {
		h.clients[who] = h.byCard(number)
	} else {
		h.clients[who] = h.As(h.t, who)
	}
	return h.clients[who]
}

// byCard signs a citizen in with their simulated card.
func (h *house) byCard(number string) *kerneltest.Client {
	h.t.Helper()
	c := h.Stranger(h.t)
	begun := c.Post("/citizen/card", url.Values{"return": {"/citizen"}})
	simulator := begun.LinkTo("/citizen/simulator/card")
	form := c.Get(simulator).Fields("/citizen/simulator/card")
	form.Set("number", number)
	form.Set("pin", "1234")
	p := c.Post("/citizen/simulator/card", form).Follow().Follow()
	if p.Status != http.StatusOK || p.Path != "/citizen" {
		h.t.Fatalf("the card of %s opens nothing: %s %d %s", number, p.Path, p.Status, p.Text())
	}
	return c
}

// attempt is a way to ask for a route.
type attempt struct {
	path, who, purpose string
}

// attempts lists the ways to try a route, from its source.
func (h *house) attempts(r web.Route) (source, []attempt) {
	h.t.Helper()
	pattern := r.Pattern[strings.Index(r.Pattern, "/"):]
	from := sourceOf(pattern)
	if from.prefix == "" {
		return from, nil
	}
	var out []attempt
	for _, row := range h.rows(from) {
		path := h.address(pattern, row)
		for _, as := range from.as {
			who, given := row[as]
			if !given {
				who = as
			}
			if who == "" {
				continue
			}
			for _, purpose := range []string{"", "case/" + row["case"], "basis/L09-08-3"} {
				if purpose != "case/" {
					out = append(out, attempt{path, who, purpose})
				}
			}
		}
	}
	return from, out
}

func sourceOf(pattern string) source {
	var best source
	for _, s := range sources {
		if len(s.prefix) > len(best.prefix) && (pattern == s.prefix || strings.HasPrefix(pattern, s.prefix+"/")) {
			best = s
		}
	}
	return best
}

// rows reads what a source's query gives; a source without one has one row.
func (h *house) rows(s source) []map[string]string {
	h.t.Helper()
	if s.query == "" {
		return []map[string]string{{}}
	}
	rows, err := store.List(h.t.Context(), h.Reader, s.query, nil, func(scan store.Scan) (map[string]string, error) {
		vals, dest := make([]string, len(s.cols)), make([]any, len(s.cols))
		for i := range vals {
			dest[i] = &vals[i]
		}
		err := scan(dest...)
		row := map[string]string{}
		for i, c := range s.cols {
			row[c] = vals[i]
		}
		return row, err
	})
	if err != nil {
		h.t.Fatalf("%s: %v", s.prefix, err)
	}
	return rows
}

var hole = regexp.MustCompile(`\{(\w+)\}`)

// address fills a pattern's holes; what is not there gets a new id.
func (h *house) address(pattern string, row map[string]string) string {
	return hole.ReplaceAllStringFunc(pattern, func(p string) string {
		if v := row[p[1:len(p)-1]]; v != "" {
			return v
		}
		return string(h.Journal.NewID())
	})
}

// ask sends a route's request.
func (h *house) ask(c *kerneltest.Client, r web.Route, path string) *kerneltest.Page {
	contentType, body := "", io.Reader(nil)
	if r.Method() == http.MethodPost {
		contentType, body = "application/x-www-form-urlencoded", strings.NewReader("")
	}
	return c.Send(r.Method(), path, contentType, body)
}

// TestRoutes walks all routes. On each that is guarded a stranger, a right
// person without a purpose and one with the purpose of a wrong case are
// refused, and the refusal is in the journal's lane; beside them somebody who
// may gets through.
func TestRoutes(t *testing.T) {
	h := newHouse(t)
	routes := slices.Clone(h.Server.Routes())
	slices.SortStableFunc(routes, func(a, b web.Route) int { return strings.Compare(a.Method(), b.Method()) }) // what changes things comes last
	guarded := 0
	for _, r := range routes {
		if r.Action == "" {
			if !slices.Contains(unguarded, r.Pattern) {
				t.Errorf("%s stands open (%s) and is not in the table of open routes", r.Pattern, r.Open)
			}
			continue
		}
		guarded++
		t.Run(strings.ReplaceAll(r.Pattern, " /", "_"), func(t *testing.T) { h.t = t; h.walk(r) })
	}
	if guarded < 30 {
		t.Errorf("only %d guarded routes", guarded)
	}
}

func (h *house) walk(r web.Route) {
	from, attempts := h.attempts(r)
	if from.prefix == "" {
		h.t.Fatalf("no source in the table for %s", r.Pattern)
	}
	path := h.address(r.Pattern[strings.Index(r.Pattern, "/"):], map[string]string{})
	if len(attempts) > 0 {
		path = attempts[0].path
	}
	h.refuses(r, h.Stranger(h.t), path, "a stranger", http.StatusUnauthorized)
	if len(attempts) == 0 {
		h.t.Fatal("the demonstration holds no such record: let somebody in it make one")
	}
	ok, tried := h.permitted(r, attempts)
	if !ok {
		h.t.Fatalf("nobody of the table gets through: %v", tried)
	}
}

// permitted finds an attempt that gets through, after the same person was
// refused without a purpose and under wrong ones.
func (h *house) permitted(r web.Route, attempts []attempt) (bool, []string) {
	var tried []string
	for _, a := range attempts {
		c := h.as(a.who)
		m := h.Mark(h.t)
		p := h.ask(c.Under(a.purpose), r, a.path)
		refused := slices.ContainsFunc(h.AccessesSince(h.t, m), func(x journal.Access) bool { return x.Outcome == journal.Refused && x.Action == r.Action })
		if p.Status >= http.StatusInternalServerError {
			h.t.Errorf("%s fails: %d %s", a.path, p.Status, p.Heading())
		}
		if refused || p.Status == http.StatusUnauthorized || p.Status == http.StatusNotFound && !h.asked(c, r, a.path) {
			tried = append(tried, fmt.Sprintf("%s as %s under %q: %d", a.path, a.who, a.purpose, p.Status))
			continue
		}
		c = h.as(a.who) // what was permitted may have ended a citizen's session
		h.refuses(r, c.Under(kerneltest.None), a.path, "without a purpose", http.StatusForbidden)
		h.refuses(r, c.Under("case/"+string(h.Journal.NewID())), a.path, "under a wrong case", http.StatusForbidden)
		h.refuses(r, c.Under("task/"+string(h.Journal.NewID())), a.path, "under a wrong task", http.StatusForbidden)
		return true, nil
	}
	return false, tried
}

// asked reports whether an address leads to a record that the rule is asked
// about: without a purpose it is refused, and not merely not found.
func (h *house) asked(c *kerneltest.Client, r web.Route, path string) bool {
	return h.ask(c.Under(kerneltest.None), r, path).Status == http.StatusForbidden
}

// refuses checks that a request is refused, noted as refused, changes nothing
// and shows nothing of the inside.
func (h *house) refuses(r web.Route, c *kerneltest.Client, path, who string, status int) {
	h.t.Helper()
	m := h.Mark(h.t)
	p := h.ask(c.JSON(), r, path)
	if p.Status != status {
		h.t.Errorf("%s: %s: status %d, want %d", path, who, p.Status, status)
	}
	if inside := leaks(p.Body); inside != "" {
		h.t.Errorf("%s: %s: the answer shows %q", path, who, inside)
	}
	entries, accesses := h.Since(h.t, m)
	if len(entries) > 0 {
		h.t.Errorf("%s: %s: and yet %v were appended", path, who, entries)
	}
	if !slices.Contains(accesses, "refused "+r.Action) {
		h.t.Errorf("%s: %s: the refusal is not in the journal: %v", path, who, accesses)
	}
}
