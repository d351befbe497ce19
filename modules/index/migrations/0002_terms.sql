-- Which persons no record speaks of any more, and since when; which are to be
-- looked at again. Working state: whoever loses it looks at all of them again.
create table tmp_index_terms (
	person text not null primary key,
	unit text not null,
	recorded_at bigint not null,
	since_at bigint not null,
	look_at bigint not null
);
create index tmp_index_terms_unit on tmp_index_terms (unit, since_at);
create index tmp_index_terms_since on tmp_index_terms (since_at);
create index tmp_index_terms_look on tmp_index_terms (look_at);
create index tmp_index_terms_recorded on tmp_index_terms (recorded_at, person);
create index index_persons_recorded on index_persons (recorded_at, id);
