-- How an institution wants to be told of what ends: one stream each.
create table trust_streams (
	id text not null primary key,
	institution text not null unique,
	method text not null,
	address text not null,
	header text not null,
	requested text not null,
	description text not null,
	status text not null,
	reason text not null,
	by_service boolean not null,
	kept_at bigint not null,
	status_at bigint not null
);

-- What institutions are still to be told, and what they were told, until it can
-- no longer come twice. Working state.
create table tmp_trust_signals (
	id text not null primary key,
	stream text not null,
	client text not null,
	pos text not null,
	kind text not null,
	body text not null,
	made_at bigint not null,
	issued_at bigint not null,
	done_at bigint not null,
	expires_at bigint not null
);
create index tmp_trust_signals_waiting on tmp_trust_signals (stream, done_at, pos);
create index tmp_trust_signals_over on tmp_trust_signals (expires_at);

-- How the other end of a stream is. Working state.
create table tmp_trust_receivers (
	stream text not null primary key,
	tries bigint not null,
	failing_at bigint not null,
	next_at bigint not null,
	told_at bigint not null,
	trouble text not null
);

-- About whom an institution no longer wants to be told. Working state.
create table tmp_trust_muted (
	stream text not null,
	subject text not null,
	primary key (stream, subject)
);
