package storetest_test

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/amana-platform/amana/kernel/store/storetest"
)

// TestADatabaseIsGivenAgainEmpty, and not if a test shaped it otherwise.
func TestADatabaseIsGivenAgainEmpty(t *testing.T) {
	if os.Getenv(storetest.Variable) == "" {
		t.Skip("no PostgreSQL server in " + storetest.Variable)
	}
	files := fstest.MapFS{"0001_notes.sql": {Data: []byte("create table notes (id text not null primary key);")}}
	use := func(statement string, shaped int) (address string) {
		t.Run(statement, func(t *testing.T) {
			address = storetest.AgainAt(t, "notes")
			db := storetest.OpenAt(t, address)
			if n, err := db.Migrate(t.Context(), "notes", files); err != nil || n != shaped {
				t.Errorf("%d migrations: %v", n, err)
			}
			var n int
			if err := db.Reader().Row(t.Context(), "select count(*) from notes", nil, &n); err != nil || n != 0 {
				t.Errorf("%d rows: %v", n, err)
			}
			b, err := db.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			if err := b.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
		return address
	}
	first := use("insert into notes values ('a')", 1)
	if again := use("alter table notes add column more text", 0); again != first {
		t.Error("it is not given again")
	}
	if again := use("insert into notes values ('b')", 1); again == first {
		t.Error("it is given again although it was shaped otherwise")
	}
}
