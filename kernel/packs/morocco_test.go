package packs_test

import (
	"testing"

	"github.com/amana-platform/amana/kernel/packs"
	country "github.com/amana-platform/amana/packs"
)

func morocco(t testing.TB) *packs.Pack {
	t.Helper()
	p, err := packs.Load(country.Morocco())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestMoroccoLoads(t *testing.T) {
	morocco(t)
}
