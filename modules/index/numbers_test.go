package index_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/modules/index"
)

func TestParseNumbers(t *testing.T) {
	for _, c := range []struct {
		kind, in, want string // "" is refused
		parse          func(string) (string, error)
	}{
		{"CNIE", "ab 123.456", "AB123456", index.ParseCNIE},
		{"CNIE", "K-456789", "K456789", index.ParseCNIE},
		{"CNIE", "BE 00123", "BE00123", index.ParseCNIE},
		{"CNIE", "D\u0661\u0662\u0663\u0664\u0665", "D12345", index.ParseCNIE},
		{"CNIE", "\u2066X12345\u2069", "X12345", index.ParseCNIE},
		{"CNIE", "ABC12345", "", index.ParseCNIE},
		{"CNIE", "AB12345678", "", index.ParseCNIE},
		{"CNIE", "12345", "", index.ParseCNIE},
		{"CNIE", "", "", index.ParseCNIE},
		{"passport", "xy 123 4567", "XY1234567", index.ParsePassport},
		{"passport", "ABCDEF", "", index.ParsePassport},
		{"phone", "06 12 34 56 78", "+212612345678", index.ParsePhone},
		{"phone", "0522-26-53-20", "+212522265320", index.ParsePhone},
		{"phone", "212612345678", "+212612345678", index.ParsePhone},
		{"phone", "+212 (0)6 12 34 56 78", "+212612345678", index.ParsePhone},
		{"phone", "00212 8 01 00 47 47", "+212801004747", index.ParsePhone},
		{"phone", "+33 6 12 34 56 78", "+33612345678", index.ParsePhone},
		{"phone", "0033612345678", "+33612345678", index.ParsePhone},
		{"phone", "0112345678", "", index.ParsePhone},
		{"phone", "+212 1 23 45 67 89", "", index.ParsePhone},
		{"phone", "612345678", "", index.ParsePhone},
		{"phone", "+", "", index.ParsePhone},
		{"VIN", "vf1 aaaa5 z12345678", "VF1AAAA5Z12345678", index.ParseVIN},
		{"VIN", "12345", "12345", index.ParseVIN},
		{"VIN", "VF1AAAA5Z123456789", "", index.ParseVIN},
		{"IMEI", "49-015420-323751-8", "490154203237518", index.ParseIMEI},
		{"IMEI", "4901542", "", index.ParseIMEI},
	} {
		got, err := c.parse(c.in)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s %q: %q, %v, want %q", c.kind, c.in, got, err, c.want)
		}
	}
	if !index.LuhnHolds("490154203237518") || index.LuhnHolds("490154203237519") || !index.LuhnHolds("4901542032375191") {
		t.Error("the check digit of an IMEI")
	}
}

func TestParsePlate(t *testing.T) {
	alif, ha, waw, dal := "\u0623", "\u0647", "\u0648", "\u062f"
	for in, want := range map[string]index.Plate{
		"12345 | A | 6":              {Serial: "12345", Letter: alif, Code: "6"},
		"12345-\u0623-6":             {Serial: "12345", Letter: alif, Code: "6"},
		"12345\u06276":               {Serial: "12345", Letter: alif, Code: "6"},
		"6|\u0623|12345":             {Serial: "12345", Letter: alif, Code: "6"},
		"1234 \u0647\u0640 40":       {Serial: "1234", Letter: ha, Code: "40"},
		"1234 \u06be 40":             {Serial: "1234", Letter: ha, Code: "40"},
		"1234 h 40":                  {Serial: "1234", Letter: ha, Code: "40"},
		"77 W 01":                    {Serial: "77", Letter: waw, Code: "1"},
		"\u0667\u0667 \u062f \u0661": {Serial: "77", Letter: dal, Code: "1"},
		"1234-56 7":                  {Serial: "1234-56", Code: "7"},
		"123456 WW":                  {Serial: "123456", Letter: "WW"},
		"WW 123456":                  {Serial: "123456", Letter: "WW"},
		"123456 M":                   {Serial: "123456", Letter: "M"},
		"123456 \u0627\u0644\u0645\u063a\u0631\u0628": {Serial: "123456", Letter: "M"},
		"4521 6": {Serial: "4521", Code: "6"},
	} {
		got, err := index.ParsePlate(in)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "12345", "A", "12345 X 6", "12345 A", "1234567 A 6", "12345 A 666", "12 A 0", "1 2 3 4", strings.Repeat("1", 100), "12345 A 6?"} {
		if got, err := index.ParsePlate(in); err == nil && !(in == "12345 A" && got.Letter == alif) {
			t.Errorf("%q is read as %+v", in, got)
		}
	}
	a, _ := index.ParsePlate("6 A 1")
	b, _ := index.ParsePlate("61 A 1")
	if a == b || a.String() == b.String() {
		t.Error("two plates collide")
	}
	if p, err := index.ParseForeignPlate("fr", "ab-123-cd"); err != nil || p.Serial != "AB123CD" || p.String() != "fr|AB123CD" {
		t.Errorf("foreign: %+v, %v", p, err)
	}
	if _, err := index.ParseForeignPlate("France", "ab-123-cd"); err == nil {
		t.Error("a country that is no code")
	}
}

func TestReadPin(t *testing.T) {
	lat, lon, err := index.ReadPin("33.57311, -7.589843")
	if err != nil || lat != 33573110 || lon != -7589843 {
		t.Errorf("%d, %d, %v", lat, lon, err)
	}
	if lat, lon, err = index.ReadPin("-0.5,0"); err != nil || lat != -500000 || lon != 0 {
		t.Errorf("%d, %d, %v", lat, lon, err)
	}
	for _, s := range []string{"", "33", "x,y", "1e3,2", "33.5.7,1", "--3,1", "3333,1"} {
		if _, _, err := index.ReadPin(s); err == nil {
			t.Errorf("%q is read", s)
		}
	}
	for _, p := range []index.Place{{}, {Pinned: true, Lat: 91e6}, {Pinned: true, Lon: -181e6}} {
		if len(p.Check("")) == 0 {
			t.Errorf("%+v passes", p)
		}
	}
}

func TestDoubtsDoNotRefuse(t *testing.T) {
	p := alaoui()
	p.CNIE = "D12"
	if len(p.Check("")) != 0 || len(p.Doubts("x.")) != 1 || p.Doubts("x.")[0].Field != "x.cnie" {
		t.Errorf("a short CNIE: %v, %v", p.Check(""), p.Doubts("x."))
	}
	thing := index.Thing{Category: "phone", IMEI: "490154203237519"}
	if len(thing.Check("")) != 0 || len(thing.Doubts("")) != 1 {
		t.Errorf("a wrong check digit: %v, %v", thing.Check(""), thing.Doubts(""))
	}
}

func TestThingAndVehicleChecks(t *testing.T) {
	for _, thing := range []index.Thing{{}, {Category: "gadget"}, {Category: "phone", IMEI: "1"}, {Category: "phone", Serial: strings.Repeat("9", 65)}} {
		if len(thing.Check("")) != 1 {
			t.Errorf("%+v: %v", thing, thing.Check(""))
		}
	}
	for _, v := range []index.Vehicle{{}, {VIN: "?"}, {Plate: index.Plate{Serial: "12345"}}, {VIN: "12345", Colour: "mauve"}, {Plate: index.Plate{Country: "fr", Serial: "a b"}}} {
		if len(v.Check("")) != 1 {
			t.Errorf("%+v: %v", v, v.Check(""))
		}
	}
}

func TestReadPersonReadsWhatIsShown(t *testing.T) {
	p := alaoui()
	p.Phones = []string{"+212612345678", "+33612345678"}
	values := index.PersonValues(p, "victim.")
	if d := cmp.Diff(p, index.ReadPerson(values, "victim.")); d != "" {
		t.Error(d)
	}
	if values.Get("victim.birth") != "12/03/1985" {
		t.Errorf("birth is shown as %q", values.Get("victim.birth"))
	}
	plate, _ := index.ParsePlate("48213 A 6")
	v := index.Vehicle{Plate: plate, VIN: "UU1LSDAAG12345678", Make: "Dacia", Owner: "0190a000-0000-7000-8000-0000000000c1"}
	if d := cmp.Diff(v, index.ReadVehicle(index.VehicleValues(v, "car."), "car.")); d != "" {
		t.Error(d)
	}
	bad := index.ReadVehicle(url.Values{"plate": {"??"}}, "")
	if len(bad.Check("")) != 1 {
		t.Errorf("a plate that is none: %+v", bad)
	}
}

// The parsers of what people type: whatever comes in, what comes out is in
// normal form, valid, short, and reads back as itself.

func fuzzNumber(f *testing.F, parse func(string) (string, error), seeds ...string) {
	for _, s := range append(seeds, "", "\xff", "\u0661\u0662", "\u202e12", "0") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parse(s)
		if err != nil {
			return
		}
		if !utf8.ValidString(got) || got == "" || len(got) > 20 {
			t.Fatalf("%q gives %q", s, got)
		}
		if again, err := parse(got); err != nil || again != got {
			t.Fatalf("%q gives %q, which gives %q, %v", s, got, again, err)
		}
	})
}

func FuzzCNIE(f *testing.F)     { fuzzNumber(f, index.ParseCNIE, "AB123456", "k 456.789") }
func FuzzPassport(f *testing.F) { fuzzNumber(f, index.ParsePassport, "AB1234567") }
func FuzzPhone(f *testing.F) {
	fuzzNumber(f, index.ParsePhone, "+212 (0)612345678", "0612345678", "+33612345678")
}
func FuzzVIN(f *testing.F)  { fuzzNumber(f, index.ParseVIN, "VF1AAAA5Z12345678") }
func FuzzIMEI(f *testing.F) { fuzzNumber(f, index.ParseIMEI, "49-015420-323751-8") }

func FuzzPlate(f *testing.F) {
	for _, s := range []string{"12345 | A | 6", "6|\u0623|12345", "1234-56 7", "WW 12", "\u06be 1 2", "\xff", "12345\u06276"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := index.ParsePlate(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(p.Serial+p.Letter+p.Code, "| \u0640") || p.Serial == "" {
			t.Fatalf("%q gives %+v", s, p)
		}
		if v := (index.Vehicle{Plate: p}); len(v.Check("")) != 0 {
			t.Fatalf("%q gives %+v, which does not read back", s, p)
		}
	})
}

func FuzzPin(f *testing.F) {
	f.Add("33.57311, -7.589843")
	f.Fuzz(func(t *testing.T, s string) {
		lat, lon, err := index.ReadPin(s)
		if err == nil && (lat > 999_999_999 || lat < -999_999_999 || lon > 999_999_999 || lon < -999_999_999) {
			t.Fatalf("%q gives %d, %d", s, lat, lon)
		}
	})
}
