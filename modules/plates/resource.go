package plates

import (
	"context"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

// EntryResource finds a watch entry as the policy knows it.
func (s *Service) EntryResource(ctx context.Context, id ident.ID) (policy.Resource, error) {
	e, err := s.Entry(ctx, id)
	return policy.Resource{Ref: e.Ref(), Unit: e.Unit, Attrs: map[string]any{"by": string(e.By)}}, err
}

// HitResource finds a hit as the policy knows it.
func (s *Service) HitResource(ctx context.Context, id ident.ID) (policy.Resource, error) {
	h, err := readHit(ctx, s.k.Reader, id)
	return policy.Resource{Ref: h.Ref(), Unit: h.Unit}, err
}

// CameraResource finds a camera as the policy knows it.
func (s *Service) CameraResource(ctx context.Context, id ident.ID) (policy.Resource, error) {
	c, err := s.Camera(ctx, id)
	return policy.Resource{Ref: c.Ref(), Unit: c.Unit}, err
}

// SampleResource finds a sample as the policy knows it.
func (s *Service) SampleResource(ctx context.Context, id ident.ID) (policy.Resource, error) {
	x, err := s.Sample(ctx, id)
	if err != nil {
		return policy.Resource{}, err
	}
	c, err := s.Camera(ctx, x.Camera)
	return policy.Resource{Ref: ident.Ref{Kind: KindSample, ID: x.ID}, Unit: c.Unit}, err
}

// Where a list's query finds what the policies read.

func entryRights() policy.Columns {
	return policy.Columns{ID: "e.id", Unit: "e.unit", Attrs: map[string]string{"by": "e.listed_by"}, Within: below}
}

func hitRights() policy.Columns { return policy.Columns{ID: "h.id", Unit: "h.unit", Within: below} }

func cameraRights() policy.Columns { return policy.Columns{ID: "c.id", Unit: "c.unit", Within: below} }

// below lists a unit and all below it.
const below = "select unit from units_closure where ancestor = ?"
