package plate

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// table is a plain table of confusions for tests.
const table = `{"alphabet": [], "counts": 1000,
 "substitution": {"3": {"8": 0.01}, "8": {"3": 0.008, "6": 0.01}, "0": {"ه": 0.004}, "1": {"7": 0.006}, "7": {"1": 0.01}, "ب": {"ي": 0.02}},
 "deletion": {"1": 0.01, "0": 0.002, "5": 0.002, "2": 0.002}, "insertion": {"1": 0.005}}`

func confusions(t testing.TB) *Confusions {
	t.Helper()
	c, err := ParseConfusions([]byte(table))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func must(t testing.TB, text string) Plate {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestMatch(t *testing.T) {
	x := NewIndex(confusions(t))
	for id, text := range []string{"12345-أ-6", "12845-أ-6", "2345-أ-6", "72345-أ-6", "54321-ب-40", "123456WW", "AB123CD", "12345-د-6"} {
		x.Add(must(t, text), uint64(id))
	}
	read := func(text string, p float64) []Candidate { return []Candidate{{must(t, text), p}} }
	for _, c := range []struct {
		read []Candidate
		want []uint64 // over one in a thousand, falling
	}{
		{read("12345-أ-6", 0.95), []uint64{0, 3, 1, 2}}, // the plate; 7 read as 1; 8 read as 3; a 1 read where none stands
		{read("12345-أ-6", 0.01), []uint64{0}},
		{read("2345-أ-6", 0.9), []uint64{2, 0}}, // a 1 was not read
		{read("54321-ي-40", 0.9), []uint64{4}},  // ب read as ي
		{read("54827-ي-40", 0.9), nil},          // too far
		{read("WW 123456", 1), []uint64{5}},     // the other order
		{append(read("12345-أ-6", 0.5), Candidate{must(t, "12845-أ-6"), 0.4}), []uint64{0, 1, 3, 2}},
	} {
		var got []uint64
		for _, m := range x.Match(c.read, 1e-3) {
			got = append(got, m.ID)
			if m.P > 1 {
				t.Error(m)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.read, x.Match(c.read, 1e-3), c.want)
		}
	}
}

// TestMatchFollowsTheLattice: what the network saw besides its first choice
// finds the entry, with the probability with which it saw it.
func TestMatchFollowsTheLattice(t *testing.T) {
	x := NewIndex(confusions(t))
	x.Add(must(t, "12945-أ-6"), 1)
	l := drawn(1, "12345أ6", map[int]string{2: "9"}, 0.2)
	got := x.Match(l.Candidates(32), 0.01)
	if len(got) != 1 || got[0].P < 0.15 || got[0].P > 0.25 {
		t.Fatal(got)
	}
}

func TestRemove(t *testing.T) {
	x := NewIndex(confusions(t))
	p, q := must(t, "12345-أ-6"), must(t, "777-ب-7")
	for id := range uint64(3) {
		x.Add(p, id)
	}
	x.Add(q, 9)
	all := func() (ids []uint64) {
		for _, m := range x.Match([]Candidate{{p, 1}}, 0.5) {
			ids = append(ids, m.ID)
		}
		return ids
	}
	if got := all(); !slices.Equal(got, []uint64{0, 1, 2}) || x.Len() != 4 {
		t.Fatal(got)
	}
	for _, id := range []uint64{1, 2, 0} {
		if !x.Remove(p, id) || slices.Contains(all(), id) {
			t.Fatalf("%d is still listed", id)
		}
	}
	if x.Remove(p, 1) || x.Remove(q, 8) || len(all()) != 0 || x.Len() != 1 {
		t.Fatal(all(), x.Len())
	}
	for id := range uint64(3) { // the places are used again
		x.Add(p, id)
	}
	if len(x.all) != 4 || len(all()) != 3 || !x.Remove(q, 9) {
		t.Fatal(len(x.all), all())
	}
	x.Add(Plate{}, 1)
	if x.Len() != 3 {
		t.Fatal("an empty plate was listed")
	}
}

// TestIndexIsShared is for the race detector.
func TestIndexIsShared(t *testing.T) {
	x := NewIndex(confusions(t))
	var all sync.WaitGroup
	for g := range uint64(4) {
		all.Go(func() {
			for i := range uint64(200) {
				p := Plate{Standard, "MA", fmt.Sprint(1000 + i), "أ", "6"}
				x.Add(p, g)
				x.Match([]Candidate{{p, 1}}, 0.01)
				x.Remove(p, g)
			}
		})
	}
	all.Wait()
	if x.Len() != 0 {
		t.Fatal(x.Len())
	}
}

func TestConfusions(t *testing.T) {
	for _, bad := range []string{"", "[]", `{"substitution": {"3": {"8": 0.95}}}`, `{"deletion": {"3": 2}}`, `{"insertion": {"3": 1.5}}`} {
		if _, err := ParseConfusions([]byte(bad)); !errors.Is(err, ErrConfusions) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// million is a list of a million random plates.
func million(t testing.TB) (*Index, *rand.Rand) {
	r := rand.New(rand.NewPCG(7, 7))
	x := NewIndex(confusions(t))
	for id := range uint64(1_000_000) {
		x.Add(randomPlate(r), id)
	}
	return x, r
}

func randomPlate(r *rand.Rand) Plate {
	letters := []rune(seriesLetters)
	return Plate{Standard, "MA", fmt.Sprint(1 + r.IntN(99999)), string(letters[r.IntN(len(letters))]), fmt.Sprint(1 + r.IntN(89))}
}

// TestMillionMemory bounds the memory of a million entries.
func TestMillionMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a million entries")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x, _ := million(t)
	runtime.GC()
	runtime.ReadMemStats(&after)
	mb := float64(after.HeapAlloc-before.HeapAlloc) / (1 << 20)
	t.Logf("%.0f MiB for %d entries", mb, x.Len())
	if mb > 200 {
		t.Errorf("%.0f MiB", mb)
	}
}

// BenchmarkMatch matches lattices with doubt at three places against a million
// entries, at a threshold of one in a thousand.
func BenchmarkMatch(b *testing.B) {
	x, r := million(b)
	var took []time.Duration
	found := 0
	for b.Loop() {
		p := randomPlate(r)
		digit := func() string { return fmt.Sprint(r.IntN(10)) }
		l := drawn(1, p.Serial+p.Letter+p.Code, map[int]string{0: digit(), len(p.Serial) - 1: digit(), len(p.Serial) + 1: digit()}, 0.2)
		read := l.Candidates(32)
		start := time.Now()
		found += len(x.Match(read, 1e-3))
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
	b.ReportMetric(float64(found)/float64(len(took)), "found/op")
}

// TestDefaultConfusions: the table that comes with the networks can be used,
// and leaves most of a mark's probability to the mark.
func TestDefaultConfusions(t *testing.T) {
	c, err := DefaultConfusions()
	if err != nil {
		t.Fatal(err)
	}
	for s := digit0; s < latinA; s++ {
		if c.keep[s] < 0.5 || len(c.stands[s]) != signs-2 {
			t.Errorf("%s is kept with %g", s, c.keep[s])
		}
	}
}
