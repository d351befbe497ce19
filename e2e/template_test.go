package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/kerneltest"
)

// template is a folder filled once, with something in as many tables as
// pages can fill, from which tests take copies.
var template = sync.OnceValues(func() (string, error) {
	data := filepath.Join(scratch, "template")
	return data, fillTemplate(data)
})

// fillTemplate fills a small demonstration, lets its people read, search, be
// refused and hold records, and stops it.
func fillTemplate(data string) (err error) {
	t := &quiet{}
	defer t.clean()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("filling: %v", p)
		}
	}()
	s, err := tryServe(t, data)
	if err != nil {
		return err
	}
	inspector, duty, admin := s.as("inspector"), s.as("duty-officer"), s.as("administrator")
	db := hand(t, data, "amana.db")
	unit := one[string](t, db, "select id from units_units where parent <> '' order by id limit 1")
	officer := one[string](t, db, "select id from units_officers order by id limit 1")
	for _, c := range []*kerneltest.Client{inspector, duty, admin} {
		c.Get("/units/" + unit)
		c.Get("/journal")
		c.Get("/search?q=" + url.QueryEscape("Bouayad"))
	}
	history := "/history/officer/" + officer
	inspector.Get(history)
	if p := inspector.Post(history+"/hold", url.Values{"ground": {"order 1/2026"}}); p.Status != http.StatusSeeOther {
		return fmt.Errorf("hold: %d %s %v", p.Status, p.Text(), p.Errors())
	}
	db.Close()
	for wantClean(t, "--data", data).Unlogged > 0 { // the signed log follows at its own pace
		time.Sleep(200 * time.Millisecond)
	}
	s.stop()
	return nil
}

// quiet is the part of testing.TB that helpers use, for work that belongs to
// no test.
type quiet struct {
	testing.TB // nil: only what is defined here may be called
	cleanups   []func()
}

func (q *quiet) Helper()                        {}
func (q *quiet) Cleanup(f func())               { q.cleanups = append(q.cleanups, f) }
func (q *quiet) Context() context.Context       { return context.Background() }
func (q *quiet) Fatal(args ...any)              { panic(fmt.Sprint(args...)) }
func (q *quiet) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }
func (q *quiet) Errorf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }
func (q *quiet) Error(args ...any)              { panic(fmt.Sprint(args...)) }

func (q *quiet) clean() {
	for i := len(q.cleanups) - 1; i >= 0; i-- {
		q.cleanups[i]()
	}
	q.cleanups = nil
}
