package journal

import (
	"context"
	"fmt"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
)

// BlobKeys wraps the data keys of stored files under the keys of their
// subjects, so that erasing the subject erases the file. Package app
// gives it to the file store.
type BlobKeys struct{ j *Journal }

// BlobKeys gives the wrapper of file keys.
func (j *Journal) BlobKeys() BlobKeys { return BlobKeys{j} }

// Wrap seals a data key under a subject's key, which is made if the subject
// is new.
func (b BlobKeys) Wrap(ctx context.Context, subject string, raw []byte) ([]byte, error) {
	id := ident.ID(subject)
	k, err := b.j.keyring(ctx, b.j.db.Reader()).get(id)
	if err != nil {
		return nil, err
	}
	if k == nil {
		if k, err = b.make(ctx, id); err != nil {
			return nil, err
		}
	}
	return k.seal(b.j.random(12), raw, "file of "+id), nil
}

// Unwrap opens a data key; after erasure it gives fault.NotFound.
func (b BlobKeys) Unwrap(ctx context.Context, subject string, wrapped []byte) ([]byte, error) {
	id := ident.ID(subject)
	k, err := b.j.keyring(ctx, b.j.db.Reader()).get(id)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return nil, fault.New(fault.NotFound, "journal.subject-erased")
	}
	raw, err := k.open(wrapped, "file of "+id)
	if err != nil {
		return nil, fmt.Errorf("journal: the file key of %s does not open: %w", id, err)
	}
	return raw, nil
}

// make makes a subject's key ahead of the entry that will first speak of it.
// An upload that is never submitted leaves a key without use, nothing else.
func (b BlobKeys) make(ctx context.Context, id ident.ID) (*key, error) {
	batch, err := b.j.db.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer batch.Rollback()
	if err := batch.Lock(ctx, homeLock); err != nil {
		return nil, err
	}
	var rows gathered
	keys := b.j.keyring(ctx, batch.Reader())
	keys.keep, keys.fresh = rows.key, map[ident.ID]*key{}
	k, err := keys.forWriting(id)
	if err == nil {
		err = rows.write(ctx, batch)
	}
	if err != nil {
		return nil, err
	}
	if err := batch.Commit(ctx); err != nil {
		return nil, err
	}
	keys.publish()
	return k, nil
}
