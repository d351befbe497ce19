// Package main tries what no code outside kernel/policy may do: it must not
// compile, line by line.
package main

import "github.com/amana-platform/amana/kernel/policy"

func main() {
	var g policy.Grant
	g.id = "0190a000-0000-7000-8000-000000000001"
	g.action = &policy.Action{Appends: []string{"cases.case.opened"}}
	_ = policy.Grant{at: g.At()}
	_ = policy.Grant{"0190a000-0000-7000-8000-000000000001"}
}
