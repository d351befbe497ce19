package register

import (
	"context"
	"net/url"
	"strconv"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// complaints reads one page of the list under the reader's rights.
func (s *Service) complaints(ctx context.Context, rights policy.Predicate, q url.Values) ([]Complaint, error) {
	before, err := strconv.ParseInt(q.Get("after"), 10, 64)
	if err != nil {
		before = 1 << 62
	}
	rights = rights.Shift(3)
	return store.List(ctx, s.k.Reader, "select "+complaintColumns+" from register_complaints c where c.written_at < $1 and ($2 = '' or c.state = $2) and "+
		rights.SQL+" order by c.written_at desc, c.id desc limit $3", append([]any{before, q.Get("state"), deskPage + 1}, rights.Args...), scanComplaint)
}

// listsOf reads the daily lists an office received, newest first.
func (s *Service) listsOf(ctx context.Context, office ident.ID) ([]List, error) {
	return store.List(ctx, s.k.Reader, "select "+listColumns+" from register_lists l where l.office = $1 order by l.written_at desc limit 30", []any{string(office)}, scanList)
}
