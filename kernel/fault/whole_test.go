package fault_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/fault"
)

// TestTheStatusOfEachKindIsFixed: programs of others rely on code and status.
func TestTheStatusOfEachKindIsFixed(t *testing.T) {
	want := map[string]int{"internal": 500, "invalid": 422, "sign-in": 401, "refused": 403, "not-found": 404, "conflict": 409, "too-large": 413, "too-many": 429, "unavailable": 503}
	got := map[string]int{}
	for k := fault.Internal; k <= fault.Unavailable; k++ {
		got[k.String()] = k.Status()
		if http.StatusText(k.Status()) == "" {
			t.Errorf("%s has the status %d", k, k.Status())
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestTheCauseGoesToTheLogAndNoFurther: what a person sees is made of key and
// arguments; the developer's view holds everything.
func TestTheCauseGoesToTheLogAndNoFurther(t *testing.T) {
	cause := errors.New("duplicate key AB1")
	err := fault.Wrap(cause, fault.Conflict, "fault.conflict", "who", "Zineb", "n", 3)
	err.Field = "title"
	for _, part := range []string{"conflict", "fault.conflict", "(title)", "duplicate key AB1"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
	if !errors.Is(err, cause) || fmt.Sprint(err.Args) != "map[n:3 who:Zineb]" {
		t.Errorf("%v", err.Args)
	}
	if plain := fault.New(fault.Refused, "x").Error(); plain != "refused: x" {
		t.Errorf("%q", plain)
	}
}

// TestArgumentsComeInPairs; one without a value is none.
func TestArgumentsComeInPairs(t *testing.T) {
	for _, c := range []struct {
		args []any
		want map[string]any
	}{{nil, nil}, {[]any{"a"}, map[string]any{}}, {[]any{"a", 1, "b"}, map[string]any{"a": 1}}, {[]any{1, "x", "a", nil}, map[string]any{"1": "x", "a": nil}}} {
		if diff := cmp.Diff(c.want, fault.New(fault.Invalid, "k", c.args...).Args); diff != "" {
			t.Errorf("%v: %s", c.args, diff)
		}
	}
}

// TestTheNearestFaultCounts: an outer one hides what it wraps, and a list stands
// for its first; an empty list is nobody's fault but ours.
func TestTheNearestFaultCounts(t *testing.T) {
	inner := fault.New(fault.NotFound, "inner")
	outer := fault.Wrap(fmt.Errorf("x: %w", inner), fault.Unavailable, "outer")
	if got := fault.Of(fmt.Errorf("y: %w", outer)); got != outer || fault.Is(outer, fault.NotFound) {
		t.Errorf("%v", got)
	}
	list := fault.List{{Kind: fault.Conflict, Key: "first"}, {Kind: fault.Invalid, Key: "second"}}
	if !fault.Is(fmt.Errorf("z: %w", list), fault.Conflict) || !strings.Contains(list.Error(), "2 faults") || !strings.Contains(list.Error(), "first") {
		t.Errorf("%v", list)
	}
	for _, err := range []error{fault.List{}, errors.New("x"), nil} {
		if got := fault.Of(err); got.Kind != fault.Internal || got.Key != "fault.internal" {
			t.Errorf("%v is %v", err, got)
		}
	}
	if both := fault.All(errors.Join(errors.New("x"), inner)); len(both) != 1 || both[0] != inner {
		t.Errorf("%v", both)
	}
}
