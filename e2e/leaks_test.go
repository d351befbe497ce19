package e2e

import "regexp"

// inside matches what only the program and its makers know: Go and SQL
// errors, stack traces, paths, text keys that no language has.
var inside = regexp.MustCompile(`(?i)goroutine \d|panic:|runtime error|\.go:\d+|sqlite|pgx|SQLSTATE|constraint failed|no such (table|column)|syntax error at|invalid memory|unexpected EOF|strconv\.|json: |multipart: |http: |/tmp/|\x{27e6}[^<\x{27e7}]{0,60}`)

// leaks gives what an answer shows of the inside, "" for nothing.
func leaks(body []byte) string { return string(inside.Find(body)) }
