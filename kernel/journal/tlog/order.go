package tlog

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrGap means that a source's leaves are not all there.
var ErrGap = errors.New("leaves are missing")

// ErrTwice means that a log says two things of one entry.
var ErrTwice = errors.New("two different leaves for one entry")

// Order reads leaves as the log's readers must: each (Source, Seq) counts
// once, whatever a follower that was killed sent again, and each source has
// all of them from 1 on. The zero Order is ready. Its memory is bounded: a
// leaf may stand up to 4,096 places of its source from where it belongs.
type Order struct {
	sources map[string]*track
}

const orderWindow = 4096

// track holds what was seen of a source: everything below next, and of the
// last ones what they were.
type track struct {
	next int64
	seen map[int64]Leaf
}

// Add takes the next leaf of the log. It tells whether the leaf is new or
// stands again, and fails if it contradicts one that was seen.
func (o *Order) Add(l Leaf) (fresh bool, err error) {
	if o.sources == nil {
		o.sources = map[string]*track{}
	}
	t := o.sources[l.Source]
	if t == nil {
		t = &track{next: 1, seen: map[int64]Leaf{}}
		o.sources[l.Source] = t
	}
	if before, ok := t.seen[l.Seq]; ok {
		if before != l {
			return false, fmt.Errorf("tlog: %s, seq %d: %w", l.Source, l.Seq, ErrTwice)
		}
		return false, nil
	}
	if l.Seq < t.next || l.Seq > t.next+orderWindow {
		return false, fmt.Errorf("tlog: %s: seq %d where %d belongs: %w", l.Source, l.Seq, t.next, ErrGap)
	}
	t.seen[l.Seq] = l
	for ; t.has(t.next); t.next++ {
		delete(t.seen, t.next-orderWindow)
	}
	return true, nil
}

func (t *track) has(seq int64) bool {
	_, ok := t.seen[seq]
	return ok
}

// Last gives the seq up to which a source is complete; 0 if it has no leaf.
func (o *Order) Last(source string) int64 {
	if t := o.sources[source]; t != nil {
		return t.next - 1
	}
	return 0
}

// Sources lists the sources that have leaves.
func (o *Order) Sources() []string { return slices.Sorted(maps.Keys(o.sources)) }

// Complete fails if a leaf was seen whose predecessors never came.
func (o *Order) Complete() error {
	for _, s := range o.Sources() {
		for seq := range o.sources[s].seen {
			if next := o.sources[s].next; seq > next {
				return fmt.Errorf("tlog: %s: seq %d is there and %d is not: %w", s, seq, next, ErrGap)
			}
		}
	}
	return nil
}
