-- Credentials that wallets took. What they say is not kept.
create table proofs_credentials (
	id text not null primary key,
	citizen text not null,
	type text not null,
	form text not null,
	list_index bigint not null unique,
	issued_at bigint not null,
	until_at bigint not null,
	revoked_at bigint not null
);
create index proofs_credentials_citizen on proofs_credentials (citizen, issued_at);
create index proofs_credentials_revoked on proofs_credentials (revoked_at);

-- Offers that no wallet has redeemed. Losing this table makes people ask again.
create table tmp_proofs_offers (
	code text not null primary key,
	digits text not null,
	tries bigint not null,
	citizen text not null,
	type text not null,
	form text not null,
	until_at bigint not null
);
create index tmp_proofs_offers_until on tmp_proofs_offers (until_at);

-- Access tokens of redeemed offers, and how many credentials they still give.
create table tmp_proofs_tokens (
	token text not null primary key,
	citizen text not null,
	type text not null,
	form text not null,
	remaining bigint not null,
	until_at bigint not null
);
create index tmp_proofs_tokens_until on tmp_proofs_tokens (until_at);

-- Nonces that wallets must repeat, each once.
create table tmp_proofs_nonces (
	nonce text not null primary key,
	until_at bigint not null
);
create index tmp_proofs_nonces_until on tmp_proofs_nonces (until_at);
