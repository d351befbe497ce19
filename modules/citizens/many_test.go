package citizens

import (
	"fmt"
	"os"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/index"
)

// many asks for the hundred thousand events of the long run.
var many = os.Getenv("AMANA_EVENTS") == "many"

// crowd gives n persons of the index, some of them new.
func (h *house) crowd(n int) []index.Person {
	h.t.Helper()
	ids := ident.NewSource(h.Clock.Now, nil)
	var more []index.Person
	for i := range n - 2 {
		p := h.aicha
		p.ID, p.CNIE, p.Given.Latin = ids.New(), fmt.Sprintf("G2%05d", i), fmt.Sprint("Aicha ", i)
		more = append(more, p)
	}
	if len(more) > 0 {
		h.must(h.people.Seed(h.t.Context(), func() (policy.Grant, error) { return h.Policy.System("demo", "index.seed", "D1-56-115") }, index.Seeding{Persons: more}))
	}
	return append([]index.Person{h.aicha, h.brahim}, more...)
}
