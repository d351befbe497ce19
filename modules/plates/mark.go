package plates

import (
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// mark is where a page of a list ended: the moment of its last line, and its
// id, because an import lists many plates at one moment.
type mark struct {
	at time.Time
	id ident.ID
}

// String writes the mark as an address holds it.
func (m mark) String() string { return strconv.FormatInt(store.Micros(m.at), 10) + "." + string(m.id) }

// markOf reads a mark; what is none is that of the first page.
func markOf(s string) mark {
	at, id, _ := strings.Cut(s, ".")
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil || micros <= 0 {
		return mark{}
	}
	return mark{store.Time(micros), ident.ID(id)}
}

// below gives what the lines after the mark are compared with, the newest
// first.
func (m mark) below() (at int64, id string) {
	if m.at.IsZero() {
		return 1 << 62, ""
	}
	return store.Micros(m.at), string(m.id)
}
