package tlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
)

// Options say where a log is and who signs it.
type Options struct {
	Dir      string        // made if it is not there; one process at a time
	Origin   string        // the log's name; that of its key
	Signer   note.Signer   // usually DialSigner's
	Verifier note.Verifier // of the Signer's key
	LogVKey  string        // the same key as text, for proofs to name it; may be empty
	Policy   []byte        // which witnesses to ask, with addresses; empty for none

	CheckpointInterval time.Duration // 0 is 200 ms; at least 100 ms
	BatchSize          int           // leaves written at once; 0 is 1024
	BatchAge           time.Duration // how long a leaf waits for company; 0 is 100 ms
	CloseTimeout       time.Duration // how long Close waits for a last checkpoint; 0 is 5 s

	Logger *slog.Logger // nil says nothing
	Clock  clock.Clock  // nil is the system's
}

// Log is an open log. Its methods may be called from anywhere.
type Log struct {
	o      Options
	files  tileDir
	append *tessera.Appender
	reader tessera.LogReader
	stop   func(context.Context) error
	cancel context.CancelFunc
	lock   *os.File

	adding sync.Mutex // one Append at a time keeps their order

	mu      sync.Mutex
	last    Checkpoint // as last read and verified
	waiting []waiting  // appended, not yet covered
	closed  bool
}

// waiting remembers when the leaves before end were appended.
type waiting struct {
	end uint64
	at  time.Time
}

// Open opens the log in a directory, making it if needed. It fails if another
// process has it open. It does not need the signer or the witnesses to be
// there: the log grows without them, and has no new checkpoint until they are
// back.
func Open(ctx context.Context, o Options) (*Log, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	quietLibrary(o.Logger)
	l := &Log{o: o, files: tileDir(o.Dir), lock: lock}
	if err := l.start(); err != nil {
		l.cancel()
		return nil, fmt.Errorf("tlog: open %s: %w", o.Dir, errors.Join(err, lock.Close()))
	}
	if size, err := l.Size(ctx); err == nil && size > l.published() {
		l.waiting = append(l.waiting, waiting{size, o.Clock.Now()})
	}
	return l, nil
}

func (o *Options) complete() error {
	if o.Signer == nil || o.Verifier == nil || o.Signer.Name() != o.Origin || o.Verifier.Name() != o.Origin || o.Signer.KeyHash() != o.Verifier.KeyHash() {
		return fmt.Errorf("tlog: signer and verifier must be of one key named %q", o.Origin)
	}
	if o.LogVKey != "" {
		if v, err := note.NewVerifier(o.LogVKey); err != nil || v.KeyHash() != o.Verifier.KeyHash() {
			return fmt.Errorf("tlog: %.100q is not the log's key: %w", o.LogVKey, err)
		}
	}
	defaultTo(&o.CheckpointInterval, 200*time.Millisecond)
	defaultTo(&o.BatchSize, 1024)
	defaultTo(&o.BatchAge, 100*time.Millisecond)
	defaultTo(&o.CloseTimeout, 5*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	return nil
}

func defaultTo[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// start runs the appender. In a new directory its first act is to publish an
// empty checkpoint, which fails while the signer or the witnesses are away;
// the tree is made by then, and a second start does not need them.
func (l *Log) start() error {
	opts, err := l.o.appendOptions()
	l.cancel = func() {}
	if err != nil {
		return err
	}
	for range 2 {
		ctx, cancel := context.WithCancel(context.Background())
		l.cancel = cancel
		var d tessera.Driver
		d, err = posix.New(ctx, posix.Config{Path: l.o.Dir, HTTPClient: &http.Client{Timeout: 10 * time.Second}})
		if err != nil {
			return err
		}
		if l.append, l.stop, l.reader, err = tessera.NewAppender(ctx, d, opts); err == nil {
			return nil
		}
		cancel()
		l.o.Logger.Warn("the log is without a checkpoint", slog.Any("error", err))
	}
	return err
}

func (o *Options) appendOptions() (*tessera.AppendOptions, error) {
	opts := tessera.NewAppendOptions().
		WithCheckpointSigner(o.Signer).
		WithCheckpointInterval(o.CheckpointInterval).
		WithCheckpointRepublishInterval(max(time.Hour, o.CheckpointInterval)).
		WithBatching(uint(o.BatchSize), o.BatchAge).
		WithShutdownTimeout(o.CloseTimeout)
	if len(o.Policy) == 0 {
		return opts, nil
	}
	if _, err := ParsePolicy(o.Policy); err != nil { // stricter than the library
		return nil, err
	}
	group, err := tessera.NewWitnessGroupFromPolicy(o.Policy)
	if err != nil {
		return nil, err
	}
	return opts.WithWitnesses(group, &tessera.WitnessOptions{Timeout: 5 * time.Second}), nil
}

// lockDir makes the directory and takes it for this process, until the file
// is closed or the process dies.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return lockFile(filepath.Join(dir, ".lock"))
}

func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, fmt.Errorf("tlog: %s is in use by another process: %w", filepath.Dir(path), errors.Join(err, f.Close()))
	}
	return f, nil
}

// Append adds leaves in order and gives their indices once they are on the
// disk for good. If it fails, some of them may be in the log all the same:
// whoever tries again first reads with Scan what is in, or lives with a leaf
// that stands twice, which readers count once by source and seq.
func (l *Log) Append(ctx context.Context, leaves []Leaf) ([]uint64, error) {
	for _, leaf := range leaves {
		if err := leaf.valid(); err != nil {
			return nil, err
		}
	}
	l.adding.Lock()
	defer l.adding.Unlock()
	out := make([]uint64, 0, len(leaves))
	for len(leaves) > 0 {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		n := min(len(leaves), l.o.BatchSize)
		got, err := l.appendBatch(leaves[:n])
		out = append(out, got...)
		if err != nil {
			return out, fmt.Errorf("tlog: append: %w", err)
		}
		leaves = leaves[n:]
	}
	return out, nil
}

// appendBatch does not heed a context: once handed over, the leaves will be
// written or refused, and leaving early would hide which.
func (l *Log) appendBatch(leaves []Leaf) ([]uint64, error) {
	futures := make([]tessera.IndexFuture, len(leaves))
	at := l.o.Clock.Now()
	for i, leaf := range leaves {
		futures[i] = l.append.Add(context.Background(), tessera.NewEntry(leaf.Marshal()))
	}
	out := make([]uint64, 0, len(leaves))
	var end uint64
	for _, future := range futures {
		i, err := future()
		if err != nil {
			return out, err
		}
		out = append(out, i.Index)
		end = max(end, i.Index+1)
	}
	l.remember(waiting{end, at})
	return out, nil
}

const maxWaiting = 4096

func (l *Log) remember(w waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.waiting); n >= maxWaiting {
		l.waiting[n-1].end = w.end // looks older than it is: the alarm comes early, never late
		return
	}
	l.waiting = append(l.waiting, w)
}

// Scan calls visit for each leaf on the disk from an index on, covered by a
// checkpoint or not, in order. After a kill it shows which leaves came in
// unacknowledged. The same (Source, Seq) may stand twice.
func (l *Log) Scan(ctx context.Context, from uint64, visit func(index uint64, leaf Leaf) error) error {
	size, err := l.Size(ctx)
	if err != nil {
		return err
	}
	for from < size {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := int64(from / tileWidth)
		width := int(min(tileWidth, size-uint64(n)*tileWidth))
		raw, path, err := l.files.bundle(n, width)
		if err != nil {
			return err
		}
		for ; from < uint64(n)*tileWidth+uint64(width); from++ {
			leaf, err := ParseLeaf(raw[from%tileWidth])
			if err == nil {
				err = visit(from, leaf)
			}
			if err != nil {
				return fmt.Errorf("tlog: %s, index %d: %w", path, from, err)
			}
		}
	}
	return nil
}

// Size gives how many leaves are on the disk for good.
func (l *Log) Size(ctx context.Context) (uint64, error) { return l.reader.IntegratedSize(ctx) }

// ErrNoCheckpoint means that none was published yet, or none that covers
// what was asked about.
var ErrNoCheckpoint = errors.New("no checkpoint yet")

// Checkpoint gives the latest published checkpoint, its signature verified.
// Publication waited for the witnesses, so their quorum is not checked again.
func (l *Log) Checkpoint(context.Context) (Checkpoint, error) {
	raw, err := l.files.checkpoint()
	if errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, fault.Wrap(ErrNoCheckpoint, fault.Unavailable, "tlog.no-checkpoint")
	} else if err != nil {
		return Checkpoint{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if string(raw) == string(l.last.Note) {
		return l.last, nil
	}
	c, err := openCheckpoint(raw, l.o.Verifier)
	if err == nil {
		l.last = c
	}
	return c, err
}

func (l *Log) published() uint64 {
	c, err := l.Checkpoint(context.Background())
	if err != nil {
		return 0
	}
	return c.Size
}

// Inclusion leads from a leaf to a checkpoint.
type Inclusion struct {
	Index      uint64
	Hashes     [][32]byte // siblings from the leaf upwards
	Checkpoint Checkpoint
	LogVKey    string // as in Options; not proved by anything here
}

// Proof shows that the leaf at an index is in the latest published
// checkpoint; every tile it reads is checked against that checkpoint's root.
// It fails with ErrNoCheckpoint while the index is not covered.
func (l *Log) Proof(ctx context.Context, index uint64) (Inclusion, error) {
	c, err := l.Checkpoint(ctx)
	if err != nil {
		return Inclusion{}, err
	}
	if index >= c.Size {
		return Inclusion{}, fault.Wrap(ErrNoCheckpoint, fault.Unavailable, "tlog.no-checkpoint")
	}
	p, err := merkle.ProveRecord(int64(c.Size), int64(index), l.files.hashes(c.tree()))
	if err != nil {
		return Inclusion{}, fmt.Errorf("tlog: proof of %d: %w", index, err)
	}
	in := Inclusion{Index: index, Checkpoint: c, LogVKey: l.o.LogVKey, Hashes: make([][32]byte, len(p))}
	for i, h := range p {
		in.Hashes[i] = h
	}
	return in, nil
}

// WaitCovered returns once a published checkpoint covers the index, or with
// the context's error.
func (l *Log) WaitCovered(ctx context.Context, index uint64) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := l.Checkpoint(ctx)
		if err == nil && index < c.Size {
			return nil
		}
		if err != nil && !errors.Is(err, ErrNoCheckpoint) {
			return err
		}
		select {
		case <-ctx.Done():
			return fault.Wrap(ctx.Err(), fault.Unavailable, "tlog.no-checkpoint")
		case <-tick.C:
		}
	}
}

// Lag says how far the published checkpoint is behind.
type Lag struct {
	Size    uint64        // leaves on the disk
	Covered uint64        // of them, in the published checkpoint
	Age     time.Duration // of the oldest leaf that is not; 0 if all are
}

// Lag measures the distance between what was appended and what is signed, for
// the alarm and for refusing writes beyond a window (DESIGN 1, rule 9).
func (l *Log) Lag(ctx context.Context) (Lag, error) {
	size, err := l.Size(ctx)
	if err != nil {
		return Lag{}, err
	}
	g := Lag{Size: size, Covered: l.published()}
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) > 0 && l.waiting[0].end <= g.Covered {
		l.waiting = l.waiting[1:]
	}
	if len(l.waiting) > 0 && g.Covered < g.Size {
		g.Age = max(0, l.o.Clock.Now().Sub(l.waiting[0].at))
	}
	return g, nil
}

// Witnesses gives who cosigned the latest published checkpoint, and when: old
// times are the first sign that a witness, or the line to it, is gone. An
// unchanged checkpoint is shown to the witnesses again every hour.
func (l *Log) Witnesses(ctx context.Context) ([]Cosigned, error) {
	c, err := l.Checkpoint(ctx)
	if err != nil || len(l.o.Policy) == 0 {
		return nil, err
	}
	p, err := ParsePolicy(l.o.Policy)
	if err != nil {
		return nil, err
	}
	return p.Check(c.Note)
}

// Close takes no more leaves, waits a while for a checkpoint of what was
// appended, and lets the directory go. An error says that no checkpoint
// covers the last leaves yet; they are on the disk and will be covered later.
func (l *Log) Close(ctx context.Context) error {
	l.adding.Lock()
	defer l.adding.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	err := l.stop(ctx)
	l.cancel()
	if err != nil {
		err = fmt.Errorf("tlog: closed before a checkpoint covered the last leaves: %w", err)
	}
	return errors.Join(err, l.lock.Close())
}
