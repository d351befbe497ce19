package trust

import (
	"context"
	"encoding/json"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/signals"
)

// stream is an institution's stream as the record has it.
type stream struct {
	signals.Stream
	Institution ident.ID
	header      string // sealed
	ByService   bool   // who set the status
	StatusAt    time.Time
}

const streamColumns = "id, institution, method, address, header, requested, description, status, reason, by_service, status_at"

func streams(ctx context.Context, r store.Reader, where string, args ...any) ([]stream, error) {
	return store.List(ctx, r, "select "+streamColumns+" from trust_streams where "+where, args, func(scan store.Scan) (st stream, err error) {
		var requested string
		var at int64
		if err := scan(&st.ID, &st.Institution, &st.Method, &st.Address, &st.header, &requested, &st.Description, &st.Status, &st.Reason, &st.ByService, &at); err != nil {
			return st, err
		}
		st.StatusAt = store.Time(at)
		return st, json.Unmarshal([]byte(requested), &st.Requested)
	})
}

// signal is an event that waits to be told.
type signal struct {
	id, kind, body string
	made, issued   int64
}

// pending gives what a stream is still to be told, the oldest first. Of one that
// does not run that is only what its receiver must know about the stream.
func pending(ctx context.Context, r store.Reader, st stream, most int) ([]signal, error) {
	only := ""
	if st.Status != signals.Enabled {
		only = " and kind = '" + signals.StreamUpdated + "'"
	}
	return store.List(ctx, r, "select id, kind, body, made_at, issued_at from tmp_trust_signals where stream = $1 and done_at = 0"+only+" order by pos limit $2", []any{st.ID, most},
		func(scan store.Scan) (g signal, err error) {
			return g, scan(&g.id, &g.kind, &g.body, &g.made, &g.issued)
		})
}

// receiver is how the other end of a stream is.
type receiver struct {
	tries, failing, next, told int64 // told: when it last took something
	trouble                    string
	waiting, oldest            int64
}

func receiverOf(ctx context.Context, r store.Reader, id string) (x receiver, err error) {
	err = r.Row(ctx, "select tries, failing_at, next_at, told_at, trouble from tmp_trust_receivers where stream = $1", []any{id}, &x.tries, &x.failing, &x.next, &x.told, &x.trouble)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return x, err
	}
	return x, r.Row(ctx, "select count(*), coalesce(min(made_at), 0) from tmp_trust_signals where stream = $1 and done_at = 0", []any{id}, &x.waiting, &x.oldest)
}

// knowing lists the institutions that know a citizen now: those whom they agree
// to be known by, and those they are signed in with. It gives the person, too.
func knowing(ctx context.Context, r store.Reader, citizen ident.ID) (clients []ident.ID, person string, err error) {
	type row struct{ client, person string }
	rows, err := store.List(ctx, r, `select institution, person from trust_consents where citizen = $1 and ended_at = 0
		union select client, person from tmp_trust_links where citizen = $1 order by 1`, []any{string(citizen)}, func(scan store.Scan) (x row, err error) {
		return x, scan(&x.client, &x.person)
	})
	for _, x := range rows {
		clients, person = append(clients, ident.ID(x.client)), x.person
	}
	return clients, person, err
}

// streamOf gives an institution's stream; false if it has none.
func streamOf(ctx context.Context, r store.Reader, institution string) (st stream, found bool, err error) {
	st, err = store.First(streams(ctx, r, "institution = $1", institution))
	if fault.Is(err, fault.NotFound) {
		return st, false, nil
	}
	return st, err == nil, err
}
