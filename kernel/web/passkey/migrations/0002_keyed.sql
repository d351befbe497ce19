-- They wait some minutes, are small and are few: what is over is found by the table.
drop table tmp_passkey_ceremonies;
create table tmp_passkey_ceremonies (
	id text not null primary key,
	kind text not null,
	account text not null,
	code text not null,
	answers text not null,
	back text not null,
	data bytea not null,
	until_at bigint not null
) without rowid;
