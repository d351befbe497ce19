package demowallet

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

func newName() string { return rand.Text() }

// mark names a card on a page.
func mark(card Card) string {
	sum := sha256.Sum256([]byte(card.Raw))
	return hex.EncodeToString(sum[:8])
}

// facts says what some claims of a card say.
func facts(r *web.Request, card Card, names []string) []ui.Fact {
	form := "SD-JWT VC"
	if card.Form == formMDoc {
		form = "ISO 18013-5"
	}
	out := []ui.Fact{{Label: r.T("proofs.demo.form"), Value: ui.ID(form)}}
	for _, name := range names {
		out = append(out, ui.Fact{Label: r.T("proofs.claim." + strings.ReplaceAll(name, "_", "-")), Text: said(r, card.Claims[name])})
	}
	return out
}

// said says a value as a person reads it.
func said(r *web.Request, v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return r.T("proofs.demo.yes")
		}
		return r.T("proofs.demo.no")
	case cbor.Tag: // a full-date
		return fmt.Sprint(v.Content)
	}
	return fmt.Sprint(v)
}
