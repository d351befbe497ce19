package app

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
)

// codeSize bounds the text of the code on the page, in bytes: room
// for the log's own signature. The cosignatures are with the witnesses.
const codeSize = 300

// CheckpointPage sets the latest checkpoint on a page to be kept outside the
// house: in three languages, with the signed note as a code to scan and, for
// typing, the size and root in short groups.
func CheckpointPage(c tlog.Checkpoint, at time.Time, first text.Lang, words func(text.Lang) *text.Words) ([]byte, error) {
	w := words(first)
	number := strconv.FormatUint(c.Size, 10)
	doc := &print.Document{ID: number, Title: w.T("checkpoint.title") + " " + number, Author: c.Origin, Lang: string(first), Created: at, Size: print.A4,
		Footer: print.Band{Start: print.Ident(c.Origin), Middle: print.Ident(number)}}
	for i, l := range []text.Lang{text.AR, text.FR, text.EN} {
		if i > 0 {
			doc.Blocks = append(doc.Blocks, print.Rule{})
		}
		doc.Blocks = append(doc.Blocks, print.Section{Lang: string(l), Blocks: checkpointIn(c, at, words(l))})
	}
	typed := strings.SplitN(strings.TrimSpace(c.Typed()), "\n", 3)
	box := []print.Block{print.QR{Content: c.Compact(codeSize), Size: 60, Caption: print.T(w.T("checkpoint.scan"))}}
	for _, line := range append(typed[:2], grouped(typed[2])...) {
		box = append(box, print.Paragraph{Text: print.Ident(line), Align: print.Center, Size: 120})
	}
	doc.Blocks = append(doc.Blocks, print.Framed{Blocks: box},
		print.Paragraph{Text: print.T(w.T("checkpoint.sign")), Small: true})
	return print.Render(doc)
}

// grouped breaks the typed code into lines of seven groups.
func grouped(code string) []string {
	groups := strings.Fields(code)
	var out []string
	for line := range slices.Chunk(groups, 7) {
		out = append(out, strings.Join(line, " "))
	}
	return out
}

func checkpointIn(c tlog.Checkpoint, at time.Time, w *text.Words) []print.Block {
	return []print.Block{
		print.Paragraph{Text: print.B(w.T("checkpoint.title")), Size: 130},
		print.Paragraph{Text: print.T(w.T("checkpoint.lead"))},
		print.Facts{
			{Label: print.T(w.T("checkpoint.log")), Value: print.Ident(c.Origin)},
			{Label: print.T(w.T("checkpoint.leaves")), Value: print.Ident(strconv.FormatUint(c.Size, 10))},
			{Label: print.T(w.T("checkpoint.printed")), Value: print.T(w.DateTime(at))},
		},
	}
}

// PrintCheckpoint prints the latest checkpoint and says so in the journal.
func (a *App) PrintCheckpoint(ctx context.Context, g policy.Grant, first text.Lang) ([]byte, error) {
	c, err := a.tlog.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	page, err := CheckpointPage(c, a.Clock.Now(), first, a.Texts.In)
	if err != nil {
		return nil, err
	}
	_, err = a.Journal.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journal.CheckpointPrinted{Origin: c.Origin, Size: int64(c.Size), Root: c.Root[:]})
		return nil
	})
	return page, err
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
