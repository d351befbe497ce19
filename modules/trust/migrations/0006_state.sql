-- Working state is written several times in a sign-in and read by its key, so
-- a table has no index but those that its reading needs: each is a page more
-- in every commit. What is over is found by the table where its rows are small.
drop table tmp_trust_seen;
create table tmp_trust_seen (
	id text not null primary key,
	expires_at bigint not null
) without rowid;

drop table tmp_trust_links;
create table tmp_trust_links (
	session text not null,
	client text not null,
	citizen text not null,
	person text not null,
	expires_at bigint not null,
	primary key (session, client)
) without rowid;
create index tmp_trust_links_citizen on tmp_trust_links (citizen);

-- asked, and whose turn it is, only concern questions away from a page.
drop table tmp_trust_sessions;
create table tmp_trust_sessions (
	id text not null primary key,
	pushed text unique,
	asked text,
	client text not null,
	status text not null,
	body text not null,
	expires_at bigint not null,
	citizen text not null
);
create unique index tmp_trust_sessions_asked on tmp_trust_sessions (asked) where asked is not null;
create index tmp_trust_sessions_citizen on tmp_trust_sessions (citizen) where asked is not null;
create index tmp_trust_sessions_over on tmp_trust_sessions (expires_at);

drop table tmp_trust_grants;
create table tmp_trust_grants (
	id text not null primary key,
	code text unique,
	asked text,
	client text not null,
	citizen text not null,
	session text not null,
	body text not null,
	consumed_at bigint not null,
	revoked_at bigint not null,
	expires_at bigint not null
);
create unique index tmp_trust_grants_asked on tmp_trust_grants (asked) where asked is not null;
create index tmp_trust_grants_session on tmp_trust_grants (session);
create index tmp_trust_grants_citizen on tmp_trust_grants (citizen);
create index tmp_trust_grants_over on tmp_trust_grants (expires_at);
