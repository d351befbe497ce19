// Package passkey lets people sign in with WebAuthn credentials: keys that
// never leave a card, a reader or a phone, that ask their owner for a finger or
// a code each time (user verification is required), and that answer only to the
// address they were made for.
//
// # Signing in
//
//  1. The page's script asks for a challenge. It is drawn at random, kept for
//     five minutes as working state, and good for one answer.
//  2. The authenticator signs it; the user handle in its answer names the
//     account, so nobody types a name.
//  3. Origin, address, challenge, signature, user verification are checked, the
//     account must be active, and a count of uses that runs backwards closes
//     the key (a copy may exist). Then the server admits the account.
//
// # Enrolling
//
// A key is first registered with a one-time code that was told in person; later
// ones under the session of an earlier key. What is kept of a key is its public
// part, by the [Keeper], which is the module that keeps accounts.
//
// Every answer from a browser is parsed here and nowhere else; all of it is
// fuzzed at the handlers.
//
// It follows W3C Web Authentication level 3.
//
// Law: L09-08 (security of personal data)
package passkey
