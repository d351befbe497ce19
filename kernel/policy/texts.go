package policy

import "embed"

// Texts holds the words of refusals and purposes in the three languages.
// "policy.may-allow" takes {who}, the translated name of the role that a
// refusal's argument "who" gives; a purpose kind is "policy.purpose.<kind>".
//
//go:embed text/*.toml
var Texts embed.FS
