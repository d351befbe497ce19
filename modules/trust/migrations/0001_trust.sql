-- Authorizations under way: pushed, then before a person. Working state.
create table tmp_trust_sessions (
	id text not null primary key,
	pushed text unique,
	asked text unique,
	client text not null,
	status text not null,
	body text not null,
	expires_at bigint not null,
	citizen text not null
);
create index tmp_trust_sessions_citizen on tmp_trust_sessions (citizen);
create index tmp_trust_sessions_over on tmp_trust_sessions (expires_at);

-- What was granted, until its last token is over. Working state.
create table tmp_trust_grants (
	id text not null primary key,
	code text unique,
	asked text unique,
	client text not null,
	citizen text not null,
	session text not null,
	body text not null,
	consumed_at bigint not null,
	revoked_at bigint not null,
	expires_at bigint not null
);
create index tmp_trust_grants_session on tmp_trust_grants (session);
create index tmp_trust_grants_citizen on tmp_trust_grants (citizen);
create index tmp_trust_grants_client on tmp_trust_grants (client);
create index tmp_trust_grants_over on tmp_trust_grants (expires_at);

-- Identifiers of assertions and proofs that were seen. Working state.
create table tmp_trust_seen (
	id text not null primary key,
	expires_at bigint not null
);
create index tmp_trust_seen_over on tmp_trust_seen (expires_at);

-- Which institutions a citizen's session has signed in with, so that they are
-- told when it ends. Working state.
create table tmp_trust_links (
	session text not null,
	client text not null,
	citizen text not null,
	person text not null,
	expires_at bigint not null,
	primary key (session, client)
);
create index tmp_trust_links_citizen on tmp_trust_links (citizen);
create index tmp_trust_links_over on tmp_trust_links (expires_at);

-- What institutions are still to be told. Working state.
create table tmp_trust_notices (
	id text not null primary key,
	client text not null,
	session text not null,
	person text not null,
	tries bigint not null,
	next_at bigint not null,
	expires_at bigint not null
);
create index tmp_trust_notices_next on tmp_trust_notices (next_at);

-- Codes that citizens drew for a counter, by which an institution that does not
-- know them yet may ask. Working state.
create table tmp_trust_counters (
	code text not null primary key,
	citizen text not null,
	person text not null,
	expires_at bigint not null
);
create index tmp_trust_counters_over on tmp_trust_counters (expires_at);

-- What an institution's sandbox has done, by check. Working state.
create table tmp_trust_trials (
	client text not null,
	what text not null,
	times bigint not null,
	detail text not null,
	at bigint not null,
	primary key (client, what)
);

-- The private parts of our signing keys, sealed. Working state: whoever loses
-- them publishes new ones.
create table tmp_trust_keys (
	kid text not null primary key,
	sealed bytea not null,
	expires_at bigint not null
);

-- Who relies on the service, or applies to.
create table trust_institutions (
	id text not null primary key,
	state text not null,
	sandbox boolean not null,
	host text not null,
	until_at bigint not null,
	keys text not null,
	version bigint not null,
	door text not null,
	why text,
	applied_at bigint not null,
	check (state in ('applied', 'active', 'suspended', 'expired', 'refused'))
);
create index trust_institutions_state on trust_institutions (state, until_at);
create index trust_institutions_host on trust_institutions (host);
create index trust_institutions_door on trust_institutions (door);

-- What an institution states, each time two persons decide on it.
create table trust_versions (
	institution text not null,
	n bigint not null,
	state text not null,
	name_ar text not null,
	name_fr text not null,
	name_en text not null,
	purpose_ar text not null,
	purpose_fr text not null,
	purpose_en text not null,
	basis text not null,
	ceiling text not null,
	level bigint not null,
	retention text not null,
	contact text not null,
	redirects text not null,
	post_logouts text not null,
	backchannel text not null,
	counter boolean not null,
	keys text not null,
	applied_at bigint not null,
	applied_by text not null,
	examined_by text not null,
	finding text,
	decided_by text not null,
	decided_at bigint not null,
	reason text,
	primary key (institution, n),
	check (state in ('applied', 'examined', 'approved', 'refused')),
	check (examined_by = '' or examined_by <> applied_by),
	check (decided_by = '' or state <> 'approved' or (decided_by <> examined_by and decided_by <> applied_by))
);

-- The keys that sign tokens.
create table trust_keys (
	kid text not null primary key,
	public text not null,
	from_at bigint not null,
	until_at bigint not null,
	retired_at bigint not null
);

-- Requests above the ceiling.
create table trust_refusals (
	id text not null primary key,
	institution text not null,
	above text not null,
	at bigint not null
);
create index trust_refusals_institution on trust_refusals (institution, at);

-- What citizens agreed to.
create table trust_consents (
	id text not null primary key,
	citizen text not null,
	person text not null,
	institution text not null,
	n bigint not null,
	claims text not null,
	left_out text not null,
	subject text,
	given_at bigint not null,
	ended_at bigint not null
);
create index trust_consents_citizen on trust_consents (citizen, institution, ended_at);
create index trust_consents_subject on trust_consents (subject);
create index trust_consents_person on trust_consents (person);

-- Who was verified, by whom, for what; and who declined.
create table trust_verifications (
	id text not null primary key,
	citizen text not null,
	person text not null,
	institution text not null,
	n bigint not null,
	claims text not null,
	level bigint not null,
	channel text not null,
	result text not null,
	at bigint not null
);
create index trust_verifications_citizen on trust_verifications (citizen, at);
create index trust_verifications_institution on trust_verifications (institution, at);
