package units

import (
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/web"
)

// unitOf reads the code of a unit.
func (s *Service) unitOf(a web.Answers, name string) ident.ID {
	if a.Get(name) == "" {
		return ""
	}
	u, err := s.UnitByCode(a.Request.Context(), a.Get(name))
	if err != nil {
		a.Wrong.Add(name, "units.fault.unit-unknown")
	}
	return u.ID
}

func namesOf(a web.Answers) packs.Names {
	return packs.Names{AR: a.Get("name-ar"), FR: a.Get("name-fr"), EN: a.Get("name-en")}
}
