package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// PeriodClosed says what every table held when an entry had been applied, so
// that a replay or a verification may start there. The hashes are those of the
// state that the entries give, not of the tables as they were found; the log's
// signature under this entry's leaf is the signature under them.
//
// A state speaks of people. It is sealed under the closing's own key, which is
// destroyed with the first subject that is erased after it: the closing then
// stands as a statement, but nothing can start from it any more.
type PeriodClosed struct {
	ID      ident.ID // of the closing; the subject of its state
	Through int64    // the last entry of the period
	Chain   []byte   // the chain's value there
	Lanes   []LaneMark
	Tables  []TableState
	State   Sealed   `seal:"ID"` // blobs.Info of the state, in JSON
	By      ident.ID // who ordered it; "" where the command line did
	Ground  string   // which period, on whose order
}

// LaneMark is how far an access lane had come, and its chain there.
type LaneMark struct {
	Lane  string
	Batch int64
	Last  int64 // last access of that batch
	Chain []byte
}

// TableState is the statement about one table; see docs/format/closing.md.
type TableState struct {
	Name  string
	Shape []byte // SHA-256 of the table's first line in the state: columns and key
	Rows  int64
	Hash  []byte // SHA-256 of all its lines
}

// Apply notes the closing.
func (e PeriodClosed) Apply(w *store.Writer, m Meta) error {
	return w.One("insert into journal_closings (id, seq, through_seq, ground, state) values ($1, $2, $3, $4, $5)", string(e.ID), m.Seq, e.Through, e.Ground, e.State)
}

// About names the closing.
func (e PeriodClosed) About() []ident.Ref { return []ident.Ref{{Kind: "closing", ID: e.ID}} }

// forgetState is the kernel module's part in forgetting a subject.
func forgetState(w *store.Writer, subject ident.ID) error {
	_, err := w.Exec("update journal_closings set state = null where id = $1", string(subject))
	return err
}

// standing lists the closings from which one can still start, latest first.
func standing(ctx context.Context, r store.Reader) ([]ident.ID, error) {
	return store.List(ctx, r, "select id from journal_closings where state is not null order by seq desc", nil, func(scan store.Scan) (id ident.ID, err error) {
		return id, scan(&id)
	})
}

// Period is a closing as people see it listed.
type Period struct {
	ID       ident.ID
	Seq      int64 // of its entry
	Through  int64
	Ground   string
	Standing bool // one can still start from it
}

// Periods lists the closings, latest first.
func (j *Journal) Periods(ctx context.Context, n int) ([]Period, error) {
	return store.List(ctx, j.db.Reader(), "select id, seq, through_seq, ground, state is not null from journal_closings order by seq desc limit $1", []any{n}, func(scan store.Scan) (p Period, err error) {
		return p, scan(&p.ID, &p.Seq, &p.Through, &p.Ground, &p.Standing)
	})
}

// States lists the stored files of the closings that still stand.
func States(ctx context.Context, r store.Reader, each func(blobs.Info) error) error {
	all, err := store.List(ctx, r, "select state from journal_closings where state is not null order by seq", nil, func(scan store.Scan) (s string, err error) {
		return s, scan(&s)
	})
	for _, text := range all {
		var info blobs.Info
		if err == nil {
			err = json.Unmarshal([]byte(text), &info)
		}
		if err == nil {
			err = each(info)
		}
	}
	return err
}

// Closing is what a period is closed with.
type Closing struct {
	Files   *blobs.Store
	Covered func(ctx context.Context, seq int64) error // waits for the signed checkpoint over an entry; its error refuses
	By      ident.ID
	Ground  string
	Tell    func(done int64) // of entries replayed; may be nil
}

// ClosePeriod closes everything up to now. It replays the entries, from the
// last closing that still stands or from the first entry, into an empty
// database; unsound entries are refused. The state is what came out, and says
// nothing of what somebody may have put into the tables. It refuses while the
// signed log is behind, and when somebody was erased meanwhile. The grant is
// asked for when the state is made: that may take longer than a grant lives.
func (j *Journal) ClosePeriod(ctx context.Context, c Closing, grant func() (policy.Grant, error)) (m Meta, err error) {
	into, remove, err := disposable(ctx)
	if err != nil {
		return Meta{}, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	h, err := j.rerun(ctx, into, c)
	if err != nil {
		return Meta{}, err
	}
	if err := c.Covered(ctx, h.seq); err != nil {
		return Meta{}, fault.Wrap(err, fault.Unavailable, "journal.closing-lags")
	}
	e := PeriodClosed{ID: j.NewID(), Through: h.seq, Chain: h.chain[:], By: c.By, Ground: c.Ground}
	if e.Lanes, err = j.laneMarks(ctx); err != nil {
		return Meta{}, err
	}
	info, err := keepState(ctx, c.Files, into, &e)
	if err != nil {
		return Meta{}, err
	}
	receipt, err := j.close(ctx, e, grant)
	if err != nil {
		return Meta{}, errors.Join(err, c.Files.Delete(ctx, info.Address))
	}
	return receipt[0], nil
}

func (j *Journal) close(ctx context.Context, e PeriodClosed, grant func() (policy.Grant, error)) (Receipt, error) {
	g, err := grant()
	if err != nil {
		return nil, err
	}
	return j.Do(ctx, g, func(ctx context.Context, r store.Reader, d *Draft) error {
		if err := nobodyErasedSince(ctx, r, e.Through); err != nil {
			return err
		}
		d.Add(e)
		return nil
	})
}

// rerun replays the entries into an empty database, from the last standing
// closing on where there is one.
func (j *Journal) rerun(ctx context.Context, into *store.DB, c Closing) (head, error) {
	if err := Shape(ctx, into, j.modules); err != nil {
		return head{}, err
	}
	var from head
	all, err := standing(ctx, j.db.Reader())
	if err != nil {
		return head{}, err
	}
	if len(all) > 0 {
		start, err := j.startingPoint(ctx, string(all[0]))
		if err == nil {
			err = start.load(ctx, c.Files, into)
		}
		if err != nil && !errors.Is(err, errReshaped) {
			return head{}, err
		}
		if err == nil {
			from = start.head()
		}
	}
	p := &replayer{j: j, into: into}
	defer p.abandon()
	h := from
	err = j.walk(ctx, from.seq, func(r *read) error {
		if r.err == nil && (r.Seq != h.seq+1 || Chain(h.chain, r.Seq, r.commitment) != r.chain) {
			r.err = fmt.Errorf("entry %d breaks the chain", r.Seq)
		}
		if r.err != nil {
			return fault.Wrap(r.err, fault.Refused, "journal.unsound", "entry", r.Seq)
		}
		if h = (head{r.Seq, r.chain, r.Written}); c.Tell != nil && h.seq%1000 == 0 {
			c.Tell(h.seq)
		}
		return p.apply(ctx, r)
	})
	if err == nil {
		err = p.flush(ctx)
	}
	return h, err
}

func (j *Journal) laneMarks(ctx context.Context) ([]LaneMark, error) {
	rows, err := store.List(ctx, j.lane.db.Reader(), batchColumns+` b where batch = (select max(c.batch) from access_batches c where c.lane = b.lane) order by lane`, nil, scanBatch)
	if err != nil {
		return nil, err
	}
	var marks []LaneMark
	for _, b := range rows {
		marks = append(marks, LaneMark{Lane: b.lane, Batch: b.batch, Last: b.last, Chain: b.chain[:]})
	}
	return marks, nil
}

// keepState stores the state of a database and fills in what the closing
// says of it.
func keepState(ctx context.Context, files *blobs.Store, from *store.DB, e *PeriodClosed) (blobs.Info, error) {
	pr, pw := io.Pipe()
	written := make(chan error, 1)
	go func() {
		var err error
		e.Tables, err = writeState(ctx, pw, from)
		written <- errors.Join(err, pw.CloseWithError(err))
	}()
	info, err := files.Put(ctx, blobs.Offer{Subject: string(e.ID), Name: "state.txt"}, pr, blobs.Limits{})
	_ = pr.CloseWithError(errors.New("nobody reads the state")) // ends the writer if Put gave up
	if err = errors.Join(err, <-written); err != nil {
		return blobs.Info{}, err
	}
	raw, err := encodeJSON(info)
	e.State = Seal(string(raw))
	return info, err
}

func nobodyErasedSince(ctx context.Context, r store.Reader, seq int64) error {
	var n int
	err := r.Row(ctx, "select count(*) from journal_erased where seq > $1", []any{seq}, &n)
	if err == nil && n > 0 {
		err = fault.New(fault.Conflict, "journal.closing-erased-meanwhile")
	}
	return err
}
