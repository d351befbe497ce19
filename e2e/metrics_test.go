package e2e

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMetricsCountAndNameNobody reads the figures for the monitoring while the
// service works: they count, and no id, name or number is
// in them; the service's own pages do not show them.
func TestMetricsCountAndNameNobody(t *testing.T) {
	data := folder(t)
	s := serve(t, data, "--metrics", "127.0.0.1:0")
	where := regexp.MustCompile(`http://127\.0\.0\.1:\d+/metrics`)
	address := ""
	for range 100 {
		if address = where.FindString(s.log.String()); address != "" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if address == "" {
		t.Fatalf("no address is told: %s", s.log)
	}
	officer := s.as("duty-officer")
	person := one[string](t, hand(t, data, "amana.db"), "select id from index_persons limit 1")
	for _, path := range []string{"/register", "/persons/" + person, "/persons/" + person, "/nowhere/" + person, "/metrics"} {
		if p := officer.Get(path); path == "/metrics" && p.Status != http.StatusNotFound {
			t.Errorf("the service's own address answers %d to %s", p.Status, path)
		}
	}
	body := fetch(t, address)
	for _, want := range []string{`amana_http_requests_total{pattern="GET /register",status="200"} 1`, `amana_http_requests_total{pattern="GET /persons/{id}",status="`,
		`amana_http_request_seconds_count{pattern="GET /register"} 1`, "\namana_journal_entries ", `amana_log_leaves{state="signed"}`, "\namana_log_behind_seconds ", "\ngo_goroutines ", "\nprocess_resident_memory_bytes "} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, word := range append(known(t, hand(t, data, "amana.db"), person).traces, person, person[:13]) {
		if strings.Contains(body, word) {
			t.Errorf("%q stands in the metrics", word)
		}
	}
}

func fetch(t testing.TB, address string) string {
	t.Helper()
	r, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", r.StatusCode, err)
	}
	return string(raw)
}
