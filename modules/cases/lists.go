package cases

import (
	"context"
	"slices"
	"strconv"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// page reads a page of the list of cases, and one more to know whether there
// is a next.
func (s *Service) page(ctx context.Context, query string, args []any) ([]Case, error) {
	return store.List(ctx, s.k.Reader, query+" order by c.opened_at desc, c.id desc limit "+strconv.Itoa(pageSize+1), args, scanCase)
}

// received lists what was handed over to an office, newest first.
func (s *Service) received(ctx context.Context, office ident.ID, states ...string) ([]Dossier, error) {
	all, err := store.List(ctx, s.k.Reader, "select "+doColumns+" from cases_dossiers where office = $1 order by at desc, id desc limit 200", []any{string(office)}, scanDossier)
	return slices.DeleteFunc(all, func(d Dossier) bool { return !slices.Contains(states, d.State) }), err
}

// askedOf lists the measures that wait for an office.
func (s *Service) askedOf(ctx context.Context, office ident.ID) ([]Measure, error) {
	return store.List(ctx, s.k.Reader, "select "+msColumns+" from cases_measures where office = $1 and state = 'asked' order by asked_at, id limit 200", []any{string(office)}, scanMeasure)
}
