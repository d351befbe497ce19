-- The account of one person of the index.
create table citizens_accounts (
	id text not null primary key,
	person text not null,
	unit text not null,
	enrolled_at bigint not null,
	enrolled_by text not null,
	since_at bigint not null,
	closed_at bigint not null,
	filled_at bigint not null,
	lines bigint not null,
	residence text
);
create unique index citizens_accounts_person on citizens_accounts (person) where closed_at = 0;
create index citizens_accounts_filled on citizens_accounts (filled_at);

-- One-time codes handed over at counters, by the digest of number and code.
create table citizens_codes (
	id text not null primary key,
	citizen text not null,
	digest text not null unique,
	issued_by text not null,
	issued_at bigint not null,
	until_at bigint not null,
	used_at bigint not null
);
create index citizens_codes_citizen on citizens_codes (citizen, until_at);

-- Passkeys and cards.
create table citizens_means (
	id text not null primary key,
	citizen text not null,
	kind text not null,
	fingerprint text not null,
	label text,
	record text,
	added_at bigint not null,
	revoked_at bigint not null,
	why text not null
);
create index citizens_means_citizen on citizens_means (citizen, added_at);
create index citizens_means_fingerprint on citizens_means (fingerprint);

-- The citizens' logs. What is told is sealed under the person.
create table citizens_lines (
	citizen text not null,
	n bigint not null,
	id text not null,
	person text not null,
	kind text not null,
	source text not null,
	delay text not null,
	by_ref text,
	by_ar text,
	by_fr text,
	by_en text,
	purpose text,
	purpose_ar text,
	purpose_fr text,
	purpose_en text,
	attributes text,
	result text,
	happened_at bigint not null,
	written_at bigint not null,
	primary key (citizen, n)
);
create unique index citizens_lines_source on citizens_lines (citizen, source);
create index citizens_lines_person on citizens_lines (person);

-- A judge's order: look-ups in a case appear later.
create table citizens_delays (
	id text not null primary key,
	person text not null,
	case_ref text not null,
	unit text not null,
	authority text,
	reference text,
	from_at bigint not null,
	until_at bigint not null,
	ordered_by text not null,
	ordered_at bigint not null,
	lifted_at bigint not null,
	lifted_by text not null
);
create index citizens_delays_person on citizens_delays (person, until_at);

-- What is held back, and when it was released into the log.
create table citizens_held (
	citizen text not null,
	source text not null,
	delay text not null,
	person text not null,
	kind text not null,
	by_ref text,
	by_ar text,
	by_fr text,
	by_en text,
	purpose text,
	attributes text,
	result text,
	happened_at bigint not null,
	held_at bigint not null,
	released_at bigint not null,
	primary key (citizen, source)
);
create index citizens_held_delay on citizens_held (delay, released_at);

-- Lines that their citizen contests.
create table citizens_contests (
	id text not null primary key,
	citizen text not null,
	person text not null,
	n bigint not null,
	reason text,
	opened_at bigint not null,
	due_at bigint not null,
	upheld boolean not null,
	answer text,
	answered_by text not null,
	answered_at bigint not null
);
create unique index citizens_contests_line on citizens_contests (citizen, n);
create index citizens_contests_due on citizens_contests (answered_at, due_at);

-- How far each lane of accesses was read into the logs.
create table citizens_lanes (
	lane text not null primary key,
	seq bigint not null
);

-- Citizens' sessions. Losing this table signs everyone out.
create table tmp_citizens_sessions (
	token text not null primary key,
	public text not null,
	citizen text not null,
	means text not null,
	kind text not null,
	proved_at bigint not null,
	began_at bigint not null,
	seen_at bigint not null
);
create index tmp_citizens_sessions_seen on tmp_citizens_sessions (seen_at);

-- Sign-ins by card that are under way.
create table tmp_citizens_cards (
	ticket text not null primary key,
	browser text not null,
	back text not null,
	challenge text not null,
	challenge_until bigint not null,
	citizen text not null,
	means text not null,
	proof text not null,
	until_at bigint not null
);
create index tmp_citizens_cards_until on tmp_citizens_cards (until_at);

-- The highest count of uses that each passkey has said.
create table tmp_citizens_uses (
	means text not null primary key,
	uses bigint not null
);
