package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// binary is the program under test, built once.
var binary string

// scratch is removed when all tests have ended.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(withBinary(m))
}

func withBinary(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "amana-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer os.RemoveAll(scratch)
	binary = filepath.Join(scratch, "amana")
	build := exec.Command("go", "build", "-o", binary, "../cmd/amana")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", out, err)
		return 2
	}
	return m.Run()
}

// result is how a command ended.
type result struct {
	code     int
	out, err string
}

// amana runs a command of the program to its end.
func amana(t testing.TB, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatalf("amana %s: %v", strings.Join(args, " "), err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

// must is amana for a command that has to succeed; it gives what it printed.
func must(t testing.TB, args ...string) string {
	t.Helper()
	r := amana(t, args...)
	if r.code != 0 {
		t.Fatalf("amana %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// verify runs the verification of a folder and gives its report and exit status.
func verify(t testing.TB, args ...string) (journal.Report, int) {
	t.Helper()
	r := amana(t, append([]string{"verify", "--json"}, args...)...)
	var report journal.Report
	if err := json.Unmarshal([]byte(r.out), &report); err != nil {
		t.Fatalf("verify printed no report (exit %d): %v\n%s%s", r.code, err, r.out, r.err)
	}
	return report, r.code
}

// wantClean verifies a folder that must be sound.
func wantClean(t testing.TB, args ...string) journal.Report {
	t.Helper()
	report, code := verify(t, args...)
	if code != 0 || !report.Clean() {
		t.Fatalf("exit %d, found: %v", code, report.Findings)
	}
	return report
}

// found reports whether a report names a place.
func found(r journal.Report, where string) bool {
	for _, f := range r.Findings {
		if strings.Contains(f.Where, where) || strings.Contains(f.What, where) {
			return true
		}
	}
	return false
}

// onFolder skips a test of the program on a folder, which keeps its record in
// SQLite, when the tests are run again for PostgreSQL: it would show the same.
func onFolder(t testing.TB) {
	t.Helper()
	if os.Getenv(storetest.Variable) != "" {
		t.Skip("the program's folder is SQLite; it was tested without " + storetest.Variable)
	}
}

// folder gives a test a filled folder of its own, with the key inside.
func folder(t testing.TB) string {
	t.Helper()
	onFolder(t)
	return filled(t)
}

// filled is folder for a test that takes it to PostgreSQL.
func filled(t testing.TB) string {
	t.Helper()
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "data")
	copyTree(t, from, to)
	return to
}

func copyTree(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, raw, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// hand opens a database of a folder as somebody who holds the machine does.
func hand(t testing.TB, data, name string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, name)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

// execute runs one statement that must succeed.
func execute(t testing.TB, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// one reads one value.
func one[T any](t testing.TB, db *sql.DB, query string, args ...any) T {
	t.Helper()
	var v T
	if err := db.QueryRow(query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// column reads a list of texts.
func column(t testing.TB, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}
