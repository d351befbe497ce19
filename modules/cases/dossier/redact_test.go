package dossier

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestHide: a phone number and an address are taken out however they are
// written, and nothing else.
func TestHide(t *testing.T) {
	var c contacts
	c.add("phone", "+212600000017")
	c.add("address", "حي النخيل، زنقة 4")
	c.add("address", "12, Rue des Jardins\nMaârif")
	for in, want := range map[string]string{
		"0600000017": WithheldMark, "06 00 00 00 17": WithheldMark, "06.00.00.00.17!": WithheldMark + "!", "+212 6 00-00-00-17": WithheldMark, "00212600000017": WithheldMark,
		"٠٦٠٠٠٠٠٠١٧": WithheldMark, "۰۶۰۰۰۰۰۰۱۷": WithheldMark, "(06) 00 00 00 17": "(" + WithheldMark, "06\u00a000\u00a000\u00a000\u00a017": WithheldMark,
		"0600000018": "0600000018", "2026": "2026", "1/KEN/2026 du 21/11/2026": "1/KEN/2026 du 21/11/2026",
		"أسكن بحي النخيل، زنقة 4 رقم 17": "أسكن ب" + WithheldMark + " رقم 17", "حي النخيل زنقة 4": WithheldMark, "حي  النخيل ، زنقة 4": WithheldMark,
		"au 12 rue des jardins, où": "au " + WithheldMark + ", où", "12, Rue des\nJardins": WithheldMark, "quartier Maârif": "quartier " + WithheldMark, "Rue des Jardins": "Rue des Jardins", "12 rue des": WithheldMark, "حي النخيل": "حي النخيل",
	} {
		if got := c.hide(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestHideEverySpelling: no way to space the digits of a withheld number lets
// its last nine through.
func TestHideEverySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := "06" + rapid.StringMatching(`[0-9]{8}`).Draw(t, "number")
		var c contacts
		c.add("phone", number)
		var said strings.Builder
		for i, r := range number {
			if i > 0 {
				said.WriteString(rapid.SampledFrom([]string{"", "", " ", ".", "-", "/", "\u00a0"}).Draw(t, "between"))
			}
			if rapid.Bool().Draw(t, "arabic") {
				r += 0x660 - '0'
			}
			said.WriteRune(r)
		}
		if out := c.hide("a " + said.String() + " z"); out != "a "+WithheldMark+" z" {
			t.Fatalf("%q gives %q", said.String(), out)
		}
	})
}

func FuzzHide(f *testing.F) {
	f.Add("+212600000017", "حي النخيل، زنقة 4", "call 06 00 00 00 17")
	f.Fuzz(func(t *testing.T, phone, address, said string) {
		var c contacts
		c.add("phone", phone)
		c.add("address", address)
		out := c.hide(said)
		if a := strings.TrimSpace(address); len(a) >= 4 && !strings.Contains(a, "\n") && strings.Contains(out, a) && !strings.Contains(WithheldMark, a) {
			t.Errorf("%q stands in %q", a, out)
		}
	})
}
