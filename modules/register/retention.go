package register

import (
	"context"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// terms are the kinds of records of the desk whose time the approved schedule
// ends by itself. Complaints and the custody register go to the archives, on
// the prosecution's word.
// Law: L69-99
func terms() []app.Term { return []app.Term{{Class: "log-book", Due: oldLines}} }

// oldLines lists the lines of log books written before a time whose words are
// still there.
func oldLines(ctx context.Context, r store.Reader, before time.Time, n int) ([]app.Due, error) {
	return store.List(ctx, r, "select id from register_lines where words is not null and written_at < $1 order by written_at, id limit $2", []any{store.Micros(before), n}, func(scan store.Scan) (d app.Due, err error) {
		var id ident.ID
		err = scan(&id)
		return app.Due{Ref: ref(KindLine, id), Subjects: []ident.ID{id}}, err
	})
}
