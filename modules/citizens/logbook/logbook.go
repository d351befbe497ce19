// Package logbook reads a citizen's log that was carried away, and checks that
// it is whole: that every line is in the service's signed log as it stands
// here, that none is missing and none has changed places.
//
// # The file
//
// "amana-citizen-log/v1" is JSON: a statement and the lines, each a proof
// file (docs/format/proof.md) in which everything is disclosed.
//
//	{"format": "amana-citizen-log/v1", "statement": {…}, "lines": [{…}, …]}
//
// The statement is an entry citizens.log-stated with the fields Citizen and
// Lines; the lines are entries citizens.line-written, whose field N goes from 1
// to Lines. All are of one citizen and one home, each line later in the home's
// order than the one before it, and the statement later than all.
package logbook

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/journal/tlog"
)

// Format names the form of the file.
const Format = "amana-citizen-log/v1"

// MaxSize bounds a file that is read, in bytes.
const MaxSize = 256 << 20

// Kinds of the entries.
const (
	kindStated = "citizens.log-stated"
	kindLine   = "citizens.line-written"
)

// File is a log that was carried away.
type File struct {
	Format    string            `json:"format"`
	Statement json.RawMessage   `json:"statement"`
	Lines     []json.RawMessage `json:"lines"`
}

// Checked is a log that is whole.
type Checked struct {
	Citizen string
	Stated  time.Time // when it was said how many lines there are
	Origin  string    // of the service's log
	Key     string    // the verifier key by which it was checked
	Lines   []tlog.Result
}

// ErrFormat says that a file is no citizen's log.
var ErrFormat = errors.New("logbook: this is no citizen's log")

// Is reports whether a file says that it is a citizen's log.
func Is(raw []byte) bool {
	var f struct {
		Format string `json:"format"`
	}
	return json.Unmarshal(raw, &f) == nil && f.Format == Format
}

// Check checks a log. Trust says whose log it must be; with an empty LogVKey
// the key that the statement names is used for all, and is to be compared with
// the published one.
func Check(raw []byte, trust tlog.Trust) (Checked, error) {
	var f File
	if len(raw) > MaxSize || json.Unmarshal(raw, &f) != nil || f.Format != Format {
		return Checked{}, ErrFormat
	}
	statement, err := tlog.ParseProof(f.Statement)
	if err != nil {
		return Checked{}, fmt.Errorf("logbook: the statement: %w", err)
	}
	if trust.LogVKey == "" {
		trust.LogVKey = statement.LogKey
	}
	stated, err := tlog.CheckProof(statement, trust)
	if err != nil {
		return Checked{}, fmt.Errorf("logbook: the statement: %w", err)
	}
	c := Checked{Citizen: text(stated, "Citizen"), Stated: stated.Written, Origin: stated.Origin, Key: trust.LogVKey}
	count, ok := number(stated, "Lines")
	if stated.Leaf.Type != kindStated || c.Citizen == "" || !ok {
		return Checked{}, errors.New("logbook: the statement says nothing of how many lines there are")
	}
	last := int64(0)
	for i, one := range f.Lines {
		r, err := c.line(int64(i)+1, one, trust)
		switch {
		case err != nil:
			return Checked{}, err
		case r.Leaf.Source != stated.Leaf.Source || r.Leaf.Seq <= last || r.Leaf.Seq >= stated.Leaf.Seq:
			return Checked{}, fmt.Errorf("logbook: line %d is not in its place in the service's order", i+1)
		}
		last = r.Leaf.Seq
		c.Lines = append(c.Lines, r)
	}
	if int64(len(c.Lines)) != count {
		return Checked{}, fmt.Errorf("logbook: %d lines of %d are here: the last are missing", len(c.Lines), count)
	}
	return c, nil
}

// line checks the line that must come next.
func (c Checked) line(n int64, raw []byte, trust tlog.Trust) (tlog.Result, error) {
	proof, err := tlog.ParseProof(raw)
	if err != nil {
		return tlog.Result{}, fmt.Errorf("logbook: line %d: %w", n, err)
	}
	r, err := tlog.CheckProof(proof, trust)
	if err != nil {
		return tlog.Result{}, fmt.Errorf("logbook: line %d: %w", n, err)
	}
	if got, ok := number(r, "N"); r.Leaf.Type != kindLine || !ok || got != n {
		return tlog.Result{}, fmt.Errorf("logbook: line %d is missing: number %d stands in its place", n, got)
	}
	if text(r, "Citizen") != c.Citizen {
		return tlog.Result{}, fmt.Errorf("logbook: line %d is of another citizen's log", n)
	}
	if len(r.Withheld) > 0 && !onlyBinding(r.Withheld) {
		return tlog.Result{}, fmt.Errorf("logbook: line %d withholds what it says", n)
	}
	return r, nil
}

// onlyBinding reports whether nothing is withheld but the binding of the sealed
// box to its subject, which no proof discloses.
func onlyBinding(paths []string) bool {
	for _, p := range paths {
		if !strings.HasPrefix(p, "sealed:") {
			return false
		}
	}
	return true
}

func text(r tlog.Result, field string) string {
	var s string
	_ = json.Unmarshal(r.Fields[field], &s) // a field that is no text is no citizen
	return s
}

func number(r tlog.Result, field string) (int64, bool) {
	var n int64
	err := json.Unmarshal(r.Fields[field], &n)
	return n, err == nil
}
