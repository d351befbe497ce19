package signals

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const issuer, audience, poll = "https://amana.example", "client", "https://amana.example/ssf/poll/1"

func wanted(t *testing.T, text string) Wanted {
	t.Helper()
	w, err := ReadWanted(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestAStreamIsWhatItsReceiverWants, and no more than there is.
func TestAStreamIsWhatItsReceiverWants(t *testing.T) {
	s, err := Create(wanted(t, `{"events_requested":["`+SessionRevoked+`","https://example.com/x","`+SessionRevoked+`"],"description":"d","unknown":{}}`))
	if err != nil || s.Method != Poll || s.Status != Enabled || !s.Delivers(SessionRevoked) || s.Delivers(MeansChanged) || s.Delivers("https://example.com/x") || !s.Delivers(Verification) {
		t.Fatalf("%+v %v", s, err)
	}
	s.ID = "1"
	raw, err := json.Marshal(s.Document(issuer, audience, poll, 10))
	if err != nil {
		t.Fatal(err)
	}
	back, err := s.Replace(wanted(t, string(raw)), issuer, audience, poll)
	if diff := cmp.Diff(s, back); err != nil || diff != "" {
		t.Errorf("what a receiver reads and sends back is another stream: %v %s", err, diff)
	}
	pushed, err := s.Change(wanted(t, `{"stream_id":"1","delivery":{"method":"`+Push+`","endpoint_url":"https://bank.example/e","authorization_header":"Bearer x"}}`), issuer, audience, poll)
	if err != nil || pushed.Method != Push || pushed.Address != "https://bank.example/e" || !pushed.Delivers(SessionRevoked) || pushed.Description != "d" {
		t.Errorf("%+v %v", pushed, err)
	}
	bare, err := pushed.Replace(wanted(t, `{"stream_id":"1"}`), issuer, audience, poll)
	if diff := cmp.Diff(Stream{ID: "1", Method: Poll, Status: Enabled}, bare); err != nil || diff != "" {
		t.Errorf("what is left out stays: %v %s", err, diff)
	}
}

// TestWhatAReceiverMayNotSend is refused with a reason.
func TestWhatAReceiverMayNotSend(t *testing.T) {
	s := Stream{ID: "1", Method: Poll, Status: Enabled}
	for _, bad := range []string{
		`{"stream_id":"2"}`, `{}`, `{"stream_id":"1","iss":"https://evil.example"}`, `{"stream_id":"1","aud":"another"}`,
		`{"stream_id":"1","delivery":{"method":"urn:x"}}`, `{"stream_id":"1","delivery":{"method":"` + Push + `"}}`, `{"stream_id":"1","delivery":{"method":"` + Poll + `","endpoint_url":"https://evil.example"}}`,
		`{"stream_id":"1","delivery":{"method":"` + Poll + `","authorization_header":"x"}}`,
	} {
		w := wanted(t, bad)
		if _, err := s.Change(w, issuer, audience, poll); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", bad, err)
		}
		if _, err := s.Replace(w, issuer, audience, poll); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for _, bad := range []string{"", "[]", `"x"`, "{", `{"description":"a\u0000b"}`, `{"delivery":{"method":"x","authorization_header":"a\r\nHost: b"}}`, `{"stream_id":1}`, `{"events_requested":[1]}`, "\xff", strings.Repeat(" ", mostBytes+1)} {
		if _, err := ReadWanted(strings.NewReader(bad)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.50q: %v", bad, err)
		}
	}
	if _, err := Create(Wanted{ID: "mine"}); !errors.Is(err, ErrMalformed) {
		t.Error("a receiver names its stream")
	}
	for _, bad := range []string{`{"stream_id":"1"}`, `{"stream_id":"1","status":"gone"}`} {
		if _, err := ReadSwitch(strings.NewReader(bad)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for _, bad := range []string{`{"maxEvents":-1}`, `{"ack":["a\u0001"]}`, `{"ack":["` + strings.Repeat(`x","`, mostAnswers) + `"]}`} {
		if _, err := ReadPoll(strings.NewReader(bad)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.50s: %v", bad, err)
		}
	}
}

// TestATokenSaysNothingThatIsTheSameElsewhere: of one change, two institutions
// are told by tokens that share nothing but whose they are and what happened.
func TestATokenSaysNothingThatIsTheSameElsewhere(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	raw, err := json.Marshal(Lowered(Person(issuer, "s"), "n", "1", "3").Token(issuer, audience, "j", at))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"iss": issuer, "aud": audience, "jti": "j", "iat": 1_800_000_000.0, "sub_id": map[string]any{"format": "iss_sub", "iss": issuer, "sub": "s"},
		"events": map[string]any{LevelChanged: map[string]any{"namespace": "n", "current_level": "1", "previous_level": "3", "change_direction": "decrease"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzRead: nothing that a receiver sends does harm, and what is taken keeps to
// the bounds.
func FuzzRead(f *testing.F) {
	for _, s := range []string{`{"stream_id":"1","delivery":{"method":"` + Push + `","endpoint_url":"https://a.example/"},"events_requested":["` + SessionRevoked + `"]}`, `{"status":"enabled"}`,
		`{"ack":["a"],"setErrs":{"b":{"err":"c"}},"maxEvents":1}`, `{"stream_id":"1","subject":{"format":"iss_sub","iss":"` + issuer + `","sub":"s"}}`, `{"state":"x"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if w, err := ReadWanted(strings.NewReader(s)); err == nil {
			if made, err := Create(w); err == nil {
				if made.Method != Push && made.Method != Poll || made.Method == Push && made.Address == "" || len(made.Address) > mostText {
					t.Errorf("%+v", made)
				}
				made.Document(issuer, audience, poll, 1)
			}
		}
		if w, err := ReadAbout(strings.NewReader(s), issuer); err == nil && (w.Subject.Issuer != issuer || w.Subject.Subject == "") {
			t.Errorf("%+v", w)
		}
		if w, err := ReadSwitch(strings.NewReader(s)); err == nil && w.Status != Enabled && w.Status != Paused && w.Status != Disabled {
			t.Errorf("%+v", w)
		}
		if w, err := ReadPoll(strings.NewReader(s)); err == nil && w.Most != nil && *w.Most < 0 {
			t.Errorf("%+v", w)
		}
		if w, err := ReadCheck(strings.NewReader(s)); err == nil && len(w.State) > mostText {
			t.Errorf("%+v", w)
		}
	})
}
