package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// run is what the browser's driver needs of a test, for work that is none:
// what goes wrong ends it.
type run struct {
	testing.TB // nil: only what is defined here may be called
	ctx        context.Context
	ends       []func()
	wrong      []error
}

// over is how a run that failed leaves what it was doing.
type over struct{}

// alone does something outside any test and gives what went wrong.
func alone(ctx context.Context, do func(*run)) error {
	r := &run{ctx: ctx}
	r.guarded(func() { do(r) })
	for i := len(r.ends) - 1; i >= 0; i-- {
		r.guarded(r.ends[i])
	}
	return errors.Join(r.wrong...)
}

func (r *run) guarded(do func()) {
	defer func() {
		if p := recover(); p != nil && p != (over{}) {
			panic(p)
		}
	}()
	do()
}

func (r *run) Helper()                   {}
func (r *run) Context() context.Context  { return r.ctx }
func (r *run) Cleanup(f func())          { r.ends = append(r.ends, f) }
func (r *run) Error(a ...any)            { r.wrong = append(r.wrong, errors.New(fmt.Sprint(a...))) }
func (r *run) Errorf(f string, a ...any) { r.wrong = append(r.wrong, fmt.Errorf(f, a...)) }

func (r *run) Fatal(a ...any) {
	r.Error(a...)
	panic(over{})
}

func (r *run) Fatalf(f string, a ...any) {
	r.Errorf(f, a...)
	panic(over{})
}

func (r *run) Skip(a ...any) { r.Fatal(a...) }
