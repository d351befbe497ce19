package exhibits

import (
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// kinds is the closed list of what this module appends.
func kinds() []journal.Kind {
	return []journal.Kind{
		journal.KindOf[ExhibitSeized]("exhibits.exhibit-seized"),
		journal.KindOf[ExhibitSealed]("exhibits.exhibit-sealed"),
		journal.KindOf[SealBroken]("exhibits.seal-broken"),
		journal.KindOf[ExhibitResealed]("exhibits.exhibit-resealed"),
		journal.KindOf[ExhibitStored]("exhibits.exhibit-stored"),
		journal.KindOf[PhotographsAdded]("exhibits.photographs-added"),
		journal.KindOf[ExhibitCorrected]("exhibits.exhibit-corrected"),
		journal.KindOf[HandoverOffered]("exhibits.handover-offered"),
		journal.KindOf[HandoverAccepted]("exhibits.handover-accepted"),
		journal.KindOf[HandoverRefused]("exhibits.handover-refused"),
		journal.KindOf[HandoverWithdrawn]("exhibits.handover-withdrawn"),
		journal.KindOf[ExhibitTakenOver]("exhibits.exhibit-taken-over"),
		journal.KindOf[ExhibitReturned]("exhibits.exhibit-returned"),
		journal.KindOf[ExhibitDestroyed]("exhibits.exhibit-destroyed"),
		journal.KindOf[ExhibitDeposited]("exhibits.exhibit-deposited"),
	}
}

// Offer is a handover as it was offered. Receiver is another officer than
// Giver, which the table demands too.
type Offer struct {
	ID          ident.ID
	Exhibit     ident.ID
	Giver       ident.ID
	Receiver    ident.ID
	Destination Destination
	OrderNumber string
	OrderDay    string
	Authority   journal.Sealed `seal:"Exhibit"`
	Remark      journal.Sealed `seal:"Exhibit"`
}

// Answer ends a handover.
type Answer struct {
	ID       ident.ID
	Exhibit  ident.ID
	Giver    ident.ID
	Receiver ident.ID
	Reason   journal.Sealed `seal:"Exhibit"` // of a refusal
}

// HandoverOffered says that the holder offers an exhibit to another officer.
// Until that one accepts, the holder answers for it.
type HandoverOffered struct {
	Step  Step
	Offer Offer
}

// Apply adds the handover and marks the exhibit as offered.
func (e HandoverOffered) Apply(w *store.Writer, m journal.Meta) error {
	o := e.Offer
	err := w.One(`insert into exhibits_handovers (id, exhibit, giver, receiver, destination, state, authority, order_number, order_day, remark, reason, offered_at, answered_at)
		values ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, null, $10, 0)`,
		string(o.ID), string(o.Exhibit), string(o.Giver), string(o.Receiver), string(o.Destination), o.Authority, o.OrderNumber, o.OrderDay, o.Remark, store.Micros(m.Happened))
	if err != nil {
		return err
	}
	return takeStep(w, e.Step, m)
}

// About names the exhibit, its case and both officers.
func (e HandoverOffered) About() []ident.Ref { return e.Step.between(e.Offer.Giver, e.Offer.Receiver) }

// HandoverAccepted says that the receiver holds the exhibit from now on.
type HandoverAccepted struct {
	Step   Step
	Answer Answer
}

// Apply ends the handover and moves the exhibit.
func (e HandoverAccepted) Apply(w *store.Writer, m journal.Meta) error {
	return answer(w, "accepted", e.Step, e.Answer, m)
}

// About names the exhibit, its case and both officers.
func (e HandoverAccepted) About() []ident.Ref {
	return e.Step.between(e.Answer.Giver, e.Answer.Receiver)
}

// HandoverRefused says that the receiver did not take the exhibit, and why.
type HandoverRefused struct {
	Step   Step
	Answer Answer
}

// Apply ends the handover; the exhibit stays where it is.
func (e HandoverRefused) Apply(w *store.Writer, m journal.Meta) error {
	return answer(w, "refused", e.Step, e.Answer, m)
}

// About names the exhibit, its case and both officers.
func (e HandoverRefused) About() []ident.Ref {
	return e.Step.between(e.Answer.Giver, e.Answer.Receiver)
}

// HandoverWithdrawn says that the giver took an offer back before it was
// answered.
type HandoverWithdrawn struct {
	Step   Step
	Answer Answer
}

// Apply ends the handover; the exhibit stays where it is.
func (e HandoverWithdrawn) Apply(w *store.Writer, m journal.Meta) error {
	return answer(w, "withdrawn", e.Step, e.Answer, m)
}

// About names the exhibit, its case and both officers.
func (e HandoverWithdrawn) About() []ident.Ref {
	return e.Step.between(e.Answer.Giver, e.Answer.Receiver)
}

// ExhibitReturned says that an exhibit went back to whom it belongs, by the
// order in its offer, and that a second officer confirmed it.
type ExhibitReturned struct {
	Step   Step
	Answer Answer
}

// Apply ends the handover and the exhibit.
func (e ExhibitReturned) Apply(w *store.Writer, m journal.Meta) error {
	return answer(w, "accepted", e.Step, e.Answer, m)
}

// About names the exhibit, its case and both officers.
func (e ExhibitReturned) About() []ident.Ref {
	return e.Step.between(e.Answer.Giver, e.Answer.Receiver)
}

// ExhibitDestroyed says that an exhibit was destroyed by order, before a
// second officer.
type ExhibitDestroyed struct {
	Step   Step
	Answer Answer
}

// Apply ends the handover and the exhibit.
func (e ExhibitDestroyed) Apply(w *store.Writer, m journal.Meta) error {
	return answer(w, "accepted", e.Step, e.Answer, m)
}

// About names the exhibit, its case and both officers.
func (e ExhibitDestroyed) About() []ident.Ref {
	return e.Step.between(e.Answer.Giver, e.Answer.Receiver)
}

// ExhibitDeposited says that the registry of the court took an exhibit, with
// a second officer's confirmation.
type ExhibitDeposited struct {
	Step   Step
	Answer Answer
}

// Apply ends the handover and the exhibit's stay with the police.
func (e ExhibitDeposited) Apply(w *store.Writer, m journal.Meta) error {
	return answer(w, "accepted", e.Step, e.Answer, m)
}

// About names the exhibit, its case and both officers.
func (e ExhibitDeposited) About() []ident.Ref {
	return e.Step.between(e.Answer.Giver, e.Answer.Receiver)
}

// Taking says from whom an exhibit was taken over, and why not by a handover.
type Taking struct {
	Exhibit ident.ID
	From    ident.ID
	By      ident.ID
	Absence Absence
	Offer   ident.ID       // the handover that ended with it, "" for none
	Reason  journal.Sealed `seal:"Exhibit"`
}

// ExhibitTakenOver says that the head of the unit holds an exhibit from now on,
// whose holder was not there to hand it over.
type ExhibitTakenOver struct {
	Step   Step
	Taking Taking
}

// Apply notes from whom, ends the offer left behind and moves the exhibit.
func (e ExhibitTakenOver) Apply(w *store.Writer, m journal.Meta) error {
	t := e.Taking
	err := w.One("insert into exhibits_takeovers (exhibit, n, holder, taker, absence, reason) values ($1, $2, $3, $4, $5, $6)",
		string(t.Exhibit), e.Step.N, string(t.From), string(t.By), string(t.Absence), t.Reason)
	if err == nil && t.Offer != "" {
		err = w.One("update exhibits_handovers set state = 'lapsed', answered_at = $1 where id = $2 and state = 'pending'", store.Micros(m.Happened), string(t.Offer))
	}
	if err != nil {
		return err
	}
	return takeStep(w, e.Step, m)
}

// About names the exhibit, its case and both officers.
func (e ExhibitTakenOver) About() []ident.Ref { return e.Step.between(e.Taking.From, e.Taking.By) }

func (s Step) between(giver, receiver ident.ID) []ident.Ref {
	return append(s.about(), ident.Ref{Kind: "officer", ID: giver}, ident.Ref{Kind: "officer", ID: receiver})
}
