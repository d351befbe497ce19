package tensor

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// onnxRuntime is what AMANA_ONNXRUNTIME names, with the program built for this
// test; nil where it names none.
func onnxRuntime(t testing.TB) *Runtime {
	t.Helper()
	library := os.Getenv("AMANA_ONNXRUNTIME")
	if library == "" {
		return nil
	}
	return &Runtime{Program: buildBeside(t), Library: library}
}

// buildBeside builds amana-onnx.
func buildBeside(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), besideProgram)
	c := exec.Command("go", "build", "-o", program, ".")
	c.Dir = "../../cmd/amana-onnx"
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return program
}

// places are all that can compute: each instruction set of this machine, and
// ONNX Runtime where there is one.
func places(t testing.TB) map[string]Options {
	t.Helper()
	all := map[string]Options{}
	for _, k := range Kernels() {
		all[string(k)] = Options{Kernel: k}
	}
	if r := onnxRuntime(t); r != nil {
		p, err := r.Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
		all["onnxruntime"] = Options{Beside: p}
	}
	return all
}

// TestNoRuntime: what is configured and cannot be used is said in words that
// name it, at once.
func TestNoRuntime(t *testing.T) {
	program := buildBeside(t)
	noLibrary := filepath.Join(t.TempDir(), "words.so")
	if err := os.WriteFile(noLibrary, []byte("words"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ program, runtime, want string }{
		{program, "/nowhere/libonnxruntime.so", "/nowhere/libonnxruntime.so cannot be loaded"},
		{program, noLibrary, "words.so cannot be loaded"},
		{program, "libc.so.6", "libc.so.6 is not ONNX Runtime"},
		{"/nowhere/amana-onnx", "libc.so.6", "/nowhere/amana-onnx"},
		{"/bin/true", "libc.so.6", "has ended: EOF"},
		{"/bin/ls", "libc.so.6", "libc.so.6"}, // its own words on standard error
	} {
		p, err := (&Runtime{Program: c.program, Library: c.runtime}).Start()
		if err == nil {
			_ = p.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v", c.program, c.runtime, err)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := FindRuntime("x"); err == nil || !strings.Contains(err.Error(), "make onnx") {
		t.Error(err)
	}
	t.Setenv("PATH", filepath.Dir(program))
	if _, err := FindRuntime("/nowhere/x.so"); err == nil || !strings.Contains(err.Error(), "x.so cannot be loaded") {
		t.Error(err)
	}
}

// TestBesideLies: a program that answers something else than was asked for is
// ended, takes no more memory than the answer may have, and stays broken.
func TestBesideLies(t *testing.T) {
	head := func(kind, n string) string { return `printf '\` + kind + `\0\0\0\0\0\0\0` + n + `\0\0\0\0'` }
	hello := head("0", `\0\0\0\0`)
	for name, script := range map[string]string{
		"a long answer":        hello + "\n" + head("0", `\0\0\0\0`) + "\n" + head("0", `\377\377\377\377`) + "\nexec cat",
		"a short answer":       hello + "\n" + head("0", `\0\0\0\0`) + "\n" + head("0", `\1\0\0\0`) + "\nprintf x\nexec cat",
		"an answer that ends":  hello + "\n" + head("0", `\0\0\0\0`) + "\n" + head("0", `\20\0\0\0`) + "\nprintf x",
		"no answer to a model": hello,
		"words on the way":     hello + "\n" + head("0", `\0\0\0\0`) + "\necho out of memory >&2",
		"a model that fails":   hello + "\n" + head("1", `\3\0\0\0`) + "\nprintf bad\nexec cat >/dev/null",
	} {
		t.Run(name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "liar")
			if err := os.WriteFile(program, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			p, err := (&Runtime{Program: program, Library: "x"}).Start()
			if err != nil {
				t.Fatal(err)
			}
			r, err := ops(t).Runner(22, 30, Options{Beside: p})
			if err == nil {
				err = r.Run()
				r.Close()
			}
			if err == nil {
				t.Error("believed")
			}
			if name == "words on the way" && !strings.Contains(err.Error(), "out of memory") {
				t.Error(err)
			}
			if broken := p.Broken(); broken != (name != "a model that fails") {
				t.Errorf("broken: %v, after %v", broken, err)
			}
			_ = p.Close()
			if _, err := ops(t).Runner(22, 30, Options{Beside: p}); err == nil {
				t.Error("a closed process takes a model")
			}
		})
	}
}

// TestBesideDies: a process that is killed gives an error, and another one
// computes again.
func TestBesideDies(t *testing.T) {
	rt := onnxRuntime(t)
	if rt == nil {
		t.Skip("AMANA_ONNXRUNTIME names no library")
	}
	for range 2 {
		p, err := rt.Start()
		if err != nil {
			t.Fatal(err)
		}
		r, err := ops(t).Runner(22, 30, Options{Beside: p})
		if err != nil {
			t.Fatal(err)
		}
		run(t, r)
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for err == nil { // what lies in the pipe already may still be answered
			err = r.Run()
		}
		if !p.Broken() || !strings.Contains(err.Error(), "amana-onnx has ended") {
			t.Error(err)
		}
		r.Close()
		_ = p.Close()
	}
}

// TestBesideForgets: closed runners are forgotten, and others are not.
func TestBesideForgets(t *testing.T) {
	rt := onnxRuntime(t)
	if rt == nil {
		t.Skip("AMANA_ONNXRUNTIME names no library")
	}
	p, err := rt.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	first, err := ops(t).Runner(22, 30, Options{Beside: p})
	if err != nil {
		t.Fatal(err)
	}
	second, err := ops(t).Runner(64, 90, Options{Beside: p})
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	run(t, second)
	if err := first.Run(); err == nil || !strings.Contains(err.Error(), "no model 1") {
		t.Error(err)
	}
	run(t, second)
	if p.Broken() {
		t.Error("a refusal ends the process")
	}
	if p.version == "" {
		t.Error("no version")
	}
}
