package journal

import (
	"sync"

	"github.com/amana-platform/amana/kernel/fault"
)

// signal wakes everyone who waits for news.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

// wait gives a channel that closes at the next news.
func (s *signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}

// News gives a channel that closes when the next entry has been committed by
// this process. Other nodes' entries are learnt from the bus (kernel/events).
func (j *Journal) News() <-chan struct{} { return j.news.wait() }

// brake refuses writes while the transparency log lags too far behind: an
// entry that no checkpoint covers soon could be unwritten.
type brake struct {
	mu  sync.Mutex
	err error
}

func (b *brake) set(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = nil
	if on {
		b.err = fault.New(fault.Unavailable, "journal.log-lags")
	}
}

func (b *brake) check() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}
