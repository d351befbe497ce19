-- When the person of a session last proved that it is they.
alter table tmp_sessions add column proved_at bigint not null default 0;
