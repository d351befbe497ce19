package register

import (
	"context"
	"io/fs"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

// Texts holds the module's words.
func Texts() fs.FS { return texts }

// Resource finds a record of this module as the policy knows it. A record of
// the desk lies under every duty of the unit that answers for it, which is why
// the purpose is looked at.
func (s *Service) Resource(ctx context.Context, ref ident.Ref, p policy.Purpose) (policy.Resource, error) {
	res := policy.Resource{Ref: ref}
	var err error
	switch ref.Kind {
	case KindComplaint:
		var c Complaint
		c, err = readComplaint(ctx, s.k.Reader, ref.ID)
		res.Unit, res.Under = c.Unit, underCase(c.Case)
		res.Attrs = map[string]any{"competent": policy.UnitID(c.Competent)}
	case KindTransfer:
		var t Transfer
		t, err = readTransfer(ctx, s.k.Reader, ref.ID)
		res.Unit = t.Receiver
	case KindHandover:
		var h Handover
		h, err = s.Handover(ctx, ref.ID)
		res.Unit = h.Unit
	case KindCustody:
		var c Custody
		c, err = readCustody(ctx, s.k.Reader, ref.ID)
		res.Unit, res.Under = c.Unit, underCase(c.Case)
		res.Attrs = map[string]any{"asked": policy.UnitID(c.AskedOf)}
	case KindList:
		var l List
		l, err = readList(ctx, s.k.Reader, ref.ID)
		res.Unit = l.Unit
	default:
		err = fault.New(fault.NotFound, "fault.not-found")
	}
	if err != nil {
		return policy.Resource{}, err
	}
	return s.underDuty(ctx, res, p)
}

// underDuty puts a record under the duty a person works under, if that is a
// duty of the record's unit or of the one competent for it.
func (s *Service) underDuty(ctx context.Context, res policy.Resource, p policy.Purpose) (policy.Resource, error) {
	if p.Kind != policy.Task {
		return res, nil
	}
	d, err := s.units.Duty(ctx, p.Ref.ID)
	if fault.Is(err, fault.NotFound) {
		return res, nil
	}
	if err == nil && (d.Unit == res.Unit || res.Attrs["competent"] == policy.UnitID(d.Unit)) {
		res.Under = append(res.Under, p.Ref)
	}
	return res, err
}

// Seat is Resource for the prosecution and for the judge who was asked: the same
// record, under the office that controls it.
// Law: CPP 45; CPP 66; CPP 191
func (s *Service) Seat(ctx context.Context, ref ident.Ref, p policy.Purpose) (policy.Resource, error) {
	res := policy.Resource{Ref: ref}
	var err error
	switch ref.Kind {
	case KindCustody:
		var c Custody
		c, err = readCustody(ctx, s.k.Reader, ref.ID)
		res.Unit, res.Attrs = c.Office, map[string]any{"asked": policy.UnitID(c.AskedOf)}
	case KindList:
		var l List
		l, err = readList(ctx, s.k.Reader, ref.ID)
		res.Unit = l.Office
	default:
		err = fault.New(fault.NotFound, "fault.not-found")
	}
	if err != nil {
		return policy.Resource{}, err
	}
	return s.underDuty(ctx, res, p)
}

func underCase(id ident.ID) []ident.Ref {
	if id == "" {
		return nil
	}
	return []ident.Ref{caseRef(id)}
}
