// Package e2e tries the whole program: the built binary with its commands,
// processes and files, and the same modules in process where every route is
// walked. Each test is a promise of the service held against somebody who
// wants to break it: who alters the store, kills the process, fills the disk,
// lies as a witness, sends rubbish.
//
//	AMANA_KILLS=100 go test -run TestDeath ./e2e     the long version of dying
//	AMANA_NUMBERS=all go test -run TestEveryNumber ./e2e   every card number
//	AMANA_TEST_POSTGRES=postgres://… go test ./e2e   also on PostgreSQL
package e2e
