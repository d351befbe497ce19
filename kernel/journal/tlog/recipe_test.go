package tlog_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// recipe is printed in docs/format/proof.md, and a test compares the two.
func recipe(proof []byte, log note.Verifier) error {
	var p struct {
		Disclosed, Withheld []struct {
			Path, Value  string
			Salt, Digest []byte
		}
		Leaf, Checkpoint string
		Index            int64
		Hashes           []tlog.Hash
	}
	_ = json.Unmarshal(proof, &p) // nothing below holds for what cannot be read
	var fields []string
	for i, f := range append(p.Disclosed, p.Withheld...) {
		if i < len(p.Disclosed) {
			m := hmac.New(sha256.New, f.Salt)
			fmt.Fprintf(m, "%s\x00%s", f.Path, f.Value)
			f.Digest = m.Sum(nil)
		}
		fields = append(fields, f.Path+"\x00"+string(f.Digest))
	}
	slices.Sort(fields)
	commitment := sha256.Sum256([]byte("amana-entry/v1\n" + strings.Join(fields, "")))
	n, err := note.Open([]byte(p.Checkpoint), note.VerifierList(log))
	if err != nil || !strings.HasSuffix(p.Leaf, fmt.Sprintf("\n%x\n", commitment)) {
		return errors.Join(errors.New("not signed, or other values than the leaf's"), err)
	}
	tree, _ := tlog.ParseTree([]byte(strings.Replace(n.Text, log.Name(), "go.sum database tree", 1)))
	return tlog.CheckRecord(p.Hashes, tree.N, tree.Hash, p.Index, tlog.RecordHash([]byte(p.Leaf)))
}

const format = "../../../docs/format/"

func read(t testing.TB, name string) string {
	t.Helper()
	raw, err := os.ReadFile(format + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func publishedKey(policy string) note.Verifier {
	_, rest, _ := strings.Cut(policy, "\nlog ")
	key, _, _ := strings.Cut(rest, "\n")
	log, err := note.NewVerifier(key)
	if err != nil {
		panic(err)
	}
	return log
}

// A proof is checked with golang.org/x/mod alone.
func Example() {
	proof, _ := os.ReadFile(format + "vectors/proof.json")
	policy, _ := os.ReadFile(format + "vectors/policy.txt")
	fmt.Println(recipe(proof, publishedKey(string(policy))))
	fmt.Println(recipe([]byte(strings.Replace(string(proof), "theft", "fraud", 1)), publishedKey(string(policy))))
	// Output:
	// <nil>
	// not signed, or other values than the leaf's
}

func TestRecipeRefusesWhatItMust(t *testing.T) {
	key := publishedKey(read(t, "vectors/policy.txt"))
	var bad []struct {
		Why   string
		Proof json.RawMessage
	}
	if err := json.Unmarshal([]byte(read(t, "vectors/proof-invalid.json")), &bad); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, b := range bad {
		if recipe(b.Proof, key) != nil {
			refused++
		}
	}
	if refused < 15 { // the others are about the header, the quorum and the form, of which the page speaks
		t.Errorf("%d of %d refused", refused, len(bad))
	}
}

func TestRecipeInTheDocumentIsTheOneThatRuns(t *testing.T) {
	source, err := os.ReadFile("recipe_test.go")
	if err != nil {
		t.Fatal(err)
	}
	start, end := strings.Index(string(source), "	var p struct"), strings.Index(string(source), "}\n\nconst format")
	body := string(source)[start:end]
	if !strings.Contains(read(t, "proof.md"), body) {
		t.Error("docs/format/proof.md prints another recipe")
	}
	if n := strings.Count(body, "\n") + 2 + 1; n > 30 {
		t.Errorf("%d lines", n)
	}
}
