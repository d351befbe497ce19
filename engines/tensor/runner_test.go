package tensor

import (
	"errors"
	"os"
	"sync"
	"testing"
)

func ops(t testing.TB) *Model {
	t.Helper()
	raw, err := os.ReadFile("testdata/ops.amw")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(raw)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestNoAllocation: a run takes no memory, with one goroutine or several.
func TestNoAllocation(t *testing.T) {
	for _, threads := range []int{1, 2} {
		r, err := ops(t).Runner(22, 30, Options{Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		run(t, r)
		if n := testing.AllocsPerRun(20, func() { run(t, r) }); n != 0 {
			t.Errorf("%d goroutines: %v allocations", threads, n)
		}
	}
}

// TestThreadsAgree: the result does not depend on who computes which block.
func TestThreadsAgree(t *testing.T) {
	m := ops(t)
	var first []float32
	for threads := 1; threads <= 4; threads++ {
		r, err := m.Runner(22, 30, Options{Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		put(r.Input(), noise(3*22*30, 9))
		for range 5 {
			run(t, r)
		}
		out, err := r.Output("logits")
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = append(first, out.Data...)
		}
		for i, v := range out.Data {
			if i%out.Pixel < out.C && v != first[i] {
				t.Fatalf("%d goroutines: value %d is %v, alone it was %v", threads, i, v, first[i])
			}
		}
		r.Close()
		r.Close()
	}
}

// TestSharedModel: runners of one model run beside each other (for the race
// detector).
func TestSharedModel(t *testing.T) {
	m := ops(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			r, err := m.Runner(22, 30, Options{Threads: 2})
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			put(r.Input(), noise(3*22*30, 9))
			run(t, r)
		})
	}
	all.Wait()
}

// TestMemoryIsShared: tensors that are not needed at the same time lie at the
// same place.
func TestMemoryIsShared(t *testing.T) {
	m := ops(t)
	tight, err := m.newPlan(22, 30, false)
	if err != nil {
		t.Fatal(err)
	}
	apart, err := m.newPlan(22, 30, true)
	if err != nil {
		t.Fatal(err)
	}
	if tight.size*4 > apart.size*3 {
		t.Errorf("%d floats, %d when nothing is shared", tight.size, apart.size)
	}
}

// TestOtherSizes: a convolutional graph takes other heights and widths.
func TestOtherSizes(t *testing.T) {
	m := ops(t)
	for _, s := range [][2]int{{22, 30}, {64, 90}, {23, 33}} {
		r, err := m.Runner(s[0], s[1], Options{})
		if err != nil {
			t.Fatal(err)
		}
		run(t, r)
		if in := r.Input(); in.H != s[0] || in.W != s[1] || r.Bytes() == 0 {
			t.Fatal(in.Shape)
		}
	}
}

func TestKernelChoice(t *testing.T) {
	m := ops(t)
	var unknown *UnknownKernel
	if _, err := m.Runner(22, 30, Options{Kernel: "mmx"}); !errors.As(err, &unknown) || unknown.Kernel != "mmx" || unknown.Error() == "" {
		t.Fatal(err)
	}
	t.Setenv("TENSOR_KERNEL", "sse")
	if _, err := m.Runner(22, 30, Options{}); !errors.As(err, &unknown) {
		t.Fatal(err)
	}
	t.Setenv("TENSOR_KERNEL", "portable")
	if s, err := choose(Auto); err != nil || s.name != Portable {
		t.Fatal(s.name, err)
	}
	t.Setenv("TENSOR_KERNEL", "")
	if s, err := choose(Auto); err != nil || s.name != Kernels()[0] {
		t.Fatal(s.name, err)
	}
	r, err := m.Runner(22, 30, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Output("nothing"); err == nil {
		t.Fatal("an output that is not there")
	}
}
