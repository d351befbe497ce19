package register

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/index"
)

// lang is the reader's language as the pack and the names know it.
func lang(r *web.Request) string { return string(r.Words.Lang()) }

// typed reads one field of a form.
func typed(v url.Values, name string) string { return strings.TrimSpace(v.Get(name)) }

// typedTime reads a moment; one that cannot be read is a fault of its field,
// and an empty one is the zero time.
func typedTime(r *web.Request, v url.Values, name string, wrong *fault.List) time.Time {
	s := typed(v, name)
	if s == "" {
		return time.Time{}
	}
	t, err := r.Words.ReadTime(s, r.Now())
	if err != nil {
		wrong.Add(name, "form.unreadable")
	}
	return t
}

// typedID reads an id, bare or as "kind/id".
func typedID(v url.Values, name string) ident.ID {
	s := typed(v, name)
	if i := strings.IndexByte(s, '/'); i >= 0 {
		s = s[i+1:]
	}
	return ident.ID(s)
}

// rowsOf counts the rows of a repeated group that a form carries.
func rowsOf(v url.Values, group string) int {
	n := 0
	for name := range v {
		rest, ok := strings.CutPrefix(name, group+".")
		if !ok {
			continue
		}
		head, _, _ := strings.Cut(rest, ".")
		if i, err := strconv.Atoi(head); err == nil && i >= 0 && i < maxThings {
			n = max(n, i+1)
		}
	}
	return n
}

// reshape answers the buttons that add or remove a row without scripts, and
// reports whether one was pressed.
func reshape(v url.Values) bool {
	if group := v.Get("add"); group != "" {
		v.Set(row(group, rowsOf(v, group), "new"), "")
		v.Del("add")
		return true
	}
	group, at, ok := strings.Cut(v.Get("remove"), ".")
	i, err := strconv.Atoi(at)
	if !ok || err != nil {
		return false
	}
	n := rowsOf(v, group)
	for j := i; j < n; j++ {
		dropRow(v, group, j)
		moveRow(v, group, j+1, j)
	}
	dropRow(v, group, n-1)
	v.Del("remove")
	return true
}

func dropRow(v url.Values, group string, i int) {
	prefix := group + "." + strconv.Itoa(i) + "."
	for name := range v {
		if strings.HasPrefix(name, prefix) {
			delete(v, name)
		}
	}
}

func moveRow(v url.Values, group string, from, to int) {
	prefix := group + "." + strconv.Itoa(from) + "."
	for name, values := range v {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			v[group+"."+strconv.Itoa(to)+"."+rest] = values
		}
	}
}

// personFields are the fields by which the desk records a new person, named as
// index.Person.Check names them.
func personFields() []string {
	return []string{"family-ar", "given-ar", "family", "given", "birth", "cnie", "phones", "address"}
}

// typedPerson reads a new person under a prefix; nil if nothing was typed.
func typedPerson(v url.Values, prefix string) *index.Person {
	get := func(name string) string { return typed(v, prefix+"."+name) }
	if !slices.ContainsFunc(personFields(), func(f string) bool { return get(f) != "" }) {
		return nil
	}
	p := &index.Person{
		Family: index.Name{Arabic: get("family-ar"), Latin: get("family")}, Given: index.Name{Arabic: get("given-ar"), Latin: get("given")},
		CNIE: get("cnie"), Phones: strings.Fields(get("phones")), Address: get("address"), Source: index.Declared,
	}
	birth, err := text.ReadDate(get("birth"))
	if err != nil {
		birth = text.PartialDate(get("birth")) // the check of the index says that it cannot be read
	}
	p.Birth = birth
	return p
}

// typedParty reads a party: a chosen person, a new one, or neither.
func typedParty(v url.Values, role Role, field string) NewParty {
	p := NewParty{Role: role, Field: field, Person: typedID(v, field)}
	if p.Person == "" {
		p.New = typedPerson(v, field)
	}
	return p
}

// offenceOptions lists the offences of a day under their classes.
func (s *Service) offenceOptions(r *web.Request) []ui.Option {
	now := r.Now()
	var out []ui.Option
	for _, class := range s.k.Pack.Classes(now) {
		for _, o := range s.k.Pack.Offences(now) {
			if o.Class == class.Code {
				out = append(out, ui.Option{Value: o.Code, Label: o.Names.In(lang(r)), Group: class.Names.In(lang(r))})
			}
		}
	}
	return out
}

// unitOptions lists the units that take complaints.
func (s *Service) unitOptions(r *web.Request) ([]ui.Option, error) {
	all, err := s.units.Units(r.Context())
	var out []ui.Option
	for _, u := range all {
		if s.atWork(u, r.Now()) {
			out = append(out, ui.Option{Value: string(u.ID), Label: u.Names.In(lang(r)) + " (" + u.Code + ")"})
		}
	}
	return out, err
}

// keyed makes options of codes whose words stand under a key.
func keyed[T ~string](r *web.Request, prefix string, codes ...T) []ui.Option {
	out := make([]ui.Option, len(codes))
	for i, c := range codes {
		out[i] = ui.Option{Value: string(c), Label: r.T(prefix + string(c))}
	}
	return out
}

func names(r *web.Request, n packs.Names) string { return n.In(lang(r)) }

// answer ends a posted form: done goes on to where, a fault comes back in the
// form with everything that was typed.
func answer(r *web.Request, err error, where string, again func(fault.List) error) error {
	if err == nil {
		return r.Redirect(where)
	}
	switch f := fault.Of(err); f.Kind {
	case fault.Invalid, fault.Conflict, fault.Refused, fault.TooLarge:
		return again(fault.All(err))
	}
	return err
}

// statusOf is the status under which a form comes back.
func statusOf(wrong fault.List) int {
	if len(wrong) == 0 {
		return http.StatusOK
	}
	return wrong[0].Kind.Status()
}

// takeFiles takes the files that travelled with the form, for browsers without
// scripts, and lists their uploads beside those sent before.
func (s *Service) takeFiles(r *web.Request, v url.Values, field, subject string) error {
	if r.MultipartForm == nil {
		return nil
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // the server tries again after the request
	for _, h := range r.MultipartForm.File[field+".file"] {
		if h.Size == 0 && h.Filename == "" {
			continue
		}
		f, err := h.Open()
		if err != nil {
			return err
		}
		id, err := s.takeFile(r, blobs.Offer{Subject: subject, Name: h.Filename, MIME: h.Header.Get("Content-Type")}, h.Size, f)
		f.Close()
		if err != nil {
			f := fault.Of(err)
			return fault.List{{Kind: f.Kind, Key: f.Key, Args: f.Args, Field: field}}
		}
		v.Add(field, string(id))
	}
	return nil
}

func (s *Service) takeFile(r *web.Request, offer blobs.Offer, size int64, content io.Reader) (ident.ID, error) {
	owner := string(r.Actor.ID)
	if offer.MIME == "application/octet-stream" {
		offer.MIME = ""
	}
	id, err := s.k.Uploads.Begin(r.Context(), owner, offer, size)
	if err != nil {
		return "", err
	}
	_, err = s.k.Uploads.Append(r.Context(), owner, id, 0, content)
	return id, err
}

// held lists the uploads a form carries; one that is gone is left out.
func (s *Service) held(r *web.Request, v url.Values, field string) (out []ui.Upload, subject string) {
	for _, id := range v[field] {
		u, err := s.k.Uploads.Status(r.Context(), string(r.Actor.ID), ident.ID(id))
		if err != nil {
			continue
		}
		out = append(out, ui.Upload{ID: id, Name: u.Offer.Name, Size: u.Size})
		subject = u.Offer.Subject
	}
	return out, subject
}

// finish turns the uploads of a form into stored files.
func (s *Service) finish(ctx context.Context, owner string, ids []string, field string) ([]blobs.Info, error) {
	var out []blobs.Info
	for _, id := range ids {
		info, err := s.k.Uploads.Finish(ctx, owner, ident.ID(id))
		if err != nil {
			f := fault.Of(err)
			if f.Kind == fault.Internal {
				return nil, err
			}
			return nil, fault.List{{Kind: fault.Invalid, Key: f.Key, Args: f.Args, Field: field}}
		}
		out = append(out, info)
	}
	return out, nil
}

// clear forgets finished uploads after the entry that names their files.
func (s *Service) clear(ctx context.Context, owner string, ids []string) {
	for _, id := range ids {
		if err := s.k.Uploads.Abort(ctx, owner, ident.ID(id)); err != nil {
			s.k.Log.WarnContext(ctx, "an upload stays behind", "upload", id, "err", err)
		}
	}
}

// plain answers with headers and words, for the upload protocol, whose client
// shows the words of a refusal as they are.
func plain(r *web.Request, status int, headers map[string]string, words string) error {
	return r.Render(status, templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if h, ok := w.(http.ResponseWriter); ok {
			h.Header().Set("Content-Type", "text/plain; charset=utf-8")
			h.Header().Set("Tus-Resumable", "1.0.0")
			for k, v := range headers {
				h.Header().Set(k, v)
			}
		}
		_, err := io.WriteString(w, words)
		return err
	}))
}
