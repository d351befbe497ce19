// Package signals is the wire form of what an institution is told without
// having asked: OpenID Shared Signals Framework 1.0 with events of the
// Continuous Access Evaluation Profile 1.0 and one of RISC 1.0, as security
// event tokens (RFC 8417), pushed (RFC 8935) or polled (RFC 8936).
//
// It reads what a receiver sends and writes what it is answered; it keeps
// nothing and knows no network. Text from the outside is bounded, and what
// would change who is told what is refused and never overlooked.
package signals
