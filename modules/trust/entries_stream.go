package trust

import (
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/signals"
)

// StreamKept says where and of what an institution wants to be told: its own
// program stated it, for the first time or anew.
type StreamKept struct {
	ID          ident.ID
	Institution ident.ID
	Method      string
	Address     string // of a push
	Header      string // what the push bears to be let in there, sealed under the service's secret
	Requested   []string
	Description string
}

// Apply keeps it; a new one runs.
func (e StreamKept) Apply(w *store.Writer, m journal.Meta) error {
	n, err := w.Exec("update trust_streams set method = $1, address = $2, header = $3, requested = $4, description = $5, kept_at = $6 where id = $7 and institution = $8",
		e.Method, e.Address, e.Header, list(e.Requested), e.Description, store.Micros(m.Happened), string(e.ID), string(e.Institution))
	if err != nil || n == 1 {
		return err
	}
	return w.One(`insert into trust_streams (id, institution, method, address, header, requested, description, status, reason, by_service, kept_at, status_at)
		values ($1, $2, $3, $4, $5, $6, $7, 'enabled', '', false, $8, $8)`,
		string(e.ID), string(e.Institution), e.Method, e.Address, e.Header, list(e.Requested), e.Description, store.Micros(m.Happened))
}

// About names the institution.
func (e StreamKept) About() []ident.Ref { return institutionRef(e.Institution) }

// StreamSet says that a stream runs, waits or is off.
type StreamSet struct {
	ID          ident.ID
	Institution ident.ID
	Status      signals.Status
	Reason      string // a word of ours, or what the receiver said
	ByService   bool
}

// Apply notes it.
func (e StreamSet) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update trust_streams set status = $1, reason = $2, by_service = $3, status_at = $4 where id = $5",
		string(e.Status), e.Reason, e.ByService, store.Micros(m.Happened), string(e.ID))
}

// About names the institution.
func (e StreamSet) About() []ident.Ref { return institutionRef(e.Institution) }

// StreamEnded says that an institution no longer wants to be told.
type StreamEnded struct {
	ID          ident.ID
	Institution ident.ID
}

// Apply removes it.
func (e StreamEnded) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("delete from trust_streams where id = $1", string(e.ID))
}

// About names the institution.
func (e StreamEnded) About() []ident.Ref { return institutionRef(e.Institution) }
