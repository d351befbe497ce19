package demodata

import (
	"context"
	"fmt"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/plates"
)

// watchers is who keeps the lists, the cameras and the hit desk in the
// demonstration.
type watchers struct {
	*life
	desk, keeper, technician *officer
	cameras                  []plates.Camera
	listed                   []plates.Entry
	typed                    []string // their plates as they were typed
	sent                     int
}

// watch plans the cameras, the watch lists and the hits of nine days: those of
// the days before are decided, those of the last hour wait for the visitor.
func (l *life) watch() {
	w := &watchers{life: l, desk: l.faces["duty-officer"], keeper: l.faces["investigator"], technician: l.officersOf("administrator")[0]}
	first := w.now.Add(-9 * 24 * time.Hour)
	w.at(first, w.install)
	w.at(first.Add(20*time.Minute), w.enter)
	for day := -8; day <= 0; day++ {
		for i := range places {
			at := w.now.Add(time.Duration(day)*24*time.Hour - time.Duration(50-10*i)*time.Minute)
			listed := -1
			if i == (day+8)%len(places) || day == 0 && i < 2 {
				listed = day + 8 + i
			}
			w.at(at, func(ctx context.Context) error { return w.drive(ctx, i, listed) })
			if day < 0 {
				w.at(at.Add(7*time.Minute), w.decide)
			}
		}
	}
	w.at(w.now.Add(-30*time.Hour), w.claim)
	w.at(w.now.Add(-26*time.Hour), w.lookBack)
	w.at(w.now.Add(-15*time.Minute), func(ctx context.Context) error {
		_, err := w.Plates.DrawSamples(ctx)
		return err
	})
}

// at puts something on the agenda.
func (w *watchers) at(when time.Time, do func(context.Context) error) {
	w.agenda = append(w.agenda, moment{clock.Micro(when), w.planned(), do})
}

// ask asks for an act of an officer on their duty.
func (w *watchers) ask(ctx context.Context, o *officer, action string, res policy.Resource) (policy.Grant, error) {
	a, duty, err := w.actor(ctx, o)
	if err != nil {
		return policy.Grant{}, err
	}
	if res.Unit == "" {
		res.Unit = a.Unit
	}
	return w.k.Policy.Ask(ctx, a, action, res, duty)
}

// places are where the demonstration's cameras stand: off the centre of the
// desk's own town, in millionths of a degree.
var places = []struct {
	name    string
	lat     int64
	lon     int64
	heading int64
	way     plates.Way
}{
	{"Gare routi\u00e8re", 4_000, -6_500, 90, plates.Events}, {"Rond-point nord", 16_000, 2_000, 180, plates.Events}, {"Entr\u00e9e autoroute", -14_000, 12_500, 270, plates.Push}, {"V\u00e9hicule 12", -2_000, 4_000, -1, plates.Push},
}

// install registers the cameras of the desk's unit.
func (w *watchers) install(ctx context.Context) error {
	town := w.centre(w.desk.unit)
	for i, p := range places {
		g, err := w.ask(ctx, w.technician, "plates.camera.register", policy.Resource{})
		if err != nil {
			return err
		}
		in := plates.NewCamera{Act: plates.Act{Submission: w.ids.New()}, Code: fmt.Sprintf("%s-C%02d", w.desk.unit.Code, i+1), Name: p.name, Unit: w.desk.unit.id, Mount: plates.Fixed, Way: p.way, Area: w.desk.unit.Area,
			Pinned: true, Lat: int64(town.Lat*1e6) + p.lat, Lon: int64(town.Lon*1e6) + p.lon, Heading: p.heading}
		if p.heading < 0 {
			in.Mount = plates.Vehicle
		}
		c, err := w.Plates.RegisterCamera(ctx, g, in)
		if err != nil {
			return err
		}
		if g, err = w.ask(ctx, w.technician, "plates.camera.key", policy.Resource{Ref: c.Ref(), Unit: c.Unit}); err != nil {
			return err
		}
		if _, err := w.Plates.KeyCamera(ctx, g, plates.Act{Submission: w.ids.New()}, c.ID); err != nil {
			return err
		}
		w.cameras = append(w.cameras, c)
	}
	return nil
}

// centre is the nearest unit at or above one whose place the pack knows.
func (w *watchers) centre(u *unit) *unit {
	for u.Lat == 0 && u.Lon == 0 && w.byCode[u.Parent] != nil {
		u = w.byCode[u.Parent]
	}
	return u
}

// letters of the series in use.
var letters = []string{"A", "B", "D", "H", "E", "T"}

func (w *watchers) plate() string {
	return fmt.Sprintf("%d-%s-%d", 1_000+w.rand.IntN(98_000), pick(w.World, letters), 1+w.rand.IntN(89))
}

// wanted is the plate of the i-th entry: the first are of the scenes.
func (w *watchers) wanted(i int) string {
	if i < len(shown) {
		return shown[i]
	}
	return w.plate()
}

// reasons of the invented entries, by list.
var reasons = map[plates.List]string{
	plates.Stolen: "V\u00e9hicule d\u00e9clar\u00e9 vol\u00e9", plates.Wanted: "V\u00e9hicule utilis\u00e9 par une personne sous mandat national", plates.Missing: "V\u00e9hicule vu pr\u00e8s du lieu de la disparition",
}

// enter lists a dozen plates.
func (w *watchers) enter(ctx context.Context) error {
	for i, list := range []plates.List{plates.Stolen, plates.Wanted, plates.Stolen, plates.Missing, plates.Wanted, plates.Stolen, plates.Stolen, plates.Wanted} {
		g, err := w.ask(ctx, w.keeper, "plates.entry.enter", policy.Resource{})
		if err != nil {
			return err
		}
		typed, model := w.wanted(i), pick(w.World, [][2]string{{"Dacia", "Logan"}, {"Renault", "Clio"}, {"Peugeot", "208"}, {"Fiat", "Doblo"}, {"Hyundai", "i10"}})
		e, err := w.Plates.EnterEntry(ctx, g, plates.NewEntry{Submission: w.ids.New(), List: list, Plate: typed, Make: model[0], Model: model[1], Colour: pick(w.World, index.Colours()),
			Reason: reasons[list], Authority: fmt.Sprintf("Parquet, %d/%d", 100+i, w.now.Year())})
		if err != nil {
			return err
		}
		w.listed, w.typed = append(w.listed, e), append(w.typed, typed)
	}
	return nil
}

// claim lets somebody at the desk say that an entry is wrong: the chief has a
// contest to decide.
func (w *watchers) claim(ctx context.Context) error {
	e := w.listed[5] // no camera of the demonstration meets it
	res, err := w.Plates.EntryResource(ctx, e.ID)
	if err != nil {
		return err
	}
	g, err := w.ask(ctx, w.desk, "plates.entry.contest", res)
	if err != nil {
		return err
	}
	return w.Plates.ContestEntry(ctx, g, plates.Contesting{Act: plates.Act{Submission: w.ids.New(), Version: e.Version}, Entry: e.ID,
		Person: w.tales.Words["claimants"][0], Grounds: w.tales.Words["claims"][0]})
}

// lookBack lets the investigator whom visitors meet search past reads for a
// case of theirs: auditors see it.
func (w *watchers) lookBack(ctx context.Context) error {
	who, _, err := w.actor(ctx, w.keeper)
	if err != nil {
		return err
	}
	cases, err := store.List(ctx, w.k.Reader, "select c.id from cases_cases c join cases_assigned a on a.case_id = c.id and a.to_at = 0 where a.officer = $1 and c.closed_at = 0 order by c.id limit 1",
		[]any{string(who.ID)}, func(scan store.Scan) (id ident.ID, err error) { return id, scan(&id) })
	if err != nil || len(cases) == 0 {
		return err
	}
	g, err := w.k.Policy.Ask(ctx, who, "plates.reads.search", policy.Resource{Unit: who.Unit}, policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: cases[0]}})
	if err != nil {
		return err
	}
	_, err = w.Plates.SearchReads(ctx, g, plates.Searching{Submission: w.ids.New(), Plate: w.typed[0], From: w.clock.Now().Add(-48 * time.Hour), To: w.clock.Now(), Authority: fmt.Sprintf("Parquet, 140/%d", w.now.Year())})
	return err
}

// drive lets vehicles pass a camera, one of them listed unless it is negative.
func (w *watchers) drive(ctx context.Context, camera, listed int) error {
	seen := []string{w.plate(), w.plate(), w.plate()}
	if listed >= 0 {
		seen = append(seen, w.typed[listed%len(w.typed)])
	}
	return w.pass(ctx, w.cameras[camera], w.clock.Now(), seen)
}

// pass is one batch of one camera.
func (w *watchers) pass(ctx context.Context, c plates.Camera, at time.Time, seen []string) error {
	w.sent++
	in := plates.Submission{Device: fmt.Sprintf("demo-%d", w.sent), Sent: at, Model: "demo/1"}
	for i, line := range seen {
		picture, err := platePicture(w.rand, line)
		if err != nil {
			return err
		}
		in.Reads = append(in.Reads, plates.Seen{At: at.Add(-time.Duration(len(seen)-i) * 2 * time.Second), Plate: line, Score: 0.86 + 0.13*w.rand.Float64(), Image: picture})
	}
	_, err := w.Plates.TakeBatch(ctx, c, in)
	return err
}

// decide lets the desk decide about every hit that waits.
func (w *watchers) decide(ctx context.Context) error {
	for i, e := range w.listed {
		hits, err := w.Plates.HitsOf(ctx, e.ID)
		if err != nil {
			return err
		}
		for _, h := range hits {
			if h.State != plates.Proposed {
				continue
			}
			if err := w.settle(ctx, h, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// settle takes a hit as far as the draw says.
func (w *watchers) settle(ctx context.Context, h plates.Hit, i int) error {
	act := func() plates.Act { return plates.Act{Submission: w.ids.New()} }
	on := func(action string) (policy.Grant, error) {
		return w.ask(ctx, w.desk, action, policy.Resource{Ref: h.Ref(), Unit: h.Unit})
	}
	if i%3 == 2 {
		g, err := on("plates.hit.reject")
		if err == nil {
			err = w.Plates.RejectHit(ctx, g, plates.Rejecting{Act: act(), Hit: h.ID, Ground: "vehicle-differs"})
		}
		return err
	}
	g, err := on("plates.hit.confirm")
	if err == nil {
		err = w.Plates.ConfirmHit(ctx, g, plates.Confirming{Act: act(), Hit: h.ID, Ticks: plates.Ticks{Image: true, Plate: true, Entry: true, Vehicle: true}})
	}
	if err != nil {
		return err
	}
	if g, err = on("plates.hit.task"); err == nil {
		err = w.Plates.TaskCrew(ctx, g, plates.Tasking{Act: act(), Hit: h.ID, Crew: fmt.Sprintf("Alpha %d", 10+i)})
	}
	if err != nil || i%3 == 1 {
		return err
	}
	outcome := plates.Recovered
	if h.List != plates.Stolen {
		outcome = plates.Found
	}
	if g, err = on("plates.hit.close"); err == nil {
		err = w.Plates.CloseHit(ctx, g, plates.Closing{Act: act(), Hit: h.ID, Outcome: outcome})
	}
	return err
}
