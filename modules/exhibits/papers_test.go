package exhibits_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/text"
)

// words reads what a PDF says, where poppler is installed.
func words(t *testing.T, pdf []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("no pdftotext")
	}
	cmd := exec.Command("pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// keep writes a paper where AMANA_LOOK says, to be looked at.
func keep(t *testing.T, name string, pdf []byte) {
	t.Helper()
	if dir := os.Getenv("AMANA_LOOK"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLabel(t *testing.T) {
	s := newSite(t)
	x, _ := s.sealed()
	for _, l := range text.Langs() {
		pdf, err := s.Label(ctx, x.ID, l)
		s.must(err)
		keep(t, "label-"+string(l)+".pdf", pdf)
		raw, err := print.Attached(pdf, "amana-proof.json")
		s.must(err)
		if !strings.Contains(string(raw), string(x.SealEntry)) {
			t.Error("the label does not carry the proof of the sealing")
		}
		if l == text.FR {
			said := strings.Join(strings.Fields(words(t, pdf)), " ")
			for _, w := range []string{x.Seal, x.Number, "12/KEN/2026", "Téléphone noir", "12, rue des Jardins", "Tajribi opj"} {
				if !strings.Contains(said, w) {
					t.Errorf("label without %q: %s", w, said)
				}
			}
		}
		again, err := s.Label(ctx, x.ID, l)
		s.must(err)
		if !bytes.Equal(pdf, again) {
			t.Error("the same label, printed again, differs")
		}
	}
}

func TestNoLabelWithoutSeal(t *testing.T) {
	s := newSite(t)
	x := s.seize(s.newCase("*"))
	_, err := s.Label(ctx, x.ID, text.FR)
	s.wants(err, fault.Conflict, "exhibits.fault.no-seal")
	_, err = s.Inventory(ctx, s.ids.New(), text.FR)
	s.wants(err, fault.Conflict, "exhibits.fault.none")
}

func TestInventory(t *testing.T) {
	s := newSite(t)
	c := s.newCase("*")
	var seals []string
	for i := range 4 {
		x := s.seize(c)
		if i < 3 {
			seals = append(seals, s.seal(x.ID, c).Seal)
		}
	}
	for _, l := range text.Langs() {
		pdf, err := s.Inventory(ctx, c.Ref.ID, l)
		s.must(err)
		keep(t, "inventory-"+string(l)+".pdf", pdf)
		if l == text.AR {
			continue
		}
		said := strings.Join(strings.Fields(words(t, pdf)), "")
		for _, w := range append(seals, "12/KEN/2026", "4/KEN-VILLE-BPJ/2026") {
			if !strings.Contains(said, strings.ReplaceAll(w, " ", "")) {
				t.Errorf("inventory without %q: %s", w, said)
			}
		}
	}
	b := s.as("opj", c)
	b.get("/seizures/" + string(c.Ref.ID) + "/inventory?lang=ar")
	b.shows(200, "%PDF")
	b.get("/seizures/" + string(ident.ID(s.ids.New())) + "/inventory")
	b.shows(403)
}
