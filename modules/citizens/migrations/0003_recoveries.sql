-- How often the account was recovered at a counter.
alter table citizens_accounts add column recoveries bigint not null default 0;
