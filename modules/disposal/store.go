package disposal

import (
	"context"
	"encoding/json"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
)

const listColumns = "l.id, l.class, l.action, l.approver, l.unit, l.office, l.by_officer, l.drawn_at, l.state, l.decided_by, l.decided_at, l.reason, l.received, l.transferred_at"

func scanList(scan store.Scan) (l List, err error) {
	err = scan(&l.ID, &l.Class, &l.Action, &l.Approver, &l.Unit, &l.Office, &l.By, store.At(&l.Drawn), &l.State, &l.DecidedBy, store.At(&l.Decided), journal.Words(&l.Reason), journal.Words(&l.Received),
		store.At(&l.Transferred))
	return l, err
}

func scanItem(scan store.Scan) (i Item, err error) {
	var ref string
	if err = scan(&ref, store.At(&i.Since), store.At(&i.Until), &i.Outcome, store.At(&i.Ended)); err != nil {
		return i, err
	}
	i.Ref, err = ident.ParseRef(ref)
	return i, err
}

// lists reads lists with their records.
func lists(ctx context.Context, r store.Reader, where string, args ...any) ([]List, error) {
	all, err := store.List(ctx, r, "select "+listColumns+" from disposal_lists l where "+where, args, scanList)
	for i := range all {
		if err == nil {
			all[i].Items, err = store.List(ctx, r, "select ref, since_at, until_at, outcome, ended_at from disposal_items where list = $1 order by n", []any{string(all[i].ID)}, scanItem)
		}
	}
	return all, err
}

func readList(ctx context.Context, r store.Reader, id ident.ID) (List, error) {
	return store.First(lists(ctx, r, "l.id = $1", string(id)))
}

// spoken lists the records of a class that no new list may name now: those on an
// open list, those kept until later, those that are gone.
func spoken(ctx context.Context, r store.Reader, class string, now time.Time) (map[string]bool, error) {
	out := map[string]bool{}
	err := r.Each(ctx, `select i.ref from disposal_items i join disposal_lists l on l.id = i.list
		where l.class = $1 and (i.outcome in ('', 'empty') or i.outcome = 'kept' and i.until_at > $2)`, []any{class, store.Micros(now)}, func(scan store.Scan) error {
		var ref string
		err := scan(&ref)
		out[ref] = true
		return err
	})
	return out, err
}

// forget nulls what was written about a list that is erased.
func forget(w *store.Writer, subject ident.ID) error {
	if _, err := w.Exec("update disposal_papers set info = null where list = $1", string(subject)); err != nil {
		return err
	}
	_, err := w.Exec("update disposal_lists set reason = null, received = null where id = $1", string(subject))
	return err
}

// paperOf gives where the paper of a list lies in a language.
func paperOf(ctx context.Context, r store.Reader, list ident.ID, lang text.Lang) (blobs.Info, error) {
	return store.One(ctx, r, "select info from disposal_papers where list = $1 and lang = $2", []any{string(list), string(lang)}, scanPaper)
}

// papers lists those that are kept.
func papers(ctx context.Context, r store.Reader, each func(blobs.Info) error) error {
	return r.Each(ctx, "select info from disposal_papers where info is not null order by list, lang", nil, func(scan store.Scan) error {
		i, err := scanPaper(scan)
		if err != nil {
			return err
		}
		return each(i)
	})
}

func scanPaper(scan store.Scan) (i blobs.Info, err error) {
	var raw string
	if err := scan(journal.Words(&raw)); err != nil {
		return i, err
	}
	if raw == "" { // forgotten with the list's words
		return i, fault.New(fault.Refused, "disposal.forgotten")
	}
	return i, json.Unmarshal([]byte(raw), &i)
}

// within names the list itself: a hold on it keeps its words.
func within(ctx context.Context, r store.Reader, subject ident.ID) ([]ident.Ref, error) {
	return store.List(ctx, r, "select id from disposal_lists where id = $1", []any{string(subject)}, func(scan store.Scan) (ref ident.Ref, err error) {
		ref.Kind = KindList
		return ref, scan(&ref.ID)
	})
}
