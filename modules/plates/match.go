package plates

import (
	"context"
	"sync"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// Sighting is what a camera saw of one plate, for matching.
type Sighting struct {
	Plate   string // the best reading, as a line
	Country string
	PPM     int64    // how sure the reader is of it, in millionths
	Others  []Choice // other readings
	Lattice any      // the reader's own probabilities of each character, nil where only text came
}

// Candidate is a listed plate that may stand in the picture.
type Candidate struct {
	Entry ident.ID
	PPM   int64 // that it stands there, in millionths
}

// Matcher finds, among the plates it was given, those that may stand in a
// picture. It is called by one goroutine at a time.
type Matcher interface {
	// Put lists a plate under an id, replacing what was listed under it.
	Put(id ident.ID, country, plate string)
	// Drop forgets what is listed under an id.
	Drop(id ident.ID)
	// Match gives the listed plates that stand in the picture with at least
	// the probability, the likeliest first.
	Match(x Sighting, least int64) []Candidate
	// Len is how many plates are listed.
	Len() int
}

// watch is the list in memory, as far as the journal's number seq.
type watch struct {
	mu      sync.Mutex
	seq     int64
	matcher Matcher
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
		var country, plate string
		var state EntryState
		if err := scan(&id, &country, words{&plate}, &state); err != nil {
			return err
		}
		if state == Active && plate != "" {
			w.matcher.Put(id, country, plate)
		} else {
			w.matcher.Drop(id)
		}
		return nil
	})
	if err != nil {
		return w.seq, err
	}
	w.seq = seq
	return seq, nil
}

// match brings the list up to date and compares every sighting with it.
func (w *watch) match(ctx context.Context, r store.Reader, all []Sighting, least int64) ([][]Candidate, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.catchUp(ctx, r); err != nil {
		return nil, err
	}
	out := make([][]Candidate, len(all))
	if w.matcher.Len() == 0 {
		return out, nil
	}
	for i, x := range all {
		out[i] = w.matcher.Match(x, least)
	}
	return out, nil
}
