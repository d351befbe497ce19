// Package demobank is the site of an institution that does not exist, for the
// demonstration: it speaks to the provider over HTTP as any bank would, with a
// client of its own, and says on every page that it is a simulator. It knows
// nothing of the service it runs beside but its address.
//
// A visitor signs in with it, sees what the bank was told, and finds that very
// line in the citizen's log.
package demobank
