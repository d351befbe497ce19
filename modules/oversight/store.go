package oversight

import (
	"context"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

const (
	alarmColumns   = "a.id, a.by_officer, a.unit, a.action, a.record, a.reason, a.broken_at, a.due_at, a.state, a.judged_by, a.judged_at, a.finding, a.escalated_at"
	requestColumns = "q.id, q.by_officer, q.unit, q.action, q.record, q.reason, q.asked_at, q.state, q.answered_by, q.answered_at, q.answer"
)

func scanAlarm(scan store.Scan) (a Alarm, err error) {
	var record string
	var reason, finding journal.Sealed
	var broken, due, judged, escalated int64
	err = scan(&a.ID, &a.By, &a.Unit, &a.Action, &record, &reason, &broken, &due, &a.State, &a.JudgedBy, &judged, &finding, &escalated)
	if err != nil {
		return a, err
	}
	a.Reason, a.Finding = reason.Text(), finding.Text()
	a.Broken, a.Due, a.Judged, a.Escalated = store.Time(broken), store.Time(due), store.Time(judged), store.Time(escalated)
	a.Record, err = ident.ParseRef(record)
	return a, err
}

func scanRequest(scan store.Scan) (q Request, err error) {
	var record string
	var reason, answer journal.Sealed
	var asked, answered int64
	err = scan(&q.ID, &q.By, &q.Unit, &q.Action, &record, &reason, &asked, &q.State, &q.Answerer, &answered, &answer)
	if err != nil {
		return q, err
	}
	q.Reason, q.Answer = reason.Text(), answer.Text()
	q.Asked, q.Answered = store.Time(asked), store.Time(answered)
	if record != "" {
		q.Record, err = ident.ParseRef(record)
	}
	return q, err
}

// alarms reads alarms with who was told of them.
func alarms(ctx context.Context, r store.Reader, where string, args ...any) ([]Alarm, error) {
	all, err := store.List(ctx, r, "select "+alarmColumns+" from oversight_alarms a where "+where, args, scanAlarm)
	for i := range all {
		if err == nil {
			all[i].Seconds, err = eyes(ctx, r, all[i].ID)
		}
	}
	return all, err
}

// requests reads requests with who may decide them.
func requests(ctx context.Context, r store.Reader, where string, args ...any) ([]Request, error) {
	all, err := store.List(ctx, r, "select "+requestColumns+" from oversight_requests q where "+where, args, scanRequest)
	for i := range all {
		if err == nil {
			all[i].Deciders, err = eyes(ctx, r, all[i].ID)
		}
	}
	return all, err
}

func eyes(ctx context.Context, r store.Reader, of ident.ID) ([]ident.ID, error) {
	return store.List(ctx, r, "select officer from oversight_eyes where of_id = $1 order by officer", []any{string(of)}, scanID)
}

func scanID(scan store.Scan) (id ident.ID, err error) { return id, scan(&id) }

func addEyes(w *store.Writer, of ident.ID, all []ident.ID) error {
	for _, id := range all {
		if _, err := w.Exec("insert into oversight_eyes (of_id, officer, seen_at) values ($1, $2, 0) on conflict do nothing", string(of), string(id)); err != nil {
			return err
		}
	}
	return nil
}

// forget nulls what people wrote in an alarm or a request.
func forget(w *store.Writer, subject ident.ID) error {
	for _, text := range []string{
		"update oversight_alarms set reason = null, finding = null where id = $1",
		"update oversight_requests set reason = null, answer = null where id = $1",
	} {
		if _, err := w.Exec(text, string(subject)); err != nil {
			return err
		}
	}
	return nil
}

// within names the record in which an alarm or a request stands.
func within(ctx context.Context, r store.Reader, subject ident.ID) ([]ident.Ref, error) {
	return store.List(ctx, r, `select record from oversight_alarms where id = $1 union select record from oversight_requests where id = $1 and record <> ''`,
		[]any{string(subject)}, func(scan store.Scan) (ident.Ref, error) {
			var s string
			if err := scan(&s); err != nil {
				return ident.Ref{}, err
			}
			return ident.ParseRef(s)
		})
}

// Documents gives the alarms and requests about records, in whose free text
// somebody who is to be forgotten may stand.
func (s *Service) Documents(ctx context.Context, records []ident.ID) (out []ident.ID, err error) {
	for _, id := range records {
		some, err := store.List(ctx, s.k.Reader, `select id from oversight_alarms where record like $1 and reason is not null
			union select id from oversight_requests where record like $1 and reason is not null`, []any{"%/" + string(id)}, scanID)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// speaks gives the alarms and requests about a person's record: what stands in
// them ends with the person.
func speaks(ctx context.Context, r store.Reader, person ident.ID) (out app.Spoken, err error) {
	of := ident.Ref{Kind: "person", ID: person}.String()
	out, err = app.SpokenIn(ctx, r, `select false, case when judged_at > 0 then judged_at else broken_at end, '' from oversight_alarms where record = $1
		union all select false, case when answered_at > 0 then answered_at else asked_at end, '' from oversight_requests where record = $1`, of)
	if err != nil {
		return out, err
	}
	out.With, err = store.List(ctx, r, `select id from oversight_alarms where record = $1 and reason is not null
		union select id from oversight_requests where record = $1 and reason is not null order by 1`, []any{of}, scanID)
	return out, err
}
