-- Control accesses that the program planted, and what became of each.
create table journal_controls (
	id text not null primary key,
	seq bigint not null,
	lane text not null,
	planted_at bigint not null,
	access_seq bigint not null,
	seen_at bigint not null,
	missed_at bigint not null
) without rowid;

-- The latest hourly statement about each lane.
create table journal_counts (
	lane text not null primary key,
	seq bigint not null,
	last_seq bigint not null,
	counted_at bigint not null
) without rowid;

-- The checkpoints that were printed on a page to be kept outside the house.
create table journal_pages (
	seq bigint not null primary key,
	leaves bigint not null,
	printed_at bigint not null
);
