package compose

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// golden is the folder of journals that earlier programs wrote: one file each,
// a backup as the product makes it, with what was in it. Files are added,
// never replaced; see docs/operate/upgrade.md and scripts/golden.sh.
const golden = "testdata/golden"

// contents is what a golden journal holds, as the program that wrote it counted.
type contents struct {
	Entries  int64
	Accesses int64
	Kinds    map[string]kindCount
	Rows     map[string]int // of each table that entries fill
}

type kindCount struct {
	Version int // the latest of this kind in the file
	Count   int
}

// rarely are kinds that a sound journal has none of.
var rarely = []string{"journal.control-missed"}

const newGolden = `
	Before a release a journal of today's program is added to the old ones: scripts/golden.sh, and commit it.
	If an old one is not read, an upgrade would fail in the field: a kind that was written never
	changes; a new form is a new version with an upcast (CONTRIBUTING.md, 5). Old files stay as they are.`

// TestGoldenJournals restores, replays, verifies and reads every journal that an
// earlier program wrote, on the engine under test. It names the kinds and
// versions that none of them holds: a release (AMANA_RELEASE=1) is not made
// before one does.
func TestGoldenJournals(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(golden, "*.tar.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden journal: %v%s", err, newGolden)
	}
	held := map[string]int{}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for name, k := range openGolden(t, file).Kinds {
				held[name] = max(held[name], k.Version)
			}
		})
	}
	var missing []string
	for name, version := range registered(t) {
		if held[name] < version && !slices.Contains(rarely, name) {
			missing = append(missing, fmt.Sprintf("%s/%d", name, version))
		}
	}
	if slices.Sort(missing); len(missing) > 0 {
		tell := t.Logf
		if os.Getenv("AMANA_RELEASE") != "" {
			tell = t.Errorf
		}
		tell("in no golden journal: %v%s", missing, newGolden)
	}
}

// registered gives the present version of every kind.
func registered(t *testing.T) map[string]int {
	t.Helper()
	j := journaltest.Open(t) // for the journal's own
	out := map[string]int{}
	composed, err := List(&app.Kernel{})
	if err != nil {
		t.Fatal(err)
	}
	kinds := j.Kinds()
	for _, m := range composed.JournalModules() {
		kinds = append(kinds, m.Kinds...)
	}
	for _, k := range kinds {
		if k.Module() != "ward" {
			out[k.Name] = k.Version
		}
	}
	return out
}

// openGolden restores one and holds it against what its maker counted.
func openGolden(t *testing.T, file string) contents {
	t.Helper()
	dir := t.TempDir()
	unpack(t, file, dir)
	raw, err := os.ReadFile(filepath.Join(dir, "contents.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want contents
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	record, keys := storetest.OpenAt(t, "sqlite:"+filepath.Join(dir, "record.db")), storetest.OpenAt(t, "sqlite:"+filepath.Join(dir, "subject-keys.db"))
	composed, err := List(&app.Kernel{})
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.OpenAt(t, storetest.Address(t))
	o := journal.Options{DB: db, Master: journaltest.Master, Modules: composed.JournalModules()}
	n, err := journal.Restore(ctx, o, record, keys, func(int64) {})
	if err != nil || n != want.Entries {
		t.Fatalf("%d of %d entries replayed: %v%s", n, want.Entries, err, newGolden)
	}
	j, err := journal.OpenForReading(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := j.Verify(ctx, journal.Scope{})
	if err != nil || !r.Clean() || r.Accesses != want.Accesses {
		t.Fatalf("%v, %+v%s", err, r, newGolden)
	}
	if got := count(t, j); !maps.Equal(got, want.Kinds) {
		t.Errorf("reads %v, was written as %v%s", got, want.Kinds, newGolden)
	}
	have := (&chaos{db: db}).rows(t)
	for table, n := range want.Rows {
		if have[table] != n {
			t.Errorf("table %s has %d rows, and had %d: a migration that moves them says so in a change of this test%s", table, have[table], n, newGolden)
		}
	}
	return want
}

// count decodes every entry and counts kinds, with the version each was written in.
func count(t *testing.T, j *journal.Journal) map[string]kindCount {
	t.Helper()
	out := map[string]kindCount{}
	versions := map[string]int{}
	err := j.Reader().Each(ctx, "select kind, max(version) from journal_entries group by kind", nil, func(scan store.Scan) error {
		var kind string
		var version int
		err := scan(&kind, &version)
		versions[kind] = version
		return err
	})
	for seq := int64(0); err == nil; {
		var page []journal.Delivered
		if page, err = j.After(ctx, seq, 500); len(page) == 0 {
			break
		}
		for _, d := range page {
			seq = d.Seq
			out[d.Kind] = kindCount{versions[d.Kind], out[d.Kind].Count + 1}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func unpack(t *testing.T, file, dir string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(h.Name)), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestMakeGolden makes a golden journal of today's program where it is asked to
// (scripts/golden.sh): every kind of every module, in a random journal, and
// those that the journal appends of itself.
func TestMakeGolden(t *testing.T) {
	name := os.Getenv("AMANA_GOLDEN")
	if name == "" {
		t.Skip("scripts/golden.sh makes one")
	}
	to := filepath.Join(golden, name+".tar.gz")
	if _, err := os.Stat(to); err == nil {
		t.Fatalf("%s is there: what an earlier program wrote is not replaced", to)
	}
	c := newChaos(t, storetest.SQLite(t))
	c.Rand, c.most = rand.New(rand.NewPCG(2026, 11)), 10
	for tries := 0; len(c.left) > 0 && tries < 200_000; tries++ { // no longer than it takes
		c.step(t)
	}
	for kind := range c.left {
		t.Errorf("%s was never appended: %v", kind, c.refused[kind])
	}
	c.own(t)
	c.itself(t)
	dir := t.TempDir()
	record, keys := storetest.OpenAt(t, "sqlite:"+filepath.Join(dir, "record.db")), storetest.OpenAt(t, "sqlite:"+filepath.Join(dir, "subject-keys.db"))
	r, err := c.Verify(ctx, journal.Scope{})
	if err != nil || !r.Clean() {
		t.Fatalf("%v %+v", err, r)
	}
	if err := c.Backup(ctx, record, keys); err != nil {
		t.Fatal(err)
	}
	what := contents{Entries: r.Entries, Accesses: r.Accesses, Kinds: count(t, c.Journal), Rows: map[string]int{}}
	for table, n := range c.rows(t) {
		if !slices.ContainsFunc([]string{"tmp_", "goose_", "access_", "idx_", "journal_"}, func(p string) bool { return strings.HasPrefix(table, p) }) {
			what.Rows[table] = n
		}
	}
	raw, err := json.MarshalIndent(what, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "contents.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, db := range []*store.DB{record, keys} {
		if err := db.Compact(ctx); err != nil {
			t.Fatal(err)
		}
	}
	pack(t, dir, to)
}

// itself appends what the journal appends of itself in a healthy life.
func (c *chaos) itself(t *testing.T) {
	t.Helper()
	p, err := policy.New([]policy.Module{journaltest.Policy()}, hooksAt(c))
	if err != nil {
		t.Fatal(err)
	}
	grant := func() (policy.Grant, error) { return p.System("golden", "ward.keep", "CPP-66") }
	g, err := grant()
	steps := []error{err}
	for range 3 {
		steps = append(steps, c.Lane().Record(ctx, journal.Access{Actor: c.fresh.New(), Action: "index.person.search", Outcome: journal.Read, Refs: []ident.Ref{{Kind: "person", ID: c.fresh.New()}}, Said: journal.Said{Query: "Bouayad"}}))
	}
	_, err = c.ExpireAccesses(ctx, grant, journal.Expiry{Class: "access-log", Ground: "golden", Before: c.clock.Now().Add(time.Hour)})
	steps = append(steps, err)
	_, err = c.PlantControl(ctx, g)
	steps = append(steps, err)
	_, err = c.CheckControls(ctx, g, func(context.Context, string, int64) (bool, error) { return true, nil })
	steps = append(steps, err, c.Count(ctx))
	_, err = c.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journal.CheckpointPrinted{Origin: "golden.invalid/amana", Size: 7, Root: make([]byte, 32)})
		return nil
	})
	steps = append(steps, err, c.rebuilt(t))
	_, err = c.NoteRenewal(ctx, statement(t), "golden")
	steps = append(steps, err)
	_, err = c.ClosePeriod(ctx, journaltest.Closing(journaltest.Files(t, c.Journal)), grant)
	for _, err := range append(steps, err, c.rewrapped(t)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		err := c.Lane().Record(ctx, journal.Access{Actor: c.fresh.New(), Action: "index.person.search", Outcome: journal.Read, Refs: []ident.Ref{{Kind: "person", ID: c.fresh.New()}}, Said: journal.Said{Query: "Bouayad"}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func hooksAt(c *chaos) policy.Hooks {
	h := journaltest.Hooks()
	h.Clock = c.clock
	return h
}

// rebuilt changes a row behind the journal's back, and has it mended.
func (c *chaos) rebuilt(t *testing.T) error {
	t.Helper()
	b, err := c.db.Begin(ctx)
	if err != nil {
		return err
	}
	defer b.Rollback()
	if _, err := b.Exec(ctx, "update cases_cases set number = 'changed' where id = (select min(id) from cases_cases)"); err != nil {
		return err
	}
	if err := b.Commit(ctx); err != nil {
		return err
	}
	_, err = c.Rebuild(ctx, "golden")
	return err
}

// rewrapped says that the master key was changed to the one that opens it.
func (c *chaos) rewrapped(t *testing.T) error {
	t.Helper()
	j, err := journal.Open(ctx, journal.Options{DB: c.db, Master: journaltest.Master, Previous: bytes.Repeat([]byte{7}, 32), Clock: c.clock, Modules: c.modules})
	if err != nil {
		return err
	}
	if _, err := j.Rewrap(ctx, "golden", func(string, int64) {}); err != nil {
		return err
	}
	return j.Close()
}

// statement is that of two logs whose keys everybody knows.
func statement(t *testing.T) string {
	t.Helper()
	var keys [2]tlog.SignerKey
	var vkeys [2]string
	for i := range keys {
		path := filepath.Join(t.TempDir(), "key")
		var err error
		if vkeys[i], err = tlog.GenerateKey(path, []string{"golden.invalid/amana", "golden.invalid/amana-2"}[i], bytes.NewReader(bytes.Repeat([]byte{byte(i)}, 32))); err != nil {
			t.Fatal(err)
		}
		if keys[i], err = tlog.LoadKey(path); err != nil {
			t.Fatal(err)
		}
	}
	signed, err := tlog.Succession{VKey: vkeys[0], Size: 9, Kept: 7, Next: vkeys[1]}.Sign(keys[0], keys[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

// pack writes the files of a golden journal into one.
func pack(t *testing.T, dir, to string) {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, name := range []string{"contents.json", "record.db", "subject-keys.db"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(raw))})
		}
		if err == nil {
			_, err = w.Write(raw)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d kB", to, out.Len()>>10)
	if out.Len() > 1<<20 {
		t.Errorf("%s would be %d kB; at most 1 MB is committed", to, out.Len()>>10)
	}
	if t.Failed() {
		return
	}
	if err := os.WriteFile(to, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
