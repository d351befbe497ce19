-- Lists of records whose term is over, put before whoever decides.
create table disposal_lists (
	id text not null primary key,
	class text not null,
	action text not null,
	approver text not null,
	unit text not null,
	office text not null,
	by_officer text not null,
	drawn_at bigint not null,
	state text not null,
	decided_by text not null,
	decided_at bigint not null,
	reason text,
	received text,
	transferred_at bigint not null,
	check (decided_by <> by_officer)
);
create index disposal_lists_unit on disposal_lists (unit, drawn_at);
create index disposal_lists_office on disposal_lists (office, state);
create index disposal_lists_state on disposal_lists (state);

-- The records on them, and what became of each.
create table disposal_items (
	list text not null,
	n bigint not null,
	ref text not null,
	since_at bigint not null,
	until_at bigint not null,
	outcome text not null,
	ended_at bigint not null,
	primary key (list, n)
);
create unique index disposal_items_ref on disposal_items (list, ref);
create index disposal_items_outcome on disposal_items (outcome, until_at);
create index disposal_items_record on disposal_items (ref);
