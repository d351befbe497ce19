package plates

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// Limits of an imported list.
const (
	maxLines     = 50_000
	linesAtOnce  = 200
	maxLineFault = 1_000 // faults that are told one by one
)

// ListColumns names the columns of an imported list, in any order; the first
// line names them. "until" is a day, as 2027-11-28.
func ListColumns() []string {
	return []string{"list", "country", "plate", "make", "model", "colour", "reason", "authority", "area", "until"}
}

// Line is what came of one line of an imported list, numbered from 1 with the
// line of names.
type Line struct {
	N      int
	Plate  string
	Faults fault.List // none: it is listed
}

// Imported is the report of an import.
type Imported struct {
	Listed int
	Known  int // listed by an earlier sending of the same file
	Wrong  []Line
}

// ImportEntries lists the plates of a CSV file (UTF-8, comma or semicolon).
// Lines that are wrong are left out and reported; the others are listed. Sent
// again with the same submission, it lists nothing twice. Fault: Invalid for a
// file without the line of names, too long, or no CSV.
func (s *Service) ImportEntries(ctx context.Context, g policy.Grant, submission ident.ID, file io.Reader) (Imported, error) {
	var out Imported
	rows, err := parseList(file)
	if err != nil {
		return out, err
	}
	var good []listed
	seen := map[string]bool{}
	for _, row := range rows {
		row.in.Submission = lineID(submission, row.n)
		row.line, err = s.checkEntry(&row.in)
		if err != nil || len(row.wrong) > 0 {
			out.wrong(row, append(row.wrong, fault.All(err)...))
			continue
		}
		twice := string(row.in.List) + " " + row.in.Country + " " + row.line
		if seen[twice] {
			out.wrong(row, fault.List{{Kind: fault.Conflict, Key: "plates.fault.listed", Field: "plate"}})
			continue
		}
		seen[twice] = true
		good = append(good, row)
	}
	for first := 0; first < len(good); first += linesAtOnce {
		if err := s.listSome(ctx, g, good[first:min(first+linesAtOnce, len(good))], &out); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (o *Imported) wrong(row listed, why fault.List) {
	if len(o.Wrong) < maxLineFault {
		o.Wrong = append(o.Wrong, Line{N: row.n, Plate: row.in.Plate, Faults: why})
	}
}

// listed is one line of a list.
type listed struct {
	n     int
	in    NewEntry
	line  string
	wrong fault.List
}

// listSome lists some lines in one transaction; one that is listed already
// is reported.
func (s *Service) listSome(ctx context.Context, g policy.Grant, some []listed, out *Imported) error {
	var now Imported
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		now = Imported{}
		for _, row := range some {
			if _, err := readEntry(ctx, r, row.in.Submission); err == nil {
				now.Known++
				continue
			}
			err := s.draftEntry(ctx, r, d, g, row.in, row.line)
			switch {
			case fault.Is(err, fault.Conflict):
				now.wrong(row, fault.All(err))
			case err != nil:
				return err
			default:
				now.Listed++
			}
		}
		if now.Listed == 0 {
			return errDone
		}
		return nil
	})
	out.Listed, out.Known = out.Listed+now.Listed, out.Known+now.Known
	out.Wrong = append(out.Wrong, now.Wrong...)
	return unlessDone(err)
}

// lineID is the id of a line's entry: the same each time the file is sent.
func lineID(submission ident.ID, n int) ident.ID {
	sum := sha256.Sum256([]byte("amana plate list\n" + string(submission) + "\n" + decimal(n)))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return ident.ID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// parseList reads the lines of a list.
func parseList(file io.Reader) ([]listed, error) {
	in := bufio.NewReader(file)
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) { // spreadsheets write it
		_, _ = in.Discard(3) // they were just there
	}
	head, err := in.Peek(200)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.TrimLeadingSpace, r.ReuseRecord = -1, true, true
	names, _, _ := strings.Cut(string(head), "\n")
	if strings.Count(names, ";") > strings.Count(names, ",") {
		r.Comma = ';'
	}
	columns, err := readNames(r)
	if err != nil {
		return nil, err
	}
	var out []listed
	for n := 2; ; n++ {
		fields, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fault.Wrap(err, fault.Invalid, "plates.fault.csv", "line", n)
		case len(out) >= maxLines:
			return nil, fault.New(fault.TooLarge, "plates.fault.lines", "max", maxLines)
		}
		out = append(out, lineOf(n, columns, fields))
	}
}

// readNames reads the line of names: plate, list, reason and authority must be
// there.
func readNames(r *csv.Reader) ([]string, error) {
	names, err := r.Read()
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "plates.fault.names")
	}
	has := map[string]bool{}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.ToLower(strings.TrimSpace(n))
		has[out[i]] = true
	}
	for _, must := range []string{"list", "plate", "reason", "authority"} {
		if !has[must] {
			return nil, fault.New(fault.Invalid, "plates.fault.names")
		}
	}
	return out, nil
}

// lineOf makes an entry of one line; what no column names is ignored.
func lineOf(n int, columns, fields []string) listed {
	out := listed{n: n}
	at := map[string]string{}
	for i, f := range fields {
		if i < len(columns) {
			at[columns[i]] = strings.TrimSpace(f)
		}
	}
	out.in = NewEntry{List: List(at["list"]), Country: strings.ToLower(at["country"]), Plate: at["plate"], Make: at["make"], Model: at["model"], Colour: at["colour"],
		Reason: at["reason"], Authority: at["authority"], Area: at["area"]}
	if at["until"] != "" {
		day, err := time.Parse(time.DateOnly, at["until"])
		if err != nil {
			out.wrong.Add("until", "form.unreadable")
		}
		out.in.Until = day
	}
	return out
}
