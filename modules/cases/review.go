package cases

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// stages gives how many chiefs, one after the other, must approve a case: two
// for a sensitive one.
func stages(c enquiry.Case) int64 {
	if c.Sensitivity != "" {
		return 2
	}
	return 1
}

// Submit lays a case before a chief. Drafts must be signed or dropped, and
// the remarks of the last return answered.
func (s *Service) Submit(ctx context.Context, g policy.Grant, id ident.ID) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		f, err := s.read(ctx, r, id, theOffences, thePVs, theRemarks, theReviews)
		if err != nil {
			return err
		}
		switch {
		case !f.State.Editable():
			return refuse("cases.refused.state", "state", stateKey(f.State))
		case len(f.Offences) == 0:
			return refuse("cases.refused.unqualified")
		case slices.ContainsFunc(f.PVs, func(p enquiry.PV) bool { return p.State == enquiry.Draft }):
			return refuse("cases.refused.drafts")
		case slices.ContainsFunc(f.Remarks, func(x enquiry.Remark) bool { return x.State == "open" }):
			return refuse("cases.refused.remarks")
		}
		round := int64(1)
		for _, x := range f.Reviews {
			round = max(round, x.Round+1)
		}
		d.Add(ReviewSubmitted{Review: d.NewID(), Case: id, Round: round, Stage: 1, By: actor(g)})
		return nil
	})
	return err
}

// underReview re-reads a case inside a decision and gives the stage that
// waits. Nobody decides on their own work: not who submitted it or approved a
// stage before, not who is assigned to the case, not who wrote one of its
// reports.
func (s *Service) underReview(ctx context.Context, r store.Reader, id, reviewer ident.ID) (*enquiry.File, enquiry.Review, error) {
	f, err := s.read(ctx, r, id, thePVs, theAssigned, theReviews)
	if err != nil {
		return nil, enquiry.Review{}, err
	}
	i := slices.IndexFunc(f.Reviews, func(x enquiry.Review) bool { return x.Outcome == "" })
	if f.State != enquiry.InReview || i < 0 {
		return nil, enquiry.Review{}, refuse("cases.refused.state", "state", stateKey(f.State))
	}
	open := f.Reviews[i]
	own := func(x enquiry.Review) bool { return x.Round == open.Round && x.SubmittedBy == reviewer }
	if slices.ContainsFunc(f.Reviews, own) || slices.Contains(f.Authors(), string(reviewer)) {
		return nil, enquiry.Review{}, refuse("cases.refused.own-work")
	}
	return f, open, nil
}

// NewRemark is a remark of a reviewer about a section of a report (the code of
// a field) or of the case ("facts", "offences", …).
type NewRemark struct {
	Anchor  ident.Ref
	Section string
	Words   string
}

// Return gives a case back with remarks; blank ones are left out.
func (s *Service) Return(ctx context.Context, g policy.Grant, id ident.ID, said []NewRemark) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	blank := func(n NewRemark) bool { return strings.TrimSpace(n.Words) == "" }
	if !slices.ContainsFunc(said, func(n NewRemark) bool { return !blank(n) }) {
		return &fault.Error{Kind: fault.Invalid, Key: "form.required", Field: "remarks.0.words"}
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		f, open, err := s.underReview(ctx, r, id, actor(g))
		if err != nil {
			return err
		}
		e := ReviewReturned{Review: open.ID, Case: id, By: actor(g)}
		for i, n := range said {
			if blank(n) {
				continue
			}
			if n.Anchor != caseRef(id) && !slices.ContainsFunc(f.PVs, func(p enquiry.PV) bool { return pvRef(p.ID) == n.Anchor }) {
				return &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "remarks." + strconv.Itoa(i) + ".anchor"}
			}
			e.Remarks = append(e.Remarks, RemarkMade{ID: d.NewID(), Anchor: n.Anchor, Section: n.Section, Words: sealText(n.Words)})
		}
		d.Add(e)
		return nil
	})
	return err
}

// Approve passes a stage; after the last the case may be handed over.
func (s *Service) Approve(ctx context.Context, g policy.Grant, id ident.ID) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		f, open, err := s.underReview(ctx, r, id, actor(g))
		if err != nil {
			return err
		}
		e := ReviewApproved{Review: open.ID, Case: id, Round: open.Round, Stage: open.Stage, By: actor(g)}
		if open.Stage < stages(f.Case) {
			e.Next = d.NewID()
		}
		d.Add(e)
		return nil
	})
	return err
}

// Answer replies to a remark.
func (s *Service) Answer(ctx context.Context, g policy.Grant, id, remark ident.ID, words string) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	if strings.TrimSpace(words) == "" {
		return &fault.Error{Kind: fault.Invalid, Key: "form.required", Field: "answer"}
	}
	return s.onRemark(ctx, g, id, remark, func(d *journal.Draft) {
		d.Add(RemarkAnswered{Remark: remark, Case: id, Answer: sealText(words), By: actor(g)})
	})
}

// Resolve settles a remark.
func (s *Service) Resolve(ctx context.Context, g policy.Grant, id, remark ident.ID) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	return s.onRemark(ctx, g, id, remark, func(d *journal.Draft) {
		d.Add(RemarkResolved{Remark: remark, Case: id, By: actor(g)})
	})
}

func (s *Service) onRemark(ctx context.Context, g policy.Grant, id, remark ident.ID, add func(*journal.Draft)) error {
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		all, err := remarks(ctx, r, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(x enquiry.Remark) bool { return x.ID == remark })
		if i < 0 {
			return orNotFound(nil)
		}
		if all[i].State == "resolved" {
			return refuse("cases.refused.resolved")
		}
		add(d)
		return nil
	})
	return err
}
