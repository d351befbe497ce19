package trust

import "testing"

// TestSigningKeysAfterAMasterChange: what was sealed under the master before
// counts as lost. Another key signs at once, the lost one stays published until
// its tokens are over, and institutions know people by the same names.
func TestSigningKeysAfterAMasterChange(t *testing.T) {
	h := newHouse(t)
	before, err := h.keys.Current(t.Context())
	h.must(err)
	name := h.Subject("bank.example", "person")
	h.k.Passing = func(use string) []byte { return h.k.Secret("another master " + use) }
	fresh := &keyring{k: h.k, store: &sealedKeys{k: h.k}, grant: h.grant}
	after, err := fresh.Current(t.Context())
	h.must(err)
	if after.ID == before.ID {
		t.Error("a key that does not open signs")
	}
	public, err := fresh.Public(t.Context())
	h.must(err)
	published := map[string]bool{}
	for _, p := range public {
		published[p.ID] = true
	}
	if !published[before.ID] || !published[after.ID] {
		t.Errorf("published: %v", published)
	}
	if h.Subject("bank.example", "person") != name {
		t.Error("an institution knows the person by another name")
	}
}
