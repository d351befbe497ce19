package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/cmd/amana/demodata"
	"github.com/amana-platform/amana/cmd/amana/measure"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// TestTheVersion is one line.
func TestTheVersion(t *testing.T) {
	a := amana(t, "version")
	a.ends(t, 0)
	if !regexp.MustCompile(`^amana \S+, .+, go1\.\d+\S*\n$`).MatchString(a.out) {
		t.Errorf("%q", a.out)
	}
}

// TestEveryRouteHasARule: as JSON each has its pattern, its rule and its place in the
// code; what is open says why; what wants a grant says for which purposes. As text
// each is a line.
func TestEveryRouteHasARule(t *testing.T) {
	var served, demo []routeLine
	for args, into := range map[string]*[]routeLine{"routes --json": &served, "routes --json --demo": &demo} {
		a := amana(t, strings.Fields(args)...)
		a.ends(t, 0)
		if err := json.Unmarshal([]byte(a.out), into); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for _, l := range served {
		method, path, ok := strings.Cut(l.Pattern, " ")
		if !ok || !slices.Contains([]string{"GET", "POST", "HEAD", "PATCH", "DELETE", "PUT", "OPTIONS"}, method) || !strings.HasPrefix(path, "/") || seen[l.Pattern] {
			t.Errorf("pattern %q", l.Pattern)
		}
		seen[l.Pattern] = true
		if (l.Rule == "open") != (l.Open != "") || l.Rule == "" || l.Rule != "open" && len(l.Purposes) == 0 || !strings.Contains(l.Place, "/") {
			t.Errorf("%+v", l)
		}
		if strings.HasPrefix(path, "/demo/") {
			t.Errorf("%s outside the demonstration", l.Pattern)
		}
	}
	if len(demo) <= len(served) || len(served) < 200 {
		t.Errorf("%d routes, %d in the demonstration", len(served), len(demo))
	}
	text := amana(t, "routes")
	if n := strings.Count(text.out, "\n"); text.code != 0 || n != len(served) {
		t.Errorf("%d lines for %d routes", n, len(served))
	}
	if !strings.Contains(text.out, "register.complaint.record") || !strings.Contains(text.out, "(machines ask whether the service is well") {
		t.Errorf("%.500s", text.out)
	}
}

// TestAServiceDoesNotKeepItsKeyWithItsRecord unless it is told to, for a trial.
func TestAServiceDoesNotKeepItsKeyWithItsRecord(t *testing.T) {
	data := t.TempDir()
	amana(t, "serve", "--data", data).ends(t, 2, "must not be inside the data folder", "--key-in-data")
	amana(t, "serve", "--data", data, "--key-in-data").ends(t, 2, app.KeyName)
	amana(t, "serve", "--data", data, "--key", filepath.Join(data, "none")).ends(t, 2)
	amana(t, "serve", "--data", data, "--key", "k", "--timestamp-url", "https://tsa.example").ends(t, 2, "go together")
	amana(t, "serve", "--data", data, "--witness-window", "soon", "--key", "k").ends(t, 2, "invalid argument")
	if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestWhereAServiceIsReached: passkeys are made for the address that people use; one
// that was not named is this machine's.
func TestWhereAServiceIsReached(t *testing.T) {
	for _, tc := range []struct {
		o      serving
		rpid   string
		origin string
	}{
		{serving{listen: "127.0.0.1:8080"}, "localhost", "http://localhost:8080"},
		{serving{listen: ":9000"}, "localhost", "http://localhost:9000"},
		{serving{listen: "nothing"}, "localhost", "http://localhost:8080"},
		{serving{listen: ":9000", origin: "https://amana.police.example"}, "amana.police.example", "https://amana.police.example"},
		{serving{listen: ":9000", origin: "https://amana.police.example:8443"}, "amana.police.example", "https://amana.police.example:8443"},
	} {
		tc.o.cards, tc.o.onnxRuntime = "cards", "lib.so"
		if at := tc.o.site(); at.RPID != tc.rpid || !slices.Equal(at.Origins, []string{tc.origin}) || at.Cards != "cards" || at.ONNXRuntime != "lib.so" {
			t.Errorf("%+v: %+v", tc.o, at)
		}
	}
}

// TestTheDemonstrationIsFilledWholeOrNotAtAll: what is asked wrongly is refused
// before a folder is made, and one that was not filled to the end is not served.
func TestTheDemonstrationIsFilledWholeOrNotAtAll(t *testing.T) {
	data := filepath.Join(t.TempDir(), "demo")
	for _, tc := range []struct{ line, says string }{
		{"demo --people many", "small or full"}, {"demo --now yesterday", "yesterday"}, {"demo --seed -1", "invalid argument"}, {"demo --timestamp-ca x", "go together"},
	} {
		amana(t, append(strings.Fields(tc.line), "--data", data)...).ends(t, 2, tc.says)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "amana.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	amana(t, "demo", "--data", data).ends(t, 2, "was not filled to the end", "--data")
	for d, want := range map[demo]demodata.Size{{people: "small"}: demodata.Small, {people: "full"}: demodata.Full} {
		if got, err := d.size(); err != nil || got != want {
			t.Errorf("%s: %v %v", d.people, got, err)
		}
	}
	at, err := demo{now: "2026-11-22T12:00:00+01:00"}.present()
	if err != nil || !at.Equal(time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)) {
		t.Errorf("%v %v", at, err)
	}
	if at, err := (demo{}).present(); err != nil || time.Since(at) > time.Minute {
		t.Errorf("%v %v", at, err)
	}
}

// TestAFigureIsPrintedWithItsLimit or its peer, and says whether it was met.
func TestAFigureIsPrintedWithItsLimit(t *testing.T) {
	for _, tc := range []struct {
		r    measure.Result
		want string
	}{
		{measure.Result{Name: "pages", Value: 12.34, Unit: "ms"}, "pages"},
		{measure.Result{Name: "pages", Value: 12.34, Unit: "ms", Limit: 50, AtMost: true, Ratio: 4.05}, "at most 50: met (4.05)"},
		{measure.Result{Name: "pages", Value: 12.34, Unit: "ms", Note: "cold"}, "[cold]"},
		{measure.Result{Name: "x", Value: 1, Peer: "of another", Ratio: 2, Limit: 3}, "of another"},
	} {
		var out bytes.Buffer
		printResult(&out, tc.r)
		if got := out.String(); !strings.Contains(got, tc.want) || !strings.Contains(got, fmt.Sprintf("%.1f", tc.r.Value)) || strings.Count(got, "\n") != 1 {
			t.Errorf("%q does not say %q", got, tc.want)
		}
	}
	amana(t, "bench", "nothing").ends(t, 2)
}

// TestAWitnessKeepsItsKey: the first start makes it and a memory; the next finds
// them; without its memory it does not start.
func TestAWitnessKeepsItsKey(t *testing.T) {
	_, vkey := newKeys(t)
	dir := t.TempDir()
	key, state := filepath.Join(dir, "w.key"), filepath.Join(dir, "w.state")
	begin := func() (string, error) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		said, out := io.Pipe()
		ended := make(chan error, 1)
		go func() {
			err := witness(ctx, out, "witness.invalid/w", key, state, "127.0.0.1:0", []string{vkey})
			ended <- err
			out.CloseWithError(io.EOF)
		}()
		line := make([]byte, 300)
		n, err := said.Read(line)
		stop()
		if err != nil {
			return "", <-ended
		}
		return string(line[:n]), <-ended
	}
	first, err := begin()
	if err != nil || !strings.HasPrefix(first, "witness witness.invalid/w+") || !strings.Contains(first, " at http://127.0.0.1:") {
		t.Fatalf("%q %v", first, err)
	}
	again, err := begin()
	if name, _, _ := strings.Cut(first, " at "); err != nil || !strings.HasPrefix(again, name+" at ") {
		t.Errorf("%q, then %q, %v", first, again, err)
	}
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	if said, err := begin(); err == nil {
		t.Errorf("a witness without memory says %q", said)
	}
	amana(t, "witness", "--name", "w", "--log", "no key", "--key", key, "--state", state).ends(t, 2)
}

// TestWhatIsErasedWithASubject: every document in whose free text they may stand, once
// each, and only what the journal knows.
func TestWhatIsErasedWithASubject(t *testing.T) {
	s := newShop(t)
	stranger := ident.Derive("nobody")
	s.must(withService(t.Context(), s.place(), nil, func(ctx context.Context, a *app.App) error {
		of := func(_ context.Context, id ident.ID) ([]ident.ID, error) {
			return []ident.ID{s.persons[1], stranger, id}, nil
		}
		if err := erase(ctx, a, of, s.key, []string{"person/" + string(s.persons[0])}, "L09-08-3", "order 9/2026"); err != nil {
			return err
		}
		last, err := a.Journal.Last(ctx)
		if err != nil {
			return err
		}
		made, err := a.Journal.After(ctx, last-2, 2)
		for _, e := range made {
			if x, ok := e.Entry.(journal.Erased); ok && (len(x.Subjects) != 2 || slices.Contains(x.Subjects, stranger) || x.Ground != "L09-08-3" || x.Authority != "order 9/2026") {
				t.Errorf("%+v", x)
			}
		}
		failing := func(context.Context, ident.ID) ([]ident.ID, error) { return nil, io.ErrUnexpectedEOF }
		if e := erase(ctx, a, failing, s.key, []string{string(s.persons[0])}, "L09-08-3", "x"); !errors.Is(e, io.ErrUnexpectedEOF) {
			t.Errorf("what cannot be found out stops it: %v", e)
		}
		return err
	}))
	for _, name := range s.names {
		_, family, _ := strings.Cut(name, " ")
		if left := traced(t, s.data, family); len(left) > 0 {
			t.Errorf("%s is left in %v", family, left)
		}
	}
	s.clean()
}

// TestACheckpointOnPaper: in one of the three languages, over the tree that is
// signed; without a log or in another language there is none.
func TestACheckpointOnPaper(t *testing.T) {
	s := newShop(t)
	s.run("close", "--ground", "period 1").ends(t, 0)
	for _, lang := range []string{"ar", "fr", "en"} {
		to := filepath.Join(t.TempDir(), "page.pdf")
		s.run("checkpoint", "print", to, "--lang", lang).ends(t, 0, "The checkpoint over ", "leaves is in "+to)
		if raw := read(t, to); !bytes.HasPrefix(raw, []byte("%PDF")) {
			t.Errorf("%s: %.20q", lang, raw)
		}
	}
	to := filepath.Join(t.TempDir(), "page.pdf")
	s.run("checkpoint", "print", to, "--lang", "zgh").ends(t, 2, `"zgh" is none of ar, fr, en`)
	c := s.copied(t)
	c.must(os.WriteFile(filepath.Join(c.data, "log", "checkpoint"), []byte("test.invalid/amana\n5\nAAAA\n"), 0o600))
	c.run("checkpoint", "print", to).ends(t, 2)
	c.must(os.RemoveAll(filepath.Join(c.data, "log")))
	c.run("checkpoint", "print", to).ends(t, 2, "checkpoint")
	if there(to) {
		t.Error("a page was made of nothing")
	}
}

// TestAnotherLog: a record goes on under a new one, which is said with what was lost;
// what is to be read for it must be there.
func TestAnotherLog(t *testing.T) {
	s := newShop(t)
	s.stop()
	s.socket = ""
	for _, flag := range []string{"--witnesses", "--witnessed"} {
		s.run("log", "renew", "--origin", "test.invalid/amana-2", "--authority", "order 1", flag, "/nowhere/file").ends(t, 2, "/nowhere/file")
	}
	s.clean()
}

// TestFilesOfAPlace: in the data folder, or in a bucket whose files pass through it.
func TestFilesOfAPlace(t *testing.T) {
	if got := (place{data: "d"}).scratch(); got != "" {
		t.Errorf("%q", got)
	}
	if got := (place{data: "d", blobs: "s3://bucket"}).scratch(); got != "d/staging" {
		t.Errorf("%q", got)
	}
	c := (&place{data: "d", store: "postgres://x", key: "k", blobs: "s3://b", signer: "s"}).config(nil)
	if c.Data != "d" || c.Store != "postgres://x" || c.Key != "k" || c.Blobs != "s3://b" || c.Signer != "s" || c.Pack == nil {
		t.Errorf("%+v", c)
	}
	if db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "x.db")); err != nil {
		t.Error(err)
	} else {
		shut(db)
		shut(db) // closing twice is told to the log of the process, not to the command
	}
}
