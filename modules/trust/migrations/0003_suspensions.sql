-- How often an institution was suspended, and since when it is.
alter table trust_institutions add column suspensions bigint not null default 0;
alter table trust_institutions add column suspended_at bigint not null default 0;
