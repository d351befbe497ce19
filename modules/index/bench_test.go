package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/amana-platform/amana/engines/names/namesdata"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/index"
)

// crowd draws synthetic persons: common names more often than rare ones, as
// in life, some in one script only, some with a year of birth only.
func crowd(w *world, n int, seed uint64) []index.Person {
	r := rand.New(rand.NewPCG(seed, 1))
	male, female, family := namesdata.GivenMale(), namesdata.GivenFemale(), namesdata.Family()
	pick := func(all []namesdata.Name) index.Name {
		i := int(float64(len(all)) * r.Float64() * r.Float64()) // the first of a list are the most frequent
		return index.Name{Arabic: all[i].Arabic, Latin: all[i].Latin[r.IntN(len(all[i].Latin))]}
	}
	out := make([]index.Person, n)
	for i := range out {
		p := index.Person{ID: w.id(), Sex: "male", Given: pick(male), Family: pick(family), Father: pick(male), Mother: pick(female), Nationality: "ma", Source: index.Declared}
		if i%2 == 0 {
			p.Sex, p.Given = "female", pick(female)
		}
		p.Birth = text.PartialDate(fmt.Sprintf("%d-%02d-%02d", 1940+r.IntN(70), 1+r.IntN(12), 1+r.IntN(28)))
		if i%4 == 0 {
			p.Birth = p.Birth[:4]
		}
		p.CNIE = fmt.Sprintf("%c%d", 'A'+i%26, 100000+i)
		p.Phones = []string{fmt.Sprintf("+2126%08d", i)}
		out[i] = p
	}
	return out
}

// BenchmarkSearch loads persons through the journal and looks them up: by
// whole names, unfinished ones, one common name, numbers, and as duplicates.
// It reports the time to load a person and the 95th percentile of a search.
//
//	go test -run '^$' -bench Search -benchtime 300x ./modules/index
//	AMANA_PERSONS=1000000 go test -timeout 2h -run '^$' -bench Search -benchtime 300x ./modules/index
func BenchmarkSearch(b *testing.B) {
	n := 100_000
	if s := os.Getenv("AMANA_PERSONS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	w := worldAt(b, storetest.Address(b))
	began := time.Now()
	var sample []index.Person
	for start := 0; start < n; start += 10_000 {
		all := crowd(w, min(10_000, n-start), uint64(start))
		if err := w.Seed(context.Background(), w.seeding, index.Seeding{Persons: all}); err != nil {
			b.Fatal(err)
		}
		sample = append(sample, all[:10]...)
	}
	b.Logf("%d persons in %s, %s each", n, time.Since(began).Round(time.Second), (time.Since(began) / time.Duration(n)).Round(time.Microsecond))
	for _, c := range []struct {
		name  string
		query func(p index.Person) string
	}{
		{"latin", func(p index.Person) string { return p.Given.Latin + " " + p.Family.Latin }},
		{"arabic", func(p index.Person) string { return p.Family.Arabic + " " + p.Given.Arabic }},
		{"year", func(p index.Person) string { return p.Given.Latin + " " + p.Family.Latin + " " + string(p.Birth[:4]) }},
		{"unfinished", func(p index.Person) string { return p.Given.Latin + " " + p.Family.Latin[:min(4, len(p.Family.Latin))] }},
		{"one-name", func(p index.Person) string { return p.Given.Latin }},
		{"cnie", func(p index.Person) string { return p.CNIE }},
	} {
		b.Run(c.name, func(b *testing.B) {
			percentile(b, sample, func(p index.Person) error {
				_, err := w.Search(context.Background(), w.k.Reader, c.query(p), index.Filter{}, 20)
				return err
			})
		})
	}
	b.Run("proposals", func(b *testing.B) {
		percentile(b, sample, func(p index.Person) error {
			p.ID = ""
			_, err := w.Proposals(context.Background(), p)
			return err
		})
	})
}

// percentile runs f over a sample and reports the 95th percentile.
func percentile(b *testing.B, sample []index.Person, f func(index.Person) error) {
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		if err := f(sample[i%len(sample)]); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}
