package web

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// drafts keeps what people have typed and not yet submitted, field by field,
// so that nothing is lost when a session or a machine ends. Drafts are sealed
// under the node's key and are no record: the submitted form is.
type drafts struct {
	reader  store.Reader
	scratch store.Scratch
	seal    cipher.AEAD
	before  cipher.AEAD // while a change of keys is not finished; else nil
	now     func() time.Time
}

func newDrafts(c Config) (*drafts, error) {
	d := &drafts{reader: c.Reader, scratch: c.Scratch, now: c.Clock.Now}
	var err error
	if d.seal, err = aead(c.Seal); err == nil && c.SealBefore != nil {
		d.before, err = aead(c.SealBefore)
	}
	return d, err
}

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Reseal seals under the present key what people have typed and not submitted
// under the one before. It may be stopped and called again.
func (s *Server) Reseal(ctx context.Context) error {
	d := s.drafts
	if d.before == nil {
		return nil
	}
	type row struct {
		form, owner, field string
		value              []byte
	}
	all, err := store.List(ctx, d.reader, "select form, owner, field, value from tmp_drafts", nil,
		func(scan store.Scan) (r row, err error) { return r, scan(&r.form, &r.owner, &r.field, &r.value) })
	if err != nil {
		return err
	}
	for _, r := range all {
		bound := r.form + "/" + r.field
		if _, err := opened(d.seal, r.value, bound); err == nil {
			continue
		}
		plain, err := opened(d.before, r.value, bound)
		if err != nil {
			continue // it opened under neither before, and is no record
		}
		_, err = d.scratch.Exec(ctx, "update tmp_drafts set value = $1 where form = $2 and owner = $3 and field = $4", d.sealed(plain, bound), r.form, r.owner, r.field)
		if err != nil {
			return err
		}
	}
	return nil
}

// Draft is what was typed into one field.
type Draft struct {
	Value   string
	Version int64
	Who     string // the officer's id
	Saved   time.Time
}

// read gives a form's draft; owner is "" for a form that several edit.
func (d *drafts) read(ctx context.Context, form, owner string) (map[string]Draft, error) {
	out := map[string]Draft{}
	err := d.reader.Each(ctx, "select field, value, version, who, saved_at from tmp_drafts where form = $1 and owner = $2", []any{form, owner}, func(scan store.Scan) error {
		var field string
		var sealed []byte
		var f Draft
		var at int64
		if err := scan(&field, &sealed, &f.Version, &f.Who, &at); err != nil {
			return err
		}
		plain, err := d.open(sealed, form+"/"+field)
		if err != nil {
			return err
		}
		f.Value, f.Saved = string(plain), store.Time(at)
		out[field] = f
		return nil
	})
	return out, err
}

func (d *drafts) open(sealed []byte, bound string) ([]byte, error) {
	plain, err := opened(d.seal, sealed, bound)
	if err != nil && d.before != nil {
		if plain, failed := opened(d.before, sealed, bound); failed == nil {
			return plain, nil
		}
	}
	return plain, err
}

func opened(key cipher.AEAD, sealed []byte, bound string) ([]byte, error) {
	n := key.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("web: a draft cut short")
	}
	return key.Open(nil, sealed[:n], sealed[n:], []byte(bound))
}

// sealed seals a value; the nonce comes first.
func (d *drafts) sealed(plain []byte, bound string) []byte {
	nonce := make([]byte, d.seal.NonceSize())
	rand.Read(nonce)
	return d.seal.Seal(nonce, nonce, plain, []byte(bound))
}

// typing is where something is being typed.
type typing struct {
	form, owner, field string
	who                string // the officer's id
	page               string // one opening of the form in one tab; "" where nothing says
}

// save keeps a field if nothing else has changed it since version: another
// person, or the same one in another tab. Otherwise it gives the field as the
// other left it and a Conflict. Neither is lost: the writer's own value is in
// their page. One page may be behind its own version, when an answer was lost.
func (d *drafts) save(ctx context.Context, at typing, value string, version int64) (Draft, error) {
	sealed := d.sealed([]byte(value), at.form+"/"+at.field)
	now := d.now()
	n, err := d.scratch.Exec(ctx, `insert into tmp_drafts (form, owner, field, value, version, who, page, saved_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (form, owner, field) do update set value = excluded.value, version = tmp_drafts.version + 1, who = excluded.who, page = excluded.page, saved_at = excluded.saved_at
		where tmp_drafts.version = $9 or (tmp_drafts.page = excluded.page and tmp_drafts.page <> '' and tmp_drafts.who = excluded.who)`,
		at.form, at.owner, at.field, sealed, version+1, at.who, at.page, store.Micros(now), version)
	if err != nil {
		return Draft{}, err
	}
	all, err := d.read(ctx, at.form, at.owner)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "fault.conflict")
	}
	return all[at.field], err
}

// begun gives the names under which a person has begun a form, the latest first.
func (d *drafts) begun(ctx context.Context, form, owner string) ([]string, error) {
	return store.List(ctx, d.reader, `select form from tmp_drafts where owner = $1 and (form = $2 or substr(form, 1, $3) = $4)
		group by form order by max(saved_at) desc, form limit 20`, []any{owner, form, len(form) + 1, form + "."}, func(scan store.Scan) (name string, err error) {
		return name, scan(&name)
	})
}

func (d *drafts) drop(ctx context.Context, form, owner string) error {
	_, err := d.scratch.Exec(ctx, "delete from tmp_drafts where form = $1 and owner = $2", form, owner)
	return err
}

// draftLife is how long what was typed and never submitted is kept.
const draftLife = 30 * 24 * time.Hour

// Forget drops what nobody has gone on typing for a month.
func (s *Server) Forget(ctx context.Context) error {
	_, err := s.drafts.scratch.Exec(ctx, "delete from tmp_drafts where saved_at < $1", store.Micros(s.drafts.now().Add(-draftLife)))
	return err
}

// maxDraft bounds one field of a draft: a statement of 200 pages. Browsers write
// each byte of an Arabic letter as three, so that maxTyped carries it.
const (
	maxDraft = 1 << 19
	maxTyped = 3*maxDraft + 1<<12
)

// saveDraft answers autosave; see ui.Form for the exchange.
func (s *Server) saveDraft(r *Request) error {
	if r.Session == nil {
		return fault.New(fault.SignIn, "fault.sign-in")
	}
	if err := r.parse(); err != nil {
		return err
	}
	name, nameErr := text.Line(r.FormValue("name"))
	value := strings.Join(r.Request.Form["value"], several) // the ticks of a group come one by one
	version, _ := strconv.ParseInt(r.FormValue("version"), 10, 64)
	form, formErr := text.Line(r.PathValue("form"))
	page, pageErr := text.Line(r.FormValue("page"))
	if errors.Join(nameErr, formErr, pageErr) != nil || name == "" || len(name) > 100 || len(form) > 100 || len(page) > 100 || len(value) > maxDraft {
		return fault.New(fault.Invalid, "fault.invalid")
	}
	clean, err := cleanAll(value)
	if err != nil {
		return s.draftAnswer(r, http.StatusUnprocessableEntity, map[string]string{"fault": r.Words.Fault(err)})
	}
	if draftOwner(form, r) == "" && !s.maySave(form, r) {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	at := typing{form: form, owner: draftOwner(form, r), field: name, who: string(r.Actor.ID), page: page}
	d, err := s.drafts.save(r.Context(), at, clean, version)
	if fault.Is(err, fault.Conflict) {
		return s.draftAnswer(r, http.StatusConflict, map[string]string{
			"version": strconv.FormatInt(d.Version, 10), "value": strings.ReplaceAll(d.Value, several, ", "), "at": d.Saved.Format(time.RFC3339),
			"who": s.Who(r.Context(), r.Words, actorID(d.Who)),
		})
	}
	if err != nil {
		return err
	}
	return s.draftAnswer(r, http.StatusOK, map[string]string{"version": strconv.FormatInt(d.Version, 10), "saved": d.Saved.Format(time.RFC3339)})
}

// several separates the values of one field in a draft; no value that passed
// the door contains it.
const several = "\x1f"

// cleanAll is text.Clean for each of several values.
func cleanAll(joined string) (string, error) {
	values := strings.Split(joined, several)
	for i, v := range values {
		clean, err := text.Clean(v)
		if err != nil {
			return "", err
		}
		values[i] = clean
	}
	return strings.Join(values, several), nil
}

// pass is what a page that asked for its grant gives to one person, so that
// they may save into a draft that several edit: without it, whoever knew the id
// of a record could read, by a conflict, what others are typing about it.
func pass(key []byte, form string, actor ident.ID) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("shared draft\x00" + form + "\x00" + string(actor)))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

func (s *Server) maySave(form string, r *Request) bool {
	given := []byte(r.URL.Query().Get("pass"))
	return hmac.Equal(given, []byte(pass(s.Seal, form, r.Actor.ID))) ||
		s.SealBefore != nil && hmac.Equal(given, []byte(pass(s.SealBefore, form, r.Actor.ID)))
}

// discardDraft forgets what one typed, at one's own wish. What several edit is
// nobody's own to throw away.
func (s *Server) discardDraft(r *Request) error {
	if r.Session == nil {
		return fault.New(fault.SignIn, "fault.sign-in")
	}
	form := r.PathValue("form")
	owner := draftOwner(form, r)
	if owner == "" {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	if err := s.drafts.drop(r.Context(), form, owner); err != nil {
		return err
	}
	return r.Redirect(r.back())
}

func (s *Server) draftAnswer(r *Request, status int, body map[string]string) error {
	r.out.Header().Set("Content-Type", "application/json")
	r.out.WriteHeader(status)
	return json.NewEncoder(r.out).Encode(body)
}

// draftOwner: a form whose id begins with "shared-" is one several people
// edit together; every other is its writer's own.
func draftOwner(form string, r *Request) string {
	if len(form) > 7 && form[:7] == "shared-" {
		return ""
	}
	return string(r.Actor.ID)
}

// draftName is the name of the draft that an address means: the form's own, or
// one begun beside it, which stands under "draft" in the address.
func (r *Request) draftName(form string) string {
	if another, err := ident.Parse(r.URL.Query().Get("draft")); err == nil {
		return form + "." + string(another)
	}
	return form
}

// Draft fills a form with what was typed before, and makes it save itself.
// The id names the draft: one id, one draft for each person, or one for all
// if it begins with "shared-".
func (r *Request) Draft(f ui.Form) (ui.Form, error) {
	form := f.ID
	if f.ID = r.draftName(form); f.ID != form {
		f.Action += "?draft=" + url.QueryEscape(strings.TrimPrefix(f.ID, form+"."))
	}
	f.Autosave = "/drafts/" + url.PathEscape(f.ID)
	owner := draftOwner(f.ID, r)
	if owner == "" {
		f.Autosave += "?pass=" + pass(r.server.Seal, f.ID, r.Actor.ID)
	}
	saved, err := r.server.drafts.read(r.Context(), f.ID, owner)
	if err != nil {
		return f, err
	}
	if f.Values == nil {
		f.Values = url.Values{}
	}
	f.Versions = map[string]string{}
	for name, d := range saved {
		f.Versions[name] = strconv.FormatInt(d.Version, 10)
		if _, typed := f.Values[name]; !typed || r.Method == http.MethodGet {
			f.Values[name] = strings.Split(d.Value, several)
		}
		if d.Saved.After(f.Saved) {
			f.Saved = d.Saved
		}
	}
	return f, nil
}

// DraftAmong is Draft for a form at an address, of which a person may have begun
// several, as a desk is interrupted: the others are listed with the value of the
// field that tells them apart, the latest first.
func (r *Request) DraftAmong(f ui.Form, at, told string) (ui.Form, error) {
	form := f.ID
	f, err := r.Draft(f)
	if err != nil {
		return f, err
	}
	owner := draftOwner(form, r)
	all, err := r.server.drafts.begun(r.Context(), form, owner)
	if err != nil {
		return f, err
	}
	for _, name := range all {
		if name == f.ID {
			continue
		}
		fields, err := r.server.drafts.read(r.Context(), name, owner)
		if err != nil {
			return f, err
		}
		f.Begun = append(f.Begun, begun(fields, at, strings.TrimPrefix(strings.TrimPrefix(name, form), "."), told))
	}
	if !f.Saved.IsZero() {
		f.Discard = f.Autosave + "/discard?return=" + url.QueryEscape(at)
	}
	if !f.Saved.IsZero() || len(f.Begun) > 0 {
		f.Another = at + "?draft=" + string(ident.Derive(rand.Text()))
	}
	return f, nil
}

func begun(fields map[string]Draft, at, another, told string) ui.Begun {
	b := ui.Begun{Href: at, Told: fields[told].Value}
	if another != "" {
		b.Href += "?draft=" + url.QueryEscape(another)
	}
	for _, d := range fields {
		if d.Saved.After(b.Saved) {
			b.Saved = d.Saved
		}
	}
	return b
}

// DropDraft forgets a draft after its form was submitted.
func (r *Request) DropDraft(form string) error {
	return r.server.drafts.drop(r.Context(), r.draftName(form), draftOwner(form, r))
}
