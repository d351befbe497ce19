package web

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
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

// save keeps a field if nobody else has changed it since version; otherwise
// it gives the field as the other left it and a Conflict. Neither is lost:
// the writer's own value is in their page.
func (d *drafts) save(ctx context.Context, form, owner, field, value, who string, version int64) (Draft, error) {
	sealed := d.sealed([]byte(value), form+"/"+field)
	now := d.now()
	n, err := d.scratch.Exec(ctx, `insert into tmp_drafts (form, owner, field, value, version, who, saved_at) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (form, owner, field) do update set value = excluded.value, version = excluded.version, who = excluded.who, saved_at = excluded.saved_at
		where tmp_drafts.version = $8 or tmp_drafts.who = excluded.who`, form, owner, field, sealed, version+1, who, store.Micros(now), version)
	if err != nil {
		return Draft{}, err
	}
	if n == 1 {
		return Draft{value, version + 1, who, now}, nil
	}
	all, err := d.read(ctx, form, owner)
	if err != nil {
		return Draft{}, err
	}
	return all[field], fault.New(fault.Conflict, "fault.conflict")
}

func (d *drafts) drop(ctx context.Context, form, owner string) error {
	_, err := d.scratch.Exec(ctx, "delete from tmp_drafts where form = $1 and owner = $2", form, owner)
	return err
}

// maxDraft bounds one field of a draft: a statement of 200 pages.
const maxDraft = 1 << 19

// saveDraft answers autosave; see ui.Form for the exchange.
func (s *Server) saveDraft(r *Request) error {
	if r.Session == nil {
		return fault.New(fault.SignIn, "fault.sign-in")
	}
	name, nameErr := text.Line(r.FormValue("name"))
	value := strings.Join(r.Request.Form["value"], several) // the ticks of a group come one by one
	version, _ := strconv.ParseInt(r.FormValue("version"), 10, 64)
	form, formErr := text.Line(r.PathValue("form"))
	if nameErr != nil || formErr != nil || name == "" || len(name) > 100 || len(form) > 100 || len(value) > maxDraft {
		return fault.New(fault.Invalid, "fault.invalid")
	}
	clean, err := cleanAll(value)
	if err != nil {
		return s.draftAnswer(r, http.StatusUnprocessableEntity, map[string]string{"fault": r.Words.Fault(err)})
	}
	d, err := s.drafts.save(r.Context(), form, draftOwner(form, r), name, clean, string(r.Actor.ID), version)
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

// Draft fills a form with what was typed before, and makes it save itself.
// The id names the draft: one id, one draft for each person, or one for all
// if it begins with "shared-".
func (r *Request) Draft(f ui.Form) (ui.Form, error) {
	f.Autosave = "/drafts/" + url.PathEscape(f.ID)
	saved, err := r.server.drafts.read(r.Context(), f.ID, draftOwner(f.ID, r))
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

// DropDraft forgets a draft after its form was submitted.
func (r *Request) DropDraft(form string) error {
	return r.server.drafts.drop(r.Context(), form, draftOwner(form, r))
}
