package journal

import (
	"context"
	"fmt"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/store"
)

// LogRenewed says that the record goes on under another transparency log, and
// what the one before is known to have signed: entries were lost with the store,
// or its key had to go. Proofs of the log before stay valid under its key.
type LogRenewed struct {
	From, To  string // verifier keys
	Size      int64  // leaves of the largest tree that the log before is known to have signed
	Root      []byte
	Kept      int64  // how many of them came back with the record
	Last      int64  // the newest entry that came back
	Statement string // the same, signed by both logs: tlog.Succession
	Authority string // who ordered it, by office, with the number of the order
}

// Apply notes the two logs.
func (e LogRenewed) Apply(w *store.Writer, m Meta) error {
	return w.One("insert into journal_logs (seq, from_key, to_key, size, kept, statement) values ($1, $2, $3, $4, $5, $6)", m.Seq, e.From, e.To, e.Size, e.Kept, e.Statement)
}

// About names nothing.
func (LogRenewed) About() []ident.Ref { return nil }

// NoteRenewal appends what a statement of two logs says. Said again it is one entry.
func (j *Journal) NoteRenewal(ctx context.Context, statement, authority string) (LogRenewed, error) {
	s, err := tlog.OpenSuccession([]byte(statement))
	if err != nil {
		return LogRenewed{}, err
	}
	e := LogRenewed{From: s.VKey, To: s.Next, Size: int64(s.Size), Root: s.Root[:], Kept: int64(s.Kept), Statement: statement, Authority: authority}
	_, err = j.kernel(ctx, func(ctx context.Context, r store.Reader, d *Draft) error {
		h, err := readHead(ctx, r)
		e.Last = h.seq
		d.AddOnce(ident.Derive("amana log", string(j.home), e.From, e.To), d.Now, e)
		return err
	})
	return e, err
}

// Renewal is what a report says of a log that ended.
type Renewal struct {
	Entry int64  `json:"entry"` // that says so
	From  string `json:"from"`  // its verifier key
	To    string `json:"to"`
	Size  int64  `json:"size"` // leaves that it is known to have signed
	Lost  int64  `json:"lost"` // leaves that did not come back
}

// renewals reports the logs that ended, and holds what the tables say of them
// against what the logs signed and against the key file.
func (v *verification) renewals(ctx context.Context) error {
	log := ""
	err := v.j.db.Reader().Each(ctx, "select seq, from_key, to_key, size, kept, statement from journal_logs order by seq", nil, func(scan store.Scan) error {
		var r Renewal
		var kept int64
		var statement string
		if err := scan(&r.Entry, &r.From, &r.To, &r.Size, &kept, &statement); err != nil {
			return err
		}
		r.Lost = r.Size - kept
		where := fmt.Sprintf("entry %d", r.Entry)
		s, err := tlog.OpenSuccession([]byte(statement))
		if err != nil || s.VKey != r.From || s.Next != r.To || int64(s.Size) != r.Size || int64(s.Kept) != kept {
			v.report.find(where, "renews the log, and the two logs did not sign what it says")
		}
		if log != "" && r.From != log {
			v.report.find(where, "ends a log that was not in force")
		}
		log = r.To
		v.report.Renewals = append(v.report.Renewals, r)
		return nil
	})
	switch {
	case err != nil:
		return err
	case v.scope.LogKey != "" && log != "" && log != v.scope.LogKey:
		v.report.find("log", "the entries say that the record goes on under the log %s; the key file names %s", log, v.scope.LogKey)
	}
	for _, former := range v.scope.Former {
		if !v.says(former) {
			v.report.find("log", "the key file names a former log that no entry ends")
		}
	}
	return nil
}

// says reports whether an entry holds a statement.
func (v *verification) says(statement string) bool {
	s, err := tlog.OpenSuccession([]byte(statement))
	if err != nil {
		return false
	}
	for _, r := range v.report.Renewals {
		if r.From == s.VKey && r.To == s.Next && r.Size == int64(s.Size) && r.Lost == int64(s.Lost()) {
			return true
		}
	}
	return false
}
