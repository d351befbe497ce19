package journal

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

//go:embed migrations_lane/*.sql
var laneMigrations embed.FS

// Outcome says what came of an access.
type Outcome string

// The outcomes.
const (
	Read    Outcome = "read"     // a record was shown
	Found   Outcome = "searched" // a search was answered; the refs are its results
	Export  Outcome = "exported" // data left the house
	Refused Outcome = "refused"
	Asked   Outcome = "asked"        // a refused person asked for permission
	Glass   Outcome = "glass-broken" // read in an emergency; a second person is alerted
)

// Access is one read, search, export or refusal.
type Access struct {
	Lane    string
	Seq     int64
	ID      ident.ID
	At      time.Time
	Actor   ident.ID
	Unit    ident.ID
	Action  string
	Purpose string
	Refs    []ident.Ref // what was shown; the record first
	Outcome Outcome
	Detail  string // a text key (why refused) or the form of an export; never personal
	Said    Said   // what the person wrote; sealed, and empty once erased
}

// Said is what a person wrote when they asked.
type Said struct {
	Query  string `json:"query,omitempty"`  // the search words
	Reason string `json:"reason,omitempty"` // the purpose in their own words
}

// Lane records accesses. Callers who wait at the same time share one commit;
// lanes have their own order and lock, so reads never wait for writes.
type Lane struct {
	j     *Journal
	db    *store.DB
	name  string
	queue chan *pending
	quit  chan struct{}
	over  chan struct{} // closes when nothing is taken from the queue any more
	last  laneHead
	news  signal
}

type laneHead struct {
	seq, batch int64
	chain      Hash
	at         time.Time
}

type pending struct {
	access Access
	err    error
	done   chan struct{}
}

// LaneModule is the lane's part of the schema.
func LaneModule() Module {
	sub, _ := fs.Sub(laneMigrations, "migrations_lane")
	return Module{Name: "access", Migrations: sub}
}

func openLane(ctx context.Context, j *Journal, db *store.DB, name string) (*Lane, error) {
	if db == nil {
		db = j.db
	}
	if name == "" {
		name = "main"
	}
	if err := Shape(ctx, db, []Module{LaneModule()}); err != nil {
		return nil, err
	}
	l := &Lane{j: j, db: db, name: name, queue: make(chan *pending, 256), quit: make(chan struct{}), over: make(chan struct{})}
	err := db.Reader().Row(ctx, "select coalesce(max(seq), 0), coalesce(max(at), 0) from access_entries where lane = $1", []any{name}, &l.last.seq, (*micros)(&l.last.at))
	if err != nil {
		return nil, err
	}
	var chain []byte
	err = db.Reader().Row(ctx, "select batch, chain from access_batches where lane = $1 order by batch desc limit 1", []any{name}, &l.last.batch, &chain)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	copy(l.last.chain[:], chain)
	go l.run()
	return l, nil
}

// micros scans a column that store.Micros filled.
type micros time.Time

func (m *micros) Scan(v any) error {
	us, ok := v.(int64)
	if !ok {
		return fmt.Errorf("journal: a time of type %T", v)
	}
	*m = micros(store.Time(us))
	return nil
}

func (l *Lane) close() error {
	close(l.quit)
	<-l.over
	return nil
}

// Name gives the lane's name.
func (l *Lane) Name() string { return l.name }

// Record makes an access durable. Only when it returns nil may what was
// asked for be released.
func (l *Lane) Record(ctx context.Context, a Access) error {
	p := &pending{access: a, done: make(chan struct{})}
	select {
	case l.queue <- p:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.quit:
		return fault.New(fault.Unavailable, "faults.stopping")
	}
	select {
	case <-p.done:
		return p.err
	case <-l.over:
	}
	select { // it may have been among the last
	case <-p.done:
		return p.err
	default:
		return fault.New(fault.Unavailable, "faults.stopping")
	}
}

// Of fills an access from the grant under which it is made.
func Of(g policy.Grant, outcome Outcome, refs ...ident.Ref) Access {
	p := g.Purpose()
	reason := p.Reason
	p.Reason = ""
	if g.BreakGlass() {
		outcome = Glass
	}
	return Access{Actor: g.Actor().ID, Unit: g.Actor().Unit, Action: g.Action(), Purpose: p.String(), Refs: refs, Outcome: outcome, Said: Said{Reason: reason}}
}

// RecordRefusal implements policy.Recorder.
func (l *Lane) RecordRefusal(ctx context.Context, r policy.Refusal) error {
	p := r.Purpose
	p.Reason = ""
	a := Access{Actor: r.Actor.ID, Unit: r.Actor.Unit, Action: r.Action, Purpose: p.String(), Outcome: Refused, Detail: r.Reason, Said: Said{Reason: r.Purpose.Reason}}
	if !r.Resource.Ref.IsZero() {
		a.Refs = []ident.Ref{r.Resource.Ref}
	}
	return l.Record(ctx, a)
}

var _ policy.Recorder = (*Lane)(nil)

// maxShare bounds the accesses that share a commit.
const maxShare = 256

func (l *Lane) run() {
	defer close(l.over)
	for {
		select {
		case first := <-l.queue:
			batch := append(make([]*pending, 0, 16), first)
			for more := true; more && len(batch) < maxShare; {
				select {
				case p := <-l.queue:
					batch = append(batch, p)
				default:
					more = false
				}
			}
			l.commit(batch)
		case <-l.quit:
			return
		}
	}
}

func (l *Lane) commit(batch []*pending) {
	ctx := context.Background()
	next, err := l.write(ctx, batch)
	if err == nil {
		l.last = next
		l.news.tell()
	}
	for _, p := range batch {
		p.err = err
		close(p.done)
	}
}

func (l *Lane) write(ctx context.Context, batch []*pending) (laneHead, error) {
	b, err := l.db.Begin(ctx)
	if err != nil {
		return laneHead{}, err
	}
	defer b.Rollback()
	h := l.last
	var rows laneRows
	commitments := make([]Hash, len(batch))
	for i, p := range batch {
		h.seq++
		h.at = after(l.j.clock.Now(), h.at)
		p.access.Lane, p.access.Seq, p.access.At, p.access.ID = l.name, h.seq, h.at, l.j.NewID()
		if commitments[i], err = l.gather(&rows, p.access); err != nil {
			return laneHead{}, err
		}
	}
	if err := rows.write(ctx, b); err != nil {
		return laneHead{}, err
	}
	h.batch++
	root := BatchRoot(commitments)
	h.chain = laneChain(h.chain, h.batch, l.last.seq+1, h.seq, store.Micros(h.at), root)
	err = b.Insert(ctx, "insert into access_batches (lane, batch, first_seq, last_seq, written_at, root, chain) values", "", 7,
		[]any{l.name, h.batch, l.last.seq + 1, h.seq, store.Micros(h.at), root[:], h.chain[:]})
	if err != nil {
		return laneHead{}, err
	}
	return h, b.Commit(ctx)
}

func after(now, last time.Time) time.Time {
	if now.After(last) {
		return now
	}
	return last.Add(time.Microsecond)
}

// accessRow is the stored form of an access.
type accessRow struct {
	Access
	refs       string
	said       []byte // sealed, nil once erased or where nothing was said
	saidDigest []byte
	salt       []byte
	commitment Hash
}

// laneRows are the rows of a batch of accesses, written together.
type laneRows struct{ entries, refs, keys []any }

func (g *laneRows) write(ctx context.Context, b *store.Batch) error {
	err := b.Insert(ctx, `insert into access_entries (lane, seq, id, at, actor, unit, action, purpose, refs, outcome, detail, said, said_digest, salt, commitment) values`, "", 15, g.entries)
	if err == nil {
		err = b.Insert(ctx, "insert into idx_access_refs (ref, lane, seq) values", "on conflict do nothing", 3, g.refs)
	}
	if err == nil {
		err = b.Insert(ctx, "insert into access_keys (lane, seq, wrapped) values", "", 3, g.keys)
	}
	return err
}

// gather adds an access to the rows of its batch and gives its commitment.
func (l *Lane) gather(rows *laneRows, a Access) (Hash, error) {
	row := accessRow{Access: a, refs: joinRefs(a.Refs), salt: l.j.random(16), saidDigest: []byte{}}
	if a.Said != (Said{}) {
		if err := l.sealSaid(rows, &row); err != nil {
			return Hash{}, err
		}
	}
	row.commitment = row.commit()
	rows.entries = append(rows.entries, a.Lane, a.Seq, string(a.ID), store.Micros(a.At), string(a.Actor), string(a.Unit), a.Action, a.Purpose,
		row.refs, string(a.Outcome), a.Detail, row.said, row.saidDigest, row.salt, row.commitment[:])
	for _, ref := range a.Refs {
		rows.refs = append(rows.refs, ref.String(), a.Lane, a.Seq)
	}
	return row.commitment, nil
}

// sealSaid seals what the person wrote under a key of its own, so that one
// search can be erased without the others.
func (l *Lane) sealSaid(rows *laneRows, row *accessRow) error {
	raw := l.j.random(32)
	k, err := newKey(raw)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(struct {
		Salt []byte `json:"salt"`
		Said
	}{l.j.random(32), row.Said})
	if err != nil {
		return err
	}
	row.said = k.seal(l.j.random(12), plain, row.ID)
	row.saidDigest = saidDigest(plain)
	rows.keys = append(rows.keys, row.Lane, row.Seq, l.j.master.seal(l.j.random(12), raw, row.ID))
	return nil
}

// saidDigest hides behind the salt that is inside the sealed text.
func saidDigest(plain []byte) []byte {
	h := sha256.Sum256(plain)
	return h[:]
}

// commit is HMAC-SHA256, under the row's salt, of its columns, each preceded
// by its length in four bytes.
func (r accessRow) commit() Hash {
	m := hmac.New(sha256.New, r.salt)
	m.Write([]byte("amana-access/v1\n"))
	var n [8]byte
	for _, v := range []int64{r.Seq, store.Micros(r.At)} {
		binary.BigEndian.PutUint64(n[:], uint64(v))
		m.Write(n[:])
	}
	for _, s := range []string{r.Lane, string(r.ID), string(r.Actor), string(r.Unit), r.Action, r.Purpose, r.refs, string(r.Outcome), r.Detail, string(r.saidDigest)} {
		binary.BigEndian.PutUint32(n[:4], uint32(len(s)))
		m.Write(n[:4])
		m.Write([]byte(s))
	}
	return Hash(m.Sum(nil))
}

// BatchRoot is the RFC 6962 Merkle tree hash over the accesses' commitments.
func BatchRoot(commitments []Hash) Hash {
	var stack []tlog.Hash // roots of complete subtrees, by the bits of the count
	for n, c := range commitments {
		h := tlog.RecordHash(c[:])
		for i := n; i&1 == 1; i >>= 1 {
			h = tlog.NodeHash(stack[len(stack)-1], h)
			stack = stack[:len(stack)-1]
		}
		stack = append(stack, h)
	}
	if len(stack) == 0 {
		return sha256.Sum256(nil)
	}
	h := stack[len(stack)-1]
	for i := len(stack) - 2; i >= 0; i-- {
		h = tlog.NodeHash(stack[i], h)
	}
	return Hash(h)
}

// laneChain links a batch to the one before it.
func laneChain(prev Hash, batch, first, last, writtenAt int64, root Hash) Hash {
	h := sha256.New()
	h.Write([]byte("amana-lane/v1\n"))
	h.Write(prev[:])
	var n [8]byte
	for _, v := range []int64{batch, first, last, writtenAt} {
		binary.BigEndian.PutUint64(n[:], uint64(v))
		h.Write(n[:])
	}
	h.Write(root[:])
	return Hash(h.Sum(nil))
}

func joinRefs(refs []ident.Ref) string {
	s := make([]string, len(refs))
	for i, r := range refs {
		s[i] = r.String()
	}
	return strings.Join(s, " ")
}
