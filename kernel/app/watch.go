package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/jobs"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/policy"
)

// ControlAction is the action under which control accesses are planted and
// looked for; the module that oversees the record declares it.
const ControlAction = "inspection.control.plant"

// The paces and windows of the watch.
const (
	askWitnesses  = 10 * time.Minute
	plantControls = time.Hour
	countWindow   = 2*time.Hour + 10*time.Minute // counts are hourly
	certificate   = 30 * 24 * time.Hour          // before its end, renewing is due
)

// defaultWitnessWindow is how old a witness's last cosignature may be. An
// unchanged checkpoint is shown to the witnesses again every hour.
const defaultWitnessWindow = 3 * time.Hour

// watch looks at what must go on by itself, and raises alarms.
type watch struct {
	a      *App
	window time.Duration
	begun  time.Time // when the jobs began

	mu        sync.Mutex
	witnesses map[string]time.Time // last cosignature of each, by its clock
}

// Watched is how the service stands besides its alarms.
type Watched struct {
	Alarms    []Alarm
	Witnesses []tlog.Cosigned // each with its last cosignature; a zero time if none was seen
	Controls  journal.Controls
	Counted   time.Time // when the lanes were counted last
	Log       tlog.Lag  // how far what is signed is behind
	Leaves    int64     // of the checkpoint that was printed last
	Printed   time.Time
}

func (a *App) newWatch(window time.Duration) *watch {
	if window == 0 {
		window = defaultWitnessWindow
	}
	return &watch{a: a, window: window, witnesses: map[string]time.Time{}}
}

// everywhere are the jobs of each node: its lane, its log, its certificate.
func (w *watch) everywhere() []jobs.Job {
	return []jobs.Job{
		{Name: "controls", Every: plantControls, Do: w.plant},
		{Name: "watch", Every: time.Minute, Do: w.look},
		{Name: "witnesses", Every: min(askWitnesses, w.window/3), Do: w.ask},
	}
}

func (w *watch) grant() (policy.Grant, error) {
	return w.a.Policy.System("control", ControlAction, "L09-08-23")
}

func (w *watch) plant(ctx context.Context) error {
	g, err := w.grant()
	if err != nil {
		return err
	}
	_, err = w.a.Journal.PlantControl(ctx, g)
	return err
}

// check looks for the controls of all lanes; one node does it.
func (w *watch) check(ctx context.Context) error {
	g, err := w.grant()
	if err != nil {
		return err
	}
	_, err = w.a.Journal.CheckControls(ctx, g, w.a.Logging.CoversAccess)
	return err
}

// look raises and clears what can be told at once.
func (w *watch) look(ctx context.Context) error {
	now := w.a.Clock.Now()
	lanes, err := w.a.Journal.MissedLanes(ctx)
	if err != nil {
		return err
	}
	for lane, missed := range lanes {
		var why error
		if missed {
			why = errors.New("an announced access is not in the lane")
		}
		w.a.Alarms.Set(ctx, "alarms.control-missed", lane, why)
	}
	counted, err := w.a.Journal.LastCount(ctx)
	if err != nil {
		return err
	}
	w.a.Alarms.Set(ctx, "alarms.count-late", "", older(now, countWindow, counted, w.begun))
	w.a.Alarms.Set(ctx, "alarms.log-lags", "", w.a.Logging.Lagging(ctx))
	w.certificate(ctx, now)
	w.witnessAlarms(ctx, now)
	return nil
}

// older gives an error if the latest of some times is longer ago than a window.
func older(now time.Time, window time.Duration, times ...time.Time) error {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	if age := now.Sub(last); age > window {
		return fmt.Errorf("%s ago, more than %s", age.Round(time.Second), window)
	}
	return nil
}

// certificate looks at the certificate that signs papers.
func (w *watch) certificate(ctx context.Context, now time.Time) {
	end := w.a.papers.ends()
	var over, soon error
	if now.After(end) {
		over = fmt.Errorf("it ended on %s", end.Format(time.DateOnly))
	} else if now.Add(certificate).After(end) {
		soon = fmt.Errorf("it ends on %s", end.Format(time.DateOnly))
	}
	w.a.Alarms.Set(ctx, "alarms.certificate-over", "", over)
	w.a.Alarms.Set(ctx, "alarms.certificate-ends", "", soon)
}

// ask asks every witness for a cosignature, and remembers when each gave one.
func (w *watch) ask(ctx context.Context) error {
	answers, err := w.a.tlog.AskWitnesses(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	for _, a := range answers {
		if a.Err == nil {
			w.witnesses[a.Name] = a.At
		} else if _, known := w.witnesses[a.Name]; !known {
			w.witnesses[a.Name] = time.Time{}
		}
	}
	w.mu.Unlock()
	for _, a := range answers {
		var refuses error
		if errors.Is(a.Err, tlog.ErrAnotherPast) {
			refuses = a.Err
		}
		w.a.Alarms.Set(ctx, "alarms.witness-refuses", a.Name, refuses)
	}
	w.witnessAlarms(ctx, w.a.Clock.Now())
	return nil
}

func (w *watch) witnessAlarms(ctx context.Context, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, last := range w.witnesses {
		w.a.Alarms.Set(ctx, "alarms.witness-silent", name, older(now, w.window, last, w.begun))
	}
}

// Watched gives how the service stands.
func (a *App) Watched(ctx context.Context) (Watched, error) {
	w := Watched{Alarms: a.Alarms.List()}
	a.watch.mu.Lock()
	for _, name := range sortedNames(a.watch.witnesses) {
		w.Witnesses = append(w.Witnesses, tlog.Cosigned{Name: name, At: a.watch.witnesses[name]})
	}
	a.watch.mu.Unlock()
	var err error
	if w.Controls, err = a.Journal.Controls(ctx); err != nil {
		return w, err
	}
	if w.Counted, err = a.Journal.LastCount(ctx); err != nil {
		return w, err
	}
	if w.Log, err = a.Logging.Lag(ctx); err != nil {
		return w, err
	}
	w.Leaves, w.Printed, err = a.Journal.LastPrinted(ctx)
	return w, err
}
