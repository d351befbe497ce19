package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
)

func actorID(s string) ident.ID { return ident.ID(s) }

// beat is how often a silent stream says that it lives.
const beat = 15 * time.Second

// live streams the ids of new entries about a record as server-sent events.
// It carries no data: the page fetches its own fragments, and is granted or
// refused them anew. An event's id is its seq, so that a dropped connection
// resumes after the last one it saw.
func (s *Server) live(r *Request) error {
	if r.Session == nil { // an answer without content tells the browser not to ask again
		r.out.through().WriteHeader(http.StatusNoContent)
		return nil
	}
	ref, err := ident.ParseRef(r.PathValue("kind") + "/" + r.PathValue("id"))
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "fault.not-found")
	}
	seen := r.Header.Get("Last-Event-ID")
	if seen == "" { // a script that reconnects by itself cannot set the header
		seen = r.URL.Query().Get("last-event-id")
	}
	last, err := strconv.ParseInt(seen, 10, 64)
	if err != nil {
		if last, err = s.Journal.Last(r.Context()); err != nil {
			return err
		}
	}
	own := ident.Ref{Kind: "officer", ID: r.Actor.ID} // what concerns the reader, wherever they are
	watch, mine := s.Events.Watch(ref), s.Events.Watch(own)
	defer watch.Close()
	defer mine.Close()
	h := r.out.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	w := r.out.through()
	w.WriteHeader(http.StatusOK)
	flush := http.NewResponseController(w)
	fmt.Fprintf(w, "id: %d\nevent: hello\ndata: {}\n\n", last)
	if err := flush.Flush(); err != nil {
		return nil
	}
	for {
		if last, err = s.sendNews(r, w, ref, own, last); err != nil || flush.Flush() != nil {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-watch.C:
		case <-mine.C:
		case <-time.After(beat):
			if again, err := s.sessions.read(r.Request); err != nil || again == nil {
				fmt.Fprint(w, "event: signed-out\ndata: {}\n\n")
				_ = flush.Flush() // whoever left need not hear it
				return nil
			}
			fmt.Fprint(w, ": beat\n\n")
		}
	}
}

// sendNews writes what came after last: an "entry" for each about the record, a
// "task" for each about the reader, in order, so that the last id stands for both.
func (s *Server) sendNews(r *Request, w http.ResponseWriter, ref, own ident.Ref, last int64) (int64, error) {
	seqs, err := s.Journal.About(r.Context(), ref, last, 100)
	if err != nil {
		return last, err
	}
	tasks, err := s.Journal.About(r.Context(), own, last, 100)
	if err != nil {
		return last, err
	}
	all := append(slices.Clone(seqs), tasks...)
	slices.Sort(all)
	for _, seq := range slices.Compact(all) {
		if slices.Contains(tasks, seq) { // without an id: the entry's own event may follow
			if _, err := fmt.Fprint(w, "event: task\ndata: {}\n\n"); err != nil {
				return last, err
			}
		}
		if slices.Contains(seqs, seq) {
			if _, err := fmt.Fprintf(w, "id: %d\nevent: entry\ndata: {\"seq\":%d}\n\n", seq, seq); err != nil {
				return last, err
			}
		}
		last = seq
	}
	return last, nil
}
