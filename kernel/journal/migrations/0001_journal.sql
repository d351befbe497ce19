-- The entries, in their one order. A row is written once and never changed.
create table journal_entries (
	seq bigint not null primary key,
	id text not null unique,
	kind text not null,
	version bigint not null,
	actor text not null,
	unit text not null,
	action text not null,
	purpose text not null,
	happened_at bigint not null,
	written_at bigint not null,
	body bytea not null,
	commitment bytea not null,
	chain bytea not null
);

-- Which entries a record's timeline shows, and who wrote what.
create table idx_journal_about (
	ref text not null,
	seq bigint not null,
	primary key (ref, seq)
) without rowid;
create index journal_entries_actor on journal_entries (actor, seq);

-- The keys of subjects, each wrapped under the master key and bound to its id.
create table journal_keys (
	subject text not null primary key,
	wrapped bytea not null
) without rowid;

-- What was erased and what is held, as the entries say.
create table journal_erased (
	subject text not null primary key,
	seq bigint not null,
	ground text not null
) without rowid;
create table journal_holds (
	ref text not null primary key,
	seq bigint not null,
	ground text not null
) without rowid;

-- How far each follower has come; the mac makes a moved cursor show.
create table journal_cursors (
	follower text not null primary key,
	seq bigint not null,
	mac bytea not null
) without rowid;
