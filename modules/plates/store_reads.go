package plates

import (
	"context"
	"fmt"
	"strings"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// addBatch notes the batch and counts it in its camera's day.
func addBatch(w *store.Writer, e BatchTaken, m journal.Meta) error {
	err := w.One(`insert into plates_days (id, camera, day, batches, reads, ends_at, gone) values ($1, $2, $3, 1, $4, $5, false)
		on conflict (id) do update set batches = plates_days.batches + 1, reads = plates_days.reads + excluded.reads`,
		string(e.Day), string(e.Camera), e.Date, e.Reads, store.Micros(e.Ends))
	if err != nil {
		return err
	}
	return w.One(`insert into plates_batches (id, camera, day, device, root, reads, late, model, offset_us, taken_at, entry) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		string(e.Batch), string(e.Camera), string(e.Day), e.Device, e.Root, e.Reads, e.Late, e.Model, e.Offset, store.Micros(m.Written), string(m.ID))
}

// rowsAtOnce is how many reads one statement adds.
const rowsAtOnce = 50

// addReads adds the rows of a batch, many with one statement.
func addReads(w *store.Writer, e BatchTaken, items []Item) error {
	for first := 0; first < len(items); first += rowsAtOnce {
		some := items[first:min(first+rowsAtOnce, len(items))]
		args := []any{string(e.Batch), string(e.Day), string(e.Camera)}
		for i, x := range some {
			args = append(args, int64(first+i), x.Country, x.Plate, x.At, x.Said, x.PPM)
		}
		if _, err := w.Exec(readRows(len(some)), args...); err != nil {
			return err
		}
	}
	return nil
}

// readRows is the statement that adds n reads: three shared arguments, six
// for each.
func readRows(n int) string {
	var b strings.Builder
	b.WriteString("insert into plates_reads (batch, day, camera, n, country, plate, at, said_at, ppm) values ")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		a := 4 + i*6
		fmt.Fprintf(&b, "($1, $2, $3, $%d, $%d, $%d, $%d, $%d, $%d)", a, a+1, a+2, a+3, a+4, a+5)
	}
	return b.String()
}

func addPictures(w *store.Writer, batch ident.ID, all []Picture) error {
	for _, p := range all {
		err := w.One(`insert into plates_pictures (address, subject, batch, n, size, mime, width, height, name, wrapped, digest) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			p.Address, string(p.Of), string(batch), p.N, p.Size, p.MIME, p.Width, p.Height, p.Name, p.Wrapped, p.Digest)
		if err != nil {
			return err
		}
	}
	return nil
}

const pictureColumns = "p.address, p.subject, p.size, p.mime, p.width, p.height, p.name, p.wrapped, p.digest"

func scanPicture(scan store.Scan) (i blobs.Info, err error) {
	err = scan(&i.Address, &i.Subject, &i.Size, &i.MIME, &i.Width, &i.Height, journal.Words(&i.Name), &i.Key, &i.Digest)
	return i, err
}

// pictures lists every stored picture, for verify.
func pictures(ctx context.Context, r store.Reader, each func(blobs.Info) error) error {
	return r.Each(ctx, "select "+pictureColumns+" from plates_pictures p order by p.address", nil, func(scan store.Scan) error {
		i, err := scanPicture(scan)
		if err != nil {
			return err
		}
		return each(i)
	})
}

// picturesOf lists the pictures kept under a key.
func picturesOf(ctx context.Context, r store.Reader, subject ident.ID) ([]blobs.Info, error) {
	return store.List(ctx, r, "select "+pictureColumns+" from plates_pictures p where p.subject = $1 order by p.address", []any{string(subject)}, scanPicture)
}

const readColumns = "x.batch, x.n, x.camera, x.day, x.plate, x.country, x.at, x.said_at, x.ppm"

func scanRead(scan store.Scan) (x Read, err error) {
	err = scan(&x.Batch, &x.N, &x.Camera, &x.Day, &x.Plate, &x.Country, store.At(&x.At), store.At(&x.Said), &x.PPM)
	return x, err
}

const dayColumns = "d.id, d.camera, d.day, d.batches, d.reads, d.ends_at, d.gone"

func scanDay(scan store.Scan) (d Day, err error) {
	err = scan(&d.ID, &d.Camera, &d.Date, &d.Batches, &d.Reads, store.At(&d.Ends), &d.Gone)
	return d, err
}
