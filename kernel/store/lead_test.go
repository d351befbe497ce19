package store_test

import (
	"testing"

	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

func TestOneNodeLeads(t *testing.T) {
	address := storetest.Address(t)
	a, b := storetest.OpenAt(t, address), storetest.OpenAt(t, address)
	first, second := a.Leadership(7), b.Leadership(7)
	leads := func(l *store.Leadership) bool {
		t.Helper()
		ok, err := l.Leads(t.Context())
		must(t, err)
		return ok
	}
	for range 2 { // asking again loses nothing
		if !leads(first) {
			t.Fatal("nobody leads")
		}
	}
	if a.Engine == store.SQLite {
		return // one program holds the file
	}
	if leads(second) {
		t.Fatal("two lead")
	}
	first.Resign()
	if !leads(second) || leads(first) {
		t.Fatal("the lead did not pass")
	}
	second.Resign()
}
