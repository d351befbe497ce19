-- The closings of periods. The state is a stored file (as JSON), null once
-- something in it had to be forgotten.
create table journal_closings (
	id text not null primary key,
	seq bigint not null,
	through_seq bigint not null,
	ground text not null,
	state text
) without rowid;
