package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/index"
)

// shop is a folder with a few people in it, its keys, and a signing process.
type shop struct {
	t       *testing.T
	data    string
	key     string
	socket  string
	stop    func() // ends the signing process
	persons []ident.ID
	names   []string
}

// filledOnce is a folder that is filled once and copied for each test.
var filledOnce = sync.OnceValues(fillOnce)

// TestMain removes what was filled for all tests.
func TestMain(m *testing.M) {
	code := m.Run()
	if from, err := filledOnce(); err == nil {
		_ = os.RemoveAll(filepath.Dir(from.key)) // the system's own folder for such things
	}
	os.Exit(code)
}

// fillOnce fills a folder through the commands' own door.
func fillOnce() (*shop, error) {
	dir, err := os.MkdirTemp("", "amana-filled-")
	if err != nil {
		return nil, err
	}
	s := &shop{data: filepath.Join(dir, "data"), key: filepath.Join(dir, "keys.json"), names: []string{"Zouhair Berkani", "Samira Ouazzani"}}
	if err := os.Mkdir(s.data, 0o700); err != nil {
		return nil, err
	}
	if _, err := app.NewKeyFile(s.key, "test.invalid/amana", "Amana (test)", time.Now().AddDate(0, 0, -1)); err != nil {
		return nil, err
	}
	end, err := s.sign()
	if err != nil {
		return nil, err
	}
	var services *compose.Services
	err = withService(context.Background(), s.place(), &services, func(ctx context.Context, a *app.App) error {
		var people []index.Person
		for _, name := range s.names {
			given, family, _ := strings.Cut(name, " ")
			id := a.Journal.NewID()
			s.persons = append(s.persons, id)
			people = append(people, index.Person{ID: id, Given: index.Name{Latin: given}, Family: index.Name{Latin: family}, Source: index.Declared})
		}
		return services.Index.Seed(ctx, func() (policy.Grant, error) { return a.Policy.System("test", index.ActionSeed, "L09-08") }, index.Seeding{Persons: people})
	})
	return s, errors.Join(err, end())
}

// newShop gives a test a filled folder of its own, with its keys and what signs.
func newShop(t *testing.T) *shop {
	t.Helper()
	from, err := filledOnce()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := copyTree(filepath.Dir(from.key), dir); err != nil {
		t.Fatal(err)
	}
	s := *from
	s.t, s.data, s.key = t, filepath.Join(dir, "data"), filepath.Join(dir, "keys.json")
	s.signs()
	return &s
}

// signs runs the signing process until the test ends, or until it is stopped. A
// key has one at a time.
func (s *shop) signs() {
	s.t.Helper()
	end, err := s.sign()
	s.must(err)
	s.stop = sync.OnceFunc(func() {
		if err := end(); err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(s.stop)
}

// sign runs a signing process as a goroutine, and gives what ends it.
func (s *shop) sign() (end func() error, err error) {
	dir, err := os.MkdirTemp("", "amana") // a socket's path is short
	if err != nil {
		return nil, err
	}
	s.socket = filepath.Join(dir, "s")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- app.ServeSigner(ctx, s.key, s.socket, filepath.Join(s.data, "log"), slog.New(slog.DiscardHandler))
	}()
	return func() error {
		cancel()
		err := <-done
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		return errors.Join(err, os.RemoveAll(dir))
	}, nil
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) place() place { return place{data: s.data, key: s.key, signer: s.socket} }

// copied is the folder as it is now, under the same keys, with nothing that signs.
func (s *shop) copied(t *testing.T) *shop {
	t.Helper()
	to := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(to, os.DirFS(s.data)); err != nil {
		t.Fatal(err)
	}
	out := *s
	out.t, out.data, out.socket = t, to, ""
	return &out
}

// answer is how a command ended.
type answer struct {
	out, said string
	code      int
}

// amana runs a command line as main does.
func amana(t *testing.T, args ...string) answer {
	t.Helper()
	c := command()
	var stdout, stderr bytes.Buffer
	c.SetOut(&stdout)
	c.SetErr(&stderr)
	c.SetArgs(args)
	code := status(c.ExecuteContext(t.Context()), &stderr)
	return answer{stdout.String(), stderr.String(), code}
}

// run is amana for a command that works on the shop.
func (s *shop) run(args ...string) answer {
	s.t.Helper()
	return amana(s.t, append(args, "--data", s.data, "--key", s.key, "--signer", s.socket)...)
}

// ends checks an exit status and that each of some words was printed or said.
func (a answer) ends(t *testing.T, code int, words ...string) {
	t.Helper()
	if a.code != code {
		t.Errorf("exit %d, want %d: %s%s", a.code, code, a.out, a.said)
	}
	for _, w := range words {
		if !strings.Contains(a.out+a.said, w) {
			t.Errorf("%q is not said: %s%s", w, a.out, a.said)
		}
	}
}

// report runs verify and reads its report.
func (s *shop) report(args ...string) (journal.Report, answer) {
	s.t.Helper()
	a := s.run(append([]string{"verify", "--json"}, args...)...)
	var r journal.Report
	if err := json.Unmarshal([]byte(a.out), &r); err != nil {
		s.t.Fatalf("%v: %s%s", err, a.out, a.said)
	}
	return r, a
}

// clean checks that the shop verifies.
func (s *shop) clean(args ...string) {
	s.t.Helper()
	if r, a := s.report(args...); a.code != 0 || !r.Clean() {
		s.t.Errorf("exit %d: %v", a.code, r.Findings)
	}
}

// finds checks that the verification names a place, and nothing else.
func (s *shop) finds(where string, args ...string) {
	s.t.Helper()
	r, a := s.report(args...)
	if a.code != exitFound || len(r.Findings) == 0 {
		s.t.Errorf("exit %d: %v", a.code, r.Findings)
	}
	for _, f := range r.Findings {
		if strings.Contains(f.Where+" "+f.What, where) {
			return
		}
	}
	s.t.Errorf("%q is not found: %v", where, r.Findings)
}

// sql alters a table behind the program's back.
func (s *shop) sql(query string, args ...any) {
	s.t.Helper()
	s.sqlIn("amana.db", query, args...)
}

// sqlIn alters a table of one of the two databases.
func (s *shop) sqlIn(file, query string, args ...any) {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.data, file)+"?_pragma=busy_timeout(5000)")
	s.must(err)
	defer db.Close()
	_, err = db.ExecContext(s.t.Context(), query, args...)
	s.must(err)
}

// write puts a file where a command reads it.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// traced reports whether any file under a folder holds some words.
func traced(t *testing.T, folder, words string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		raw, err := io.ReadAll(f)
		if bytes.Contains(raw, []byte(words)) {
			found = append(found, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
