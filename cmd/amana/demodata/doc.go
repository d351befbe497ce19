// Package demodata fills an empty service with a synthetic one: real kinds of
// units, invented people. Everything is drawn from one seed and one "now", so
// that two runs decode to the same values. Units, officers, persons and
// vehicles are seeded in bulk; complaints, cases and custody are written by
// the invented officers themselves, through the same doors, rules and gates as
// everybody, with the clock moved along.
//
// No name, number or case belongs to a real person. Names are drawn from the
// name engine's list of common names; numbers are random.
package demodata
