-- Reads, searches, exports and refusals: one lane per node, in its own order.
create table access_entries (
	lane text not null,
	seq bigint not null,
	id text not null,
	at bigint not null,
	actor text not null,
	unit text not null,
	action text not null,
	purpose text not null,
	refs text not null,
	outcome text not null,
	detail text not null,
	said bytea,
	said_digest bytea not null,
	salt bytea not null,
	commitment bytea not null,
	primary key (lane, seq)
) without rowid;
create index access_entries_actor on access_entries (actor, at);

-- Which accesses touched a record: who looked at it.
create table idx_access_refs (
	ref text not null,
	lane text not null,
	seq bigint not null,
	primary key (ref, lane, seq)
) without rowid;

-- The keys of what people wrote (search words, reasons), one per access.
create table access_keys (
	lane text not null,
	seq bigint not null,
	wrapped bytea not null,
	primary key (lane, seq)
) without rowid;

-- One row per shared commit: the Merkle root of its accesses, chained.
create table access_batches (
	lane text not null,
	batch bigint not null,
	first_seq bigint not null,
	last_seq bigint not null,
	written_at bigint not null,
	root bytea not null,
	chain bytea not null,
	primary key (lane, batch)
) without rowid;

-- Where each leaf went; the log itself is the record of it.
create table tmp_access_leaves (
	source text not null,
	seq bigint not null,
	leaf_index bigint not null,
	primary key (source, seq)
) without rowid;
create index tmp_access_leaves_index on tmp_access_leaves (leaf_index);
