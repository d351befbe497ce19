package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/web"
)

// rubbish is what nobody's browser sends.
var rubbish = []struct {
	name, contentType string
	body              func(fields url.Values, limit int64) io.Reader
}{
	{"an oversized body", "application/x-www-form-urlencoded", func(_ url.Values, limit int64) io.Reader {
		return io.MultiReader(strings.NewReader("x="), io.LimitReader(letters{}, limit+1))
	}},
	{"malformed UTF-8", "application/x-www-form-urlencoded", func(f url.Values, _ int64) io.Reader {
		return strings.NewReader(with(f, "%ff%fe"))
	}},
	{"NUL", "application/x-www-form-urlencoded", func(f url.Values, _ int64) io.Reader {
		return strings.NewReader(with(f, "a%00b"))
	}},
	{"a broken escape", "application/x-www-form-urlencoded", func(url.Values, int64) io.Reader { return strings.NewReader("x=%zz&y") }},
	{"JSON for a form", "application/json", func(url.Values, int64) io.Reader { return strings.NewReader(`{"x":1}`) }},
	{"a multipart form without an end", "multipart/form-data; boundary=b", func(url.Values, int64) io.Reader {
		return strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nhalf")
	}},
	{"forged ids", "application/x-www-form-urlencoded", func(f url.Values, _ int64) io.Reader {
		return strings.NewReader(with(f, "../../etc/passwd%27%20or%201=1--"))
	}},
}

// letters is an endless text.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// with writes a form in which every field holds an escaped value.
func with(f url.Values, escaped string) string {
	var parts []string
	for name := range f {
		parts = append(parts, url.QueryEscape(name)+"="+escaped)
	}
	slices.Sort(parts)
	return strings.Join(append(parts, "q="+escaped, "name="+escaped), "&")
}

// code is a stable code: a text key.
var code = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$`)

// TestBadInput sends rubbish to every address that takes a form, as somebody
// who may send it. The answer is never a failure of ours, says what is wrong
// in words and by a stable code, shows nothing of the inside, and leaves
// nothing in the journal.
func TestBadInput(t *testing.T) {
	h := newHouse(t)
	tried := 0
	for _, r := range h.Server.Routes() {
		if r.Method() != http.MethodPost || r.Pattern == "POST /session/end" || r.Pattern == "POST /verification" {
			continue
		}
		tried++
		t.Run(strings.ReplaceAll(r.Pattern, " /", "_"), func(t *testing.T) { h.t = t; h.rubbish(r) })
	}
	if tried < 20 {
		t.Errorf("only %d routes take forms", tried)
	}
}

// entrant finds somebody who may send a form, and where.
func (h *house) entrant(r web.Route) (*kerneltest.Client, string) {
	path := h.address(r.Pattern[strings.Index(r.Pattern, "/"):], map[string]string{})
	if r.Action == "" {
		return h.as("duty-officer"), path
	}
	_, attempts := h.attempts(r)
	for _, a := range attempts {
		c := h.as(a.who).Under(a.purpose)
		if p := c.Send(http.MethodPost, a.path, "application/x-www-form-urlencoded", strings.NewReader("x=%zz")); p.Status != http.StatusForbidden && p.Status != http.StatusNotFound {
			return c, a.path
		}
	}
	return h.as("duty-officer"), path
}

func (h *house) rubbish(r web.Route) {
	c, path := h.entrant(r)
	fields := c.Get(path).Fields("")
	limit := r.MaxBody
	if limit == 0 {
		limit = 1 << 20
	}
	for _, bad := range rubbish {
		if bad.name == "an oversized body" && limit > 1<<20 {
			continue // tried where it is cheap; the door is the same
		}
		m := h.Mark(h.t)
		p, err := c.JSON().Try(http.MethodPost, path, bad.contentType, bad.body(fields, limit))
		if err != nil {
			continue // the connection was closed while too much was still being sent
		}
		h.clear(bad.name, p)
		if entries, _ := h.Since(h.t, m); p.Status >= http.StatusBadRequest && len(entries) > 0 {
			h.t.Errorf("%s: refused with %d, and yet %v were appended", bad.name, p.Status, entries)
		}
	}
}

// clear checks that an answer is one a person or a program can work with.
func (h *house) clear(what string, p *kerneltest.Page) {
	h.t.Helper()
	if p.Status >= http.StatusInternalServerError {
		h.t.Errorf("%s: %d: %.300s", what, p.Status, p.Body)
	}
	if inside := leaks(p.Body); inside != "" {
		h.t.Errorf("%s: the answer shows %q: %.300s", what, inside, p.Body)
	}
	if p.Status < http.StatusBadRequest || p.Header.Get("Content-Type") != "application/problem+json" {
		return // taken, or the form came back with what is wrong beside its fields
	}
	var problem struct{ Title, Code string }
	if err := json.Unmarshal(p.Body, &problem); err != nil || problem.Title == "" || !code.MatchString(problem.Code) {
		h.t.Errorf("%s: %d without words or a stable code: %s", what, p.Status, p.Body)
	}
}
