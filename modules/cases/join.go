package cases

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/units"
)

// The two modules that this one stands on, as it needs them.

// Serving makes the Directory of the module units.
func Serving(s *units.Service, pack func() *packs.Pack) Directory { return serving{s, pack} }

type serving struct {
	units *units.Service
	pack  func() *packs.Pack
}

func service(u units.Unit) enquiry.Unit {
	return enquiry.Unit{ID: u.ID, Code: u.Code, Type: u.Type, Names: u.Names}
}

func (d serving) Service(ctx context.Context, id ident.ID) (enquiry.Unit, error) {
	u, err := d.units.Unit(ctx, id)
	return service(u), err
}

func (d serving) ServiceByCode(ctx context.Context, code string) (enquiry.Unit, error) {
	u, err := d.units.UnitByCode(ctx, code)
	return service(u), err
}

func (d serving) Services(ctx context.Context) ([]enquiry.Unit, error) {
	return d.open(ctx, func(t packs.UnitType) bool { return t.Brigade })
}

func (d serving) Courts(ctx context.Context) ([]enquiry.Unit, error) {
	return d.open(ctx, func(t packs.UnitType) bool { return t.Branch == "court" })
}

// open lists the units of a kind that work.
func (d serving) open(ctx context.Context, is func(packs.UnitType) bool) ([]enquiry.Unit, error) {
	all, err := d.units.Units(ctx)
	if err != nil {
		return nil, err
	}
	var out []enquiry.Unit
	for _, u := range all {
		if t, err := d.pack().UnitType(u.Type, u.From); err == nil && is(t) && u.To.IsZero() {
			out = append(out, service(u))
		}
	}
	return out, nil
}

func (d serving) Sits(ctx context.Context, unit ident.ID, may func(capacity string) bool) bool {
	return d.units.Sits(ctx, unit, may)
}

func (d serving) Name(ctx context.Context, lang string, officer ident.ID) string {
	return d.units.OfficerName(ctx, lang, officer)
}

func (d serving) Investigators(ctx context.Context, lang string, unit ident.ID) ([]Officer, error) {
	var out []Officer
	for _, role := range []units.Role{units.Investigator, units.BrigadeChief} {
		all, err := d.units.Serving(ctx, unit, role)
		if err != nil {
			return nil, err
		}
		for _, o := range all {
			if !slices.ContainsFunc(out, func(x Officer) bool { return x.ID == o.ID }) {
				out = append(out, Officer{o.ID, o.Name(lang)})
			}
		}
	}
	return out, nil
}

func (d serving) Capacity(ctx context.Context, officer ident.ID, at time.Time) string {
	return d.units.CapacityOf(ctx, officer, at)
}

func (d serving) Ancestors(unit ident.ID) []ident.ID { return d.units.Ancestors(unit) }

// Known makes the People of the module index.
func Known(s *index.Service) People { return known{s} }

type known struct{ index *index.Service }

func (k known) Identity(ctx context.Context, person ident.ID) (enquiry.Identity, error) {
	p, err := k.index.Person(ctx, person)
	if err != nil {
		return enquiry.Identity{}, err
	}
	join := func(sep string, parts ...string) string {
		return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), sep)
	}
	return enquiry.Identity{
		NameAR: join(" ", p.Given.Arabic, p.Family.Arabic), Name: join(" ", p.Given.Latin, p.Family.Latin),
		Born:        join(" ", p.Birth.Typed(), cmp.Or(p.Birthplace.Arabic, p.Birthplace.Latin)),
		FiliationAR: join(" / ", p.Father.Arabic, p.Mother.Arabic), Filiation: join(" / ", p.Father.Latin, p.Mother.Latin),
		Card: cmp.Or(p.CNIE, p.Passport), Occupation: p.Occupation, Address: p.Address, Phone: join(enquiry.Apart, p.Phones...),
	}, nil
}
