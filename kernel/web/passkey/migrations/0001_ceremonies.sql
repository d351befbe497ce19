-- Challenges waiting for their answer. Losing this table makes people press
-- the button again.
create table tmp_passkey_ceremonies (
	id text not null primary key,
	kind text not null,
	account text not null,
	code text not null,
	answers text not null,
	back text not null,
	data bytea not null,
	until_at bigint not null
);
create index tmp_passkey_ceremonies_until on tmp_passkey_ceremonies (until_at);
