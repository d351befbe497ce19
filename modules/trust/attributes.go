package trust

import (
	"slices"
	"strings"

	"github.com/amana-platform/amana/modules/trust/provider"
)

// Attribute is something that may be told about a person.
type Attribute struct {
	Name    string // as institutions ask for it
	Source  string // as the citizens' module keeps it
	Derived bool   // follows from data, and spares them
	Always  bool   // asked anew each time, whatever was agreed before
}

// Attributes lists all there are, those that spare data first.
func Attributes() []Attribute {
	return []Attribute{
		{Name: "age_over_16", Source: "age_over_16", Derived: true},
		{Name: "age_over_18", Source: "age_over_18", Derived: true},
		{Name: "age_over_21", Source: "age_over_21", Derived: true},
		{Name: residentOf, Source: residentOf, Derived: true},
		{Name: "given_name", Source: "given_name"},
		{Name: "family_name", Source: "family_name"},
		{Name: "given_name_ar", Source: "given_name_ar"},
		{Name: "family_name_ar", Source: "family_name_ar"},
		{Name: "birthdate", Source: "birthdate"},
		{Name: "gender", Source: "sex"},
		{Name: "nationality", Source: "nationality"},
		{Name: "address", Source: "address"},
		{Name: "national_id", Source: "national_id", Always: true},
	}
}

// residentOf asks whether a person lives in the area whose code is its value.
const residentOf = "resident_of"

func attributeNames() []string {
	var out []string
	for _, a := range Attributes() {
		out = append(out, a.Name)
	}
	return out
}

func attribute(name string) (Attribute, bool) {
	all := Attributes()
	i := slices.IndexFunc(all, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return Attribute{}, false
	}
	return all[i], true
}

// source gives the name under which the value of a wanted attribute is kept;
// "" if it is not one of ours, or asks for no area.
func source(w provider.Wanted) string {
	a, ok := attribute(w.Name)
	switch {
	case !ok, a.Name == residentOf && len(w.Values) != 1:
		return ""
	case a.Name == residentOf:
		return residentOf + ":" + w.Values[0]
	}
	return a.Source
}

// known keeps of what is wanted what a registration may name at all: attributes
// of citizens, or of officers.
func (r Registration) known(wanted []provider.Wanted) []provider.Wanted {
	if !r.Officers {
		return known(wanted)
	}
	return slices.DeleteFunc(slices.Clone(wanted), func(w provider.Wanted) bool { return !r.knows(w.Name) })
}

// knows reports whether there is such an attribute of those it signs in.
func (r Registration) knows(name string) bool {
	if r.Officers {
		return slices.Contains(officerAttributes(), name)
	}
	_, ok := attribute(name)
	return ok
}

// known keeps of what is wanted what there is; other names are the protocol's,
// or nobody's, and are left alone as OpenID Connect has it.
func known(wanted []provider.Wanted) []provider.Wanted {
	return slices.DeleteFunc(slices.Clone(wanted), func(w provider.Wanted) bool { return source(w) == "" })
}

// names gives the names of what is wanted, sorted.
func names(wanted []provider.Wanted) []string {
	out := make([]string, 0, len(wanted))
	for _, w := range wanted {
		out = append(out, w.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// textKey makes a name fit for a text key.
func textKey(name string) string { return "trust.attribute." + strings.ReplaceAll(name, "_", "-") }
