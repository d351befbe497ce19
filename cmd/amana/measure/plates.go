package measure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/plates"
	"github.com/amana-platform/amana/modules/units"
)

// listedPlates is how many plates are matched against.
const listedPlates = 1_000_000

// platesBench measures matching against a million listed plates, and how
// fast reads go into the store and come to the desk.
func platesBench(ctx context.Context, h *house) ([]Result, error) {
	matching, err := matchBench()
	if err != nil {
		return nil, err
	}
	taking, err := h.takeBench(ctx)
	return append(matching, taking...), err
}

// number draws a plate as it is keyed.
func number(r *rand.Rand) string {
	return fmt.Sprintf("%d-%c-%d", 1+r.IntN(99_999), "ABDHET"[r.IntN(6)], 1+r.IntN(89))
}

// matchBench fills an index and asks it for plates with ten candidates each.
func matchBench() ([]Result, error) {
	c, err := plate.DefaultConfusions()
	note := "measured confusions"
	if err != nil {
		c, err = plate.ParseConfusions([]byte("{}"))
		note = "no measured confusions in this build"
	}
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(1, 2))
	before := heap()
	x := plate.NewIndex(c)
	for i := range uint64(listedPlates) {
		p, err := plate.Parse(number(r))
		if err != nil {
			return nil, err
		}
		x.Add(p, i)
	}
	used := float64(heap()-before) / 1e6
	var times []time.Duration
	for range 2_000 {
		read, err := candidates(r)
		if err != nil {
			return nil, err
		}
		begun := time.Now()
		x.Match(read, 0.5)
		times = append(times, time.Since(begun))
	}
	runtime.KeepAlive(x)
	return []Result{
		{Name: "plates-match-p99", Value: quantile(times, 0.99), Unit: "ms", Limit: 5, AtMost: true, Note: note},
		{Name: "plates-match-memory", Value: used, Unit: "MB", Limit: 200, AtMost: true, Note: "1,000,000 listed plates"},
	}, nil
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// candidates are ten readings of one plate, as the engine gives them.
func candidates(r *rand.Rand) ([]plate.Candidate, error) {
	out := make([]plate.Candidate, 0, 10)
	share := 0.6
	for range 10 {
		p, err := plate.Parse(number(r))
		if err != nil {
			return nil, err
		}
		out = append(out, plate.Candidate{Plate: p, P: share})
		share /= 2.4
	}
	return out, nil
}

// takeBench lets cameras hand over batches of a hundred reads for a while, with
// one listed plate among them now and then.
func (h *house) takeBench(ctx context.Context) ([]Result, error) {
	c, listed, err := h.watched(ctx)
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(3, 4))
	var shown []time.Duration
	reads, begun := 0, time.Now()
	for n := 0; time.Since(begun) < h.o.For; n++ {
		in := plates.Submission{Device: fmt.Sprintf("bench-%d", n), Sent: time.Now(), Model: "bench/1"}
		for range 100 {
			in.Reads = append(in.Reads, plates.Seen{At: time.Now(), Plate: number(r), Score: 0.9})
		}
		if n%10 == 0 {
			in.Reads[50].Plate = listed[n/10%len(listed)]
		}
		sent := time.Now()
		got, err := h.s.Plates.TakeBatch(ctx, c, in)
		if err != nil {
			return nil, err
		}
		if got.Proposals > 0 { // it stands in the desk's table when TakeBatch returns
			shown = append(shown, time.Since(sent))
		}
		reads += got.Stored
	}
	rate := float64(reads) / time.Since(begun).Seconds()
	if len(shown) == 0 {
		return nil, fmt.Errorf("no proposal among %d reads", reads)
	}
	slices.Sort(shown)
	return []Result{
		{Name: "plates-reads-stored", Value: rate, Unit: "reads/s", Limit: 300, Note: "batches of 100, matched, one after the other"},
		{Name: "plates-read-to-desk-p99", Value: quantile(shown, 0.99), Unit: "ms", Limit: 2_000, AtMost: true, Note: fmt.Sprintf("%d proposals, to the commit that the desk's page follows", len(shown))},
	}, nil
}

// watched makes a camera and lists some plates.
func (h *house) watched(ctx context.Context) (plates.Camera, []string, error) {
	g, err := h.asks(ctx, "administrator", "plates.camera.register")
	if err != nil {
		return plates.Camera{}, nil, err
	}
	c, err := h.s.Plates.RegisterCamera(ctx, g, plates.NewCamera{Act: plates.Act{Submission: h.app.Journal.NewID()}, Code: "BENCH", Name: "bench", Mount: plates.Fixed, Way: plates.Events, Heading: -1})
	if err != nil {
		return plates.Camera{}, nil, err
	}
	var listed []string
	for i := range 200 {
		line := fmt.Sprintf("%d-Y-%d", 10_000+i, 1+i%89)
		g, err := h.asks(ctx, "investigator", "plates.entry.enter")
		if err != nil {
			return plates.Camera{}, nil, err
		}
		_, err = h.s.Plates.EnterEntry(ctx, g, plates.NewEntry{Submission: h.app.Journal.NewID(), List: plates.Stolen, Plate: line, Reason: "bench", Authority: "bench/1"})
		if err != nil {
			return plates.Camera{}, nil, err
		}
		listed = append(listed, line)
	}
	return c, listed, nil
}

// asks asks for an act of somebody in a role, on their duty.
func (h *house) asks(ctx context.Context, role units.Role, action string) (policy.Grant, error) {
	return h.asksOf(ctx, role, action, func(unit ident.ID) policy.Resource { return policy.Resource{Unit: unit} })
}

// asksOf is asks about a record.
func (h *house) asksOf(ctx context.Context, role units.Role, action string, of func(unit ident.ID) policy.Resource) (policy.Grant, error) {
	people, err := h.s.Units.Demo(ctx)
	if err != nil {
		return policy.Grant{}, err
	}
	for _, a := range people {
		if a.Actor.Role == string(role) {
			return h.app.Policy.Ask(ctx, a.Actor, action, of(a.Actor.Unit), a.Duty)
		}
	}
	return policy.Grant{}, fmt.Errorf("there is no %s", role)
}
