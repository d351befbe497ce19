// Package store keeps tables, on SQLite (one file) or PostgreSQL, with one
// text of SQL for both: lower case, $1 parameters, every value bound.
//
// What may touch a table is a matter of types:
//
//   - Reader can only query, and the engine refuses a query that writes;
//     that is all service code and pages ever hold.
//   - Writer is handed to the Apply functions of journal entries. It takes
//     single insert, update and delete statements, on tables of its module
//     only, and dies when Apply returns.
//   - Scratch writes tmp_ tables, the working state that may be lost.
//   - Batch is the write transaction itself; only the journal opens one.
//
// Columns: text ids and text, bigint for whole numbers and for times
// (microseconds since 1970, UTC), boolean, bytea. No floating point and no
// engine-specific type in a record table, so that rows of both engines
// compare equal.
package store
