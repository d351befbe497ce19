package e2e

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOneStaticBinary: the program needs no loader and no library, so that it
// runs where there is nothing but it.
func TestOneStaticBinary(t *testing.T) {
	f, err := elf.Open(binary)
	need(t, err)
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program has a %v: it is linked dynamically", p.Type)
		}
	}
	libraries, err := f.ImportedLibraries()
	if err != nil || len(libraries) > 0 {
		t.Error(libraries, err)
	}
}

// TestRuntime: a service whose library for reading plates is missing, or is
// another one, does not start, and says which; with the right one plates are
// read as without.
func TestRuntime(t *testing.T) {
	self, err := filepath.Abs(binary)
	need(t, err)
	beside := filepath.Join(filepath.Dir(self), "amana-onnx")
	dir := t.TempDir()
	must(t, "key", "new", dir+"/amana.key", "--origin", "test.invalid/amana")
	serve := func(library string) result {
		return amana(t, "serve", "--data", dir+"/data", "--key", dir+"/amana.key", "--listen", "127.0.0.1:0", "--onnxruntime", library)
	}
	path := os.Getenv("PATH")
	t.Setenv("PATH", t.TempDir())
	if r := serve("libc.so.6"); r.code == 0 || !strings.Contains(r.err, "make onnx") {
		t.Errorf("without amana-onnx: %d %s", r.code, r.err)
	}
	t.Setenv("PATH", path)
	build := exec.Command("go", "build", "-o", beside, ".")
	build.Dir, build.Env = "../cmd/amana-onnx", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() { need(t, os.Remove(beside)) })
	for library, want := range map[string]string{"/nowhere/libonnxruntime.so": "/nowhere/libonnxruntime.so cannot be loaded", "libc.so.6": "libc.so.6 is not ONNX Runtime"} {
		if r := serve(library); r.code == 0 || !strings.Contains(r.err, want) {
			t.Errorf("%s: %d %s", library, r.code, r.err)
		}
	}
	library := os.Getenv("AMANA_ONNXRUNTIME")
	if library == "" {
		t.Skip("AMANA_ONNXRUNTIME names no library")
	}
	const street = "../engines/plate/testdata/scenes/scene-14.jpg"
	if ours, theirs := must(t, "plates", "read", street), must(t, "plates", "read", street, "--onnxruntime", library); ours != theirs || !strings.Contains(ours, "%") {
		t.Errorf("%q, with ONNX Runtime %q", ours, theirs)
	}
}
