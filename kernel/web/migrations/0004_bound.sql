-- The post and the shift that a session is bound to: it ends with them.
alter table tmp_sessions add column post text not null default '';
alter table tmp_sessions add column shift text not null default '';
create index tmp_sessions_public on tmp_sessions (public);
