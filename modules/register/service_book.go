package register

import (
	"context"
	"errors"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// NewLine is a line as the desk writes it by hand.
type NewLine struct {
	Submission ident.ID
	At         time.Time // when it happened; now if zero
	Words      string
	Corrects   ident.ID // the line it corrects, "" for a free one
}

// WriteLine writes a free line, or one that corrects an earlier line of the
// same book. The earlier line stays as it is.
func (s *Service) WriteLine(ctx context.Context, g policy.Grant, in NewLine) (Line, error) {
	if in.At.IsZero() {
		in.At = s.k.Clock.Now()
	}
	c := s.checks()
	if _, err := ident.Parse(string(in.Submission)); err != nil {
		c.Add("submission", "register.fault.submission")
	}
	c.past("at", in.At)
	in.Words = c.Required("words", in.Words, maxWords)
	if err := c.Err(); err != nil {
		return Line{}, err
	}
	_, err := s.do(ctx, g, func(k *desk) error { return k.writeLine(in) })
	if err != nil && !errors.Is(err, errDone) {
		return Line{}, err
	}
	return readLine(ctx, s.k.Reader, in.Submission)
}

func (k *desk) writeLine(in NewLine) error {
	unit := k.g.Actor().Unit
	if l, err := readLine(k.ctx, k.r, in.Submission); err == nil {
		if l.Unit == unit && l.Writer == k.g.Actor().ID {
			return errDone
		}
		return fault.New(fault.Conflict, "register.fault.submission")
	}
	out := line{id: in.Submission, kind: LineFree, words: in.Words, happened: in.At}
	if in.Corrects != "" {
		old, err := readLine(k.ctx, k.r, in.Corrects)
		if err != nil {
			return err
		}
		if old.Unit != unit {
			return fault.New(fault.Refused, "register.fault.other-book")
		}
		out.kind, out.corrects, out.number = LineFix, old.ID, old.Number
	}
	_, err := k.write(unit, out)
	return err
}

func readLine(ctx context.Context, r store.Reader, id ident.ID) (Line, error) {
	return store.One(ctx, r, "select "+lineColumns+" from register_lines l where l.id = $1", []any{string(id)}, scanLine)
}

// LogBook lists the lines of a unit, newest first, before a number (0: from
// the newest), of one series ("" for all).
func (s *Service) LogBook(ctx context.Context, unit ident.ID, before time.Time, n int) ([]Line, error) {
	most := int64(1) << 62
	if !before.IsZero() {
		most = store.Micros(before)
	}
	return store.List(ctx, s.k.Reader, "select "+lineColumns+" from register_lines l where l.unit = $1 and l.written_at < $2 order by l.written_at desc, l.n desc limit $3",
		[]any{string(unit), most, n}, scanLine)
}

// Open is what stands open in a unit at a moment: what a handover lists.
type Open struct {
	From      time.Time // since the last handover
	Custodies []Custody
	Late      map[ident.ID][]Due   // by custody
	Next      map[ident.ID]Due     // by custody
	Lasting   map[ident.ID][]Due   // all dues by custody
	Events    map[ident.ID][]Event // by custody
	Notices   []Complaint          // outcome notices overdue
	Waiting   []Complaint          // complaints that wait for a decision
}

// Open reads what stands open in a unit now.
func (s *Service) Open(ctx context.Context, unit ident.ID) (Open, error) {
	return s.openAt(ctx, s.k.Reader, unit, s.k.Clock.Now())
}

func (s *Service) openAt(ctx context.Context, r store.Reader, unit ident.ID, now time.Time) (o Open, err error) {
	o.Late, o.Next, o.Lasting, o.Events = map[ident.ID][]Due{}, map[ident.ID]Due{}, map[ident.ID][]Due{}, map[ident.ID][]Event{}
	if o.Custodies, err = openCustodies(ctx, r, "c.unit = $2", string(unit)); err != nil {
		return o, err
	}
	for _, c := range o.Custodies {
		if err := s.dueOf(ctx, r, &o, c, now); err != nil {
			return o, err
		}
	}
	if o.Notices, err = complaintsWhere(ctx, r, "c.unit = $1 and c.told_at = 0 and c.due_at > 0 and c.due_at < $2 and c.origin <> 'anonymous' order by c.due_at limit 200", string(unit), store.Micros(now)); err != nil {
		return o, err
	}
	if o.Waiting, err = complaintsWhere(ctx, r, "c.unit = $1 and c.state in ('verification', 'recorded', 'closing') order by c.received_at limit 200", string(unit)); err != nil {
		return o, err
	}
	last, err := s.lastHandover(ctx, r, unit)
	o.From = last.Until
	if o.From.IsZero() {
		local := s.k.Pack.Day(now)
		o.From, _ = s.k.Pack.Instant(local, 0, 0, 0)
	}
	return o, err
}

// dueOf reads what a custody demands next.
func (s *Service) dueOf(ctx context.Context, r store.Reader, o *Open, c Custody, now time.Time) error {
	law, err := clockOf(s.k.Pack, c.Regime, c.Arrest)
	if err != nil {
		return err
	}
	events, err := readEvents(ctx, r, c.ID)
	if err != nil {
		return err
	}
	dues := law.dues(c, events, now)
	o.Events[c.ID], o.Lasting[c.ID] = events, dues
	if len(dues) > 0 {
		o.Next[c.ID] = dues[0]
	}
	for _, d := range dues {
		if d.Late {
			o.Late[c.ID] = append(o.Late[c.ID], d)
		}
	}
	return nil
}

func complaintsWhere(ctx context.Context, r store.Reader, where string, args ...any) ([]Complaint, error) {
	return store.List(ctx, r, "select "+complaintColumns+" from register_complaints c where "+where, args, scanComplaint)
}

func openCustodies(ctx context.Context, r store.Reader, where string, args ...any) ([]Custody, error) {
	return store.List(ctx, r, "select "+custodyColumns+" from register_custodies c where c.state = $1 and "+where+" order by c.deadline_at, c.id", append([]any{CustodyOpen}, args...), scanCustody)
}

// GiveHandover ends a shift: it writes down what stands open, as the tables
// say under the lock, and a line of the log book.
func (s *Service) GiveHandover(ctx context.Context, g policy.Grant, submission ident.ID, remarks string) (Handover, error) {
	c := s.checks()
	if _, err := ident.Parse(string(submission)); err != nil {
		c.Add("submission", "register.fault.submission")
	}
	remarks = c.Optional("remarks", remarks, maxWords)
	if err := c.Err(); err != nil {
		return Handover{}, err
	}
	_, err := s.do(ctx, g, func(k *desk) error { return k.giveHandover(submission, remarks) })
	if err != nil && !errors.Is(err, errDone) {
		return Handover{}, err
	}
	return s.Handover(ctx, submission)
}

func (k *desk) giveHandover(id ident.ID, remarks string) error {
	unit := k.g.Actor().Unit
	if h, err := readHandover(k.ctx, k.r, id); err == nil {
		if h.Outgoing == k.g.Actor().ID {
			return errDone
		}
		return fault.New(fault.Conflict, "register.fault.submission")
	}
	if last, err := k.s.lastHandover(k.ctx, k.r, unit); err != nil {
		return err
	} else if last.ID != "" && last.Taken.IsZero() {
		return fault.New(fault.Conflict, "register.fault.handover-waits")
	}
	o, err := k.s.openAt(k.ctx, k.r, unit, k.d.Now)
	if err != nil {
		return err
	}
	e := HandoverGiven{Handover: id, Unit: unit, From: o.From, Until: k.d.Now, Custodies: int64(len(o.Custodies)), Notices: int64(len(o.Notices)), Waiting: int64(len(o.Waiting)), Remarks: journal.Seal(remarks)}
	for _, late := range o.Late {
		e.Late += int64(len(late))
	}
	k.d.Add(e)
	_, err = k.write(unit, line{kind: LineHandover, subject: ref(KindHandover, id)})
	return err
}

// TakeHandover acknowledges a handover; the officer who gave it cannot.
func (s *Service) TakeHandover(ctx context.Context, g policy.Grant, id ident.ID) error {
	_, err := s.do(ctx, g, func(k *desk) error {
		h, err := readHandover(k.ctx, k.r, id)
		if err != nil {
			return err
		}
		switch {
		case h.Outgoing == k.g.Actor().ID:
			return fault.New(fault.Refused, "register.fault.own-handover")
		case !h.Taken.IsZero():
			return fault.New(fault.Conflict, "register.fault.state")
		}
		k.d.Add(HandoverTaken{Handover: id, Unit: h.Unit})
		return nil
	})
	return err
}

// Handover gives a handover.
func (s *Service) Handover(ctx context.Context, id ident.ID) (Handover, error) {
	return readHandover(ctx, s.k.Reader, id)
}

func readHandover(ctx context.Context, r store.Reader, id ident.ID) (Handover, error) {
	return store.One(ctx, r, "select "+handoverColumns+" from register_handovers where id = $1", []any{string(id)}, scanHandover)
}

// lastHandover gives the newest handover of a unit; the zero one if none.
func (s *Service) lastHandover(ctx context.Context, r store.Reader, unit ident.ID) (Handover, error) {
	h, err := store.One(ctx, r, "select "+handoverColumns+" from register_handovers where unit = $1 order by written_at desc limit 1", []any{string(unit)}, scanHandover)
	if fault.Is(err, fault.NotFound) {
		return Handover{}, nil
	}
	return h, err
}
