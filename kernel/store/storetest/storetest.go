// Package storetest opens databases for tests: SQLite in a temporary folder,
// or, when AMANA_TEST_POSTGRES holds the address of a server on which
// databases may be created, a database of the test's own there.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/amana-platform/amana/kernel/store"
)

// Variable names the environment variable that chooses PostgreSQL.
const Variable = "AMANA_TEST_POSTGRES"

// Open opens an empty database on the engine under test and removes it when
// the test ends.
func Open(t testing.TB) *store.DB {
	t.Helper()
	return OpenAt(t, Address(t))
}

// OpenAt opens a database at an address and closes it when the test ends.
func OpenAt(t testing.TB, address string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Address gives the address of an empty database on the engine under test.
func Address(t testing.TB) string {
	t.Helper()
	if os.Getenv(Variable) != "" {
		return Postgres(t)
	}
	return SQLite(t)
}

// SQLite gives the address of an SQLite file that does not exist yet.
func SQLite(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
}

var made atomic.Int64

// Postgres makes an empty PostgreSQL database and drops it when the test ends;
// the test is skipped where no server is given.
func Postgres(t testing.TB) string {
	t.Helper()
	address := create(t)
	t.Cleanup(func() { drop(t, address) })
	return address
}

func create(t testing.TB) (address string) {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		t.Skip("no PostgreSQL server in " + Variable)
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("amana_test_%d_%d", os.Getpid(), made.Add(1))
	administer(t, "create database "+name+" template template0 encoding 'UTF8'")
	u.Path = "/" + name
	return u.String()
}

func drop(t testing.TB, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	administer(t, "drop database "+strings.TrimPrefix(u.Path, "/")+" with (force)")
}

func administer(t testing.TB, statement string) {
	t.Helper()
	admin, err := sql.Open("pgx", os.Getenv(Variable))
	if err == nil {
		_, err = admin.Exec(statement)
		err = errors.Join(err, admin.Close())
	}
	if err != nil {
		t.Error(err)
	}
}

// Traces lists where any text or binary column of any table holds one of the
// values: what a test of erasure wants to find first, and then nothing of.
func Traces(t testing.TB, db *store.DB, values ...string) []string {
	t.Helper()
	tables, err := db.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, table := range tables {
		for _, c := range table.Columns {
			if c.Type != "text" && c.Type != "bytea" {
				continue
			}
			query := "select cast(" + c.Name + " as text) from " + table.Name + " where " + c.Name + " is not null"
			err := db.Reader().Each(t.Context(), query, nil, func(scan store.Scan) error {
				var cell string
				err := scan(&cell)
				for _, v := range values {
					if v != "" && strings.Contains(cell, v) {
						found = append(found, fmt.Sprintf("%s.%s holds %q", table.Name, c.Name, v))
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return found
}
