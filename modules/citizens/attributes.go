package citizens

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/index"
)

// residentOf begins the attribute that says whether somebody lives in an area
// of the pack, without saying where they live.
const residentOf = "resident_of:"

// AttributeNames lists the attributes of a person that can be asked for, by
// the names of OpenID Connect where it has one. Besides them there is
// "resident_of:<area>". Texts are under citizens.attribute.
func AttributeNames() []string {
	return []string{"given_name", "family_name", "given_name_ar", "family_name_ar", "birthdate", "birthplace", "sex", "nationality", "national_id", "address",
		"age_over_16", "age_over_18", "age_over_21"}
}

// KnownAttribute reports whether an attribute can be asked for.
func KnownAttribute(name string) bool {
	area, resident := strings.CutPrefix(name, residentOf)
	return resident && area != "" || slices.Contains(AttributeNames(), name)
}

// AttributeLabel says an attribute in words.
func AttributeLabel(w *text.Words, name string) string {
	if area, ok := strings.CutPrefix(name, residentOf); ok {
		return w.T("citizens.attribute.resident_of", "area", area)
	}
	if key := "citizens.attribute." + name; w.Has(key) {
		return w.T(key)
	}
	return name
}

// Attributes gives the values of attributes of a citizen, by name: text, and
// for what is derived true or false. One that is not known is absent. The
// caller holds the grant under which they are shown. Fault: not found, also for
// an account that was closed: nobody vouches for its citizen any more.
func (s *Service) Attributes(ctx context.Context, citizen ident.ID, names []string) (map[string]any, error) {
	c, err := s.Citizen(ctx, citizen)
	if err != nil {
		return nil, err
	}
	if !c.Open() {
		return nil, fault.New(fault.NotFound, "fault.not-found")
	}
	p, err := s.index.Person(ctx, c.Person)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, name := range names {
		if !KnownAttribute(name) {
			return nil, fault.New(fault.Invalid, "citizens.fault.attribute", "name", name)
		}
		if v, ok := s.attribute(p, c.Residence, name); ok {
			out[name] = v
		}
	}
	return out, nil
}

func (s *Service) attribute(p index.Person, residence, name string) (any, bool) {
	now := s.k.Clock.Now()
	if years, ok := strings.CutPrefix(name, "age_over_"); ok {
		n, err := strconv.Atoi(years)
		if err != nil {
			return nil, false
		}
		return olderThan(string(p.Birth), n, s.k.Pack.Local(now))
	}
	if area, ok := strings.CutPrefix(name, residentOf); ok {
		return s.resides(residence, area, now)
	}
	v := map[string]string{"given_name": p.Given.Latin, "family_name": p.Family.Latin, "given_name_ar": p.Given.Arabic, "family_name_ar": p.Family.Arabic,
		"birthdate": string(p.Birth), "birthplace": p.Birthplace.Latin, "sex": string(p.Sex), "nationality": strings.ToUpper(p.Nationality), "national_id": p.CNIE, "address": p.Address}[name]
	return v, v != ""
}

// olderThan reports whether somebody has reached an age. Of a birth that is
// known to the month or the year only, the answer is given where it is the same
// for every day that it may be.
func olderThan(birth string, years int, now time.Time) (any, bool) {
	earliest, latest, ok := birthBetween(birth)
	if !ok {
		return nil, false
	}
	first, last := reached(earliest, years, now), reached(latest, years, now)
	return first, first == last
}

// birthBetween gives the first and the last day that a partial date may be.
func birthBetween(birth string) (earliest, latest time.Time, ok bool) {
	for _, form := range []struct {
		layout        string
		years, months int
	}{{"2006-01-02", 0, 0}, {"2006-01", 0, 1}, {"2006", 1, 0}} {
		if d, err := time.Parse(form.layout, birth); err == nil {
			latest = d.AddDate(form.years, form.months, 0)
			if form.years+form.months > 0 {
				latest = latest.AddDate(0, 0, -1)
			}
			return d, latest, true
		}
	}
	return time.Time{}, time.Time{}, false
}

func reached(birth time.Time, years int, now time.Time) bool {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	return !birth.AddDate(years, 0, 0).After(today)
}

// resides reports whether somebody lives in an area of the pack, by the area
// that an officer attested; the areas around it are said yes to as well.
func (s *Service) resides(attested, code string, now time.Time) (any, bool) {
	if attested == "" {
		return nil, false
	}
	if _, err := s.k.Pack.Area(code, now); err != nil {
		return nil, false
	}
	for at := attested; at != ""; {
		if at == code {
			return true, true
		}
		area, err := s.k.Pack.Area(at, now)
		if err != nil {
			return nil, false
		}
		at = area.Parent
	}
	return false, true
}
