package tlog

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestATypedCheckpointIsRead(t *testing.T) {
	w := newWorld(t, "log.example/typed")
	l := w.open()
	_, err := l.Append(t.Context(), testLeaves(1, 5))
	must(t, err)
	must(t, l.WaitCovered(t.Context(), 4))
	c, err := l.Checkpoint(t.Context())
	must(t, err)
	typed := c.Typed()
	for _, form := range []string{typed, strings.ToLower(typed), strings.ReplaceAll(typed, "\n", "\r\n"), "  " + strings.ReplaceAll(typed, " ", "") + "\n\n",
		strings.ReplaceAll(typed, " ", "-"), strings.NewReplacer("0", "O", "1", "l").Replace(strings.SplitAfterN(typed, "\n", 3)[2])} {
		if !strings.Contains(form, "typed") {
			form = strings.Join(strings.SplitAfterN(typed, "\n", 3)[:2], "") + form
		}
		got, signed, err := ParseKept([]byte(form), w.vkey)
		if err != nil || signed || got.Size != c.Size || got.Root != c.Root || got.Origin != c.Origin {
			t.Errorf("%q: %+v %t %v", form, got, signed, err)
		}
	}
	lines := strings.SplitAfterN(typed, "\n", 3)
	for i := range strings.TrimRight(lines[2], "\n") { // every single slip is told from another tree
		if lines[2][i] == ' ' {
			continue
		}
		other := byte('7')
		if lines[2][i] == other {
			other = '8'
		}
		if _, err := ParseTyped(lines[0] + lines[1] + lines[2][:i] + string(other) + lines[2][i+1:]); !errors.Is(err, ErrTyped) {
			t.Errorf("a slip at %d: %v", i, err)
		}
	}
	if _, err := ParseTyped(lines[0] + "6\n" + lines[2]); !errors.Is(err, ErrTyped) {
		t.Errorf("another size: %v", err)
	}
	if _, _, err := ParseKept([]byte(strings.Replace(typed, "typed", "other", 1)), w.vkey); err == nil {
		t.Error("another log's checkpoint was taken")
	}
	got, signed, err := ParseKept([]byte(c.Compact(1000)), w.vkey)
	if err != nil || !signed || got.Root != c.Root {
		t.Errorf("from the code: %t %v", signed, err)
	}
	dir := w.o.Dir
	must(t, Continues(t.Context(), dir, w.vkey, []byte(typed)))
	_, err = l.Append(t.Context(), testLeaves(6, 3))
	must(t, err)
	must(t, l.WaitCovered(t.Context(), 7))
	must(t, Continues(t.Context(), dir, w.vkey, []byte(typed)))
	later, err := l.Checkpoint(t.Context())
	must(t, err)
	must(t, os.WriteFile(dir+"/checkpoint", c.Note, 0o600)) // the end is cut off
	if err := Continues(t.Context(), dir, w.vkey, []byte(later.Typed())); err == nil {
		t.Error("the end was cut off unseen")
	}
}

// TestPublishedTyped holds the typed form against docs/format.
func TestPublishedTyped(t *testing.T) {
	var all []struct {
		Origin, Root, Code string
		Size               uint64
	}
	raw, err := os.ReadFile("../../../docs/format/vectors/typed.json")
	must(t, err)
	must(t, json.Unmarshal(raw, &all))
	for _, x := range all {
		root, err := hex.DecodeString(x.Root)
		must(t, err)
		c := Checkpoint{Origin: x.Origin, Size: x.Size, Root: [32]byte(root)}
		if got := strings.SplitN(c.Typed(), "\n", 3)[2]; strings.NewReplacer(" ", "", "\n", "").Replace(got) != x.Code {
			t.Errorf("%s: %s", x.Origin, got)
		}
		if got, err := ParseTyped(fmt.Sprintf("%s\n%d\n%s", x.Origin, x.Size, x.Code)); err != nil || got.Root != c.Root {
			t.Errorf("%s: %v", x.Origin, err)
		}
	}
}

// FuzzParseTyped: what is read prints again as the same checkpoint.
func FuzzParseTyped(f *testing.F) {
	f.Add("log.example/x\n3\n" + (Checkpoint{Origin: "log.example/x", Size: 3}).Typed())
	f.Add((Checkpoint{Origin: "log.example/x", Size: 3}).Typed())
	f.Add("a\n1\n" + strings.Repeat("0", 56))
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseTyped(text)
		if err != nil {
			return
		}
		again, err := ParseTyped(c.Typed())
		if err != nil || again.Root != c.Root || again.Size != c.Size || again.Origin != c.Origin {
			t.Fatalf("%q became %+v, %v", text, again, err)
		}
	})
}

func TestEachWitnessIsAsked(t *testing.T) {
	w := newWorld(t, "log.example/asked")
	good, late, dead := newTestWitness(t, "good.example", w.vkey), newTestWitness(t, "late.example", w.vkey), newTestWitness(t, "dead.example", w.vkey)
	liar, _ := testKey(t, "liar.example")
	w.o.Policy = []byte(strings.Join([]string{"witness good " + good.VKey() + " " + good.url, "witness late " + late.VKey() + " " + late.url + "/",
		"witness dead " + dead.VKey() + " http://127.0.0.1:1", "witness liar " + vkeyOf(t, liar) + " " + lyingServer(t, liar, w.origin),
		"group some 1 good late dead liar", "quorum some"}, "\n"))
	l := w.open()
	_, err := l.Append(t.Context(), testLeaves(1, 3))
	must(t, err)
	must(t, l.WaitCovered(t.Context(), 2))
	for range 2 {
		all, err := l.AskWitnesses(t.Context())
		must(t, err)
		for _, a := range all {
			alive := a.Name == "good" || a.Name == "late"
			if (a.Err == nil) != alive || a.At.IsZero() == alive {
				t.Errorf("%+v", a)
			}
		}
		_, err = l.Append(t.Context(), testLeaves(4, 9))
		must(t, err)
		must(t, l.WaitCovered(t.Context(), 11))
	}
	if late.Seen(w.origin) < 3 {
		t.Error("the late one did not learn of the tree")
	}
}
