package journal

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/store"
)

// Finding is something that is not as the entries say.
type Finding struct {
	Where string `json:"where"` // "entry 12", "table cases_cases key …", "tile 0/3"
	What  string `json:"what"`
}

// Report is what a verification counted and found.
type Report struct {
	Entries  int64     `json:"entries"`
	Accesses int64     `json:"accesses"`
	Expired  int64     `json:"expired,omitempty"` // accesses deleted when their time was over, by receipt
	Keys     int64     `json:"keys"`
	Tables   int       `json:"tables"`
	Rows     int64     `json:"rows"`
	Leaves   int64     `json:"leaves"`
	Unlogged int64     `json:"unlogged"` // entries that no checkpoint covers yet
	Blobs    int64     `json:"blobs"`
	Since    int64     `json:"since,omitempty"`    // the closing it started from; 0 from the first entry
	Renewals []Renewal `json:"renewals,omitempty"` // logs that ended, and what did not come back of each
	Seconds  float64   `json:"seconds"`
	Findings []Finding `json:"findings"`

	said map[string]int // findings by what they are about
}

// Clean reports whether everything is as the entries say.
func (r *Report) Clean() bool { return len(r.Findings) == 0 }

// maxFindings bounds what a report says of one thing: of the entries, of the
// keys, of one table. What is wrong with one hides nothing of another.
const maxFindings = 200

func (r *Report) find(where, format string, args ...any) {
	about, rest, _ := strings.Cut(where, " ")
	if about == "table" {
		name, _, _ := strings.Cut(rest, " ")
		about += " " + name
	}
	if r.said == nil {
		r.said = map[string]int{}
	}
	r.said[about]++
	switch n := r.said[about]; {
	case n <= maxFindings:
		r.Findings = append(r.Findings, Finding{where, fmt.Sprintf(format, args...)})
	case n == maxFindings+1:
		r.Findings = append(r.Findings, Finding{about, "and more of the same"})
	}
}

// LogSource opens the transparency log for checking; nil where there is none.
type LogSource func(ctx context.Context, visit func(index uint64, leaf tlog.Leaf) error) error

// Scope is what a verification covers beside the databases.
type Scope struct {
	Log      LogSource
	Logged   bool                    // where Log is nil: places in a log that were noted are held against its absence
	LogKey   string                  // verifier key of the log in force; "" where it is not known
	Former   []string                // statements by which logs ended, as the key file keeps them
	Blobs    iter.Seq2[int64, error] // checked blobs, each with its finding
	Progress func(stage string, done int64)
	Stage    func(stage string) // told as each stage begins; may be nil
	Since    string             // the closing to start from: "last", its seq or its id; "" from the first entry
	Files    *blobs.Store       // where the state of that closing is
}

// OpenForReading prepares a journal whose databases are only read.
func OpenForReading(ctx context.Context, o Options) (*Journal, error) {
	j, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if o.Lane == nil {
		o.Lane = o.DB
	}
	j.lane = &Lane{j: j, db: o.Lane, name: o.Node}
	j.home, err = j.readHome(ctx)
	return j, err
}

// readHome reads the home from the first entry.
func (j *Journal) readHome(ctx context.Context) (ident.ID, error) {
	first, err := j.page(ctx, j.db.Reader(), 0, 1)
	if err != nil {
		return "", err
	}
	if len(first) == 0 {
		return "", fault.New(fault.NotFound, "journal.empty")
	}
	b, err := first[0].parse()
	if err != nil {
		return "", err
	}
	var f Founded
	if err := j.reg.byName["journal.founded"].plan.fill(valueOf(&f), "", b.Open); err != nil || f.Home == "" {
		return "", fmt.Errorf("journal: entry 1 does not found the journal (%w)", err)
	}
	return f.Home, nil
}

// Verify recomputes every commitment and chain link, replays all entries into
// an empty database and compares every row of every table, and checks keys,
// cursors, schema, lanes and log.
func (j *Journal) Verify(ctx context.Context, s Scope) (*Report, error) {
	v := &verification{j: j, scope: s, report: &Report{Findings: []Finding{}}, erased: map[ident.ID]bool{}, gone: map[ident.ID]int64{}, states: map[int64]replayed{}, controls: newControlled(), receipts: map[string]seqRanges{}}
	if v.scope.Progress == nil {
		v.scope.Progress = func(string, int64) {}
	}
	begun := time.Now()
	err := v.run(ctx)
	v.report.Seconds = time.Since(begun).Seconds()
	return v.report, err
}

type verification struct {
	j        *Journal
	scope    Scope
	report   *Report
	erased   map[ident.ID]bool  // by an entry
	gone     map[ident.ID]int64 // subjects without key, and the first entry that misses it
	leaves   []Hash             // by seq-1
	lanes    map[string][]Hash  // by lane and batch-1
	whole    bool               // every entry decoded and applied
	start    *start             // the closing it began at, nil from the first entry
	states   map[int64]replayed // by the last entry of a closed period
	marks    []mark             // what entries say of the lanes
	controls *controlled
	replay   *replayer
	from     head // the last entry that replay has taken
	ends     map[int64]bool
	main     store.Reader // while the service goes on: one commit of each database
	lane     store.Reader
	receipts map[string]seqRanges // accesses that receipts speak of, by lane
	last     time.Time            // when the last entry was written
}

func (v *verification) run(ctx context.Context) (err error) {
	empty, remove, err := disposable(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if err := Shape(ctx, empty, v.j.modules); err != nil {
		return err
	}
	if v.scope.Since != "" {
		if v.from, err = v.begin(ctx, empty); fault.Is(err, fault.NotFound) || ctx.Err() != nil {
			return err
		} else if err != nil {
			v.report.find("closing", "one cannot start there: %v", err)
			return nil
		}
	}
	v.replay = &replayer{j: v.j, into: empty}
	defer v.replay.abandon()
	if err := v.stages(ctx, empty, stage{"entries", v.entries}); err != nil {
		return err
	}
	err = v.atOnce(ctx, func() error {
		return v.stages(ctx, empty, stage{"tables", v.tables}, stage{"keys", v.keys}, stage{"cursors", v.cursors}, stage{"schema", v.schema}, stage{"accesses", v.accesses}, stage{"log renewals", func(ctx context.Context, _ *store.DB) error { return v.renewals(ctx) }})
	})
	if err != nil {
		return err
	}
	return v.stages(ctx, empty, stage{"log", v.log}, stage{"blobs", v.blobs})
}

// stage is a part of a verification; empty is the database that replay fills.
type stage struct {
	name  string
	check func(ctx context.Context, empty *store.DB) error
}

func (v *verification) stages(ctx context.Context, empty *store.DB, all ...stage) error {
	for _, s := range all {
		if v.scope.Stage != nil {
			v.scope.Stage(s.name)
		}
		if err := s.check(ctx, empty); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil { // what cannot even be read is a finding too
			v.report.find(s.name, "cannot be read: %v", err)
		}
	}
	return nil
}

// entries checks the chain and applies every entry to the database that
// replay fills.
func (v *verification) entries(ctx context.Context, _ *store.DB) (err error) {
	if v.ends, err = v.j.ends(ctx); err != nil {
		return err
	}
	v.whole = true
	return v.j.walk(ctx, v.from.seq, func(r *read) error { return v.take(ctx, r) })
}

// take checks and applies the next entry.
func (v *verification) take(ctx context.Context, r *read) error {
	v.link(&v.from, r)
	if r.err == nil {
		v.note(r)
		if err := v.replay.apply(ctx, r); err != nil {
			r.err = err
		}
	}
	if v.ends[r.Seq] {
		if err := v.keepReplayed(ctx, v.replay, v.from); err != nil {
			return err
		}
	}
	if r.err != nil {
		v.whole = false
		v.report.find(fmt.Sprintf("entry %d", r.Seq), "%v", r.err)
	}
	v.report.Entries++
	if v.report.Entries%5000 == 0 {
		v.scope.Progress("entries", v.report.Entries)
	}
	return nil
}

// missed finds the keys that went without an erasure.
func (v *verification) missed() {
	for subject, seq := range v.gone {
		if !v.erased[subject] {
			v.report.find("key "+string(subject), "is missing (entry %d needs it) and no entry erased it", seq)
		}
	}
}

// link checks order and chain.
func (v *verification) link(h *head, r *read) {
	where := fmt.Sprintf("entry %d", r.Seq)
	if r.Seq != h.seq+1 {
		v.report.find(where, "follows entry %d: entries are missing", h.seq)
	}
	if !r.Written.After(h.written) {
		v.report.find(where, "is written before the entry before it")
	}
	if Chain(h.chain, r.Seq, r.commitment) != r.chain {
		v.report.find(where, "breaks the chain")
	}
	*h = head{r.Seq, r.chain, r.Written}
	v.last = r.Written
	for int64(len(v.leaves)) < r.Seq-1 {
		v.leaves = append(v.leaves, Hash{})
	}
	v.leaves = append(v.leaves, sha256.Sum256(v.j.leaf(r.stored).Marshal()))
}

func (v *verification) note(r *read) {
	for _, s := range r.erased {
		if _, ok := v.gone[s]; !ok {
			v.gone[s] = r.Seq
		}
	}
	switch e := r.entry.(type) {
	case Erased:
		for _, s := range e.Subjects {
			v.erased[s] = true
		}
	case PeriodClosed:
		v.closed(e, r.Seq)
	case AccessesExpired:
		v.receipt(e, r.Seq)
	case Counted:
		v.counted(e, r.Seq)
	case ControlPlanted:
		v.controls.planted[e.Control] = planted{r.Seq, e.Lane, r.Written}
	case ControlSeen:
		v.controls.seen[e.Control] = e
	case ControlMissed:
		v.controls.missed[e.Control] = true
	}
}

// compared reports whether replay makes the table.
func compared(name string) bool {
	switch {
	case strings.HasPrefix(name, "tmp_"), strings.HasPrefix(name, "access_"), strings.HasPrefix(name, "idx_access_"):
		return false
	case name == "journal_entries", name == "journal_keys", name == "journal_cursors":
		return false
	}
	return true
}

func (v *verification) tables(ctx context.Context, empty *store.DB) error {
	tables, err := empty.Tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if !compared(t.Name) {
			continue
		}
		n, err := store.Compare(ctx, v.main, empty.Reader(), t, func(d store.Difference) bool {
			v.report.find(fmt.Sprintf("table %s key %s", d.Table, d.Key), "%s", describe(d))
			return len(v.report.Findings) < maxFindings
		})
		if err != nil {
			v.report.find("table "+t.Name, "cannot be read: %v", err)
		}
		v.report.Tables++
		v.report.Rows += n
		v.scope.Progress("rows", v.report.Rows)
	}
	return nil
}

func describe(d store.Difference) string {
	switch {
	case d.Column != "":
		return fmt.Sprintf("column %s is not what the entries say", d.Column)
	case d.There == "":
		return "the row is in no entry"
	}
	return "the row is missing"
}

// keys opens every wrapped key: an altered or foreign one does not open.
func (v *verification) keys(ctx context.Context, _ *store.DB) error {
	ring := v.j.keyring(ctx, v.main)
	return v.main.Each(ctx, "select subject, wrapped from journal_keys", nil, func(scan store.Scan) error {
		var subject ident.ID
		var wrapped []byte
		if err := scan(&subject, &wrapped); err != nil {
			return err
		}
		v.report.Keys++
		if _, err := ring.unwrap(subject, wrapped); err != nil {
			v.report.find("key "+string(subject), "does not open")
		}
		if v.erased[subject] {
			v.report.find("key "+string(subject), "is there although its subject was erased")
		}
		return nil
	})
}

func (v *verification) cursors(ctx context.Context, _ *store.DB) error {
	return v.main.Each(ctx, "select follower, seq, mac from journal_cursors", nil, func(scan store.Scan) error {
		var name string
		var seq int64
		var mac []byte
		if err := scan(&name, &seq, &mac); err != nil {
			return err
		}
		if !v.j.master.trusts(mac, name, seq) {
			v.report.find("cursor "+name, "was moved behind the program's back")
		} else if seq > int64(len(v.leaves)) {
			v.report.find("cursor "+name, "stands at %d, after the last entry", seq)
		}
		return nil
	})
}

func (v *verification) schema(ctx context.Context, empty *store.DB) error {
	if v.j.lane.db == v.j.db { // one database holds both
		if err := Shape(ctx, empty, []Module{LaneModule()}); err != nil {
			return err
		}
	}
	have, err := v.j.db.Schema(ctx)
	if err != nil {
		return err
	}
	want, err := empty.Schema(ctx)
	if err != nil {
		return err
	}
	for name, def := range want {
		if got, ok := have[name]; !ok {
			v.report.find("schema "+name, "is missing")
		} else if got != def {
			v.report.find("schema "+name, "is not as the migrations make it")
		}
	}
	for name := range have {
		if _, ok := want[name]; !ok {
			v.report.find("schema "+name, "is made by no migration")
		}
	}
	return nil
}

// taken finds a log that is not there although places in it were noted.
func (v *verification) taken(ctx context.Context) error {
	var places int64
	if err := v.j.lane.db.Reader().Row(ctx, "select count(*) from tmp_access_leaves", nil, &places); err != nil {
		return err
	}
	if places > 0 {
		v.report.find("log", "is missing: %d leaves were put into it", places)
	}
	return nil
}

// log checks that each leaf is that of its entry and each entry has one.
func (v *verification) log(ctx context.Context, _ *store.DB) error {
	if v.scope.Log == nil {
		if v.scope.Logged {
			if err := v.taken(ctx); err != nil {
				return err
			}
		}
		if v.start != nil {
			v.report.find(v.start.where(), "nothing vouches for its state: there is no signed log")
		}
		return nil
	}
	seen := make([]bool, len(v.leaves))
	covered := int64(0)
	var err error
	err = v.scope.Log(ctx, func(index uint64, leaf tlog.Leaf) error {
		v.report.Leaves++
		where := fmt.Sprintf("leaf %d", index)
		known, mine := v.leaves, leaf.Source == string(v.j.home)
		if !mine {
			known = v.lanes[strings.TrimPrefix(leaf.Source, string(v.j.home)+"/")]
		}
		var stored Hash
		ok := leaf.Seq >= 1 && leaf.Seq <= int64(len(known))
		if ok {
			stored = known[leaf.Seq-1]
		} else if stored, ok, err = v.meanwhile(ctx, leaf); err != nil {
			return err
		}
		switch {
		case !ok:
			v.report.find(where, "is of %s %d, which is missing here", leaf.Source, leaf.Seq)
		case stored != sha256.Sum256(leaf.Marshal()):
			v.report.find(where, "is not the leaf of %s %d as stored", leaf.Source, leaf.Seq)
		case mine && leaf.Seq <= int64(len(seen)):
			seen[leaf.Seq-1] = true
			covered = max(covered, leaf.Seq)
		}
		return nil
	})
	if err != nil {
		v.report.find("log", "%v", err)
		return nil
	}
	for i := range covered {
		if !seen[i] {
			v.report.find(fmt.Sprintf("entry %d", i+1), "has no leaf in the log")
		}
	}
	v.report.Unlogged = int64(len(v.leaves)) - covered
	if v.start != nil && v.start.seq > covered {
		v.report.find(v.start.where(), "is under no signed checkpoint: nothing vouches for its state")
	}
	return nil
}

func (v *verification) blobs(context.Context, *store.DB) error {
	if v.scope.Blobs == nil {
		return nil
	}
	for _, err := range v.scope.Blobs {
		v.report.Blobs++
		if err != nil {
			v.report.find("blob", "%v", err)
		}
	}
	return nil
}
