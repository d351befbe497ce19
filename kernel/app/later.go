package app

import "sync"

// begin runs f beside whatever comes next; the function it gives waits for
// the result. A start takes as long as its longest chain, not as its sum.
func begin[T any](f func() (T, error)) func() (T, error) {
	result := sync.OnceValues(f)
	go func() { _, _ = result() }() // whoever waits is given both
	return result
}
