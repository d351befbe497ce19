package signals

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// What a receiver sends beside its configuration: read where it is what the
// specifications say, refused as malformed in every other case.
func TestWhatAReceiverSends(t *testing.T) {
	const issuer = "https://amana.example"
	readers := map[string]func(io.Reader) error{
		"switch": func(r io.Reader) error { _, err := ReadSwitch(r); return err },
		"check":  func(r io.Reader) error { _, err := ReadCheck(r); return err },
		"about":  func(r io.Reader) error { _, err := ReadAbout(r, issuer); return err },
		"poll":   func(r io.Reader) error { _, err := ReadPoll(r); return err },
		"wanted": func(r io.Reader) error { _, err := ReadWanted(r); return err },
	}
	many := strings.TrimSuffix(strings.Repeat(`"x",`, mostAnswers+1), ",")
	subject := func(text string) string { return `{"stream_id":"s","subject":` + text + `}` }
	for _, x := range []struct {
		reader, body string
		good         bool
	}{
		{"switch", `{"stream_id":"s","status":"paused","reason":"night"}`, true}, {"switch", `{"stream_id":"s","status":"enabled"}`, true}, {"switch", `{"stream_id":"s","status":"disabled"}`, true},
		{"switch", `{"stream_id":"s"}`, false}, {"switch", `{"stream_id":"s","status":"on"}`, false}, {"switch", `{"stream_id":"s","status":"paused","reason":"a\u0007b"}`, false},
		{"switch", `{"stream_id":"` + strings.Repeat("x", mostText+1) + `","status":"paused"}`, false},
		{"check", `{"stream_id":"s","state":"abc"}`, true}, {"check", `{"stream_id":"s","state":"` + strings.Repeat("x", mostText+1) + `"}`, false}, {"check", `{"stream_id":1}`, false},
		{"about", subject(`{"format":"iss_sub","iss":"` + issuer + `","sub":"x"}`), true}, {"about", subject(`{"format":"email","email":"a@b.example"}`), false},
		{"about", subject(`{"format":"iss_sub","iss":"https://evil.example","sub":"x"}`), false}, {"about", subject(`{"format":"iss_sub","iss":"` + issuer + `","sub":""}`), false}, {"about", `{"stream_id":"s"}`, false},
		{"poll", `{}`, true}, {"poll", `{"maxEvents":0,"returnImmediately":true,"ack":["a","b"],"setErrs":{"c":{"err":"jwtAud","description":"not ours"}}}`, true},
		{"poll", `{"maxEvents":-1}`, false}, {"poll", `{"maxEvents":"5"}`, false}, {"poll", `{"ack":[` + many + `]}`, false}, {"poll", `{"ack":["a\nb"]}`, false},
		{"poll", `{"setErrs":{"c":{"err":"` + strings.Repeat("x", mostText+1) + `"}}}`, false}, {"poll", `{"setErrs":{"c\u0000":{"err":"x"}}}`, false},
		{"wanted", `{"events_requested":[` + strings.TrimSuffix(strings.Repeat(`"e",`, mostEvents+1), ",") + `]}`, false},
	} {
		if err := readers[x.reader](strings.NewReader(x.body)); (err == nil) != x.good || err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %.80s: %v", x.reader, x.body, err)
		}
	}
	for name, read := range readers {
		for _, body := range []string{"", "null", "[]", "1", `"x"`, "{", "{}{}", "\xff", `{"stream_id":"` + strings.Repeat("x", mostBytes) + `"}`} {
			if err := read(strings.NewReader(body)); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: %.20q is read: %v", name, body, err)
			}
		}
		if err := read(io.MultiReader(strings.NewReader("{"), broken{})); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: a body that ends early: %v", name, err)
		}
	}
}

// broken is a receiver that goes away in the middle.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, fmt.Errorf("gone") }

// A stream delivers what it asked for of what there is, and what is about itself
// always; its receiver reads where it polls, and never what it sent as a header.
func TestWhatAStreamDelivers(t *testing.T) {
	s := Stream{ID: "s", Method: Poll, Requested: []string{SessionRevoked, "https://else.example/event"}, Status: Paused}
	for event, want := range map[string]bool{SessionRevoked: true, Verification: true, StreamUpdated: true, MeansChanged: false, AccountClosed: false, "https://else.example/event": false, "": false} {
		if s.Delivers(event) != want {
			t.Errorf("%s: %t", event, !want)
		}
	}
	d := s.Document("https://amana.example", "bank", "https://amana.example/poll/s", 60)
	if d.Delivery.Address != "https://amana.example/poll/s" || len(d.Delivered) != 1 || len(d.Supported) != len(Supported()) || d.Delivery.Header != nil {
		t.Errorf("%+v", d)
	}
	if d := (Stream{Method: Push, Address: "https://bank.example/in"}).Document("i", "a", "p", 1); d.Requested == nil || d.Delivery.Address != "https://bank.example/in" {
		t.Errorf("%+v", d)
	}
}
