package plate

import (
	"cmp"
	"slices"
	"sync"
)

// Index finds listed plates that may stand in an image, among a million of
// them. It is safe for concurrent use; a removed entry is not found by any call
// that begins after Remove has returned.
type Index struct {
	c    *Confusions
	lock sync.RWMutex
	head map[uint64]int32 // the hash of a key to the first entry that has it
	all  []entry
	free int32 // the first unused entry, -1 if there is none
	used int
}

// entry is a listed plate. Plates of one hash are linked.
type entry struct {
	id   uint64
	next int32
	n    uint8
	key  [maxSigns]sign
}

// Match is a listed plate with the probability that it is the one in the image.
type Match struct {
	ID uint64
	P  float64
}

// NewIndex makes an empty index that weighs errors of reading by c.
func NewIndex(c *Confusions) *Index { return &Index{c: c, head: map[uint64]int32{}, free: -1} }

// Len is the number of entries.
func (x *Index) Len() int {
	x.lock.RLock()
	defer x.lock.RUnlock()
	return x.used
}

// hashing is FNV-1a over signs, which grows sign by sign.
const (
	hashStart = 14695981039346656037
	hashPrime = 1099511628211
)

func hashed(h uint64, s sign) uint64 { return (h ^ uint64(s)) * hashPrime }

func keyOf(p Plate) (key [maxSigns]sign, n int, h uint64) {
	h = hashStart
	for _, s := range signsOf(p.key()) {
		if n == maxSigns {
			break
		}
		key[n] = s
		h = hashed(h, s)
		n++
	}
	return key, n, h
}

// Add lists a plate under an id. One plate may be listed under several ids, and
// one id may list several plates.
func (x *Index) Add(p Plate, id uint64) {
	key, n, h := keyOf(p)
	if n == 0 {
		return
	}
	x.lock.Lock()
	defer x.lock.Unlock()
	next, ok := x.head[h]
	if !ok {
		next = -1
	}
	e := entry{id: id, next: next, n: uint8(n), key: key}
	at := x.free
	if at < 0 {
		at = int32(len(x.all))
		x.all = append(x.all, e)
	} else {
		x.free = x.all[at].next
		x.all[at] = e
	}
	x.head[h] = at
	x.used++
}

// Remove takes a plate of an id from the list, and says whether it was there.
func (x *Index) Remove(p Plate, id uint64) bool {
	key, n, h := keyOf(p)
	x.lock.Lock()
	defer x.lock.Unlock()
	at, ok := x.head[h]
	for before := int32(-1); ok && at >= 0; before, at = at, x.all[at].next {
		e := &x.all[at]
		if e.id != id || int(e.n) != n || e.key != key {
			continue
		}
		switch {
		case before >= 0:
			x.all[before].next = e.next
		case e.next >= 0:
			x.head[h] = e.next
		default:
			delete(x.head, h)
		}
		*e = entry{next: x.free}
		x.free = at
		x.used--
		return true
	}
	return false
}

const (
	maxEdits = 2
	// paths below this part of the threshold are not followed: several may add
	// up, ten will not.
	pathPart  = 0.1
	leastPath = 1e-6
)

// search is one call of Match.
type search struct {
	x      *Index
	least  float64
	read   []sign
	stands [maxSigns]sign
	best   map[int32]float64 // for this candidate, the likeliest way to each entry
}

// Match finds the entries that stand in the image with a probability of at
// least threshold, given all that may have been read (of one plate), falling.
//
// The probability is Σ over the candidates of P(candidate) times the
// probability of the errors that lead from the entry to it: at most two of a
// mark taken for another, left out, or seen where none is. It holds for plates
// that are on the road equally often; how common the entries' plates are among
// those that pass, the index does not know.
func (x *Index) Match(read []Candidate, threshold float64) []Match {
	x.lock.RLock()
	defer x.lock.RUnlock()
	sums := map[uint64]float64{}
	s := search{x: x, least: max(threshold*pathPart, leastPath), best: map[int32]float64{}}
	for _, c := range read {
		if c.P < s.least {
			continue
		}
		key, n, _ := keyOf(c.Plate)
		s.read = key[:n]
		clear(s.best)
		s.walk(0, 0, hashStart, c.P, maxEdits, true)
		byID := map[uint64]float64{}
		for at, p := range s.best {
			byID[x.all[at].id] = max(byID[x.all[at].id], p)
		}
		for id, p := range byID {
			sums[id] += p
		}
	}
	var out []Match
	for id, p := range sums {
		if p >= threshold {
			out = append(out, Match{id, min(p, 1)})
		}
	}
	slices.SortFunc(out, func(a, b Match) int { return cmp.Or(cmp.Compare(b.P, a.P), cmp.Compare(a.ID, b.ID)) })
	return out
}

// walk follows what may stand where s.read[at:] was read, given the n marks
// before it.
func (s *search) walk(at, n int, h uint64, p float64, edits int, mayInsert bool) {
	c := s.x.c
	if at == len(s.read) {
		s.look(n, h, p)
	} else {
		r := s.read[at]
		s.put(at+1, n, h, p*c.keep[r], edits, r, true)
		if edits > 0 {
			for _, l := range c.stands[r] {
				if p*l.p < s.least {
					break
				}
				s.put(at+1, n, h, p*l.p, edits-1, l.sign, true)
			}
			if q := p * c.extra[r]; q >= s.least {
				s.walk(at+1, n, h, q, edits-1, false)
			}
		}
	}
	if edits > 0 && mayInsert {
		for _, l := range c.absent {
			if p*l.p < s.least {
				break
			}
			s.put(at, n, h, p*l.p, edits-1, l.sign, true)
		}
	}
}

// put goes on with one mark more.
func (s *search) put(at, n int, h uint64, p float64, edits int, mark sign, mayInsert bool) {
	if p < s.least || n == maxSigns {
		return
	}
	s.stands[n] = mark
	s.walk(at, n+1, hashed(h, mark), p, edits, mayInsert)
}

// look notes the entries that are what stands.
func (s *search) look(n int, h uint64, p float64) {
	at, ok := s.x.head[h]
	for ; ok && at >= 0; at = s.x.all[at].next {
		if e := &s.x.all[at]; int(e.n) == n && slices.Equal(e.key[:n], s.stands[:n]) {
			s.best[at] = max(s.best[at], p)
		}
	}
}
