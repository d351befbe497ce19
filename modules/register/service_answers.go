package register

import (
	"context"
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
)

// What becomes of a complaint once it is recorded: corrections, the check of an
// anonymous report, closing, transfer, and word to the complainant.

// change runs a verb on a complaint that is in one of some states.
func (s *Service) change(ctx context.Context, g policy.Grant, id ident.ID, version int64, from []State, decide func(*desk, Complaint) error) error {
	_, err := s.do(ctx, g, func(k *desk) error {
		c, err := readComplaint(k.ctx, k.r, id)
		if err != nil {
			return err
		}
		if err := same(c.Version, version); err != nil {
			return err
		}
		if !slices.Contains(from, c.State) {
			return fault.New(fault.Conflict, "register.fault.state")
		}
		return decide(k, c)
	})
	return err
}

// everyState lists the states of a complaint.
func everyState() []State {
	return []State{Verifying, Recorded, Moving, Proposed, Referred, Closed}
}

// CorrectComplaint adds what a part of the complaint should say. What stands
// stays; the correction is shown beside it.
func (s *Service) CorrectComplaint(ctx context.Context, g policy.Grant, id ident.ID, field, text string) error {
	c := s.checks()
	check.OneOf(&c.Form, "field", field, CorrectFields())
	text = c.Required("words", text, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	return s.change(ctx, g, id, 0, everyState(), func(k *desk, _ Complaint) error {
		k.d.Add(ComplaintCorrected{Correction: k.d.NewID(), Complaint: id, Field: field, Words: journal.Seal(text)})
		return nil
	})
}

// AttachFiles adds files to a complaint; they must have been filed under it.
func (s *Service) AttachFiles(ctx context.Context, g policy.Grant, id ident.ID, files []blobs.Info) error {
	c := s.checks()
	c.files(id, files)
	if len(files) == 0 {
		c.Add("files", "form.required")
	}
	if err := c.Err(); err != nil {
		return err
	}
	return s.change(ctx, g, id, 0, everyState(), func(k *desk, _ Complaint) error {
		e := FilesAttached{Complaint: id}
		for _, f := range files {
			have, err := readFiles(k.ctx, k.r, "where address = $1", string(f.Address))
			if err != nil {
				return err
			}
			if len(have) > 0 {
				return fault.New(fault.Conflict, "register.fault.file-twice")
			}
			e.Files = append(e.Files, sealFile(id, f))
		}
		k.d.Add(e)
		return nil
	})
}

// Verification is the result of the preliminary check of an anonymous report.
type Verification struct {
	Serious bool
	Act     string // number of the authorisation, needed where it is serious
	Words   string
}

// VerifyComplaint records the preliminary check. Only a serious report with an
// authorisation goes on.
// Law: CPP 40; CPP 49
func (s *Service) VerifyComplaint(ctx context.Context, g policy.Grant, id ident.ID, version int64, in Verification) error {
	c := s.checks()
	in.Words = c.Required("words", in.Words, maxWords)
	if in.Serious {
		in.Act = c.Required("act", in.Act, maxLine)
	} else {
		in.Act = "" // nothing was authorised
	}
	if err := c.Err(); err != nil {
		return err
	}
	return s.change(ctx, g, id, version, []State{Verifying}, func(k *desk, _ Complaint) error {
		k.d.Add(ComplaintVerified{Complaint: id, Serious: in.Serious, Act: in.Act, Words: journal.Seal(in.Words)})
		return nil
	})
}

// ProposeClosing proposes to close a complaint without a case.
func (s *Service) ProposeClosing(ctx context.Context, g policy.Grant, id ident.ID, version int64, reason string) error {
	c := s.checks()
	reason = c.Required("reason", reason, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	return s.change(ctx, g, id, version, []State{Recorded, Verifying}, func(k *desk, _ Complaint) error {
		k.d.Add(ClosingProposed{Complaint: id, Words: journal.Seal(reason)})
		return nil
	})
}

// DecideClosing agrees to close a complaint, or does not. Whoever proposed it
// cannot.
func (s *Service) DecideClosing(ctx context.Context, g policy.Grant, id ident.ID, version int64, agree bool, words string) error {
	c := s.checks()
	if words = c.Optional("words", words, maxWords); !agree {
		words = c.Required("words", words, maxWords)
	}
	if err := c.Err(); err != nil {
		return err
	}
	return s.change(ctx, g, id, version, []State{Proposed}, func(k *desk, c Complaint) error {
		if c.Proposer == k.g.Actor().ID {
			return fault.New(fault.Refused, "register.fault.own-proposal")
		}
		if !agree {
			k.d.Add(ClosingDeclined{Complaint: id, Words: journal.Seal(words)})
			return nil
		}
		k.d.Add(ComplaintClosed{Complaint: id})
		return nil
	})
}

// OfferTransfer offers a complaint to another unit, which must accept it.
func (s *Service) OfferTransfer(ctx context.Context, g policy.Grant, id ident.ID, version int64, to ident.ID, words string) error {
	c := s.checks()
	words = c.Required("words", words, maxWords)
	if !s.takes(ctx, to) {
		c.Add("to", "form.choose")
	}
	if err := c.Err(); err != nil {
		return err
	}
	return s.change(ctx, g, id, version, []State{Recorded}, func(k *desk, c Complaint) error {
		if c.Unit == to {
			return fault.New(fault.Conflict, "register.fault.same-unit")
		}
		k.d.Add(TransferOffered{Transfer: k.d.NewID(), Complaint: id, Sender: c.Unit, Receiver: to, Words: journal.Seal(words)})
		return nil
	})
}

// AnswerTransfer accepts a complaint or rejects it, for the unit it was
// offered to. Accepting writes a line of that unit's log book.
func (s *Service) AnswerTransfer(ctx context.Context, g policy.Grant, id ident.ID, accept bool, words string) error {
	c := s.checks()
	if words = c.Optional("words", words, maxWords); !accept {
		words = c.Required("words", words, maxWords)
	}
	if err := c.Err(); err != nil {
		return err
	}
	_, err := s.do(ctx, g, func(k *desk) error {
		t, err := readTransfer(k.ctx, k.r, id)
		if err != nil {
			return err
		}
		if t.State != "offered" {
			return fault.New(fault.Conflict, "register.fault.state")
		}
		k.d.Add(TransferAnswered{Transfer: id, Complaint: t.Complaint, Receiver: t.Receiver, Accepted: accept, Words: journal.Seal(words)})
		if !accept {
			return nil
		}
		complaint, err := readComplaint(k.ctx, k.r, t.Complaint)
		if err != nil {
			return err
		}
		_, err = k.write(t.Receiver, line{kind: LineTransfer, subject: ref(KindComplaint, t.Complaint), number: complaint.Number})
		return err
	})
	return err
}

// Channels lists how a complainant may be told.
func Channels() []string { return []string{"in-person", "phone", "letter", "electronic"} }

// TellOutcome records that the complainant was told what became of it.
// Law: CPP 40
func (s *Service) TellOutcome(ctx context.Context, g policy.Grant, id ident.ID, when time.Time, outcome, channel, words string) error {
	c := s.checks()
	c.past("at", when)
	check.OneOf(&c.Form, "outcome", outcome, Outcomes())
	check.OneOf(&c.Form, "channel", channel, Channels())
	words = c.Optional("words", words, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	return s.change(ctx, g, id, 0, everyState(), func(k *desk, c Complaint) error {
		if when.Before(c.ReceivedAt) {
			return fault.List{{Kind: fault.Invalid, Field: "at", Key: "register.fault.before-received"}}
		}
		k.d.AddAt(when, OutcomeTold{Complaint: id, Outcome: outcome, Channel: channel, Words: journal.Seal(words)})
		return nil
	})
}

// Transfer gives a transfer.
func (s *Service) Transfer(ctx context.Context, id ident.ID) (Transfer, error) {
	return readTransfer(ctx, s.k.Reader, id)
}
