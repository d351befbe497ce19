package trust

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/provider"
	"github.com/amana-platform/amana/modules/trust/signals"
)

// How long what happened is kept for a receiver that does not take it, how much
// of it, and after how long of failing its stream is paused. Who takes nothing
// for so long has to be told anew by people: its stream is disabled.
const (
	signalsKept  = 7 * 24 * time.Hour
	mostSignals  = 10_000
	signalsPause = 24 * time.Hour
)

// Why the service itself changes a stream's status: words of the texts.
const (
	reasonSuspended   = "suspended"
	reasonExpired     = "expired"
	reasonUnreachable = "unreachable"
	reasonOverfull    = "overfull"
	reasonResumed     = "resumed"
)

// Change is something about a citizen that institutions which know them have to
// hear. Whoever keeps the citizens tells it.
type Change struct {
	Source  ident.ID // the entry that says so: each is told once
	Citizen ident.ID
	Revoked []string // kinds of means that prove nothing any more: "card", "passkey"
	Level   int      // what they can prove at most now
	Was     int      // and before; the same if nothing was lost
	Closed  bool     // the account
}

// credentials are the kinds of means as CAEP 3.3.1 names them. Which sort of
// authenticator holds a passkey is not told.
var credentials = map[string]string{"card": "x509", "passkey": "fido2-platform"}

// Signal puts a change on the streams of the institutions that know the
// citizen. What was granted to them has ended, so each session with them has.
func (s *Service) Signal(ctx context.Context, c Change) error {
	clients, person, err := knowing(ctx, s.k.Reader, c.Citizen)
	if err != nil {
		return err
	}
	for _, client := range clients {
		st, err := store.First(streams(ctx, s.k.Reader, "institution = $1", string(client)))
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		sub := s.subjectFor(person, string(client))
		who := signals.Person(s.issuer, sub)
		all := []signals.Event{signals.Ended(who)}
		for _, kind := range c.Revoked {
			if name, ok := credentials[kind]; ok {
				all = append(all, signals.Lost(who, name))
			}
		}
		if c.Level < c.Was {
			all = append(all, signals.Lowered(who, "urn:amana:level", provider.ACR(c.Level), provider.ACR(c.Was)))
		}
		if c.Closed {
			all = append(all, signals.Closed(who))
		}
		for n, e := range all {
			if err := s.enqueue(ctx, st, string(c.Source)+" "+strconv.Itoa(n), sub, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// signalEnd puts the end of one session on the stream of an institution.
func (s *Service) signalEnd(ctx context.Context, n notice) error {
	st, err := store.First(streams(ctx, s.k.Reader, "institution = $1", n.client))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	sub := s.subjectFor(n.person, n.client)
	return s.enqueue(ctx, st, "session "+n.session, sub, signals.Ended(signals.Sitting(s.issuer, sub, s.pseudonym("session", n.client, n.session))))
}

// enqueue lets an event wait for a stream, once for what it comes from. Its
// identifier is the stream's own: nobody finds the same one on another.
func (s *Service) enqueue(ctx context.Context, st stream, source, sub string, e signals.Event) error {
	if !st.Delivers(e.Type) || st.Status == signals.Disabled && e.Type != signals.StreamUpdated {
		return nil
	}
	if sub != "" {
		var muted int64
		if err := s.k.Reader.Row(ctx, "select count(*) from tmp_trust_muted where stream = $1 and subject = $2", []any{st.ID, sub}, &muted); err != nil || muted > 0 {
			return err
		}
	}
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	now := time.Now()
	_, err = s.k.Scratch.Exec(ctx, `insert into tmp_trust_signals (id, stream, client, pos, kind, body, made_at, issued_at, done_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8)
		on conflict do nothing`, s.pseudonym("signal", st.ID, source+" "+e.Type), st.ID, string(st.Institution), string(s.signalIDs.New()), e.Type, string(body), now.Unix(), now.Add(2*signalsKept).Unix())
	return err
}

// followStreams does what follows from a stream's own entries: nothing waits
// for one that is off, one that was off or changed is tried at once, and the
// receiver is told what the service did to it.
func (s *Service) followStreams(ctx context.Context, e journal.Delivered, _ store.Reader, _ *journal.Draft) error {
	var err error
	switch x := e.Entry.(type) {
	case StreamKept:
		_, err = s.k.Scratch.Exec(ctx, "delete from tmp_trust_receivers where stream = $1", string(x.ID))
	case StreamEnded:
		for _, table := range []string{"tmp_trust_signals", "tmp_trust_receivers", "tmp_trust_muted"} {
			if _, err := s.k.Scratch.Exec(ctx, "delete from "+table+" where stream = $1", string(x.ID)); err != nil {
				return err
			}
		}
	case StreamSet:
		if x.Status == signals.Disabled {
			_, err = s.k.Scratch.Exec(ctx, "delete from tmp_trust_signals where stream = $1 and done_at = 0 and kind <> $2", string(x.ID), signals.StreamUpdated)
		} else if x.Status == signals.Enabled {
			_, err = s.k.Scratch.Exec(ctx, "update tmp_trust_receivers set tries = 0, failing_at = 0, next_at = 0 where stream = $1", string(x.ID))
		}
		if err != nil || !x.ByService {
			return err
		}
		st, err := store.First(streams(ctx, s.k.Reader, "id = $1", string(x.ID)))
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.enqueue(ctx, st, string(e.ID), "", signals.Updated(st.ID, x.Status, x.Reason))
	}
	return err
}

// draftStream drafts that the service sets an institution's stream, if it has
// one that stands otherwise.
func draftStream(ctx context.Context, r store.Reader, d *journal.Draft, institution ident.ID, to signals.Status, reason string) error {
	st, err := store.First(streams(ctx, r, "institution = $1", string(institution)))
	if fault.Is(err, fault.NotFound) || err == nil && st.Status == to {
		return nil
	}
	if err == nil {
		d.Add(StreamSet{ID: ident.ID(st.ID), Institution: institution, Status: to, Reason: reason, ByService: true})
	}
	return err
}

// resumeStream lets the stream of an institution run again that was suspended.
func resumeStream(ctx context.Context, r store.Reader, d *journal.Draft, institution ident.ID) error {
	st, err := store.First(streams(ctx, r, "institution = $1", string(institution)))
	if fault.Is(err, fault.NotFound) || err == nil && (!st.ByService || st.Reason != reasonSuspended) {
		return nil
	}
	if err == nil {
		d.Add(StreamSet{ID: ident.ID(st.ID), Institution: institution, Status: signals.Enabled, Reason: reasonResumed, ByService: true})
	}
	return err
}

// setStream records a status that the service gives a stream.
func (s *Service) setStream(ctx context.Context, st stream, to signals.Status, reason string) error {
	return s.record(ctx, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		return draftStream(ctx, r, d, st.Institution, to, reason)
	})
}

// tendStreams disables the streams for which too much waits for too long. It is a job.
func (s *Service) tendStreams(ctx context.Context) error {
	all, err := streams(ctx, s.k.Reader, "status <> 'disabled'")
	if err != nil {
		return err
	}
	for _, st := range all {
		x, err := receiverOf(ctx, s.k.Reader, st.ID)
		if err != nil {
			return err
		}
		if x.waiting > mostSignals || x.oldest > 0 && time.Since(time.Unix(x.oldest, 0)) > signalsKept {
			if err := s.setStream(ctx, st, signals.Disabled, reasonOverfull); err != nil {
				return err
			}
		}
	}
	return nil
}

// StreamState is an institution's stream as its page shows it.
type StreamState struct {
	signals.Stream
	ByService bool // the service set the status
	Waiting   int64
	Told      time.Time // when the receiver last took something; zero if never
	Trouble   string    // what is wrong with it: "unreachable", or its own code
}

// StreamState gives how an institution's stream goes; false if it has none.
func (s *Service) StreamState(ctx context.Context, institution ident.ID) (out StreamState, found bool, err error) {
	st, found, err := streamOf(ctx, s.k.Reader, string(institution))
	if err != nil || !found {
		return out, false, err
	}
	x, err := receiverOf(ctx, s.k.Reader, st.ID)
	out = StreamState{Stream: st.Stream, ByService: st.ByService, Waiting: x.waiting, Trouble: x.trouble}
	if x.told > 0 {
		out.Told = time.Unix(x.told, 0)
	}
	return out, true, err
}
