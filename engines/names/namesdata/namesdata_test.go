package namesdata

import (
	"regexp"
	"testing"
)

var (
	arabicForm = regexp.MustCompile(`^[\x{0621}-\x{064A}]+( [\x{0621}-\x{064A}]+)*$`)
	latinForm  = regexp.MustCompile(`^[A-Za-zÀ-ÿ]+([ '-][A-Za-zÀ-ÿ]+)*$`)
)

func TestLists(t *testing.T) {
	for _, list := range []struct {
		name  string
		names []Name
		least int
	}{{"male", GivenMale(), 120}, {"female", GivenFemale(), 120}, {"family", Family(), 250}} {
		if len(list.names) < list.least {
			t.Errorf("%s: %d names, want at least %d", list.name, len(list.names), list.least)
		}
		seen := map[string]bool{}
		for _, n := range list.names {
			check(t, list.name, n)
			if seen[n.Arabic] {
				t.Errorf("%s: %s stands twice", list.name, n.Arabic)
			}
			seen[n.Arabic] = true
		}
	}
}

func check(t *testing.T, list string, n Name) {
	t.Helper()
	if !arabicForm.MatchString(n.Arabic) {
		t.Errorf("%s: %q is not an Arabic name", list, n.Arabic)
	}
	if len(n.Latin) < 1 || len(n.Latin) > 5 {
		t.Errorf("%s: %s has %d Latin spellings", list, n.Arabic, len(n.Latin))
	}
	seen := map[string]bool{}
	for _, l := range n.Latin {
		if !latinForm.MatchString(l) || seen[l] {
			t.Errorf("%s: %s: spelling %q is malformed or stands twice", list, n.Arabic, l)
		}
		seen[l] = true
	}
}
