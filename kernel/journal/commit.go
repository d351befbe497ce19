package journal

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// Draft gathers the entries of one transaction while it is decided.
type Draft struct {
	j     *Journal
	Now   time.Time // when the transaction is written; the default time of its facts
	lines []line
	keyed func(n int) ident.ID // ids of what a follower appends; nil for fresh ones
}

type line struct {
	id       ident.ID
	once     bool
	happened time.Time
	entry    Entry
}

// Add drafts an entry for a fact that happens now.
func (d *Draft) Add(e Entry) ident.ID { return d.AddAt(d.Now, e) }

// AddAt drafts an entry for a fact that happened at a stated time.
func (d *Draft) AddAt(happened time.Time, e Entry) ident.ID {
	l := line{happened: happened, entry: e}
	if d.keyed != nil {
		l.id, l.once = d.keyed(len(d.lines)), true
	} else {
		l.id = d.j.NewID()
	}
	d.lines = append(d.lines, l)
	return l.id
}

// AddOnce drafts an entry under an id of the caller's; if it is in the
// journal already, nothing happens. A form sent twice and a follower that
// sees an entry again are harmless by it.
func (d *Draft) AddOnce(id ident.ID, happened time.Time, e Entry) {
	d.lines = append(d.lines, line{id: id, once: true, happened: happened, entry: e})
}

// NewID makes an id for a record that the drafted entries speak of.
func (d *Draft) NewID() ident.ID { return d.j.NewID() }

// Decide reads what it needs, checks, and drafts entries. It runs under the
// lock of the home, so it does nothing slow: policy, paper, hashing of files
// and the network come before, and the state is checked again here.
type Decide func(ctx context.Context, r store.Reader, d *Draft) error

// Receipt lists what a transaction appended, in order.
type Receipt []Meta

// Do is the one way to change a record. It fails without a valid grant, if
// the decision fails, if it drafts nothing, or if the grant's action may not
// append a drafted kind; then nothing of it remains. When Do returns nil the
// entries are on the disk and in the tables.
func (j *Journal) Do(ctx context.Context, g policy.Grant, decide Decide) (Receipt, error) {
	if err := g.Valid(j.clock.Now()); err != nil {
		return nil, err
	}
	return j.submit(ctx, &request{grant: g, follower: "", decide: decide})
}

type request struct {
	grant    policy.Grant
	kernel   bool   // the journal's own entries need no grant
	follower string // moves this follower's cursor to seq in the same commit
	seq      int64
	decide   Decide

	receipt Receipt
	err     error
	done    chan struct{}
}

func (j *Journal) submit(ctx context.Context, r *request) (Receipt, error) {
	if err := j.limit.check(); err != nil {
		return nil, err
	}
	r.done = make(chan struct{})
	select {
	case j.queue <- r:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-j.quit:
		return nil, fault.New(fault.Unavailable, "faults.stopping")
	}
	<-r.done // once taken it will be committed or refused; leaving early would hide which
	return r.receipt, r.err
}

// maxBatch bounds the transactions that share a commit, so that the first
// caller of a busy batch does not wait long.
const maxBatch = 64

func (j *Journal) run() {
	for {
		select {
		case first := <-j.queue:
			j.commit(first)
		case <-j.quit:
			return
		}
	}
}

// commit runs as many waiting transactions as there are in one batch. A
// transaction that fails leaves nothing; a commit that fails fails them all.
func (j *Journal) commit(first *request) {
	ctx := context.Background()
	taken := []*request{first}
	b, h, err := j.begin(ctx)
	if err == nil {
		defer b.Rollback()
		w := &writing{j: j, b: b, head: h, keys: j.keyring(ctx, b.Reader())}
		w.keys.keep, w.keys.fresh = w.rows.key, map[ident.ID]*key{}
		w.one(ctx, first)
		runtime.Gosched() // whoever is about to ask may come along
		for more := true; more && len(taken) < maxBatch; {
			select {
			case r := <-j.queue:
				taken = append(taken, r)
				w.one(ctx, r)
			default:
				more = false
			}
		}
		if err = w.rows.write(ctx, b); err == nil {
			err = b.Commit(ctx)
		}
		if err == nil {
			w.keys.publish()
			j.recent.add(w.told)
			j.batches.Add(1)
			j.news.tell()
		}
	}
	for _, r := range taken {
		if err != nil {
			r.receipt, r.err = nil, err
		}
		close(r.done)
	}
}

// homeLock is the advisory lock number that orders the nodes of one home.
const homeLock = 0x616d616e61 // "amana"

func (j *Journal) begin(ctx context.Context) (*store.Batch, head, error) {
	b, err := j.db.Begin(ctx)
	if err != nil {
		return nil, head{}, err
	}
	if err = b.Lock(ctx, homeLock); err == nil {
		var h head
		if h, err = readHead(ctx, b.Reader()); err == nil {
			return b, h, nil
		}
	}
	b.Rollback()
	return nil, head{}, err
}

// head is the end of the chain.
type head struct {
	seq     int64
	chain   Hash
	written time.Time
}

func readHead(ctx context.Context, r store.Reader) (head, error) {
	var h head
	var us int64
	var chain []byte
	err := r.Row(ctx, "select seq, chain, written_at from journal_entries order by seq desc limit 1", nil, &h.seq, &chain, &us)
	if fault.Is(err, fault.NotFound) {
		return head{}, nil
	}
	copy(h.chain[:], chain)
	h.written = store.Time(us)
	return h, err
}

// writing is one batch at work.
type writing struct {
	j    *Journal
	b    *store.Batch
	keys *keyring
	rows gathered
	head head
	told []Notice // of what was appended, for those who follow
}

// one runs one transaction behind a savepoint.
func (w *writing) one(ctx context.Context, r *request) {
	before, made, told := w.head, w.rows.mark(), len(w.told)
	r.err = w.b.Savepoint(ctx, func() error { return w.transact(ctx, r) })
	if r.err != nil {
		w.head, w.told = before, w.told[:told]
		r.receipt = nil
		w.keys.forget(w.rows.keys[made.keys:])
		w.rows.back(made)
	}
}

func (w *writing) transact(ctx context.Context, r *request) error {
	d := &Draft{j: w.j, Now: w.next()}
	if r.follower != "" {
		if err := w.mayPass(ctx, r); err != nil {
			return err
		}
		d.keyed = func(n int) ident.ID { return followedID(w.j.home, r.follower, r.seq, n) }
	}
	err := w.b.Deciding(ctx, func() error { return r.decide(ctx, w.b.Reader(), d) })
	if err != nil {
		return err
	}
	if len(d.lines) == 0 && r.follower == "" {
		return fmt.Errorf("journal: %s appended no entry", r.grant.Action())
	}
	for _, l := range d.lines {
		m, err := w.append(ctx, r, l)
		if err != nil {
			return err
		}
		r.receipt = append(r.receipt, m)
	}
	if r.follower != "" {
		return w.j.moveCursor(ctx, w.b, r.follower, r.seq)
	}
	return nil
}

// next is the time the next entry is written: the clock's, but always later
// than the entry before.
func (w *writing) next() time.Time {
	now := w.j.clock.Now()
	if !now.After(w.head.written) {
		now = w.head.written.Add(time.Microsecond)
	}
	return now
}

func (w *writing) append(ctx context.Context, r *request, l line) (Meta, error) {
	k, err := w.j.reg.of(l.entry)
	if err != nil {
		return Meta{}, err
	}
	if !r.kernel && !r.grant.MayAppend(k.Name) {
		return Meta{}, fmt.Errorf("journal: action %s may not append %s", r.grant.Action(), k.Name)
	}
	if l.once {
		if m, ok, err := w.already(ctx, l.id); ok || err != nil {
			return m, err
		}
	}
	m := w.meta(r, l, k)
	stored, err := w.j.encode(w.keys, k, m, l.entry, r.reason())
	if err != nil {
		return Meta{}, err
	}
	stored.chain = Chain(w.head.chain, m.Seq, stored.commitment)
	w.rows.entry(stored)
	w.head = head{seq: m.Seq, chain: stored.chain, written: m.Written}
	w.told = append(w.told, Notice{Seq: m.Seq, ID: m.ID, Kind: m.Kind, Refs: l.entry.About()})
	return m, w.apply(ctx, stored)
}

// reason gives the person's own words, which are sealed; what a process
// states is its name and stays open.
func (r *request) reason() string {
	if r.grant.System() != "" {
		return ""
	}
	return r.grant.Purpose().Reason
}

func (w *writing) already(ctx context.Context, id ident.ID) (Meta, bool, error) {
	if m, ok := w.rows.known(id); ok {
		return m, true, nil
	}
	rows, err := scanStored(ctx, w.b.Reader(), storedColumns+" where id = $1", string(id))
	if err != nil || len(rows) == 0 {
		return Meta{}, false, err
	}
	return rows[0].Meta, true, nil
}

func (w *writing) meta(r *request, l line, k *Kind) Meta {
	p := r.grant.Purpose()
	if r.reason() != "" {
		p.Reason = "" // people's own words are sealed, see encode
	}
	m := Meta{
		Seq: w.head.seq + 1, ID: l.id, Kind: k.Name, Happened: clock.Micro(l.happened), Written: w.next(),
		Actor: r.grant.Actor().ID, Unit: r.grant.Actor().Unit, Action: r.grant.Action(), Purpose: p.String(),
	}
	if r.kernel {
		m.Actor, m.Action = policy.SystemID("journal"), k.Name
	}
	return m
}

// apply reads the entry back from its stored bytes and lets it change its
// tables: live and in replay, Apply sees the same input.
func (w *writing) apply(ctx context.Context, s stored) error {
	e, err := w.j.decodeWith(w.keys, s)
	if err != nil {
		return err
	}
	return w.j.applyEntry(ctx, w.b, &w.rows, s.Meta, e)
}

func (j *Journal) applyEntry(ctx context.Context, b *store.Batch, rows *gathered, m Meta, e Entry) error {
	rows.refs(m.Seq, e.About())
	wr := b.Writer(ctx, Kind{Name: m.Kind}.Module())
	defer wr.Close()
	if err := e.Apply(wr, m); err != nil {
		return fmt.Errorf("apply %s (entry %d): %w", m.Kind, m.Seq, err)
	}
	if gone, ok := e.(Erased); ok {
		rows.gone = append(rows.gone, gone.Subjects...)
		return j.applyErased(ctx, b, gone)
	}
	return nil
}

// encode makes the stored form of an entry.
func (j *Journal) encode(keys *keyring, k *Kind, m Meta, e Entry, reason string) (stored, error) {
	fields, err := k.plan.flatten(reflect.ValueOf(e), "", "", nil)
	if err != nil {
		return stored{}, fmt.Errorf("journal: %s: %w", k.Name, err)
	}
	if reason != "" {
		raw, err := encodeJSON(reason)
		if err != nil {
			return stored{}, err
		}
		fields = append(fields, field{path: headerPrefix + "reason", subject: m.ID, value: raw})
	}
	header, err := headerFields(m, j.home, k.Version)
	if err != nil {
		return stored{}, err
	}
	b, c, err := j.seal(keys, fields, header)
	if err != nil {
		return stored{}, err
	}
	return stored{Meta: m, version: k.Version, body: b.appendTo(make([]byte, 0, 2048)), commitment: c}, nil
}

// alone appends one kernel entry before the committer runs.
func (j *Journal) alone(ctx context.Context, e Entry) error {
	r := &request{kernel: true, done: make(chan struct{}), decide: func(_ context.Context, _ store.Reader, d *Draft) error {
		d.Add(e)
		return nil
	}}
	j.commit(r)
	return r.err
}

// kernel appends the journal's own entries.
func (j *Journal) kernel(ctx context.Context, decide Decide) (Receipt, error) {
	return j.submit(ctx, &request{kernel: true, decide: decide})
}
