package names

import (
	"errors"
	"testing"
)

func TestParsePartialDate(t *testing.T) {
	for in, want := range map[string]string{
		"1948": "1948", "1948-03": "1948-03", "1948-03-12": "1948-03-12", " 1948 ": "1948", "": "",
		"00/00/1948": "1948", "00/03/1948": "1948-03", "12/03/1948": "1948-03-12", "1948-00-00": "1948",
		"\u0661\u0669\u0664\u0668": "1948", "29/02/2024": "2024-02-29",
	} {
		d, err := ParsePartialDate(in)
		if err != nil || d.String() != want {
			t.Errorf("%q reads as %q, %v; want %q", in, d, err, want)
		}
	}
	for _, in := range []string{
		"48", "1799", "2200", "1948-13", "1948-02-30", "12/00/1948", "1948-00-12", "12/1948", "1948/03/12",
		"00/00/0000", "1948-3-1-1", "+948", "1948-+3", "1948-003", "x", "29/02/2023", "-1948", "1948-",
	} {
		if d, err := ParsePartialDate(in); !errors.Is(err, ErrDate) {
			t.Errorf("%q reads as %v, %v", in, d, err)
		}
	}
}

func TestAgreement(t *testing.T) {
	at := func(y, m, d int) PartialDate { return PartialDate{y, m, d} }
	for _, c := range []struct {
		a, b PartialDate
		want int32
	}{
		{at(1980, 5, 1), at(1980, 5, 1), 1000}, {at(1980, 5, 1), at(1980, 0, 0), 1000},
		{at(1980, 5, 1), at(1980, 1, 5), 850}, {at(1980, 5, 1), at(1980, 5, 2), 650},
		{at(1980, 5, 1), at(1980, 6, 2), 400}, {at(1984, 5, 1), at(1948, 5, 1), 600},
		{at(1980, 0, 0), at(1981, 0, 0), 600}, {at(1980, 0, 0), at(1982, 3, 1), 400},
		{at(1980, 5, 1), at(1981, 7, 9), 150}, {at(1980, 5, 1), at(1999, 5, 1), 0},
	} {
		if got := c.a.agreement(c.b); got != c.want || c.b.agreement(c.a) != got {
			t.Errorf("%v and %v agree %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzPartialDate(f *testing.F) {
	for _, s := range []string{"1948", "1948-03", "00/00/1948", "12/03/1948", "\u0661"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParsePartialDate(s)
		if err != nil {
			return
		}
		var again PartialDate
		if text, _ := d.MarshalText(); again.UnmarshalText(text) != nil || again != d || !d.Valid() {
			t.Fatalf("%q reads as %v, then %v", s, d, again)
		}
	})
}
