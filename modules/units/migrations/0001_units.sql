-- The tree of services as it is now.
create table units_units (
	id text not null primary key,
	code text not null,
	type text not null,
	parent text not null,
	name_ar text not null,
	name_fr text not null,
	name_en text not null,
	area text not null,
	from_at bigint not null,
	to_at bigint not null,
	successor text not null,
	version bigint not null
);
create unique index units_units_code on units_units (code);
create index units_units_parent on units_units (parent);

-- Where each unit stood, and as what, in every past: statistics are counted by
-- the tree that was valid on the day of the facts.
create table units_placements (
	unit text not null,
	seq bigint not null,
	from_at bigint not null,
	to_at bigint not null,
	parent text not null,
	type text not null,
	name_ar text not null,
	name_fr text not null,
	name_en text not null,
	area text not null,
	act text not null,
	primary key (unit, seq)
);

-- Every unit under every unit above it, itself included (depth 0), for the tree
-- that is valid now. A closed unit stands under its successor, who answers for
-- its records.
create table units_closure (
	ancestor text not null,
	unit text not null,
	depth bigint not null,
	primary key (ancestor, unit)
);
create index units_closure_unit on units_closure (unit);

create table units_officers (
	id text not null primary key,
	matricule text,
	given_ar text,
	family_ar text,
	given text,
	family text,
	grade text not null,
	track text not null,
	sex text not null,
	since_at bigint not null,
	version bigint not null
);
create index units_officers_matricule on units_officers (matricule);

create table units_posts (
	id text not null primary key,
	officer text not null,
	unit text not null,
	role text not null,
	act text not null,
	from_at bigint not null,
	to_at bigint not null,
	written_at bigint not null
);
create index units_posts_officer on units_posts (officer);
create index units_posts_unit on units_posts (unit);

create table units_capacities (
	id text not null primary key,
	officer text not null,
	capacity text not null,
	act text not null,
	from_at bigint not null,
	to_at bigint not null
);
create index units_capacities_officer on units_capacities (officer);

create table units_suspensions (
	id text not null primary key,
	officer text not null,
	from_at bigint not null,
	by_officer text not null,
	reason text,
	lifted_at bigint not null,
	lifted_by text not null
);
create index units_suspensions_officer on units_suspensions (officer);

-- Standing duties: the record kind "task" that purposes name.
create table units_duties (
	id text not null primary key,
	unit text not null,
	officer text not null,
	post text not null,
	kind text not null,
	from_at bigint not null,
	to_at bigint not null
);
create index units_duties_unit on units_duties (unit);
create index units_duties_officer on units_duties (officer);

create table units_passkeys (
	id text not null primary key,
	officer text not null,
	label text,
	record text,
	made_at bigint not null,
	removed_at bigint not null,
	doubted_at bigint not null
);
create index units_passkeys_officer on units_passkeys (officer);

-- One-time codes, by hash. A code of no officer makes the first administrator.
create table units_codes (
	id text not null primary key,
	hash text not null,
	officer text not null,
	made_at bigint not null,
	until_at bigint not null,
	used_at bigint not null
);
create unique index units_codes_hash on units_codes (hash);

-- How far the tables have come: readers who keep a picture of them in memory
-- look here whether it is still true.
create table units_pulse (
	id bigint not null primary key,
	seq bigint not null
);

-- Search keys of officers, derived from their rows.
create table idx_units_words (
	word text not null,
	officer text not null,
	primary key (word, officer)
);
create index idx_units_words_officer on idx_units_words (officer);

-- How often each passkey says it was used: working state, by which a copy
-- betrays itself. Lost, counting starts again from the registered value.
create table tmp_units_uses (
	passkey text not null primary key,
	uses bigint not null,
	at bigint not null
);
