package journal_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/store"
)

// BenchmarkDo is a transaction of three entries of two subjects, from 1, 8
// and 64 callers at once.
func BenchmarkDo(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			j := journaltest.Open(b)
			g := journaltest.Grant(b)
			b.SetParallelism(writers / 2)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := j.Do(context.Background(), g, three); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
		})
	}
}

func three(_ context.Context, _ store.Reader, d *journal.Draft) error {
	id, other := d.NewID(), d.NewID()
	d.Add(journaltest.Admitted{Person: id, Name: journal.Seal("Somebody Invented"), Born: journal.Seal("1980"), Ward: 1, Mark: []byte{1}})
	d.Add(journaltest.Moved{Person: id, Ward: 2})
	d.Add(journaltest.Visited{Person: id, Visitors: []journaltest.Visitor{{ID: other, Words: journal.Seal("good morning")}}})
	return nil
}

// BenchmarkRecord is one access entry, from 64 callers at once.
func BenchmarkRecord(b *testing.B) {
	j := journaltest.Open(b)
	ref := ident.Ref{Kind: "case", ID: j.NewID()}
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := j.Lane().Record(context.Background(), journal.Access{Actor: ref.ID, Action: "cases.case.read", Purpose: "case/x", Outcome: journal.Read, Refs: []ident.Ref{ref}})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "accesses/s")
}

// BenchmarkVerify is the whole verification, per entry.
func BenchmarkVerify(b *testing.B) {
	j := journaltest.Open(b)
	g := journaltest.Grant(b)
	var n atomic.Int64
	for range 1000 {
		r, err := j.Do(context.Background(), g, three)
		if err != nil {
			b.Fatal(err)
		}
		n.Add(int64(len(r)))
	}
	b.ResetTimer()
	for range b.N {
		if r := verify(b, j); !r.Clean() {
			b.Fatal(r.Findings)
		}
	}
	b.ReportMetric(float64(n.Load())*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
