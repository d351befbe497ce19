package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// Request is a request whose rule has been met: Grant says who, why and for
// what. On an open route Grant is the zero one and Session may be nil.
type Request struct {
	*http.Request
	Grant    policy.Grant
	Resource policy.Resource // with its attributes, as Locate gave it
	Actor    policy.Actor
	Purpose  policy.Purpose
	Session  *Session
	Words    *text.Words

	server *Server
	route  Route
	out    *gathered
	shown  []ident.Ref
	said   journal.Said
	form   url.Values
	wrong  error // what is wrong with the form, once it was read
	kind   journal.Outcome
	asked  bool // for a language, in the address
}

// Now is the time the request is answered at.
func (r *Request) Now() time.Time { return r.server.clock.Now() }

// T gives the words of a key; see text.Words.
func (r *Request) T(key string, args ...any) string { return r.Words.T(key, args...) }

// PathID reads an id in the address; a malformed one is a record that does
// not exist.
func (r *Request) PathID(name string) (ident.ID, error) {
	id, err := ident.Parse(r.PathValue(name))
	if err != nil {
		return "", fault.Wrap(err, fault.NotFound, "fault.not-found")
	}
	return id, nil
}

// Form reads the fields of a posted form. Text that is malformed is refused
// here, so that no module sees it.
func (r *Request) Form() (url.Values, error) {
	if r.form == nil && r.wrong == nil {
		r.form, r.wrong = r.readForm()
	}
	return r.form, r.wrong
}

// parse reads the fields as they were sent.
func (r *Request) parse() (err error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		err = r.ParseMultipartForm(1 << 20)
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		return badBody(err)
	}
	return nil
}

func (r *Request) readForm() (url.Values, error) {
	if err := r.parse(); err != nil {
		return nil, err
	}
	var wrong fault.List
	for name, values := range r.Request.Form {
		for i, v := range values {
			clean, err := text.Clean(v)
			if err != nil {
				f := fault.Of(err)
				wrong = append(wrong, &fault.Error{Kind: f.Kind, Key: f.Key, Args: f.Args, Field: name})
				continue
			}
			values[i] = strings.TrimSpace(clean)
		}
	}
	return r.Request.Form, wrong.Err()
}

func badBody(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Wrap(err, fault.TooLarge, "faults.body-too-large")
	}
	return fault.Wrap(err, fault.Invalid, "faults.malformed-form")
}

// Shows adds records to what the access entry says was shown.
func (r *Request) Shows(refs ...ident.Ref) { r.shown = append(r.shown, refs...) }

// Searched notes the words a person searched with; the access entry keeps
// them sealed.
func (r *Request) Searched(query string) {
	r.said.Query = query
	r.kind = journal.Found
}

// Exported notes that what is released leaves the house.
func (r *Request) Exported() { r.kind = journal.Export }

// Can reports whether the person may perform an action on a resource under
// the purpose they work under now.
func (r *Request) Can(action string, res policy.Resource) bool {
	return r.server.policy.Can(r.Context(), r.Actor, action, res, r.Purpose)
}

// Ask asks for another grant within the request: a page that does a second
// thing (the search beside a form).
func (r *Request) Ask(action string, res policy.Resource) (policy.Grant, error) {
	return r.server.policy.Ask(r.Context(), r.Actor, action, res, r.Purpose)
}

// Filter gives the condition for lists under the person's rights.
func (r *Request) Filter(action string, cols policy.Columns) (policy.Predicate, error) {
	return r.server.policy.Filter(r.Context(), r.Actor, action, r.Purpose, cols)
}

// View fills the frame's view for this reader; title is in their language.
func (r *Request) View(title string) ui.View { return r.server.view(r, title) }

// Page renders a component inside the frame.
func (r *Request) Page(title string, body templ.Component) error {
	return r.Render(http.StatusOK, ui.Page(r.View(title)), body)
}

// PageStatus is Page with another status, for a form with errors.
func (r *Request) PageStatus(status int, title string, body templ.Component) error {
	return r.Render(status, ui.Page(r.View(title)), body)
}

// Render writes a component, with children if given.
func (r *Request) Render(status int, c templ.Component, children ...templ.Component) error {
	r.keepLanguage(status)
	r.out.Header().Set("Content-Type", "text/html; charset=utf-8")
	r.out.WriteHeader(status)
	ctx := r.Context()
	if len(children) > 0 {
		ctx = templ.WithChildren(ctx, templ.Join(children...))
	}
	return c.Render(ctx, r.out)
}

// RecordPage renders a record's page with the panels that other modules show
// on records of its kind.
func (r *Request) RecordPage(title string, rec ui.Record) error {
	asides, err := r.server.panels(r)
	if err != nil {
		return err
	}
	rec.Aside = append(rec.Aside, asides...)
	return r.Page(title, rec.Show(r.Words, r.View(title)))
}

// Timeline gives the newest entries about a record as a record page shows them.
func (r *Request) Timeline(ref ident.Ref, n int) ([]ui.Event, error) {
	return r.server.timeline(r, ref, n)
}

// Redirect sends the reader on after a change (303), always within the site.
func (r *Request) Redirect(path string) error {
	r.out.Header().Set("Location", OnSite(path))
	r.out.WriteHeader(http.StatusSeeOther)
	return nil
}

// OnSite gives an address of this site, "/" for any other: browsers take a
// backslash for a slash, and drop tabs and line ends before they read it.
func OnSite(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsFunc(path, func(c rune) bool { return c == '\\' || unicode.IsControl(c) }) {
		return "/"
	}
	return path
}

// Send writes bytes of a type: a PDF, a JSON document. With a name the
// browser saves it under that name.
func (r *Request) Send(contentType, name string, data []byte) error {
	h := r.out.Header()
	h.Set("Content-Type", contentType)
	if name != "" {
		h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": name}))
	}
	_, err := r.out.Write(data)
	return err
}

// SendFile serves a stored file with ranges. The access is recorded first;
// then the bytes stream past the gathering.
func (r *Request) SendFile(contentType, name string, content io.ReadSeeker) error {
	if err := r.server.release(r); err != nil {
		return err
	}
	h := r.out.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'")
	http.ServeContent(r.out.through(), r.Request, name, time.Time{}, content)
	return nil
}

// WantsJSON reports whether the caller is a program.
func (r *Request) WantsJSON() bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

// gathered holds a response back until the access is recorded.
type gathered struct {
	w      http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
	live   bool
}

func gather(w http.ResponseWriter) *gathered {
	return &gathered{w: w, header: w.Header().Clone()}
}

func (g *gathered) Header() http.Header { return g.header }

func (g *gathered) WriteHeader(status int) {
	if g.status == 0 {
		g.status = status
	}
}

func (g *gathered) Write(b []byte) (int, error) {
	if g.live {
		return g.w.Write(b)
	}
	return g.body.Write(b)
}

// through stops the gathering: what was gathered goes out and the rest
// follows directly.
func (g *gathered) through() http.ResponseWriter {
	dst := g.w.Header()
	for k, v := range g.header {
		dst[k] = v
	}
	g.live = true
	return g.w
}

// send releases everything.
func (g *gathered) send() error {
	if g.live {
		return nil
	}
	w := g.through()
	if g.status != 0 {
		w.WriteHeader(g.status)
	}
	_, err := w.Write(g.body.Bytes())
	return err
}

// discard forgets what was gathered, to say something else.
func (g *gathered) discard() {
	if !g.live {
		g.status, g.header = 0, g.w.Header().Clone()
		g.body.Reset()
	}
}

// Tell says an entry in a few words; see app.Tell.
func (r *Request) Tell(e journal.Delivered) (title, detail string) {
	return r.server.Tell(r.Words, e)
}

// PurposeLabel says what a stored purpose is about in a few words.
func (r *Request) PurposeLabel(stored string) string {
	p, err := policy.ParsePurpose(stored)
	if err != nil || p.IsZero() {
		return stored
	}
	label, _ := r.server.Accounts.PurposeLabel(r.Context(), r.Words, p)
	return label
}

// Covered reports whether a signed checkpoint covers an entry.
func (r *Request) Covered(seq int64) bool {
	return r.server.Config.Covered != nil && r.server.Config.Covered(seq)
}

// Refresh asks the browser to load the page again after some seconds: for
// what runs in the background, without a script.
func (r *Request) Refresh(seconds int) {
	r.out.Header().Set("Refresh", strconv.Itoa(seconds))
}
