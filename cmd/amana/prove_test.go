package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/print"
)

// proofs gives the proof of the entry that recorded the first person, once with what
// it says opened and once with it withheld.
func (s *shop) proofs() (open, closed string, entry ident.ID) {
	s.t.Helper()
	var files [2][]byte
	s.must(withService(s.t.Context(), s.place(), nil, func(ctx context.Context, a *app.App) error {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		a.Run(ctx)
		made, err := a.Journal.Timeline(ctx, ident.Ref{Kind: "person", ID: s.persons[0]}, 0, 1)
		if err != nil {
			return err
		}
		entry = made[0].ID
		for i, opens := range []bool{true, false} {
			if files[i], _, err = a.Paper.Proof(ctx, entry, func(string) bool { return opens }); err != nil {
				return err
			}
		}
		return nil
	}))
	return write(s.t, "open.json", string(files[0])), write(s.t, "closed.json", string(files[1])), entry
}

// TestAProofIsChecked: with the reader's own key or the document's, as a sentence and
// as JSON; what is withheld is counted and not shown.
func TestAProofIsChecked(t *testing.T) {
	s := newShop(t)
	open, closed, entry := s.proofs()
	keys, err := app.ReadKeyFile(s.key)
	s.must(err)
	amana(t, "proof", "check", open).ends(t, 0, "VALID: entry "+string(entry), "index.person-recorded", "test.invalid/amana", "This key came with the document", "Berkani")
	own := amana(t, "proof", "check", closed, "--log-key", keys.LogVKey)
	own.ends(t, 0, "VALID: entry ", "withheld: ", "signed by the key "+keys.LogVKey)
	if strings.Contains(own.out, "Berkani") || strings.Contains(own.out, "This key came with") {
		t.Errorf("%s", own.out)
	}
	var c checked
	a := amana(t, "proof", "check", open, "--json", "--log-key", keys.LogVKey)
	s.must(json.Unmarshal([]byte(a.out), &c))
	if a.code != 0 || !c.Valid || !c.KeyGiven || c.CAGiven || c.Error != "" || c.Entry != string(entry) || c.Kind != "index.person-recorded" || c.Origin != "test.invalid/amana" || c.LogKey != keys.LogVKey ||
		c.Written == "" || c.TreeSize == 0 || c.Index >= c.TreeSize || len(c.Fields) == 0 || c.Witnesses == nil {
		t.Errorf("%+v", c)
	}
	var hidden checked
	s.must(json.Unmarshal([]byte(amana(t, "proof", "check", closed, "--json").out), &hidden))
	if !hidden.Valid || hidden.KeyGiven || len(hidden.Withheld) <= len(c.Withheld) || len(hidden.Fields) >= len(c.Fields) {
		t.Errorf("%+v", hidden)
	}
}

// TestWhatIsNoProof: anything changed, cut or foreign is not valid, under 1, and says
// why; as JSON too, with the same names.
func TestWhatIsNoProof(t *testing.T) {
	s := newShop(t)
	open, _, _ := s.proofs()
	raw := string(read(t, open))
	_, foreign := newKeys(t)
	paper, err := print.Render(&print.Document{ID: "1", Title: "T", Lang: "fr", Size: print.A5, Blocks: []print.Block{print.Paragraph{Text: print.T("x")}}})
	s.must(err)
	signed, _ := paperSigned(t, nil)
	for name, tc := range map[string]struct {
		content string
		flags   []string
		says    string
	}{
		"another name":        {strings.Replace(raw, "Berkani", "Berkane", 1), nil, "NOT VALID"},
		"another key":         {raw, []string{"--log-key", foreign}, "NOT VALID"},
		"a key that is none":  {raw, []string{"--log-key", "x"}, "NOT VALID"},
		"cut short":           {raw[:len(raw)/2], nil, "NOT VALID"},
		"nothing":             {"", nil, "NOT VALID"},
		"words":               {"I saw it", nil, "NOT VALID"},
		"an empty object":     {"{}", nil, "NOT VALID"},
		"a paper unsigned":    {string(paper), nil, "no signature covers this document to its end"},
		"a paper without any": {string(signed), nil, "this PDF carries no proof"},
		"a paper cut short":   {string(signed[:len(signed)-200]), nil, "NOT VALID"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "proof", tc.content)
			amana(t, append([]string{"proof", "check", path}, tc.flags...)...).ends(t, exitFound, "NOT VALID", tc.says)
			a := amana(t, append([]string{"proof", "check", "--json", path}, tc.flags...)...)
			var c checked
			if err := json.Unmarshal([]byte(a.out), &c); err != nil || a.code != exitFound || c.Valid || c.Error == "" || c.KeyGiven != (len(tc.flags) > 0) {
				t.Errorf("exit %d, %+v, %v", a.code, c, err)
			}
		})
	}
}

// TestACheckThatCannotBeMade is not the document's fault: a file that cannot be read,
// of the document or of whom to believe, ends under 2.
func TestACheckThatCannotBeMade(t *testing.T) {
	s := newShop(t)
	open, _, _ := s.proofs()
	none := filepath.Join(t.TempDir(), "none")
	for name, args := range map[string][]string{
		"no document":    {none},
		"no authorities": {open, "--ca", none},
		"no certificate": {open, "--ca", write(t, "ca.pem", "a letter")},
		"no policy":      {open, "--policy", none},
	} {
		t.Run(name, func(t *testing.T) {
			if a := amana(t, append([]string{"proof", "check"}, args...)...); a.code != 2 || a.out != "" || a.said == "" {
				t.Errorf("exit %d: %s%s", a.code, a.out, a.said)
			}
		})
	}
}

// TestHowAProofIsPrinted: each part of what was found on a line of its own, and the
// reader is told what they took on trust.
func TestHowAProofIsPrinted(t *testing.T) {
	for name, tc := range map[string]struct {
		c     checked
		has   []string
		lacks []string
	}{
		"not valid": {checked{Error: "the root differs", Entry: "e"}, []string{"NOT VALID: the root differs\n"}, []string{"entry"}},
		"a log of one's own": {checked{Valid: true, Citizen: "c", Lines: 7, Written: "w", Origin: "o", LogKey: "k"},
			[]string{"VALID: the log of citizen c, whole: 7 lines, none missing, as of w in the log o", "signed by the key k", "This key came with the file"}, []string{"entry"}},
		"believed": {checked{Valid: true, Citizen: "c", KeyGiven: true}, []string{"VALID"}, []string{"This key came"}},
		"a paper": {checked{Valid: true, Entry: "e", Witnesses: []string{"w1", "w2"}, Signatures: []signed{{Name: "S"}, {Name: "T", Stamped: "2026-11-22"}}, Profile: "defence", Fields: map[string]string{"B": "2", "A": "1"}, Withheld: []string{"x", "y"}},
			[]string{"cosigned by w1, w2\n", "document signed by S\n", "document signed by T, time stamp of 2026-11-22\n", "give the authorities you believe with --ca", "profile defence", "  A = 1\n  B = 2\n", "withheld: 2 fields"}, nil},
		"a paper believed": {checked{Valid: true, CAGiven: true, KeyGiven: true, Signatures: []signed{{Name: "S"}}}, []string{"document signed by S"}, []string{"--ca", "--log-key", "cosigned", "withheld", "profile"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			tc.c.print(&out)
			for _, w := range tc.has {
				if !strings.Contains(out.String(), w) {
					t.Errorf("%q is not said: %s", w, &out)
				}
			}
			for _, w := range tc.lacks {
				if strings.Contains(out.String(), w) {
					t.Errorf("%q is said: %s", w, &out)
				}
			}
		})
	}
}
