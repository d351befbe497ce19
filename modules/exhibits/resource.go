package exhibits

import (
	"context"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

// Resource finds an exhibit as the policy knows it: under its case and, for
// somebody who works under their own duty, under that duty. Which duties may
// do what is for the policies to say, by holder, receiver and unit.
func (s *Service) Resource(ctx context.Context, id ident.ID, p policy.Purpose) (policy.Resource, error) {
	x, err := readExhibit(ctx, s.k.Reader, id)
	return x.resource(p), err
}

func (x Exhibit) resource(p policy.Purpose) policy.Resource {
	res := policy.Resource{Ref: exhibitRef(x.ID), Unit: x.Unit, Under: []ident.Ref{caseRef(x.Case)},
		Attrs: map[string]any{"holder": string(x.Holder), "receiver": string(x.Receiver)}}
	if p.Kind == policy.Task {
		res.Under = append(res.Under, p.Ref)
	}
	return res
}

// ListResource is the exhibits of a case as the policy knows them, for an
// actor's unit.
func ListResource(caseID, unit ident.ID) policy.Resource {
	return policy.Resource{Ref: ident.Ref{Kind: KindList, ID: caseID}, Unit: unit, Under: []ident.Ref{caseRef(caseID)}}
}

// columns tells where a list's query finds what the policies read.
func columns() policy.Columns {
	return policy.Columns{ID: "x.id", Unit: "x.unit", Under: map[string]string{kindCase: "x.case_id"},
		Attrs: map[string]string{"holder": "x.holder", "receiver": "x.receiver"}}
}
