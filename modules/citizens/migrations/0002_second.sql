-- An order holds nothing back until a second person has confirmed it.
alter table citizens_delays add column confirmed_by text not null default '' check (confirmed_by = '' or confirmed_by <> ordered_by);
alter table citizens_delays add column confirmed_at bigint not null default 0 check (confirmed_at = 0 or confirmed_by <> '');
