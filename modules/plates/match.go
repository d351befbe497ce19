package plates

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"sync"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// candidate is a listed plate that may stand in the picture.
type candidate struct {
	entry ident.ID
	ppm   int64 // that it stands there, in millionths
}

// watch is the list in memory, as far as the journal's number seq: the index
// of the engine, and whose each of its places is.
type watch struct {
	mu    sync.RWMutex
	seq   int64
	index *plate.Index
	read  *plate.Confusions // how the reader errs
	slots []slot
	at    map[rawID]uint32
	free  []uint32
}

// rawID is an id in 16 bytes: a million of them count.
type rawID [16]byte

// slot is a listed plate.
type slot struct {
	id      rawID
	country string
	line    string
}

func raw(id ident.ID) (out rawID) {
	b, err := hex.DecodeString(strings.ReplaceAll(string(id), "-", ""))
	if err == nil {
		copy(out[:], b)
	}
	return out
}

func (r rawID) id() ident.ID {
	h := hex.EncodeToString(r[:])
	return ident.ID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// open makes the empty list, with the confusions that were measured with the
// reader's networks. A build without networks has none: then what was read is
// matched, and no error of reading.
func (w *watch) open() error {
	if w.index != nil {
		return nil
	}
	c, err := plate.DefaultConfusions()
	if errors.Is(err, fs.ErrNotExist) {
		c, err = plate.ParseConfusions([]byte("{}"))
	}
	if err == nil {
		w.index, w.read, w.at = plate.NewIndex(c), c, map[rawID]uint32{}
	}
	return err
}

// threshold is the least probability of a match at which at most `rate` of the
// reads give a false proposal, among `vehicles` on the road. The list must be
// in memory.
func (w *watch) threshold(rate, vehicles float64) (p float64, met bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.read.Threshold(rate, min(1, float64(w.index.Len())/vehicles))
}

// put lists a plate under an id, replacing what was listed under it.
func (w *watch) put(id ident.ID, country, line string) {
	w.drop(id)
	p, err := plate.Parse(line)
	if err != nil { // of no form that the reader could read
		return
	}
	var n uint32
	if last := len(w.free) - 1; last >= 0 {
		n, w.free = w.free[last], w.free[:last]
	} else {
		n = uint32(len(w.slots))
		w.slots = append(w.slots, slot{})
	}
	w.slots[n] = slot{raw(id), country, line}
	w.at[raw(id)] = n
	w.index.Add(p, uint64(n))
}

// drop forgets what is listed under an id.
func (w *watch) drop(id ident.ID) {
	n, ok := w.at[raw(id)]
	if !ok {
		return
	}
	if p, err := plate.Parse(w.slots[n].line); err == nil {
		w.index.Remove(p, uint64(n))
	}
	delete(w.at, raw(id))
	w.slots[n] = slot{}
	w.free = append(w.free, n)
}

// sync brings the list in memory up to what is committed. It costs one look
// where nothing has changed, so it is done before every batch: a cancelled
// entry matches nothing that is taken after its cancellation.
func (w *watch) sync(ctx context.Context, r store.Reader) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.catchUp(ctx, r)
}

func (w *watch) catchUp(ctx context.Context, r store.Reader) (int64, error) {
	if err := w.open(); err != nil {
		return 0, err
	}
	var seq int64
	err := r.Row(ctx, "select seq from plates_pulse where id = 1", nil, &seq)
	if fault.Is(err, fault.NotFound) || err == nil && seq == w.seq {
		return w.seq, nil
	}
	if err != nil {
		return w.seq, err
	}
	err = r.Each(ctx, "select id, country, plate, state from plates_entries where seq > $1", []any{w.seq}, func(scan store.Scan) error {
		var id ident.ID
		var country, line string
		var state EntryState
		if err := scan(&id, &country, journal.Words(&line), &state); err != nil {
			return err
		}
		if state == Active && line != "" {
			w.put(id, country, line)
		} else {
			w.drop(id)
		}
		return nil
	})
	if err != nil {
		return w.seq, err
	}
	w.seq = seq
	return seq, nil
}

// match brings the list up to date and compares every read with it.
func (w *watch) match(ctx context.Context, r store.Reader, all []Item, least int64) ([][]candidate, error) {
	if _, err := w.sync(ctx, r); err != nil {
		return nil, err
	}
	out := make([][]candidate, len(all))
	for i, x := range all {
		out[i] = w.find(x, least)
	}
	return out, nil
}

// find compares a read with the list. The list stands still meanwhile: a place
// in it may hold another plate afterwards.
func (w *watch) find(x Item, least int64) (out []candidate) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.index.Len() == 0 {
		return nil
	}
	for _, f := range w.index.Match(readings(x), float64(least)/million) {
		if s := w.slots[f.ID]; s.line != "" && (x.Country == "" || s.country == x.Country) {
			out = append(out, candidate{s.id.id(), int64(f.P * million)})
		}
	}
	return out
}

// readings are what may have been read, as the index takes it: the reading
// itself and the others, each with its probability. Their sum is one at most.
func readings(x Item) []plate.Candidate {
	var out []plate.Candidate
	left := int64(million)
	add := func(line string, ppm int64) {
		ppm = min(ppm, left)
		if p, err := plate.Parse(line); err == nil && ppm > 0 {
			out = append(out, plate.Candidate{Plate: p, P: float64(ppm) / million})
			left -= ppm
		}
	}
	add(x.Plate, x.PPM)
	for _, o := range x.Others {
		if o.Text != x.Plate {
			add(o.Text, o.PPM)
		}
	}
	return out
}
