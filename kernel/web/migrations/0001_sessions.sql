-- Sign-ins. Losing this table signs everyone out and loses nothing else.
create table tmp_sessions (
	token text not null primary key,
	public text not null,
	account text not null,
	purpose text not null,
	lang text not null,
	theme text not null,
	demo boolean not null,
	began_at bigint not null,
	seen_at bigint not null
) without rowid;

-- What people have typed and not yet submitted, field by field, sealed under
-- the node's key.
create table tmp_drafts (
	form text not null,
	owner text not null,
	field text not null,
	value bytea not null,
	version bigint not null,
	who text not null,
	saved_at bigint not null,
	primary key (form, owner, field)
) without rowid;
