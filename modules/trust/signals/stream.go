package signals

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// How events travel.
const (
	Push = "urn:ietf:rfc:8935"
	Poll = "urn:ietf:rfc:8936"
)

// The events. The first two are about the stream itself and always sent.
const (
	Verification   = "https://schemas.openid.net/secevent/ssf/event-type/verification"
	StreamUpdated  = "https://schemas.openid.net/secevent/ssf/event-type/stream-updated"
	SessionRevoked = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
	MeansChanged   = "https://schemas.openid.net/secevent/caep/event-type/credential-change"
	LevelChanged   = "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change"
	AccountClosed  = "https://schemas.openid.net/secevent/risc/event-type/account-disabled"
)

// Supported lists the events about people, in a fixed order.
func Supported() []string { return []string{SessionRevoked, MeansChanged, LevelChanged, AccountClosed} }

// Status says whether a stream runs.
type Status string

// The states of a stream (SSF 8.1.2.1): one that is paused keeps what happens
// for later, one that is disabled does not.
const (
	Enabled  Status = "enabled"
	Paused   Status = "paused"
	Disabled Status = "disabled"
)

// Stream is how one institution wants to be told.
type Stream struct {
	ID          string
	Method      string   // Push or Poll
	Address     string   // of a push
	Requested   []string // event types, as the receiver gave them
	Description string
	Status      Status
	Reason      string // of the status
}

// Delivers reports whether an event goes over this stream.
func (s Stream) Delivers(event string) bool {
	return event == Verification || event == StreamUpdated || slices.Contains(Supported(), event) && slices.Contains(s.Requested, event)
}

// delivered lists the events about people that do.
func (s Stream) delivered() []string {
	return slices.DeleteFunc(Supported(), func(e string) bool { return !s.Delivers(e) })
}

// Delivery is the part of a configuration that says how events travel.
type Delivery struct {
	Method  string  `json:"method"`
	Address string  `json:"endpoint_url,omitempty"`
	Header  *string `json:"authorization_header,omitempty"` // only ever received
}

// Document is a stream's configuration as its receiver reads it (SSF 8.1.1).
type Document struct {
	ID          string   `json:"stream_id"`
	Issuer      string   `json:"iss"`
	Audience    string   `json:"aud"`
	Supported   []string `json:"events_supported"`
	Requested   []string `json:"events_requested"`
	Delivered   []string `json:"events_delivered"`
	Delivery    Delivery `json:"delivery"`
	VerifyEvery int      `json:"min_verification_interval"` // seconds
	Description string   `json:"description,omitempty"`
}

// Document writes a stream for its receiver; poll is the address of a poll.
func (s Stream) Document(issuer, audience, poll string, verifyEvery int) Document {
	d := Document{ID: s.ID, Issuer: issuer, Audience: audience, Supported: Supported(), Requested: s.Requested, Delivered: s.delivered(),
		Delivery: Delivery{Method: s.Method, Address: s.Address}, VerifyEvery: verifyEvery, Description: s.Description}
	if s.Requested == nil {
		d.Requested = []string{}
	}
	if s.Method == Poll {
		d.Delivery.Address = poll
	}
	return d
}

// Wanted is what a receiver sends to have a stream made or changed. What it
// leaves out is nil.
type Wanted struct {
	ID          string    `json:"stream_id"`
	Issuer      *string   `json:"iss"`
	Audience    *string   `json:"aud"`
	Delivery    *Delivery `json:"delivery"`
	Requested   *[]string `json:"events_requested"`
	Description *string   `json:"description"`
}

// Bounds of what a receiver sends.
const (
	mostText   = 500
	mostEvents = 50
	mostBytes  = 64 << 10
)

// ErrMalformed says that what a receiver sent cannot be read; the wrapping
// error says why, in English, for the receiver.
var ErrMalformed = errors.New("malformed")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// read reads one JSON object and nothing after it.
func read(body io.Reader, into any) error {
	raw, err := io.ReadAll(io.LimitReader(body, mostBytes+1))
	if err != nil {
		return malformed("the body ends early")
	}
	if len(raw) > mostBytes || !utf8.Valid(raw) {
		return malformed("the body is too large, or no UTF-8")
	}
	if err := json.Unmarshal(raw, into); err != nil || !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) { // null is none
		return malformed("the body is not the JSON object that is expected")
	}
	return nil
}

// plain refuses texts that no honest receiver sends.
func plain(all ...string) error {
	for _, s := range all {
		if len(s) > mostText || !utf8.ValidString(s) || slices.ContainsFunc([]rune(s), func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return malformed("a text is too long, or holds control characters")
		}
	}
	return nil
}

// ReadWanted reads a configuration that a receiver sends.
func ReadWanted(body io.Reader) (w Wanted, err error) {
	if err := read(body, &w); err != nil {
		return w, err
	}
	texts := []string{w.ID}
	if w.Description != nil {
		texts = append(texts, *w.Description)
	}
	if w.Requested != nil {
		if len(*w.Requested) > mostEvents {
			return w, malformed("too many events are requested")
		}
		texts = append(texts, *w.Requested...)
	}
	if d := w.Delivery; d != nil {
		texts = append(texts, d.Method, d.Address)
		if d.Header != nil {
			texts = append(texts, *d.Header)
		}
	}
	return w, plain(texts...)
}

// Create makes a stream as it is wanted (SSF 8.1.1.1): polled where nothing is
// said. Its ID is the caller's to give.
func Create(w Wanted) (Stream, error) {
	if w.ID != "" {
		return Stream{}, malformed("stream_id is not the receiver's to give")
	}
	return w.onto(Stream{Method: Poll, Status: Enabled})
}

// Replace gives the stream that is wanted in place of one (SSF 8.1.1.4); what
// is left out is gone. issuer and audience are those of the stream.
func (s Stream) Replace(w Wanted, issuer, audience, poll string) (Stream, error) {
	if err := s.same(w, issuer, audience); err != nil {
		return s, err
	}
	return w.polled(poll).onto(Stream{ID: s.ID, Method: Poll, Status: s.Status, Reason: s.Reason})
}

// Change gives the stream with what is wanted changed (SSF 8.1.1.3).
func (s Stream) Change(w Wanted, issuer, audience, poll string) (Stream, error) {
	if err := s.same(w, issuer, audience); err != nil {
		return s, err
	}
	return w.polled(poll).onto(s)
}

// same refuses to change what is the transmitter's.
func (s Stream) same(w Wanted, issuer, audience string) error {
	if w.ID != s.ID || w.Issuer != nil && *w.Issuer != issuer || w.Audience != nil && *w.Audience != audience {
		return malformed("stream_id, iss and aud are not the receiver's to change")
	}
	return nil
}

// polled drops the address of a poll, which the transmitter gave.
func (w Wanted) polled(poll string) Wanted {
	if d := w.Delivery; d != nil && d.Method == Poll && d.Address == poll {
		w.Delivery = &Delivery{Method: Poll, Header: d.Header}
	}
	return w
}

// onto lays what is given over a stream.
func (w Wanted) onto(s Stream) (Stream, error) {
	if w.Requested != nil {
		s.Requested = slices.Compact(slices.Sorted(slices.Values(*w.Requested)))
	}
	if w.Description != nil {
		s.Description = *w.Description
	}
	if d := w.Delivery; d != nil {
		s.Method, s.Address = d.Method, d.Address
		switch {
		case d.Method != Push && d.Method != Poll:
			return s, malformed("the delivery method is not supported")
		case d.Method == Push && d.Address == "":
			return s, malformed("a push needs an endpoint_url")
		case d.Method == Poll && (d.Address != "" || d.Header != nil):
			return s, malformed("a poll has no endpoint_url or authorization_header of the receiver")
		}
	}
	return s, nil
}

// Switch is a change of a stream's status by its receiver (SSF 8.1.2.2).
type Switch struct {
	ID     string `json:"stream_id"`
	Status Status `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// ReadSwitch reads one.
func ReadSwitch(body io.Reader) (w Switch, err error) {
	if err := read(body, &w); err != nil {
		return w, err
	}
	if w.Status != Enabled && w.Status != Paused && w.Status != Disabled {
		return w, malformed("the status is not one of enabled, paused, disabled")
	}
	return w, plain(w.ID, w.Reason)
}

// Check is a receiver's wish to see that its stream works (SSF 8.1.4.2).
type Check struct {
	ID    string `json:"stream_id"`
	State string `json:"state"`
}

// ReadCheck reads one.
func ReadCheck(body io.Reader) (w Check, err error) {
	if err := read(body, &w); err != nil {
		return w, err
	}
	return w, plain(w.ID, w.State)
}

// About is a receiver's wish to be told, or told no longer, about somebody (SSF 8.1.3).
type About struct {
	ID      string  `json:"stream_id"`
	Subject Subject `json:"subject"`
}

// ReadAbout reads one. People are known by issuer and subject, and by nothing else.
func ReadAbout(body io.Reader, issuer string) (w About, err error) {
	if err := read(body, &w); err != nil {
		return w, err
	}
	if w.Subject.Format != "iss_sub" || w.Subject.Issuer != issuer || w.Subject.Subject == "" {
		return w, malformed("the subject must be iss_sub, of this issuer")
	}
	return w, plain(w.ID, w.Subject.Subject)
}

// PollRequest is a receiver's question for events (RFC 8936 2.4).
type PollRequest struct {
	Most   *int                 `json:"maxEvents"`
	Now    bool                 `json:"returnImmediately"`
	Taken  []string             `json:"ack"`
	Errors map[string]PollError `json:"setErrs"`
}

// PollError says why a receiver did not take an event; it will not get it again.
type PollError struct {
	Code        string `json:"err"`
	Description string `json:"description"`
}

// mostAnswers bounds what a receiver acknowledges at once.
const mostAnswers = 1000

// ReadPoll reads one. An empty object asks for everything.
func ReadPoll(body io.Reader) (w PollRequest, err error) {
	if err := read(body, &w); err != nil {
		return w, err
	}
	if w.Most != nil && *w.Most < 0 || len(w.Taken)+len(w.Errors) > mostAnswers {
		return w, malformed("maxEvents is negative, or too much is acknowledged at once")
	}
	for jti, e := range w.Errors {
		if err := plain(jti, e.Code, e.Description); err != nil {
			return w, err
		}
	}
	return w, plain(w.Taken...)
}

// PollAnswer is what it gets.
type PollAnswer struct {
	Sets map[string]string `json:"sets"`
	More bool              `json:"moreAvailable,omitempty"`
}
