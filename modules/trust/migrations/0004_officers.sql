-- Programs of the service's own, whose subjects are officers.
alter table trust_versions add column officers boolean not null default false;

-- Which officer was vouched for, to which program. No citizen stands here, and
-- no officer among the citizens' verifications.
create table trust_officers (
	id text not null primary key,
	officer text not null,
	institution text not null,
	n bigint not null,
	claims text not null,
	level bigint not null,
	at bigint not null
);
create index trust_officers_officer on trust_officers (officer, at);
create index trust_officers_institution on trust_officers (institution, at);
