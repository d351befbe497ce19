package measure

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/amana-platform/amana/engines/names/namesdata"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/register"
)

// fsync tells what the disk takes to make a page durable; everything that
// acknowledges writes waits for it.
func fsync(_ context.Context, h *house) ([]Result, error) {
	f, err := os.Create(filepath.Join(h.dir, "fsync"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // what counts was synced
	page := make([]byte, 4096)
	times := make([]time.Duration, 200)
	for i := range times {
		begun := time.Now()
		if _, err := f.WriteAt(page, int64(i%16)*4096); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		times[i] = time.Since(begun)
	}
	return []Result{{Name: "fsync.p50", Value: quantile(times, 0.5), Unit: "ms"}}, nil
}

// transactions times the desk: a complaint with a new complainant is three
// entries of two modules (person, complaint, log line), with the search keys
// and the policy's decision. On SQLite each rate stands beside that of the peer.
func transactions(ctx context.Context, h *house) ([]Result, error) {
	var peer *peer
	if h.o.Store == "" {
		var err error
		if peer, err = h.peer(ctx); err != nil {
			return nil, err
		}
		defer peer.close()
	}
	var out []Result
	for _, c := range []struct {
		callers int
		limit   float64
	}{{8, 700}, {64, 1000}} {
		if h.o.Store != "" {
			c.limit = 500
		}
		since, batches, cpu := h.now(ctx), h.app.Journal.Batches(), processor()
		rate, n, err := h.rate(ctx, c.callers, h.complain)
		if err != nil {
			return nil, err
		}
		batches = h.app.Journal.Batches() - batches
		out = append(out, Result{Name: fmt.Sprintf("transactions.%d-writers", c.callers), Value: rate, Unit: "transactions/s", Limit: c.limit,
			Note: fmt.Sprintf("3 entries each, %d persons in the index, %.1f in a commit, %.2f ms of processor time each, callers included",
				h.o.Persons, float64(n)/float64(batches), (processor()-cpu).Seconds()*1000/float64(n))})
		if peer == nil {
			continue
		}
		raw, bare, err := peer.write(ctx, since, n, batches)
		if err != nil {
			return nil, err
		}
		out = append(out, Result{Name: fmt.Sprintf("transactions.%d-writers.raw", c.callers), Value: rate, Unit: "transactions/s", Limit: raw, Share: 0.3,
			Peer: "SQLite writing the same rows into a copy of the same database, in as many commits, with the same durability"},
			Result{Name: fmt.Sprintf("transactions.%d-writers.bare", c.callers), Value: rate, Unit: "transactions/s", Limit: bare,
				Peer: "the same into empty tables without indexes"})
	}
	return out, nil
}

// processor is what this process has used of the processors so far.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var serial atomic.Int64

func (h *house) complain(ctx context.Context) error {
	g, err := h.ask(ctx, "register.complaint.record")
	if err != nil {
		return err
	}
	n := int(serial.Add(1))
	given, family := namesdata.GivenFemale(), namesdata.Family()
	who := index.Person{
		Given:  index.Name{Arabic: given[n%len(given)].Arabic, Latin: given[n%len(given)].Latin[0]},
		Family: index.Name{Arabic: family[n*7%len(family)].Arabic, Latin: family[n*7%len(family)].Latin[0]},
		Birth:  text.PartialDate(fmt.Sprintf("%d-%02d-%02d", 1950+n%50, 1+n%12, 1+n%28)), CNIE: fmt.Sprintf("ZZ%d", n%10_000_000), Source: index.Declared,
	}
	_, err = h.s.Register.RecordComplaint(ctx, g, register.NewComplaint{
		Submission: h.app.Journal.NewID(), Origin: register.ByComplaint, FactsOn: "2026-01-05", Place: "rue 5", Offences: []string{"theft-simple"},
		Facts:   "La plaignante declare que son sac a ete emporte pendant qu'elle attendait le tramway ; elle n'a pas vu l'auteur.",
		Parties: []register.NewParty{{Role: register.Complainant, New: &who, Field: "complainant"}, {Role: register.Accused, Field: "accused.0"}},
	})
	return err
}
