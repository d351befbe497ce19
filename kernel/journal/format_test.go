package journal

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/amana-platform/amana/kernel/store"
)

type hexed []byte

func (h *hexed) UnmarshalText(t []byte) (err error) {
	*h, err = hex.DecodeString(string(t))
	return err
}

func published(t *testing.T, name string, v any) {
	t.Helper()
	raw, err := os.ReadFile("../../docs/format/vectors/" + name)
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestPublishedFormats holds the journal against docs/format.
func TestPublishedFormats(t *testing.T) {
	var entry struct {
		OpenSecret, BoxSecret hexed
		Fields                []struct {
			Path, Value  string
			Sealed       bool
			Salt, Digest hexed
		}
		Commitment hexed
	}
	published(t, "entry.json", &entry)
	var digests []digest
	var d digester
	for _, f := range entry.Fields {
		secret := entry.OpenSecret
		if f.Sealed {
			secret = entry.BoxSecret
		}
		got, salt := d.of(secret, f.Path, []byte(f.Value)), d.salt(secret, f.Path)
		if string(got.sum[:]) != string(f.Digest) || string(salt[:]) != string(f.Salt) {
			t.Errorf("%s: another digest or salt", f.Path)
		}
		digests = append(digests, got)
	}
	if c := d.commitment(digests); string(c[:]) != string(entry.Commitment) {
		t.Error("another commitment")
	}
	var links []struct {
		Previous, Commitment, Chain hexed
		Seq                         int64
	}
	published(t, "chain.json", &links)
	for _, l := range links {
		if c := Chain(Hash(l.Previous), l.Seq, Hash(l.Commitment)); string(c[:]) != string(l.Chain) {
			t.Errorf("another chain at %d", l.Seq)
		}
	}
	var batches []struct {
		Commitments []hexed
		Root        hexed
	}
	published(t, "access-batch.json", &batches)
	for _, b := range batches {
		list := make([]Hash, len(b.Commitments))
		for i, c := range b.Commitments {
			list[i] = Hash(c)
		}
		if r := BatchRoot(list); string(r[:]) != string(b.Root) {
			t.Errorf("another root of %d", len(list))
		}
	}
}

// TestPublishedStates writes the table of docs/format/closing.md and reads it
// back from its lines.
func TestPublishedStates(t *testing.T) {
	var v struct {
		Lines       []string
		Shape, Hash hexed
		Rows        int64
	}
	published(t, "closing.json", &v)
	db := stateDB(t)
	b, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Rollback()
	for _, row := range [][]any{{"b", nil, int64(9007199254740993), false, []byte{}}, {"a", "سعاد & <Sons>\u2028", int64(-7), true, []byte{1, 2}}} {
		if _, err := b.Exec(t.Context(), "insert into ward_people (id, name, ward, vip, mark) values ($1, $2, $3, $4, $5)", row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	states, err := writeState(t.Context(), &out, db)
	if err != nil {
		t.Fatal(err)
	}
	want := stateMark + "\n" + strings.Join(v.Lines, "")
	if out.String() != want {
		t.Errorf("wrote\n%s\nwant\n%s", out.String(), want)
	}
	if len(states) != 1 || string(states[0].Shape) != string(v.Shape) || string(states[0].Hash) != string(v.Hash) || states[0].Rows != v.Rows {
		t.Errorf("%+v", states)
	}
	again := stateDB(t)
	if err := loadState(t.Context(), strings.NewReader(want), again, PeriodClosed{Tables: states}); err != nil {
		t.Fatal(err)
	}
	if got, err := hashTables(t.Context(), again); err != nil || string(got[0].Hash) != string(v.Hash) {
		t.Errorf("read back as %+v, %v", got, err)
	}
}

func stateDB(t testing.TB) *store.DB {
	t.Helper()
	db, remove, err := disposable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := remove(); err != nil {
			t.Error(err)
		}
	})
	err = Shape(t.Context(), db, []Module{{Name: "ward", Migrations: fstest.MapFS{"0001_ward.sql": {Data: []byte(
		"create table ward_people (id text not null primary key, name text, ward bigint not null, vip boolean not null, mark bytea not null);")}}}})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// FuzzLoadState reads states that somebody else wrote: whatever the bytes, the
// tables are those of the closing or nothing was loaded.
func FuzzLoadState(f *testing.F) {
	for _, seed := range []string{"", stateMark + "\n", stateMark + "\n" + `{"table":"ward_people","columns":["id text"],"key":["id"]}` + "\n[1]\n", stateMark + "\n[\"a\"]\n\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		db := stateDB(t)
		empty, err := hashTables(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		closed := PeriodClosed{Tables: []TableState{{Name: "ward_people", Hash: make([]byte, 32)}}}
		if err := loadState(t.Context(), bytes.NewReader(raw), db, closed); err == nil {
			t.Fatal("bytes that no closing speaks of were loaded")
		}
		if after, err := hashTables(t.Context(), db); err != nil || string(after[0].Hash) != string(empty[0].Hash) {
			t.Fatal("something of them was left", err)
		}
	})
}
