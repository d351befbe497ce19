-- When a complaint was closed, for its term to begin. A folder from before the
-- first release learns it by `amana rebuild`.
alter table register_complaints add column closed_at bigint not null default 0;
create index register_complaints_closed on register_complaints (closed_at);
create index register_custodies_ended on register_custodies (ended_at);
