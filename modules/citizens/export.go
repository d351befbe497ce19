package citizens

import (
	"context"
	"encoding/json"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/citizens/logbook"
)

// ExportLog gives a citizen's whole log with the proof of each line, and a
// proven statement of how many lines there are: whoever has the file can check
// offline that none is missing (amana proof check).
func (s *Service) ExportLog(ctx context.Context, g policy.Grant, citizen ident.ID) ([]byte, error) {
	var stated int64
	receipt, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		c, err := account(ctx, r, citizen)
		stated = c.Lines
		d.Add(LogStated{Citizen: citizen, Lines: stated})
		return err
	})
	if err != nil {
		return nil, err
	}
	f := logbook.File{Format: logbook.Format, Lines: []json.RawMessage{}}
	if f.Statement, _, err = s.k.Paper.Proof(ctx, receipt[0].ID, everything); err != nil {
		return nil, err
	}
	err = s.eachLine(ctx, citizen, func(l Line) error {
		if l.N > stated {
			return nil
		}
		raw, _, err := s.k.Paper.Proof(ctx, l.Entry, everything)
		f.Lines = append(f.Lines, raw)
		return err
	})
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(f, "", " ")
}

// eachLine gives every line of a log, the oldest first.
func (s *Service) eachLine(ctx context.Context, citizen ident.ID, each func(Line) error) error {
	for after := int64(0); ; {
		some, err := store.List(ctx, s.k.Reader, "select "+lineColumns+" from citizens_lines where citizen = $1 and n > $2 order by n limit 500", []any{string(citizen), after}, scanLine)
		if err != nil || len(some) == 0 {
			return err
		}
		for _, l := range some {
			if err := each(l); err != nil {
				return err
			}
		}
		after = some[len(some)-1].N
	}
}
