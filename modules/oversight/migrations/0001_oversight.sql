-- Who read in an emergency, and how it was judged.
create table oversight_alarms (
	id text not null primary key,
	by_officer text not null,
	unit text not null,
	action text not null,
	record text not null,
	reason text,
	broken_at bigint not null,
	due_at bigint not null,
	state text not null,
	judged_by text not null,
	judged_at bigint not null,
	finding text,
	escalated_at bigint not null,
	check (judged_by <> by_officer)
);
create index oversight_alarms_state on oversight_alarms (state, due_at);
create index oversight_alarms_record on oversight_alarms (record);

-- Who asked for what they had been refused, and the answer.
create table oversight_requests (
	id text not null primary key,
	by_officer text not null,
	unit text not null,
	action text not null,
	record text not null,
	reason text,
	asked_at bigint not null,
	state text not null,
	answered_by text not null,
	answered_at bigint not null,
	answer text,
	check (answered_by <> by_officer)
);
create index oversight_requests_by on oversight_requests (by_officer, asked_at);
create index oversight_requests_record on oversight_requests (record);

-- Who was told of an alarm, or may decide a request.
create table oversight_eyes (
	of_id text not null,
	officer text not null,
	seen_at bigint not null,
	primary key (of_id, officer)
);
create index oversight_eyes_officer on oversight_eyes (officer);
