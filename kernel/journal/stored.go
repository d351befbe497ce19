package journal

import (
	"context"
	"fmt"

	"github.com/amana-platform/amana/kernel/store"
)

// stored is a row of journal_entries.
type stored struct {
	Meta
	version    int
	body       []byte
	commitment Hash
	chain      Hash
}

const storedColumns = `select seq, id, kind, version, actor, unit, action, purpose, happened_at, written_at, body, commitment, chain from journal_entries`

func scanStored(ctx context.Context, r store.Reader, query string, args ...any) ([]stored, error) {
	return store.List(ctx, r, query, args, func(scan store.Scan) (stored, error) {
		var s stored
		var happened, written int64
		var commitment, chain []byte
		err := scan(&s.Seq, &s.ID, &s.Kind, &s.version, &s.Actor, &s.Unit, &s.Action, &s.Purpose, &happened, &written, &s.body, &commitment, &chain)
		s.Happened, s.Written = store.Time(happened), store.Time(written)
		s.commitment, s.chain = hash32(commitment), hash32(chain)
		return s, err
	})
}

// hash32 reads a stored hash. One of another length becomes the zero hash,
// which no check accepts.
func hash32(stored []byte) (h Hash) {
	if len(stored) == len(h) {
		copy(h[:], stored)
	}
	return h
}

// page reads up to n entries after a seq.
func (j *Journal) page(ctx context.Context, r store.Reader, after int64, n int) ([]stored, error) {
	return scanStored(ctx, r, storedColumns+" where seq > $1 order by seq limit $2", after, n)
}

func (s stored) parse() (body, error) {
	b, err := readBody(s.body)
	if err != nil {
		err = fmt.Errorf("journal: entry %d: %w", s.Seq, err)
	}
	return b, err
}

func (j *Journal) keyring(ctx context.Context, r store.Reader) *keyring {
	return &keyring{ctx: ctx, master: j.master, shared: j.cache, reader: r, random: j.random}
}

func (j *Journal) decode(ctx context.Context, r store.Reader, s stored) (Entry, error) {
	return j.decodeWith(j.keyring(ctx, r), s)
}

// decodeWith makes the typed entry; without keys its sealed fields stay empty,
// as if erased.
func (j *Journal) decodeWith(keys *keyring, s stored) (Entry, error) {
	k := j.reg.byName[s.Kind]
	if k == nil {
		return nil, fmt.Errorf("journal: entry %d is of the unknown kind %s", s.Seq, s.Kind)
	}
	b, err := s.parse()
	if err != nil {
		return nil, err
	}
	f := b.Open
	if keys != nil {
		if f, _, err = b.open(keys); err != nil {
			return nil, fmt.Errorf("journal: entry %d: %w", s.Seq, err)
		}
	}
	return k.decode(s.version, f)
}
