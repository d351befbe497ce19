package ui

import (
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
)

// Refusal is a page that refuses: Why in words, Who may allow it, the Act one
// may ask for (empty when asking is pointless), and the purpose by which the
// Glass is broken in an emergency (empty where there is none to break).
type Refusal struct {
	Why   string
	Who   []string
	Act   string
	Glass string
}

// Problem is a page that failed. Reference is the number under which the log
// holds the cause; Retry the address to try again, if that can help.
type Problem struct {
	Fault     error
	Reference string
	Retry     string
}

// title names the problem by its fault's kind.
func (p Problem) title(w *text.Words) string {
	key := "problem." + fault.Of(p.Fault).Kind.String()
	if w.Has(key) {
		return w.T(key)
	}
	return w.T("problem.title")
}
