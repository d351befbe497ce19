package measure

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/amana-platform/amana/engines/names/namesdata"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/register"
)

// reads times protected reads: the policy's decision, the record, and the
// access entry durable before the answer.
func reads(ctx context.Context, h *house) ([]Result, error) {
	var complaints []ident.ID
	err := h.app.Reader.Each(ctx, "select id from register_complaints where unit = $1 limit 200", []any{string(h.desk.Unit)}, func(scan store.Scan) error {
		var id ident.ID
		err := scan(&id)
		complaints = append(complaints, id)
		return err
	})
	if err != nil || len(complaints) == 0 {
		return nil, fmt.Errorf("no complaints at the desk: %w", err)
	}
	least := 3000.0
	if h.o.Store != "" {
		least = 1500
	}
	var n atomic.Int64
	rate, _, err := h.rate(ctx, 64, func(ctx context.Context) error {
		ref := ident.Ref{Kind: register.KindComplaint, ID: complaints[int(n.Add(1))%len(complaints)]}
		res, err := h.s.Register.Resource(ctx, ref, h.duty)
		if err != nil {
			return err
		}
		g, err := h.app.Policy.Ask(ctx, h.desk, "register.complaint.read", res, h.duty)
		if err != nil {
			return err
		}
		if _, err := h.s.Register.Complaint(ctx, ref.ID); err != nil {
			return err
		}
		return h.app.Journal.Lane().Record(ctx, journal.Of(g, journal.Read, ref))
	})
	return []Result{{Name: "reads.64-callers", Value: rate, Unit: "reads/s", Limit: least, Note: "decision, record and durable access entry"}}, err
}

// pages times whole pages over HTTP: the lists of 50 that each role has open
// all day, under its own policy.
func pages(ctx context.Context, h *house) ([]Result, error) {
	srv := httptest.NewServer(h.app.Server)
	defer srv.Close()
	var out []Result
	for _, list := range []struct{ name, role, path string }{
		{"complaints", "duty-officer", "/register"}, {"cases-of-an-investigator", "investigator", "/cases"}, {"cases-of-a-chief", "brigade-chief", "/cases"},
	} {
		times, rows, err := turn(srv.URL, list.role, list.path)
		if err != nil {
			return nil, err
		}
		out = append(out, Result{Name: "pages." + list.name + ".p95", Value: quantile(times, 0.95), Unit: "ms", Limit: 200, AtMost: true,
			Note: fmt.Sprintf("%d rows shown, of %d cases in the store, with their access entry", rows, h.o.Cases)})
	}
	return out, nil
}

// turn signs in, reads a page again and again, and counts the rows of its table.
func turn(site, role, path string) (times []time.Duration, rows int, err error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, 0, err
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	if _, err := get(client.PostForm(site+"/demo/sign-in", url.Values{"as": {role}})); err != nil {
		return nil, 0, err
	}
	times = make([]time.Duration, 100)
	for i := range times {
		begun := time.Now()
		page, err := get(client.Get(site + path))
		if err != nil {
			return nil, 0, err
		}
		times[i] = time.Since(begun)
		rows = bytes.Count(page, []byte("<tr")) - bytes.Count(page, []byte("<thead"))
	}
	return times, rows, nil
}

func get(r *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	page, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode >= 400 {
		err = fmt.Errorf("%s: %s", r.Request.URL.Path, r.Status)
	}
	return page, err
}

// search times the index by full names in either script.
func search(ctx context.Context, h *house) ([]Result, error) {
	family, given := namesdata.Family(), namesdata.GivenMale()
	times := make([]time.Duration, 300)
	for i := range times {
		f, g := family[i*13%len(family)], given[i*5%len(given)]
		query := g.Latin[0] + " " + f.Latin[0]
		if i%2 == 0 {
			query = g.Arabic + " " + f.Arabic
		}
		begun := time.Now()
		if _, err := h.s.Index.Search(ctx, h.app.Reader, query, index.Filter{}, 10); err != nil {
			return nil, err
		}
		times[i] = time.Since(begun)
	}
	return []Result{{Name: "search.name.p95", Value: quantile(times, 0.95), Unit: "ms", Limit: 100, AtMost: true, Note: fmt.Sprintf("%d persons", h.o.Persons)}}, nil
}

// verifying times the whole verification, entries and accesses together.
func verifying(ctx context.Context, h *house) ([]Result, error) {
	who, ref := h.desk.ID, ident.Ref{Kind: "case", ID: h.app.Journal.NewID()}
	if _, _, err := h.rate(ctx, 64, func(ctx context.Context) error {
		return h.app.Journal.Lane().Record(ctx, journal.Access{Actor: who, Action: "bench", Outcome: journal.Read, Refs: []ident.Ref{ref}})
	}); err != nil {
		return nil, err
	}
	var entries, accesses, last time.Time
	begun := time.Now()
	report, err := h.app.Journal.Verify(ctx, journal.Scope{Progress: func(stage string, _ int64) {
		last = time.Now()
		if stage == "entries" {
			entries = last
		}
	}, Stage: func(stage string) {
		if stage == "tables" {
			entries = time.Now()
		}
		if stage == "accesses" {
			accesses = time.Now()
		}
		if stage == "log" {
			last = time.Now()
		}
	}})
	if err != nil {
		return nil, err
	}
	if !report.Clean() {
		return nil, fmt.Errorf("the store does not verify: %+v", report.Findings[0])
	}
	return []Result{
		{Name: "verify.entries", Value: float64(report.Entries) / entries.Sub(begun).Seconds(), Unit: "entries/s", Limit: 5000, Note: fmt.Sprintf("%d entries, replayed", report.Entries)},
		{Name: "verify.accesses", Value: float64(report.Accesses) / last.Sub(accesses).Seconds(), Unit: "accesses/s", Limit: 50_000, Note: fmt.Sprintf("%d accesses", report.Accesses)},
	}, nil
}

// starting times the program itself: how long it takes to fill the
// demonstration, and then, on its data, to start and to do nothing.
func starting(ctx context.Context, h *house) ([]Result, error) {
	data := filepath.Join(h.dir, "demo")
	if err := os.RemoveAll(data); err != nil { // of an earlier run in a kept folder
		return nil, err
	}
	begun := time.Now()
	if err := h.once(ctx, data, 5*time.Minute, nil); err != nil {
		return nil, err
	}
	filled := time.Since(begun).Seconds()
	var cold []time.Duration
	var idle float64
	for range 5 {
		begun := time.Now()
		err := h.once(ctx, data, 20*time.Second, func(pid int) {
			cold = append(cold, time.Since(begun))
			time.Sleep(500 * time.Millisecond)
			idle = resident(pid)
		})
		if err != nil {
			return nil, err
		}
	}
	size, err := os.Stat(h.o.Self)
	if err != nil {
		return nil, err
	}
	return []Result{
		{Name: "start.fill", Value: filled, Unit: "s", Limit: 60, AtMost: true, Note: "the whole demonstration, from an empty folder to the first page"},
		{Name: "start.cold.p50", Value: quantile(cold, 0.5), Unit: "ms", Limit: 300, AtMost: true},
		{Name: "start.idle", Value: idle, Unit: "MB", Limit: 120, AtMost: true, Note: "resident, with the signing process"},
		{Name: "start.binary", Value: float64(size.Size()) / 1e6, Unit: "MB", Limit: 70, AtMost: true},
	}, nil
}

// once starts the program, waits until it answers, and stops it.
func (h *house) once(ctx context.Context, data string, wait time.Duration, ready func(pid int)) error {
	const at = "127.0.0.1:18429"
	cmd := exec.CommandContext(ctx, h.o.Self, "demo", "--people", "full", "--data", data, "--listen", at)
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended by itself
		_ = cmd.Wait()                       // what was measured stands, however it ends
	}()
	for deadline := time.Now().Add(wait); ; time.Sleep(2 * time.Millisecond) {
		if _, err := get(http.Get("http://" + at + "/session/alive")); err == nil {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the program did not answer within %s", wait)
		}
	}
	if ready != nil {
		ready(cmd.Process.Pid)
	}
	return nil
}

// resident adds up the memory of a process and its children, in MB.
func resident(pid int) float64 {
	total := 0.0
	all, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, path := range all {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		var id, parent int
		var kb float64
		for line := range strings.Lines(string(raw)) {
			name, value, _ := strings.Cut(line, ":")
			first, _, _ := strings.Cut(strings.TrimSpace(value), " ")
			switch n, _ := strconv.Atoi(first); name {
			case "Pid":
				id = n
			case "PPid":
				parent = n
			case "VmRSS":
				kb = float64(n)
			}
		}
		if id == pid || parent == pid {
			total += kb / 1000
		}
	}
	return total
}
