package main

import (
	"strings"
	"testing"
)

func TestWhatIsAsked(t *testing.T) {
	for _, args := range [][]string{
		{"sign-in", "--at", "https://identity.example", "--ticket", "abc"},
		{"amana-card:sign-in?at=https%3A%2F%2Fidentity.example&ticket=abc"},
	} {
		o, err := read(args)
		if err != nil || o.at != "https://identity.example" || o.ticket != "abc" || o.module == "" {
			t.Errorf("%v: %+v %v", args, o, err)
		}
	}
	for _, args := range [][]string{
		nil, {"sign-out"}, {"amana-card:steal?at=https%3A%2F%2Fa"}, {"sign-in", "--at", "http://identity.example", "--ticket", "a"}, {"sign-in", "--at", "https://a/b", "--ticket", "a"},
		{"sign-in", "--at", "https://me@a", "--ticket", "a"}, {"sign-in", "--at", "https://a"}, {"sign-in", "--at", "identity.example", "--ticket", "a"},
	} {
		if o, err := read(args); err == nil {
			t.Errorf("%v is taken: %+v", args, o)
		}
	}
}

// The card signs a sign-in at the origin that was reached, and nothing else.
func TestStatement(t *testing.T) {
	const at, ticket = "https://identity.example", "abc"
	good := "amana-card/v1\n" + at + "\n" + ticket + "\n" + strings.Repeat("x", 43) + "\n2026-11-28T12:00:00Z\n"
	if err := checkStatement(good, at, ticket); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string]string{
		"another origin": strings.Replace(good, at, "https://bank.example", 1), "another ticket": strings.Replace(good, ticket, "abd", 1), "another format": strings.Replace(good, "v1", "v2", 1),
		"more": good + "pay 100\n", "a short challenge": strings.Replace(good, "xxx", "", 1), "no end": strings.Replace(good, "2026", "soon", 1), "nothing": "",
	} {
		if err := checkStatement(bad, at, ticket); err == nil {
			t.Errorf("%s is signed", name)
		}
	}
}

func TestPIN(t *testing.T) {
	var out strings.Builder
	if pin, err := askPIN(strings.NewReader("1234\r\n"), &out); err != nil || pin != "1234" {
		t.Errorf("%q %v", pin, err)
	}
}
