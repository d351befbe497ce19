package index

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// What forms post, and what they show.

// ReadPerson reads the fields that [PersonFields] shows under the same prefix.
// What cannot be read stays as typed, for Check to point at.
func ReadPerson(values url.Values, prefix string) Person {
	var p Person
	for _, f := range facts() {
		if f.name != "phones" {
			f.set(&p, strings.TrimSpace(values.Get(prefix+f.name)))
		}
	}
	for _, phone := range strings.FieldsFunc(values.Get(prefix+"phones"), between) {
		if phone = strings.TrimSpace(phone); phone != "" {
			p.Phones = append(p.Phones, phone)
		}
	}
	if d, err := text.ReadDate(string(p.Birth)); err == nil {
		p.Birth = d
	}
	p.Source, p.Document = Source(values.Get(prefix+"source")), strings.TrimSpace(values.Get(prefix+"document"))
	return p
}

// between parts telephone numbers; the Arabic comma and semicolon too.
func between(r rune) bool { return strings.ContainsRune(",;/\n\u060c\u061b", r) }

// PersonValues gives the fields of a person as a form shows them; what
// ReadPerson reads from it is the same person.
func PersonValues(p Person, prefix string) url.Values {
	values := url.Values{}
	for _, f := range facts() {
		values.Set(prefix+f.name, f.get(&p))
	}
	values.Set(prefix+"birth", p.Birth.Typed())
	values.Set(prefix+"phones", strings.Join(p.Phones, ", "))
	values.Set(prefix+"source", string(p.Source))
	values.Set(prefix+"document", p.Document)
	return values
}

// PersonLabels gives the words of the fields, for the errors of a form.
func PersonLabels(w *text.Words, prefix string) map[string]string {
	labels := map[string]string{prefix + "document": w.T("index.field.document"), prefix + "source": w.T("index.field.source")}
	for _, f := range facts() {
		labels[prefix+f.name] = w.T("index.field." + f.name)
	}
	return labels
}

// ReadVehicle reads the fields that [VehicleFields] shows under the same
// prefix. A plate that is no plate stays as a serial, for Check to point at.
func ReadVehicle(values url.Values, prefix string) Vehicle {
	get := func(name string) string { return strings.TrimSpace(values.Get(prefix + name)) }
	v := Vehicle{VIN: get("vin"), Make: get("make"), Model: get("model"), Colour: get("colour"), Owner: ident.ID(strings.TrimPrefix(get("owner"), KindPerson+"/"))}
	plate, country := get("plate"), strings.ToLower(get("country"))
	if plate == "" {
		return v
	}
	var err error
	if country == "" || country == "ma" {
		v.Plate, err = ParsePlate(plate)
	} else {
		v.Plate, err = ParseForeignPlate(country, plate)
	}
	if err != nil {
		v.Plate = Plate{Country: country, Serial: plate}
	}
	return v
}

// VehicleValues gives the fields of a vehicle as a form shows them.
func VehicleValues(v Vehicle, prefix string) url.Values {
	values := url.Values{}
	for name, value := range map[string]string{"plate": v.Plate.typed(), "country": v.Plate.Country, "vin": v.VIN, "make": v.Make, "model": v.Model, "colour": v.Colour} {
		values.Set(prefix+name, value)
	}
	if v.Owner != "" {
		values.Set(prefix+"owner", person(v.Owner).String())
	}
	return values
}

// typed gives a plate as one would type it.
func (p Plate) typed() string {
	return strings.Join(strings.Fields(p.Serial+" "+p.Letter+" "+p.Code), " ")
}

// ShownPlate gives a plate for the three cells of ui.Plate.
func ShownPlate(p Plate) ui.PlateNumber {
	if p.Country != "" {
		return ui.PlateNumber{Serial: p.Serial, Code: strings.ToUpper(p.Country)}
	}
	return ui.PlateNumber{Serial: p.Serial, Letter: p.Letter, Code: p.Code}
}

// Picked gives a person as a picker shows one.
func Picked(w *text.Words, p Person) ui.Person {
	return ui.Person{Ref: p.Ref().String(), Name: shownName(w, p), Other: p.OtherName(string(w.Lang())), Born: w.Partial(p.Birth), ID: orElse(p.CNIE, p.Passport)}
}

// shownName says a person's name, or that it was erased.
func shownName(w *text.Words, p Person) string {
	if p.Erased {
		return w.T("index.erased")
	}
	return orElse(p.Name(string(w.Lang())), w.T("index.nameless"))
}

// choices makes options of codes whose words stand under a key.
func choices(w *text.Words, key string, codes []string) []ui.Option {
	out := make([]ui.Option, len(codes))
	for i, code := range codes {
		out[i] = ui.Option{Value: code, Label: w.T(key + code)}
	}
	return out
}

// sourceOptions are the sources of a statement.
func sourceOptions(w *text.Words) []ui.Option {
	var codes []string
	for _, s := range Sources() {
		codes = append(codes, string(s))
	}
	return choices(w, "index.source.", codes)
}

// field is a question of a person, under a prefix.
func field(w *text.Words, prefix, name string) ui.Field {
	return ui.Field{Name: prefix + name, Label: w.T("index.field." + name), Optional: true}
}

// numberField is a question whose answer is an identifier.
func numberField(w *text.Words, prefix, name string) ui.Field {
	f := field(w, prefix, name)
	f.LTR, f.Narrow, f.Help = true, true, w.T("index.help."+name)
	return f
}

// arabicField and latinField are questions for one script.
func arabicField(w *text.Words, prefix, name string) ui.Field {
	f := field(w, prefix, name)
	f.Attrs = templ.Attributes{"lang": "ar", "dir": "rtl"}
	return f
}

func latinField(w *text.Words, prefix, name string) ui.Field {
	f := field(w, prefix, name)
	f.Attrs = templ.Attributes{"lang": "fr", "dir": "ltr"}
	return f
}
