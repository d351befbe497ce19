package plates

import "github.com/amana-platform/amana/kernel/check"

// Limits of what a form takes; text is counted in characters.
const (
	maxLine  = 200
	maxWords = 5_000
)

// checks is what is wrong with a form.
type checks struct{ check.Form }

func (s *Service) checks() *checks { return &checks{check.Form{Now: s.k.Clock.Now()}} }
