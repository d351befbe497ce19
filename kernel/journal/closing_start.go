package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// start is a closing from which a replay begins: its entry, checked by
// itself, and the end of the chain it speaks of.
type start struct {
	closing PeriodClosed
	seq     int64 // of the closing's entry
	written time.Time
}

func (s *start) head() head { return head{s.closing.Through, Hash(s.closing.Chain), s.written} }

// startingPoint reads the closing that is named: "last", the seq of its entry,
// or its id. It checks the entry against its commitment, and what it says
// of the chain against the entry it closes with.
func (j *Journal) startingPoint(ctx context.Context, name string) (*start, error) {
	row, err := j.closingRow(ctx, name)
	if err != nil {
		return nil, err
	}
	r := j.examine(j.keyring(ctx, j.db.Reader()), row)
	if r.err != nil {
		return nil, r.err
	}
	s := &start{closing: r.entry.(PeriodClosed), seq: row.Seq}
	if s.closing.State.Erased() {
		return nil, fault.New(fault.NotFound, "journal.closing-forgotten")
	}
	last, err := j.page(ctx, j.db.Reader(), s.closing.Through-1, 1)
	if err != nil {
		return nil, err
	}
	if len(last) != 1 || last[0].Seq != s.closing.Through || !bytes.Equal(last[0].chain[:], s.closing.Chain) {
		return nil, fmt.Errorf("closing %d does not stand on entry %d as stored", s.seq, s.closing.Through)
	}
	s.written = last[0].Written
	return s, nil
}

func (j *Journal) closingRow(ctx context.Context, name string) (stored, error) {
	if name == "last" {
		all, err := standing(ctx, j.db.Reader())
		if err != nil {
			return stored{}, err
		}
		if len(all) == 0 {
			return stored{}, fault.New(fault.NotFound, "journal.closing-none")
		}
		name = string(all[0])
	}
	seq, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		seq = 0
	}
	rows, err := scanStored(ctx, j.db.Reader(), storedColumns+` where kind = 'journal.period-closed' and (seq = $1 or seq in (select seq from journal_closings where id = $2))`, seq, name)
	if err == nil && len(rows) != 1 {
		err = fault.New(fault.NotFound, "journal.closing-none")
	}
	if err != nil {
		return stored{}, err
	}
	return rows[0], nil
}

// load fills an empty database with the state of the closing.
func (s *start) load(ctx context.Context, files *blobs.Store, into *store.DB) (err error) {
	if files == nil {
		return errors.New("journal: a closing's state is a stored file, and no files are given")
	}
	var info blobs.Info
	if err := json.Unmarshal([]byte(s.closing.State.Text()), &info); err != nil {
		return err
	}
	r, err := files.Open(ctx, info)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return loadState(ctx, r, into, s.closing)
}

// sinceWhere names the closing in findings.
func (s *start) where() string { return fmt.Sprintf("closing %d", s.seq) }

// begin starts a verification at a closing: the state is loaded instead of
// replayed, and of the entries before it only the skeleton is checked: order,
// chain, and later each one's leaf. What they say is left to a verification
// from the first entry.
func (v *verification) begin(ctx context.Context, empty *store.DB) (head, error) {
	s, err := v.j.startingPoint(ctx, v.scope.Since)
	if err != nil {
		return head{}, err
	}
	v.start = s
	v.report.Since = s.seq
	if err := s.load(ctx, v.scope.Files, empty); err != nil {
		return head{}, fmt.Errorf("%s: %w", s.where(), err)
	}
	err = empty.Reader().Each(ctx, "select subject from journal_erased", nil, func(scan store.Scan) error {
		var subject ident.ID
		err := scan(&subject)
		v.erased[subject] = true
		return err
	})
	if err != nil {
		return head{}, err
	}
	if err := v.expiredAlready(ctx, empty); err != nil {
		return head{}, err
	}
	h, err := v.skeleton(ctx, s.closing.Through)
	if err == nil && h.chain != Hash(s.closing.Chain) {
		v.report.find(s.where(), "does not stand on the chain as stored")
	}
	return h, err
}

// skeleton follows the chain up to an entry without opening any.
func (v *verification) skeleton(ctx context.Context, through int64) (head, error) {
	var h head
	err := v.j.db.Reader().Each(ctx, "select seq, kind, written_at, commitment, chain from journal_entries where seq <= $1 order by seq", []any{through}, func(scan store.Scan) error {
		var r read
		var written int64
		var commitment, chain []byte
		if err := scan(&r.Seq, &r.Kind, &written, &commitment, &chain); err != nil {
			return err
		}
		r.Written, r.commitment, r.chain = store.Time(written), hash32(commitment), hash32(chain)
		v.link(&h, &r)
		return nil
	})
	return h, err
}

// unheard counts the tables that a closing does not speak of and that held
// nothing then: a later program brought them.
func (r replayed) unheard(said []TableState) int {
	n := 0
	for name, t := range r.tables {
		if t.Rows == 0 && !slices.ContainsFunc(said, func(x TableState) bool { return x.Name == name }) {
			n++
		}
	}
	return n
}

// closed holds a closing against the tables that replay gave at its end.
func (v *verification) closed(e PeriodClosed, seq int64) {
	where := fmt.Sprintf("closing %d", seq)
	if e.Through < 1 || e.Through > int64(len(v.leaves)) || e.Through >= seq {
		v.report.find(where, "closes entry %d, which is not before it", e.Through)
		return
	}
	for _, m := range e.Lanes {
		v.marks = append(v.marks, mark{where, m})
	}
	have, ok := v.states[e.Through]
	if !ok {
		return // its state was forgotten: what stood there cannot be told any more
	}
	if len(have.tables)-have.unheard(e.Tables) != len(e.Tables) && !have.reshaped(e.Tables) {
		v.report.find(where, "speaks of %d tables, replay gives %d", len(e.Tables), len(have.tables))
	}
	if have.chain != hash32(e.Chain) {
		v.report.find(where, "states another chain for entry %d", e.Through)
	}
	for _, t := range e.Tables {
		got, ok := have.tables[t.Name]
		if ok && bytes.Equal(got.Shape, t.Shape) && (got.Rows != t.Rows || !bytes.Equal(got.Hash, t.Hash)) {
			v.report.find(where, "table %s is not what the entries give", t.Name)
		}
	}
}

// replayed is what replay gave at the end of a period.
type replayed struct {
	chain  Hash
	tables map[string]TableState
}

// reshaped reports whether any table has another shape than when it was
// closed: then a migration came between, and their number may differ too.
func (r replayed) reshaped(then []TableState) bool {
	for _, t := range then {
		if got, ok := r.tables[t.Name]; !ok || !bytes.Equal(got.Shape, t.Shape) {
			return true
		}
	}
	return false
}

// ends lists the entries at which a standing closing wants the tables hashed.
func (j *Journal) ends(ctx context.Context) (map[int64]bool, error) {
	out := map[int64]bool{}
	return out, j.db.Reader().Each(ctx, "select through_seq from journal_closings where state is not null", nil, func(scan store.Scan) error {
		var seq int64
		err := scan(&seq)
		out[seq] = true
		return err
	})
}

// keepReplayed hashes the tables as they are after an entry.
func (v *verification) keepReplayed(ctx context.Context, p *replayer, h head) error {
	if err := p.flush(ctx); err != nil {
		return err
	}
	all, err := hashTables(ctx, p.into)
	if err != nil {
		return err
	}
	r := replayed{chain: h.chain, tables: map[string]TableState{}}
	for _, t := range all {
		r.tables[t.Name] = t
	}
	v.states[h.seq] = r
	return nil
}
