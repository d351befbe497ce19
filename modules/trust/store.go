package trust

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

const (
	institutionColumns = "i.id, i.state, i.sandbox, i.host, i.until_at, i.keys, i.version, i.why, i.applied_at, i.suspensions, i.suspended_at"
	versionColumns     = `v.n, v.state, v.name_ar, v.name_fr, v.name_en, v.purpose_ar, v.purpose_fr, v.purpose_en, v.basis, v.ceiling, v.level, v.retention, v.contact,
		v.redirects, v.post_logouts, v.backchannel, v.counter, v.keys, v.applied_at, v.applied_by, v.examined_by, v.finding, v.decided_by, v.decided_at, v.reason, v.officers`
)

// institutions reads institutions with the version in force and the one that waits.
func institutions(ctx context.Context, r store.Reader, where string, args ...any) ([]Institution, error) {
	type row struct {
		Institution
		version int64
	}
	rows, err := store.List(ctx, r, "select "+institutionColumns+" from trust_institutions i where "+where, args, func(scan store.Scan) (x row, err error) {
		var until, applied, suspended int64
		var why journal.Sealed
		err = scan(&x.ID, &x.State, &x.Sandbox, &x.Host, &until, &x.Keys, &x.version, &why, &applied, &x.Suspensions, &suspended)
		x.Until, x.Applied, x.Suspended, x.Why = store.Time(until), store.Time(applied), store.Time(suspended), why.Text()
		return x, err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Institution, len(rows))
	for i, x := range rows {
		out[i] = x.Institution
		versions, err := store.List(ctx, r, "select "+versionColumns+" from trust_versions v where v.institution = $1 and (v.n = $2 or v.state in ('applied', 'examined')) order by v.n",
			[]any{string(x.ID), x.version}, scanVersion)
		if err != nil {
			return nil, err
		}
		for _, v := range versions {
			if v.N == x.version {
				out[i].Current = v
			}
			if v.State == Applied || v.State == Examined {
				out[i].Next = &v
			}
		}
	}
	return out, nil
}

// history gives every version, the newest first.
func history(ctx context.Context, r store.Reader, institution ident.ID) ([]Version, error) {
	return store.List(ctx, r, "select "+versionColumns+" from trust_versions v where v.institution = $1 order by v.n desc", []any{string(institution)}, scanVersion)
}

func scanVersion(scan store.Scan) (v Version, err error) {
	var ceiling, redirects, logouts string
	var finding, reason journal.Sealed
	var level, applied, decided int64
	err = scan(&v.N, &v.State, &v.Name[0], &v.Name[1], &v.Name[2], &v.Purpose[0], &v.Purpose[1], &v.Purpose[2], &v.Basis, &ceiling, &level, &v.Retention, &v.Contact,
		&redirects, &logouts, &v.Backchannel, &v.Counter, &v.Keys, &applied, &v.AppliedBy, &v.ExaminedBy, &finding, &v.DecidedBy, &decided, &reason, &v.Officers)
	if err != nil {
		return v, err
	}
	v.Level, v.AppliedAt, v.DecidedAt, v.Finding, v.Reason = int(level), store.Time(applied), store.Time(decided), finding.Text(), reason.Text()
	for text, into := range map[string]*[]string{ceiling: &v.Ceiling} {
		err = errors.Join(err, json.Unmarshal([]byte(text), into))
	}
	return v, errors.Join(err, json.Unmarshal([]byte(redirects), &v.Redirects), json.Unmarshal([]byte(logouts), &v.PostLogouts))
}

// Consent is what a citizen agreed that an institution is told.
type Consent struct {
	ID          ident.ID
	Citizen     ident.ID
	Person      ident.ID
	Institution ident.ID
	N           int64 // version of the registration
	Claims      []string
	LeftOut     []string
	Given       time.Time
	Ended       time.Time
}

const consentColumns = "id, citizen, person, institution, n, claims, left_out, given_at, ended_at"

func consents(ctx context.Context, r store.Reader, where string, args ...any) ([]Consent, error) {
	return store.List(ctx, r, "select "+consentColumns+" from trust_consents where "+where, args, func(scan store.Scan) (c Consent, err error) {
		var claims, left string
		var given, ended int64
		err = scan(&c.ID, &c.Citizen, &c.Person, &c.Institution, &c.N, &claims, &left, &given, &ended)
		c.Claims, c.LeftOut, c.Given, c.Ended = strings.Fields(claims), strings.Fields(left), store.Time(given), store.Time(ended)
		return c, err
	})
}

// Count is what is published of an institution.
type Count struct {
	Released, Declined int64 // verifications
	Above              int64 // requests above the ceiling, refused
	Citizens           int64 // who agreed at present
}

func count(ctx context.Context, r store.Reader, institution ident.ID) (c Count, err error) {
	args := []any{string(institution)}
	err = r.Row(ctx, `select (select count(*) from trust_verifications where institution = $1 and result = 'released'),
		(select count(*) from trust_verifications where institution = $1 and result = 'declined'),
		(select count(*) from trust_refusals where institution = $1),
		(select count(*) from trust_consents where institution = $1 and ended_at = 0)`, args, &c.Released, &c.Declined, &c.Above, &c.Citizens)
	return c, err
}

// publishedKey is one of our keys as the record has it.
type publishedKey struct {
	Kid         string
	Public      string
	From, Until time.Time
}

// standingKeys lists the keys that are not retired, the oldest first.
func standingKeys(ctx context.Context, r store.Reader) ([]publishedKey, error) {
	return store.List(ctx, r, "select kid, public, from_at, until_at from trust_keys where retired_at = 0 order by from_at, kid", nil, func(scan store.Scan) (k publishedKey, err error) {
		var from, until int64
		err = scan(&k.Kid, &k.Public, &from, &until)
		k.From, k.Until = store.Time(from), store.Time(until)
		return k, err
	})
}

// forget nulls what is sealed under a person or an institution.
func forget(w *store.Writer, subject ident.ID) error {
	for _, text := range []string{
		"update trust_consents set subject = null where person = $1",
		"update trust_institutions set why = null where id = $1",
		"update trust_versions set finding = null, reason = null where institution = $1",
	} {
		if _, err := w.Exec(text, string(subject)); err != nil {
			return err
		}
	}
	return nil
}
