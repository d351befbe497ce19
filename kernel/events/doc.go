// Package events brings the journal to whoever follows it: modules that
// append what follows from an entry, pages that stay live, and the other
// nodes of the same store.
//
// # What is where
//
// The journal is the outbox and the only source. A node learns that it has
// grown in three ways: from its own commits, from the bus, and, should both
// be silent, by looking every [Patience]. Then it reads the journal, in order
// and without gaps, and wakes those whom the new entries concern.
//
// The bus is NATS JetStream: a server inside this process that listens
// nowhere, or one that is configured, over which several nodes hear of each
// other's entries at once. Its messages hold an entry's id, seq, kind and the
// records it is about, never what it says; their Msg-Id is the entry's id. The
// stream keeps a bounded window of them for programs outside that would follow
// too. Its last message is the cursor of the outbox: whatever the journal has
// beyond it is published next, by whichever node comes first. A bus that is
// lost loses nothing and stops nobody; nodes hear of each other later, by
// [Patience].
//
// # Once in effect
//
// A [Follower] receives every entry after its cursor, in order, on the node
// that leads. The cursor moves in the commit of what the follower appends, and
// only forwards, which the journal checks under its lock: two nodes that both
// believe they lead deliver twice and take effect once.
package events
