-- What somebody asks of whoever holds a proof, until it is answered and read.
-- Working state; the answer is sealed.
create table tmp_proofs_requests (
	id text not null primary key,
	asker text not null,
	claims text not null,
	name text not null,
	purpose text not null,
	tries bigint not null,
	status text not null,
	answer text not null,
	until_at bigint not null
);
create index tmp_proofs_requests_until on tmp_proofs_requests (until_at);
