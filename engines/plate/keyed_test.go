package plate

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for keyed, want := range map[string]Plate{
		"12345-أ-6":             {Standard, "MA", "12345", "أ", "6"},
		"12345 | ا | 6":         {Standard, "MA", "12345", "أ", "6"},
		"12345إ06":              {Standard, "MA", "12345", "أ", "6"},
		"12345 A 6":             {Standard, "MA", "12345", "أ", "6"},
		"12345a6":               {Standard, "MA", "12345", "أ", "6"},
		"1234/هـ/72":            {Standard, "MA", "1234", "ه", "72"},
		"1234 ھ 72":             {Standard, "MA", "1234", "ه", "72"},
		"١٢٣٤٥-ب-٤٠":            {Standard, "MA", "12345", "ب", "40"},
		"۱۲۳ ى ۷":               {Standard, "MA", "123", "ي", "7"},
		"6 أ 12345":             {Standard, "MA", "12345", "أ", "6"},
		"12 E 34":               {Standard, "MA", "12", "و", "34"},
		"\u200f12345\u200f-د-1": {Standard, "MA", "12345", "د", "1"},
		"123456 WW":             {WW, "MA", "123456", "WW", ""},
		"ww123":                 {WW, "MA", "123", "WW", ""},
		"1234-12/6":             {Old, "MA", "1234", "", "12-6"},
		"1234-40":               {Trailer, "MA", "1234", "", "40"},
		"123456 ش":              {Official, "MA", "123456", "ش", ""},
		"م 1234":                {Official, "MA", "1234", "م", ""},
		"199 تونس 1234":         {Tunisian, "TN", "199", "تونس", "1234"},
		"AB-123-CD":             {Kind: Latin, Serial: "AB123CD"},
		"m ab 1234":             {Kind: Latin, Serial: "MAB1234"},
		"12345 A 90":            {Kind: Latin, Serial: "12345A90"},
		"1234567":               {Kind: Digits, Serial: "1234567"},
	} {
		if got, err := Parse(keyed); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", keyed, got, err, want)
		}
	}
	for _, keyed := range []string{"", " - ", "7", "12345 € 6", "123456789012345", "12345 أ 90", "1 أ 2 ب 3", "أب", string(make([]byte, 100)), "\xff\xfe1234"} {
		if p, err := Parse(keyed); !errors.Is(err, ErrKeyed) {
			t.Errorf("%q became %+v, %v", keyed, p, err)
		}
	}
}

// TestParseIsStable: the text of a plate, keyed again, is that plate.
func TestParseIsStable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`[1-9][0-9]{0,4}-[أبدهوطي]-([1-9]|[1-8][0-9])`).Draw(rt, "plate")
		p, err := Parse(text)
		if err != nil || p.Text() != text || p.Kind != Standard || !p.Moroccan() {
			rt.Fatal(p, err)
		}
		latin := p.Serial + " " + ToLatin(p.Letter) + " " + p.Code
		if q, err := Parse(latin); err != nil || q != p {
			rt.Fatal(q, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"12345-أ-6", "123456WW", "1234-12/6", "AB-123-CD", "١٢٣ ب ٤", "199 تونس 1234"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, keyed string) {
		p, err := Parse(keyed)
		if err != nil {
			if !errors.Is(err, ErrKeyed) {
				t.Fatal(err)
			}
			return
		}
		again, err := Parse(p.Text())
		if err != nil || again.key() != p.key() {
			t.Fatalf("%q is %+v, its text is %+v, %v", keyed, p, again, err)
		}
	})
}
