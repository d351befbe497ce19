package journal

import (
	"context"
	"fmt"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// A log proves that nothing in it was changed, not that everything went in.
// Controls are accesses that are announced in the journal before they are
// made, by the same door as a person's reading, and must then be found in the
// lane by the same search as an inspector's.

// KindControl is the kind of the record that a control access shows.
const KindControl = "control"

// ControlPlanted announces a control access.
type ControlPlanted struct {
	Control ident.ID
	Lane    string
}

// Apply notes the control as open.
func (e ControlPlanted) Apply(w *store.Writer, m Meta) error {
	return w.One("insert into journal_controls (id, seq, lane, planted_at, access_seq, seen_at, missed_at) values ($1, $2, $3, $4, 0, 0, 0)",
		string(e.Control), m.Seq, e.Lane, store.Micros(m.Written))
}

// About names the control.
func (e ControlPlanted) About() []ident.Ref { return []ident.Ref{control(e.Control)} }

// ControlSeen says that a control access was found where it must be, and that
// a signed checkpoint covers it.
type ControlSeen struct {
	Control ident.ID
	Lane    string
	Access  int64 // its seq in the lane
}

// Apply closes the control.
func (e ControlSeen) Apply(w *store.Writer, m Meta) error {
	return w.One("update journal_controls set access_seq = $1, seen_at = $2 where id = $3 and seen_at = 0", e.Access, store.Micros(m.Written), string(e.Control))
}

// About names the control.
func (e ControlSeen) About() []ident.Ref { return []ident.Ref{control(e.Control)} }

// ControlMissed says that a control access was made and is not there: the lane
// does not record everything.
type ControlMissed struct {
	Control ident.ID
	Lane    string
}

// Apply notes that it is missing.
func (e ControlMissed) Apply(w *store.Writer, m Meta) error {
	return w.One("update journal_controls set missed_at = $1 where id = $2 and missed_at = 0", store.Micros(m.Written), string(e.Control))
}

// About names the control.
func (e ControlMissed) About() []ident.Ref { return []ident.Ref{control(e.Control)} }

func control(id ident.ID) ident.Ref { return ident.Ref{Kind: KindControl, ID: id} }

// PlantControl announces a control and makes its access in this node's lane.
func (j *Journal) PlantControl(ctx context.Context, g policy.Grant) (ident.ID, error) {
	id := j.NewID()
	_, err := j.Do(ctx, g, func(_ context.Context, _ store.Reader, d *Draft) error {
		d.Add(ControlPlanted{Control: id, Lane: j.lane.name})
		return nil
	})
	if err != nil {
		return "", err
	}
	return id, j.lane.Record(ctx, Of(g, Read, control(id)))
}

// controlWindow is how long a control may take to be found, under a signed
// checkpoint: a log that is further behind stops writing anyway.
const controlWindow = 10 * time.Minute

// CheckControls looks for the open controls of all lanes as an inspector
// would, and says of each that it was seen or, after the window, missed. It
// gives those missed. covered tells whether the signed log has an access.
func (j *Journal) CheckControls(ctx context.Context, g policy.Grant, covered func(ctx context.Context, lane string, seq int64) (bool, error)) (missed []ident.ID, err error) {
	type open struct {
		id      ident.ID
		lane    string
		planted int64
	}
	all, err := store.List(ctx, j.db.Reader(), "select id, lane, planted_at from journal_controls where seen_at = 0 and missed_at = 0 order by seq", nil, func(scan store.Scan) (o open, err error) {
		return o, scan(&o.id, &o.lane, &o.planted)
	})
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		seq, err := j.findControl(ctx, o.id, o.lane, covered)
		if err != nil {
			return missed, err
		}
		var say Entry
		switch {
		case seq > 0:
			say = ControlSeen{Control: o.id, Lane: o.lane, Access: seq}
		case j.clock.Now().Sub(store.Time(o.planted)) > controlWindow:
			say = ControlMissed{Control: o.id, Lane: o.lane}
			missed = append(missed, o.id)
		default:
			continue
		}
		if _, err := j.Do(ctx, g, func(_ context.Context, _ store.Reader, d *Draft) error { d.Add(say); return nil }); err != nil {
			return missed, err
		}
	}
	return missed, nil
}

// findControl gives the seq of a control's access, 0 if it is not there or not
// yet under a checkpoint.
func (j *Journal) findControl(ctx context.Context, id ident.ID, lane string, covered func(context.Context, string, int64) (bool, error)) (int64, error) {
	found, err := j.lane.Search(ctx, AccessQuery{About: control(id), Limit: 1})
	if err != nil || len(found) == 0 || found[0].Lane != lane {
		return 0, err
	}
	if ok, err := covered(ctx, lane, found[0].Seq); err != nil || !ok {
		return 0, err
	}
	return found[0].Seq, nil
}

// CoversAccess reports whether a signed checkpoint covers an access.
func (l *Logging) CoversAccess(ctx context.Context, lane string, seq int64) (bool, error) {
	var index int64
	err := l.reader().Row(ctx, `select a.leaf_index from access_batches b join tmp_access_leaves a on a.source = $1 and a.seq = b.batch
		where b.lane = $2 and b.first_seq <= $3 and b.last_seq >= $3`, []any{string(l.j.home) + "/" + lane, lane, seq}, &index)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c, err := l.log.Checkpoint(ctx)
	if fault.Is(err, fault.Unavailable) {
		return false, nil
	}
	return err == nil && uint64(index) < c.Size, err
}

// Planted gives when controls were planted since a time, the oldest first.
// They are planted every hour while the service runs: a longer gap is a time
// in which it did not.
func (j *Journal) Planted(ctx context.Context, since time.Time) ([]time.Time, error) {
	return store.List(ctx, j.db.Reader(), "select planted_at from journal_controls where planted_at >= $1 order by planted_at", []any{store.Micros(since)}, func(scan store.Scan) (time.Time, error) {
		var at int64
		err := scan(&at)
		return store.Time(at), err
	})
}

// Controls is how the controls stand.
type Controls struct {
	Planted, Seen, Missed int64
	LastSeen              time.Time // zero if none was
}

// Controls counts the controls of all lanes.
func (j *Journal) Controls(ctx context.Context) (c Controls, err error) {
	var last int64
	err = j.db.Reader().Row(ctx, `select count(*), coalesce(sum(case when seen_at > 0 then 1 else 0 end), 0), coalesce(sum(case when missed_at > 0 then 1 else 0 end), 0), coalesce(max(seen_at), 0)
		from journal_controls`, nil, &c.Planted, &c.Seen, &c.Missed, &last)
	c.LastSeen = store.Time(last)
	return c, err
}

// MissedLanes gives every lane with a control, and whether one was missed
// there and none has been seen since.
func (j *Journal) MissedLanes(ctx context.Context) (map[string]bool, error) {
	out := map[string]bool{}
	return out, j.db.Reader().Each(ctx, `select lane, coalesce(max(case when missed_at > 0 then seq end), 0) > coalesce(max(case when seen_at > 0 then seq end), 0)
		from journal_controls group by lane`, nil, func(scan store.Scan) error {
		var lane string
		var missed bool
		err := scan(&lane, &missed)
		out[lane] = missed
		return err
	})
}

// controlled is verification's part: where each control access stands, and
// what the entries say of it.
type controlled struct {
	planted map[ident.ID]planted
	seen    map[ident.ID]ControlSeen
	missed  map[ident.ID]bool
	there   map[ident.ID]int64 // seq in its lane
}

type planted struct {
	seq  int64
	lane string
	at   time.Time
}

func newControlled() *controlled {
	return &controlled{planted: map[ident.ID]planted{}, seen: map[ident.ID]ControlSeen{}, missed: map[ident.ID]bool{}, there: map[ident.ID]int64{}}
}

// hold compares the controls with the lanes, as of the last entry.
func (c *controlled) hold(v *verification, last time.Time) {
	for id, p := range c.planted {
		seq, there := c.there[id]
		where := fmt.Sprintf("entry %d", p.seq)
		seen, said := c.seen[id]
		switch {
		case said && v.expired(seen.Lane, seen.Access):
		case said && (!there || seq != seen.Access):
			v.report.find(where, "plants a control that was seen as access %s/%d and is not there now", seen.Lane, seen.Access)
		case !said && !there && !c.missed[id] && last.Sub(p.at) > controlWindow:
			v.report.find(where, "plants a control in lane %s that never appeared there", p.lane)
		}
	}
}
