package journal

import (
	"context"
	"sync"

	"github.com/amana-platform/amana/kernel/ident"
)

// Notice says that an entry was written, and what about: nothing of what it
// says. It is all that leaves the journal's process.
type Notice struct {
	Seq  int64
	ID   ident.ID
	Kind string
	Refs []ident.Ref
}

// Notices gives up to n notices after seq, in order and without gaps. Those
// of this process's latest entries cost no query.
func (j *Journal) Notices(ctx context.Context, seq int64, n int) ([]Notice, error) {
	if kept := j.recent.after(seq, n); len(kept) > 0 {
		return kept, nil
	}
	rows, err := j.page(ctx, j.db.Reader(), seq, n)
	if err != nil {
		return nil, err
	}
	out := make([]Notice, 0, len(rows))
	for _, s := range rows {
		e, err := j.decodeWith(nil, s) // what an entry is about is never sealed
		if err != nil {
			return out, err
		}
		out = append(out, Notice{Seq: s.Seq, ID: s.ID, Kind: s.Kind, Refs: e.About()})
	}
	return out, nil
}

// Newest gives the number of the latest entry that this process has written;
// 0 if it has written none.
func (j *Journal) Newest() int64 {
	j.recent.mu.Lock()
	defer j.recent.mu.Unlock()
	if n := len(j.recent.all); n > 0 {
		return j.recent.all[n-1].Seq
	}
	return 0
}

// keptNotices bounds the notices in memory: a second or two of heavy writing.
const keptNotices = 4096

// recent keeps the notices of this process's latest commits.
type recent struct {
	mu  sync.Mutex
	all []Notice // ascending; gaps where another node wrote
}

func (r *recent) add(some []Notice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, some...)
	if over := len(r.all) - keptNotices; over > keptNotices/2 { // now and then, so that it is cheap
		r.all = append(make([]Notice, 0, 2*keptNotices), r.all[over:]...)
	}
}

// after gives what follows seq without a gap; nothing if the first is missing.
func (r *recent) after(seq int64, n int) (out []Notice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.all) - 1; i >= 0 && r.all[i].Seq > seq; i-- {
		if r.all[i].Seq != seq+1 {
			continue
		}
		for ; i < len(r.all) && len(out) < n && r.all[i].Seq == seq+1; i++ {
			out, seq = append(out, r.all[i]), seq+1
		}
		break
	}
	return out
}
