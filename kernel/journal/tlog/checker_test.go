package tlog

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const checkerPy = "../../../docs/format/checker/amana_check.py"

// python skips where the independent checker cannot run, except in CI.
func python(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("python3", "-c", "import cryptography").CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("python3 with cryptography is required in CI: %v %s", err, out)
		}
		t.Skip("python3 with cryptography is not here")
	}
}

type verdict struct {
	File   string
	Holds  bool
	Why    string
	Fields map[string]any
}

// independent runs the checker and gives its verdict of each file.
func independent(t *testing.T, args ...string) (map[string]verdict, int) {
	t.Helper()
	cmd := exec.Command("python3", append([]string{"-B", checkerPy, "--json"}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, _ := cmd.Output()
	if strings.Contains(errs.String(), "Traceback") {
		t.Errorf("the checker broke: %s", errs.String())
	}
	all := map[string]verdict{}
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		var v verdict
		must(t, json.Unmarshal(s.Bytes(), &v))
		all[filepath.Base(v.File)] = v
	}
	return all, cmd.ProcessState.ExitCode()
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, data, 0o644))
	return path
}

func TestIndependentCheckerAgreesOnProofs(t *testing.T) {
	python(t)
	v, dir := makeVectorLog(t), t.TempDir()
	args := []string{"--policy", write(t, dir, "policy", []byte(v.policy))}
	raw, err := v.proof(t).Marshal()
	must(t, err)
	args = append(args, write(t, dir, "good.json", raw))
	why := map[string]string{}
	for i, b := range badProofs(t, v) {
		bad, err := b.proof.Marshal()
		must(t, err)
		name := fmt.Sprintf("bad%d.json", i)
		why[name] = b.why
		args = append(args, write(t, dir, name, bad))
	}
	for what, text := range map[string]string{
		"name twice": strings.Replace(string(raw), `"seq"`, `"seq": 1, "seq"`, 1), "unknown name": strings.Replace(string(raw), `"seq"`, `"see"`, 1),
		"something after": string(raw) + "{}", "not UTF-8": strings.Replace(string(raw), "bicycle", "bi\xffcycle", 1),
		"nested": strings.Repeat("[", 100_000), "a list": "[]", "empty": "",
	} {
		name := strings.ReplaceAll(what, " ", "-") + ".json"
		why[name] = what
		args = append(args, write(t, dir, name, []byte(text)))
	}
	got, rc := independent(t, args...)
	if rc != 1 || len(got) != len(why)+1 || !got["good.json"].Holds || got["good.json"].Fields["Number"] != "2026/000042" {
		t.Errorf("exit %d, %d verdicts, the good one: %+v", rc, len(got), got["good.json"])
	}
	for name, what := range why {
		if got[name].Holds || got[name].Why == "" {
			t.Errorf("%s: %+v", what, got[name])
		}
	}
}

func TestIndependentCheckerAgreesOnVectors(t *testing.T) {
	python(t)
	out, err := exec.Command("python3", "-B", filepath.Join(filepath.Dir(checkerPy), "test_vectors.py"), vectorDir).CombinedOutput()
	if err != nil || strings.Count(string(out), "hold") != 7 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestIndependentCheckerAgreesOnLogs(t *testing.T) {
	python(t)
	v := makeVectorLog(t)
	dir := t.TempDir()
	policy := write(t, dir, "policy", []byte(v.policy))
	for name, content := range v.files() {
		write(t, dir, "log/"+name, content)
	}
	if got, rc := independent(t, "--policy", policy, "--log", dir+"/log"); rc != 0 || !got["log"].Holds {
		t.Errorf("exit %d: %+v", rc, got)
	}
	for name, good := range v.files() {
		bad := bytes.Clone(good)
		bad[len(bad)/2] ^= 1
		write(t, dir, "log/"+name, bad)
		if got, rc := independent(t, "--policy", policy, "--log", dir+"/log"); rc != 1 || got["log"].Holds {
			t.Errorf("%s altered: exit %d, %+v", name, rc, got)
		}
		write(t, dir, "log/"+name, good)
	}
}

func TestIndependentCheckerCountsLeaves(t *testing.T) {
	python(t)
	for what, change := range map[string]func(l []Leaf){
		"a gap":           func(l []Leaf) { l[200].Seq = 1000 },
		"a contradiction": func(l []Leaf) { l[200].Seq = 7 },
		"":                func(l []Leaf) { l[257] = l[256] }, // sent again after a kill: nothing wrong
	} {
		v, dir := makeVectorLog(t), t.TempDir()
		change(v.leaves)
		v.rebuild(t)
		for name, content := range v.files() {
			write(t, dir, "log/"+name, content)
		}
		got, _ := independent(t, "--policy", write(t, dir, "policy", []byte(v.policy)), "--log", dir+"/log")
		if got["log"].Holds != (what == "") {
			t.Errorf("%q: %+v", what, got["log"])
		}
	}
}

func TestIndependentCheckerWantsATrustedKey(t *testing.T) {
	python(t)
	v, dir := makeVectorLog(t), t.TempDir()
	raw, err := v.proof(t).Marshal()
	must(t, err)
	proof := write(t, dir, "proof.json", raw)
	_, other := testKey(t, vectorOrigin)
	for what, policy := range map[string]string{
		"another log key": strings.Replace(v.policy, v.vkey(t), other, 1),
		"three of three":  strings.Replace(v.policy, "outside 2", "outside 3", 1),
	} {
		if got, rc := independent(t, "--policy", write(t, dir, "policy", []byte(policy)), proof); rc != 1 || got["proof.json"].Holds {
			t.Errorf("%s: exit %d, %+v", what, rc, got)
		}
	}
	for what, policy := range map[string]string{"no policy": "", "no quorum": "log " + v.vkey(t), "garbage": "x y z"} {
		if _, rc := independent(t, "--policy", write(t, dir, "policy", []byte(policy)), proof); rc != 2 {
			t.Errorf("%s: exit %d", what, rc)
		}
	}
	if _, rc := independent(t, "--policy", dir+"/policy"); rc != 2 {
		t.Errorf("nothing to check: exit %d", rc)
	}
}

// pdf writes a minimal document with embedded files, in the given manner.
func pdf(manner string, files map[string][]byte) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n")
	n := 3
	for name, data := range files {
		filter := ""
		if manner != "plain" {
			var z bytes.Buffer
			w := zlib.NewWriter(&z)
			_, _ = w.Write(data)
			_ = w.Close()
			data, filter = z.Bytes(), " /Filter /FlateDecode"
		}
		fmt.Fprintf(&b, "%d 0 obj\n<< /Type /EmbeddedFile /Length %d%s >>\nstream\n%s\nendstream\nendobj\n", n, len(data), filter, data)
		b.Write(filespec(manner, name, n))
		n += 2
	}
	b.WriteString("trailer\n<< /Root 1 0 R >>\n%%EOF\n")
	return b.Bytes()
}

func filespec(manner, name string, n int) []byte {
	said := "(" + name + ")"
	if manner == "utf16" {
		said = "<feff"
		for _, c := range []byte(name) {
			said += fmt.Sprintf("00%02X", c)
		}
		said += ">"
	}
	dict := fmt.Sprintf("<< /Type /Filespec /F %s /UF %s /EF << /F %d 0 R /UF %d 0 R >> >>", said, said, n, n)
	if manner != "object stream" {
		return fmt.Appendf(nil, "%d 0 obj\n%s\nendobj\n", n+1, dict)
	}
	head := fmt.Sprintf("%d 0 ", n+1)
	return fmt.Appendf(nil, "%d 0 obj\n<< /Type /ObjStm /N 1 /First %d /Length %d >>\nstream\n%s%s\nendstream\nendobj\n", n+1000, len(head), len(head)+len(dict), head, dict)
}

var pdfManners = []string{"plain", "deflated", "utf16", "object stream"}

func TestIndependentCheckerReadsPDFs(t *testing.T) {
	python(t)
	v, dir := makeVectorLog(t), t.TempDir()
	raw, err := v.proof(t).Marshal()
	must(t, err)
	bad := bytes.Replace(raw, []byte("theft"), []byte("fraud"), 1)
	args := []string{"--policy", write(t, dir, "policy", []byte(v.policy))}
	for _, m := range pdfManners {
		args = append(args, write(t, dir, m+".pdf", pdf(m, map[string][]byte{"amana-proof.json": raw, "amana-proof-2.json": bad, "photo.json": raw})))
	}
	args = append(args, write(t, dir, "none.pdf", pdf("plain", nil)))
	got, rc := independent(t, args...)
	if rc != 1 || len(got) != 2*len(pdfManners)+1 || got["none.pdf"].Holds {
		t.Errorf("exit %d, %+v", rc, got)
	}
	for _, m := range pdfManners {
		if !got[m+".pdf:amana-proof.json"].Holds || got[m+".pdf:amana-proof-2.json"].Holds {
			t.Errorf("%s: %+v", m, got)
		}
	}
}
