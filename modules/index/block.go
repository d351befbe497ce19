package index

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/amana-platform/amana/engines/names"
	"github.com/amana-platform/amana/kernel/store"
)

// Blocking: which of a million persons are worth comparing.

// keySet is what a name is looked up by.
type keySet struct {
	whole  []string // keys that must be met whole
	begun  []string // beginnings of keys
	pairs  []string // two keys joined by "+"
	joined []span   // ranges of pairs, where the last word may go on
}

// span is a range of pairs, and what must stand at their end.
type span struct{ from, tail string }

// queryKeys reads what a search box holds.
func queryKeys(query string) keySet {
	var set keySet
	for _, key := range names.SearchKeys(query) {
		if begun, ok := strings.CutSuffix(key, "*"); ok {
			set.begun = append(set.begun, begun)
		} else {
			set.whole = append(set.whole, key)
		}
	}
	set.pairs = names.Pairs(query)
	words := strings.Fields(query)
	if len(words) < 2 {
		return set
	}
	if len(set.pairs) == 0 { // one name by its particle, which a record may have cut between its two fields
		for _, word := range words {
			set.whole = append(set.whole, names.Key(word)...)
		}
	}
	for _, first := range names.Key(strings.Join(words[:len(words)-1], " ")) {
		for _, begun := range set.begun {
			set.joined = append(set.joined, span{from: first + "+" + begun}, span{from: begun, tail: "+" + first})
		}
	}
	return set
}

// hit counts how often a person was met.
type hit struct {
	person string
	pairs  int
	keys   int
	year   bool // born near the asked year
}

// block gives the ids of persons who share enough with a name, those who
// share most first: two keys of one name, or, where that finds too few, one
// key, in the years around a known birth.
func block(ctx context.Context, r store.Reader, set keySet, year int) ([]string, error) {
	b := blocking{ctx: ctx, r: r, year: year, hits: map[string]*hit{}}
	for _, pair := range set.pairs {
		b.near(pair)
		b.pair("pair = $1", pair)
	}
	for _, s := range set.joined {
		b.span(s)
	}
	if len(set.pairs) == 0 || len(b.hits) == 0 || year != 0 {
		for _, key := range set.whole {
			b.key("key = $1", key)
		}
		if len(set.pairs) == 0 {
			for _, begun := range set.begun {
				b.key("key >= $1 and key < $2", begun, begun+"~")
			}
		}
	}
	return b.order(), b.err
}

// blocking gathers hits; after an error it does nothing more.
type blocking struct {
	ctx  context.Context
	r    store.Reader
	year int
	hits map[string]*hit
	err  error
}

// near meets the bearers of a pair who were born around the asked year: among
// thousands of one name they must not be cut off.
func (b *blocking) near(pair string) {
	if b.year != 0 {
		args := []any{pair, b.year - yearsAround, b.year + yearsAround}
		b.read("select person, year from idx_index_person_pairs where pair = $1 and year between $2 and $3 limit "+mostRows, args, func(h *hit) { h.pairs++ })
	}
}

func (b *blocking) pair(where string, args ...any) {
	b.read("select person, year from idx_index_person_pairs where "+where+" limit "+mostRows, args, func(h *hit) {
		if !h.year { // near has met the others
			h.pairs++
		}
	})
}

func (b *blocking) span(s span) {
	if s.tail == "" {
		b.pair("pair >= $1 and pair < $2", s.from, s.from+"~")
		return
	}
	b.read("select person, year from (select pair, person, year from idx_index_person_pairs where pair >= $1 and pair < $2 limit "+mostScanned+") s where pair like $3",
		[]any{s.from, s.from + "~", "%" + s.tail}, func(h *hit) { h.pairs++ })
}

// key looks a key up, near the asked year first where there is one.
func (b *blocking) key(where string, args ...any) {
	if b.year != 0 && len(args) == 1 {
		around := append(slices.Clone(args), b.year-yearsAround, b.year+yearsAround)
		b.read("select person, year from idx_index_person_keys where "+where+" and year between $2 and $3 limit "+mostRows, around, func(h *hit) { h.keys++ })
		return
	}
	b.read("select person, year from idx_index_person_keys where "+where+" limit "+mostRows, args, func(h *hit) { h.keys++ })
}

func (b *blocking) read(query string, args []any, count func(*hit)) {
	if b.err != nil {
		return
	}
	b.err = b.r.Each(b.ctx, query, args, func(scan store.Scan) error {
		var person string
		var year int
		if err := scan(&person, &year); err != nil {
			return err
		}
		h := b.hits[person]
		if h == nil {
			h = &hit{person: person}
			b.hits[person] = h
		}
		h.year = b.year != 0 && year >= b.year-yearsAround && year <= b.year+yearsAround
		count(h)
		return nil
	})
}

// order gives the persons who share most.
func (b *blocking) order() []string {
	all := make([]*hit, 0, len(b.hits))
	for _, h := range b.hits {
		all = append(all, h)
	}
	slices.SortFunc(all, func(x, y *hit) int {
		return cmp.Or(cmp.Compare(y.weight(), x.weight()), strings.Compare(x.person, y.person))
	})
	out := make([]string, 0, min(len(all), mostCompared))
	for _, h := range all[:min(len(all), mostCompared)] {
		out = append(out, h.person)
	}
	return out
}

// weight says how much a person shares: a pair is worth more than its keys,
// the year as much as a pair.
func (h *hit) weight() int {
	w := 3*h.pairs + h.keys
	if h.year {
		w += 3
	}
	return w
}
