package provider

import (
	"sync"
	"time"
)

// polls remembers when each question was last looked after.
type polls struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// allow reports whether it may be looked after now.
func (p *polls) allow(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil || len(p.last) > 20_000 {
		p.last = map[string]time.Time{}
	}
	now := time.Now()
	ok := now.Sub(p.last[id]) >= (pollEvery*time.Second)*8/10 // what a network shifts is nobody's fault
	p.last[id] = now
	return ok
}
