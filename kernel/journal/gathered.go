package journal

import (
	"context"
	"slices"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// gathered are the journal's own rows of a batch, which nobody reads before it
// commits: they are written together, by a few statements, at its end.
type gathered struct {
	entries []any // 13 values each
	metas   []Meta
	about   []any      // 2 values each
	keys    []any      // 2 values each
	gone    []ident.ID // subjects erased, whose keys may stand in keys
}

// gatheredMark remembers how much was gathered, to go back to when a transaction fails.
type gatheredMark struct{ entries, metas, about, keys, gone int }

func (g *gathered) mark() gatheredMark {
	return gatheredMark{len(g.entries), len(g.metas), len(g.about), len(g.keys), len(g.gone)}
}

func (g *gathered) back(m gatheredMark) {
	g.entries, g.metas, g.about, g.keys = g.entries[:m.entries], g.metas[:m.metas], g.about[:m.about], g.keys[:m.keys]
	g.gone = g.gone[:m.gone]
}

func (g *gathered) entry(s stored) {
	g.metas = append(g.metas, s.Meta)
	g.entries = append(g.entries, s.Seq, string(s.ID), s.Kind, s.version, string(s.Actor), string(s.Unit), s.Action, s.Purpose,
		store.Micros(s.Happened), store.Micros(s.Written), s.body, s.commitment[:], s.chain[:])
}

// known finds an entry of this batch by its id.
func (g *gathered) known(id ident.ID) (Meta, bool) {
	for _, m := range g.metas {
		if m.ID == id {
			return m, true
		}
	}
	return Meta{}, false
}

func (g *gathered) refs(seq int64, refs []ident.Ref) {
	for _, ref := range refs {
		g.about = append(g.about, ref.String(), seq)
	}
}

func (g *gathered) key(subject ident.ID, wrapped []byte) {
	g.keys = append(g.keys, string(subject), wrapped)
}

// keysLeft are the keys of subjects that were not erased in the same batch.
func (g *gathered) keysLeft() []any {
	if len(g.gone) == 0 {
		return g.keys
	}
	var left []any
	for i := 0; i < len(g.keys); i += 2 {
		if !slices.Contains(g.gone, ident.ID(g.keys[i].(string))) {
			left = append(left, g.keys[i:i+2]...)
		}
	}
	return left
}

// write writes what was gathered.
func (g *gathered) write(ctx context.Context, b *store.Batch) error {
	err := b.Insert(ctx, "insert into journal_keys (subject, wrapped) values", "", 2, g.keysLeft())
	if err == nil {
		err = b.Insert(ctx, `insert into journal_entries (seq, id, kind, version, actor, unit, action, purpose, happened_at, written_at, body, commitment, chain) values`, "", 13, g.entries)
	}
	if err == nil {
		err = b.Insert(ctx, "insert into idx_journal_about (ref, seq) values", "on conflict do nothing", 2, g.about)
	}
	g.back(gatheredMark{})
	return err
}
