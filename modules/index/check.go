package index

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
)

// Longest texts, in characters.
const (
	longestName    = 120
	longestLine    = 200
	longestAddress = 500
	longestReason  = 1000
	mostPhones     = 6
)

// check gathers what is wrong, field by field, under a prefix.
type check struct {
	prefix string
	list   fault.List
}

func (c *check) add(field, key string, args ...any) { c.list.Add(c.prefix+field, key, args...) }

// line checks a text of one line.
func (c *check) line(field, s string, longest int) {
	if _, err := text.Line(s); err != nil {
		c.add(field, "index.fault.text")
	} else if len([]rune(s)) > longest {
		c.add(field, "index.fault.long", "most", longest)
	}
}

// number checks a number if there is one.
func (c *check) number(field, s string, parse func(string) (string, error)) {
	if s == "" {
		return
	}
	if _, err := parse(s); err != nil {
		c.add(field, "index.fault."+field)
	}
}

// oneOf checks a code if there is one.
func (c *check) oneOf(field, code string, known []string) {
	if code != "" && !slices.Contains(known, code) {
		c.add(field, "index.fault.choice")
	}
}

// Check lists what is wrong with an identity as typed; the names of its fields
// are those of [PersonFields] under the prefix. A person needs a name, or a
// nickname, in one script; all else may be unknown.
func (p Person) Check(prefix string) fault.List {
	c := check{prefix: prefix}
	for _, f := range facts() {
		longest := longestName
		if f.name == "address" {
			longest = longestAddress
		} else if f.name == "phones" {
			longest = longestLine
		}
		c.line(f.name, f.get(&p), longest)
	}
	c.line("document", p.Document, longestLine)
	if p.Name("ar") == "" && p.Nickname == "" {
		c.add("family-ar", "index.fault.nameless")
	}
	c.number("cnie", p.CNIE, ParseCNIE)
	c.number("passport", p.Passport, ParsePassport)
	c.phones(p.Phones)
	c.birth(p.Birth)
	c.oneOf("sex", string(p.Sex), []string{"male", "female"})
	if p.Nationality != "" && !country2(strings.ToLower(p.Nationality)) {
		c.add("nationality", "index.fault.country")
	}
	c.source(p.Source, p.Document)
	return c.list
}

func (c *check) phones(phones []string) {
	if len(phones) > mostPhones {
		c.add("phones", "index.fault.most-phones", "most", mostPhones)
		return
	}
	for _, phone := range phones {
		c.number("phones", phone, ParsePhone)
	}
}

// birth checks a partly known date of birth.
func (c *check) birth(d text.PartialDate) {
	read, err := text.ReadDate(string(d))
	if err != nil || (Person{Birth: read}).compared().Birth.IsZero() && read != "" {
		c.add("birth", "index.fault.birth")
	}
}

// source checks that a document seen is named.
func (c *check) source(s Source, document string) {
	if s != "" && !slices.Contains(Sources(), s) {
		c.add("source", "index.fault.choice")
	} else if s == Seen && strings.TrimSpace(document) == "" {
		c.add("document", "index.fault.document")
	}
}

// Doubts lists what is unusual and yet no ground to refuse: a CNIE number of
// uncommon length.
func (p Person) Doubts(prefix string) fault.List {
	c := check{prefix: prefix}
	if n, err := ParseCNIE(p.CNIE); err == nil {
		if length := len(strings.TrimLeft(n, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")); length < 5 || length > 7 {
			c.add("cnie", "index.doubt.cnie")
		}
	}
	return c.list
}

// normal brings an identity that has passed Check to the form that is kept.
func (p Person) normal() Person {
	phones := make([]string, 0, len(p.Phones))
	for _, phone := range p.Phones {
		if n := parsed(phone, ParsePhone); !slices.Contains(phones, n) {
			phones = append(phones, n)
		}
	}
	p.Phones = phones
	for _, f := range facts() {
		f.set(&p, tidied(f.get(&p)))
	}
	p.CNIE = parsed(p.CNIE, ParseCNIE)
	p.Passport = parsed(p.Passport, ParsePassport)
	if d, err := text.ReadDate(string(p.Birth)); err == nil {
		p.Birth = d
	}
	p.Nationality = strings.ToLower(p.Nationality)
	if p.Source == "" {
		p.Source = Unknown
	}
	if p.Source != Seen {
		p.Document = ""
	}
	p.Document = strings.TrimSpace(p.Document)
	return p
}

// parsed gives the normal form of a number, or the text as it is.
func parsed(s string, parse func(string) (string, error)) string {
	if n, err := parse(s); err == nil {
		return n
	}
	return s
}

// Check lists what is wrong with a vehicle as typed. It needs a plate or a
// chassis number; what its papers do not say may stay open.
func (v Vehicle) Check(prefix string) fault.List {
	c := check{prefix: prefix}
	c.line("make", v.Make, longestName)
	c.line("model", v.Model, longestName)
	if v.Plate.IsZero() && v.VIN == "" {
		c.add("plate", "index.fault.vehicle")
	}
	if !v.Plate.IsZero() && !v.Plate.holds() {
		c.add("plate", "index.fault.plate")
	}
	c.number("vin", v.VIN, ParseVIN)
	c.oneOf("colour", v.Colour, Colours())
	return c.list
}

// holds reports whether a plate reads back as itself.
func (p Plate) holds() bool {
	if p.Country != "" {
		again, err := ParseForeignPlate(p.Country, p.Serial)
		return err == nil && again.Serial == p.Serial
	}
	again, err := ParsePlate(strings.TrimSpace(p.Serial + " " + p.Letter + " " + p.Code))
	return err == nil && again == p
}

func (v Vehicle) normal() Vehicle {
	v.VIN = parsed(v.VIN, ParseVIN)
	v.Make, v.Model = tidied(v.Make), tidied(v.Model)
	return v
}

// Check lists what is wrong with a place as typed: it must say something, and
// a pin must lie on the globe.
func (p Place) Check(prefix string) fault.List {
	c := check{prefix: prefix}
	c.line("quarter", p.Quarter, longestName)
	c.line("address", p.Address, longestAddress)
	if p.Area == "" && p.Quarter == "" && p.Address == "" && !p.Pinned {
		c.add("address", "index.fault.place")
	}
	if p.Pinned && (p.Lat < -90e6 || p.Lat > 90e6 || p.Lon < -180e6 || p.Lon > 180e6) {
		c.add("pin", "index.fault.pin")
	}
	return c.list
}

func (p Place) normal() Place {
	p.Quarter, p.Address = tidied(p.Quarter), tidied(p.Address)
	return p
}

// ReadPin reads coordinates as maps show them, "33.57311, -7.589843", into
// millionths of a degree. It is exact: no binary fraction stands between.
func ReadPin(s string) (lat, lon int64, err error) {
	first, second, ok := strings.Cut(s, ",")
	if !ok {
		return 0, 0, ErrNumber
	}
	lat, errLat := micro(first)
	lon, errLon := micro(second)
	return lat, lon, errors.Join(errLat, errLon)
}

// micro reads a decimal number of at most six decimals that count.
func micro(s string) (int64, error) {
	s = strings.TrimSpace(s)
	whole, part, _ := strings.Cut(s, ".")
	negative := strings.HasPrefix(whole, "-")
	whole = strings.TrimPrefix(whole, "-")
	if !digits(whole, 1, 3) || strings.Trim(part, "0123456789") != "" || len(part) > 20 {
		return 0, ErrNumber
	}
	n, err := strconv.ParseInt(whole+(part + "000000")[:6], 10, 64)
	if negative {
		n = -n
	}
	return n, err
}

// Check lists what is wrong with a thing as typed.
func (t Thing) Check(prefix string) fault.List {
	c := check{prefix: prefix}
	c.line("description", t.Description, longestAddress)
	c.line("serial", t.Serial, longestNumber)
	if t.Category == "" {
		c.add("category", "index.fault.category")
	}
	c.oneOf("category", t.Category, Categories())
	c.number("imei", t.IMEI, ParseIMEI)
	return c.list
}

// Doubts lists what is unusual: an IMEI whose check digit does not hold.
func (t Thing) Doubts(prefix string) fault.List {
	c := check{prefix: prefix}
	if n, err := ParseIMEI(t.IMEI); err == nil && !LuhnHolds(n) {
		c.add("imei", "index.doubt.imei")
	}
	return c.list
}

func (t Thing) normal() Thing {
	t.Description, t.Serial, t.IMEI = tidied(t.Description), tidied(t.Serial), parsed(t.IMEI, ParseIMEI)
	return t
}

// tidied gives a line without needless spaces.
func tidied(s string) string {
	if line, err := text.Line(s); err == nil {
		return line
	}
	return s
}
