package app

import "testing"

// TestAChildHasNoChildren: a test binary that starts a service and does not
// know the command log-signer once took a whole machine.
func TestAChildHasNoChildren(t *testing.T) {
	t.Setenv(isSigner, "1")
	if _, _, err := signerChild(t.Context(), nil, ""); err == nil {
		t.Error("a signing process started another")
	}
}
