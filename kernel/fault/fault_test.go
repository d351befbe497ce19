package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
)

func TestUnknownErrorsAreHidden(t *testing.T) {
	secret := errors.New("select * from persons where cnie='AB1'")
	got := fault.Of(fmt.Errorf("load: %w", secret))
	if got.Kind != fault.Internal || strings.Contains(got.Key, "AB1") || len(got.Args) != 0 {
		t.Fatalf("an unknown error shows %+v", got)
	}
	if !errors.Is(got, secret) {
		t.Fatal("the cause is lost to the log")
	}
}

func TestFaultIsFoundThroughWrapping(t *testing.T) {
	err := fmt.Errorf("open case: %w", fault.New(fault.Refused, "case.refused", "case", "12/2026"))
	if got := fault.Of(err); got.Key != "case.refused" || got.Args["case"] != "12/2026" {
		t.Fatalf("got %+v", got)
	}
	if !fault.Is(err, fault.Refused) || fault.Is(err, fault.NotFound) || fault.Is(nil, fault.Refused) {
		t.Fatal("Is tells kinds apart")
	}
}

func TestListKeepsEveryFault(t *testing.T) {
	var l fault.List
	if l.Err() != nil {
		t.Fatal("an empty list is no error")
	}
	l.Add("name", "form.required")
	l.Add("born", "form.future", "limit", "today")
	err := fmt.Errorf("record: %w", l.Err())
	all := fault.All(err)
	if len(all) != 2 || all[1].Field != "born" || all[1].Args["limit"] != "today" {
		t.Fatalf("got %v", all)
	}
	if fault.Of(err).Field != "name" {
		t.Fatal("the first fault stands for the list")
	}
	if len(fault.All(errors.New("x"))) != 1 || fault.All(nil) != nil {
		t.Fatal("All takes single errors and none")
	}
}

func TestEveryKindHasCodeAndStatus(t *testing.T) {
	seen := map[string]bool{}
	for k := fault.Internal; k <= fault.Unavailable; k++ {
		if k.String() == "" || seen[k.String()] || k.Status() < 400 {
			t.Errorf("kind %d: %q %d", k, k, k.Status())
		}
		seen[k.String()] = true
	}
}
