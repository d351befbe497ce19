package dossier

import "testing"

// TestHide: a phone number is taken out however it is written, and nothing else.
func TestHide(t *testing.T) {
	var c contacts
	c.add("phone", "+212600000017")
	c.add("address", "حي النخيل، زنقة 4")
	for in, want := range map[string]string{
		"0600000017": WithheldMark, "06 00 00 00 17": WithheldMark, "06.00.00.00.17!": WithheldMark + "!", "+212 6 00-00-00-17": WithheldMark, "00212600000017": WithheldMark,
		"0600000018": "0600000018", "2026": "2026", "أسكن بحي النخيل، زنقة 4 رقم 17": "أسكن ب" + WithheldMark + " رقم 17",
	} {
		if got := c.hide(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
