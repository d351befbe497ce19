package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

const accessColumns = `select e.lane, e.seq, e.id, e.at, e.actor, e.unit, e.action, e.purpose, e.refs, e.outcome, e.detail, e.said, e.said_digest, e.salt, e.commitment from access_entries e`

func scanAccess(scan store.Scan) (accessRow, error) {
	var r accessRow
	var commitment []byte
	err := scan(&r.Lane, &r.Seq, &r.ID, (*micros)(&r.At), &r.Actor, &r.Unit, &r.Action, &r.Purpose, &r.refs, &r.Outcome, &r.Detail, &r.said, &r.saidDigest, &r.salt, &commitment)
	r.commitment = hash32(commitment)
	return r, err
}

// splitRefs reads the refs column.
func (r *accessRow) splitRefs() error {
	r.Refs = nil
	for s := range strings.FieldsSeq(r.refs) {
		ref, err := ident.ParseRef(s)
		if err != nil {
			return err
		}
		r.Refs = append(r.Refs, ref)
	}
	return nil
}

// Place is where an access stands among those of all lanes: lanes have their own
// order, so two of one microsecond may stand in different ones.
type Place struct {
	At   int64 // microseconds
	Lane string
	Seq  int64
}

// Place says where an access stands; lists go on before it.
func (a Access) Place() Place { return Place{store.Micros(a.At), a.Lane, a.Seq} }

// String writes a place as ParsePlace reads it.
func (p Place) String() string { return fmt.Sprintf("%d.%d.%s", p.At, p.Seq, p.Lane) }

// ParsePlace reads a place; what is none is the zero one, before which everything
// stands.
func ParsePlace(s string) Place {
	at, rest, _ := strings.Cut(s, ".")
	seq, lane, ok := strings.Cut(rest, ".")
	p := Place{Lane: lane}
	var errs [2]error
	p.At, errs[0] = strconv.ParseInt(at, 10, 64)
	p.Seq, errs[1] = strconv.ParseInt(seq, 10, 64)
	if !ok || errs[0] != nil || errs[1] != nil || strings.ContainsFunc(lane, unicode.IsControl) || !utf8.ValidString(lane) {
		return Place{}
	}
	return p
}

// AccessQuery is what an inspector looks for in the lanes; zero fields match all.
type AccessQuery struct {
	About   ident.Ref
	Actor   ident.ID
	Outcome Outcome
	Before  Place // of the last one of the page before
	Limit   int
}

// Search lists accesses, newest first, with what people wrote opened.
func (l *Lane) Search(ctx context.Context, q AccessQuery) ([]Access, error) {
	if q.Before == (Place{}) {
		q.Before.At = 1 << 62
	}
	if q.Limit <= 0 || q.Limit > 200 {
		q.Limit = 50
	}
	const wanted = ` where e.at <= $1 and (e.at < $1 or e.lane < $2 or e.lane = $2 and e.seq < $3) and ($4 = '' or e.actor = $4) and ($5 = '' or e.outcome = $5)`
	text, args := accessColumns+wanted, []any{q.Before.At, q.Before.Lane, q.Before.Seq, string(q.Actor), string(q.Outcome), q.Limit}
	if !q.About.IsZero() {
		text = accessColumns + " join idx_access_refs i on i.lane = e.lane and i.seq = e.seq" + wanted + " and i.ref = $7"
		args = append(args, q.About.String())
	}
	text += " order by e.at desc, e.lane desc, e.seq desc limit $6"
	rows, err := store.List(ctx, l.db.Reader(), text, args, scanAccess)
	if err != nil {
		return nil, err
	}
	out := make([]Access, len(rows))
	for i := range rows {
		if err := rows[i].splitRefs(); err != nil {
			return nil, err
		}
		if _, err := l.openSaid(ctx, l.db.Reader(), &rows[i]); err != nil {
			return nil, err
		}
		out[i] = rows[i].Access
	}
	return out, nil
}

// Find gives one access to a record by its id, with what people wrote opened;
// NotFound where its term is over.
func (l *Lane) Find(ctx context.Context, about ident.Ref, id ident.ID) (Access, error) {
	rows, err := store.List(ctx, l.db.Reader(), accessColumns+" join idx_access_refs i on i.lane = e.lane and i.seq = e.seq where i.ref = $1 and e.id = $2",
		[]any{about.String(), string(id)}, scanAccess)
	if err != nil {
		return Access{}, err
	}
	if len(rows) == 0 {
		return Access{}, fault.New(fault.NotFound, "fault.not-found")
	}
	if err := rows[0].splitRefs(); err != nil {
		return Access{}, err
	}
	_, err = l.openSaid(ctx, l.db.Reader(), &rows[0])
	return rows[0].Access, err
}

// Lanes names every lane that has accesses.
func (l *Lane) Lanes(ctx context.Context) ([]string, error) {
	return store.List(ctx, l.db.Reader(), "select distinct lane from access_batches order by lane", nil, func(scan store.Scan) (s string, err error) {
		return s, scan(&s)
	})
}

// After lists at most n accesses of a lane from seq on, in order, for whoever
// follows it. What people wrote stays sealed.
func (l *Lane) After(ctx context.Context, lane string, seq int64, n int) ([]Access, error) {
	rows, err := store.List(ctx, l.db.Reader(), accessColumns+" where e.lane = $1 and e.seq > $2 order by e.seq limit $3", []any{lane, seq, n}, scanAccess)
	if err != nil {
		return nil, err
	}
	out := make([]Access, len(rows))
	for i := range rows {
		if err := rows[i].splitRefs(); err != nil {
			return nil, err
		}
		out[i] = rows[i].Access
	}
	return out, nil
}

// openSaid fills Said where its key still exists, and reports whether the
// sealed text was opened.
func (l *Lane) openSaid(ctx context.Context, r store.Reader, row *accessRow) (bool, error) {
	if row.said == nil {
		return false, nil
	}
	var wrapped []byte
	err := r.Row(ctx, "select wrapped from access_keys where lane = $1 and seq = $2", []any{row.Lane, row.Seq}, &wrapped)
	if err != nil {
		return false, err
	}
	raw, err := l.j.master.open(wrapped, row.ID)
	if err != nil {
		return false, fmt.Errorf("journal: access %s/%d: key: %w", row.Lane, row.Seq, err)
	}
	k, err := newKey(raw)
	if err != nil {
		return false, err
	}
	plain, err := k.open(row.said, row.ID)
	if err != nil {
		return false, fmt.Errorf("journal: access %s/%d: %w", row.Lane, row.Seq, err)
	}
	if string(saidDigest(plain)) != string(row.saidDigest) {
		return false, fmt.Errorf("journal: access %s/%d: what was said does not match its digest", row.Lane, row.Seq)
	}
	return true, json.Unmarshal(plain, &row.Said)
}

// Forget erases what people wrote in accesses that touched a record: the
// words of a search that found somebody usually are their name or number.
func (l *Lane) Forget(ctx context.Context, refs ...ident.Ref) error {
	var touched [][2]string
	for _, ref := range refs {
		touched = append(touched, [2]string{"i.ref = $1", ref.String()})
	}
	return l.forget(ctx, touched)
}

// ForgetSubjects is Forget for records of any kind with these ids.
func (l *Lane) ForgetSubjects(ctx context.Context, subjects []ident.ID) error {
	var touched [][2]string
	for _, s := range subjects {
		touched = append(touched, [2]string{"i.ref like '%/' || $1", string(s)})
	}
	return l.forget(ctx, touched)
}

func (l *Lane) forget(ctx context.Context, touched [][2]string) error {
	b, err := l.db.Begin(ctx)
	if err != nil {
		return err
	}
	defer b.Rollback()
	for _, t := range touched {
		for _, text := range []string{
			"update access_entries set said = null where exists (select 1 from idx_access_refs i where " + t[0] + " and i.lane = access_entries.lane and i.seq = access_entries.seq)",
			"delete from access_keys where exists (select 1 from idx_access_refs i where " + t[0] + " and i.lane = access_keys.lane and i.seq = access_keys.seq)",
		} {
			if _, err := b.Exec(ctx, text, t[1]); err != nil {
				return err
			}
		}
	}
	return b.Commit(ctx)
}

// Last gives the last seq of the lane and the number of its accesses.
func (l *Lane) Last(ctx context.Context) (last, total int64, err error) {
	err = l.db.Reader().Row(ctx, "select coalesce(max(seq), 0), count(*) from access_entries where lane = $1", []any{l.name}, &last, &total)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return last, total, err
}
