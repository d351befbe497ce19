package app

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics is what a monitoring system reads of the service: counts and times by
// route pattern, how far the signed log is behind, which alarms stand. Nothing in
// it names a record, a person or an officer.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// buckets are of seconds: a page is budgeted half a second (DESIGN 7).
var buckets = []float64{.002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10}

func newMetrics(a *App) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "amana_http_requests_total", Help: "Requests answered, by route pattern and status."}, []string{"pattern", "status"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "amana_http_request_seconds", Help: "Time to the released answer, its access entry on the disk included.", Buckets: buckets}, []string{"pattern"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, standing{a}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// answered notes one answer.
func (m *metrics) answered(pattern string, status int, took time.Duration) {
	m.requests.WithLabelValues(pattern, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(pattern).Observe(took.Seconds())
}

// Metrics answers a Prometheus server. It is no page of the service and asks
// nobody who they are: it belongs on an address that only the monitoring reaches.
func (a *App) Metrics() http.Handler {
	return promhttp.HandlerFor(a.metrics.registry, promhttp.HandlerOpts{Timeout: 10 * time.Second})
}

var (
	entriesTotal = prometheus.NewDesc("amana_journal_entries", "Entries of the journal.", nil, nil)
	logLeaves    = prometheus.NewDesc("amana_log_leaves", "Leaves of the signed log, on the disk and under the published checkpoint.", []string{"state"}, nil)
	logBehind    = prometheus.NewDesc("amana_log_behind_seconds", "Age of the oldest leaf under no checkpoint; 0 if all are.", nil, nil)
	alarmsUp     = prometheus.NewDesc("amana_alarm", "1 for each alarm that stands.", []string{"alarm", "about"}, nil)
)

// standing reads how the service stands when it is asked.
type standing struct{ a *App }

// Describe names what Collect gives.
func (s standing) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{entriesTotal, logLeaves, logBehind, alarmsUp} {
		out <- d
	}
}

// Collect gives it. What cannot be read is an error of the metric and of no
// other.
func (s standing) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, err error, labels ...string) {
		if err != nil {
			out <- prometheus.NewInvalidMetric(d, err)
			return
		}
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	last, err := s.a.Journal.Last(ctx)
	gauge(entriesTotal, float64(last), err)
	lag, err := s.a.Logging.Lag(ctx)
	gauge(logLeaves, float64(lag.Size), err, "written")
	gauge(logLeaves, float64(lag.Covered), err, "signed")
	gauge(logBehind, lag.Age.Seconds(), err)
	for _, x := range s.a.Alarms.List() {
		gauge(alarmsUp, 1, nil, strings.TrimPrefix(x.Key, "alarms."), x.About)
	}
}
