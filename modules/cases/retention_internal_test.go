package cases

import (
	"slices"
	"testing"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/packs"
	shipped "github.com/amana-platform/amana/packs"
)

// TestTheGravestOffenceDecidesTheTerm: of the classes of offences each belongs to
// one class of files; what is graver than all of a class keeps a file out of it,
// and only the lightest takes files without any qualification.
func TestTheGravestOffenceDecidesTheTerm(t *testing.T) {
	class := func(code, retention string, rank int) packs.Class {
		return packs.Class{Row: packs.Row{Code: code}, Retention: retention, Rank: rank}
	}
	all := []packs.Class{class("petty", "short", 4), class("lesser", "middle", 3), class("felony", "long", 1), class("serious", "middle", 2)}
	for retention, want := range map[string]struct {
		own, graver []string
		lightest    bool
	}{
		"long":   {[]string{"felony"}, nil, false},
		"middle": {[]string{"lesser", "serious"}, []string{"felony"}, false},
		"short":  {[]string{"petty"}, []string{"lesser", "felony", "serious"}, true},
	} {
		own, graver, lightest := offenceClasses(all, retention)
		if !slices.Equal(own, want.own) || !slices.Equal(graver, want.graver) || lightest != want.lightest {
			t.Errorf("%s: %v over %v, lightest %v", retention, own, graver, lightest)
		}
	}
}

// TestEveryClassOfOffencesHasATerm: the shipped pack keeps the files of each class
// of offences under a class that this module ends, and each of those is somebody's
// to decide.
func TestEveryClassOfOffencesHasATerm(t *testing.T) {
	pack, err := packs.Load(shipped.Morocco())
	if err != nil {
		t.Fatal(err)
	}
	now := clock.System{}.Now()
	used := map[string]bool{}
	for _, c := range pack.Classes(now) {
		if used[c.Retention] = true; !slices.Contains(fileClasses, c.Retention) {
			t.Errorf("files about a %s are kept under %q, which nothing ends", c.Code, c.Retention)
		}
	}
	for _, class := range fileClasses {
		row, err := pack.Retention(class, now)
		if err != nil || !used[class] || row.Approver == "schedule" || row.Since != "closing" {
			t.Errorf("%s: %+v %v", class, row, err)
		}
	}
}
