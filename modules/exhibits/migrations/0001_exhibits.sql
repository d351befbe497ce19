create table exhibits_exhibits (
    id text not null primary key,
    entry text not null,
    case_id text not null,
    pv text not null,
    item bigint not null,
    line bigint not null,
    unit text not null,
    series text not null,
    n bigint not null,
    number text not null,
    category text not null,
    milli bigint not null,
    measure text not null,
    description text,
    person text not null,
    place text,
    witnesses text,
    seized_at bigint not null,
    written_at bigint not null,
    seized_by text not null,
    state text not null,
    seal text not null,
    seal_entry text not null,
    holder text not null,
    held_unit text not null,
    kept text not null,
    shelf text,
    condition text,
    pending text not null,
    receiver text not null,
    version bigint not null,
    check (receiver = '' or receiver <> holder)
);
create unique index exhibits_exhibits_item on exhibits_exhibits (case_id, item);
create unique index exhibits_exhibits_number on exhibits_exhibits (unit, series, n);
create index exhibits_exhibits_text on exhibits_exhibits (number);
create index exhibits_exhibits_seal on exhibits_exhibits (seal);
create index exhibits_exhibits_holder on exhibits_exhibits (holder, written_at);
create index exhibits_exhibits_receiver on exhibits_exhibits (receiver);
create index exhibits_exhibits_person on exhibits_exhibits (person);

create table exhibits_steps (
    exhibit text not null,
    n bigint not null,
    kind text not null,
    state text not null,
    holder text not null,
    held_unit text not null,
    seal text not null,
    kept text not null,
    condition text,
    happened_at bigint not null,
    written_at bigint not null,
    writer text not null,
    entry text not null,
    primary key (exhibit, n)
);
create unique index exhibits_steps_entry on exhibits_steps (entry);

create table exhibits_seals (
    number text not null primary key,
    exhibit text not null,
    unit text not null,
    series text not null,
    n bigint not null,
    closed_at bigint not null,
    closed_by text not null,
    witnesses text,
    opened_at bigint not null,
    opened_by text not null,
    presence text not null,
    present text,
    reason text
);
create unique index exhibits_seals_series on exhibits_seals (unit, series, n);
create index exhibits_seals_exhibit on exhibits_seals (exhibit);

create table exhibits_handovers (
    id text not null primary key,
    exhibit text not null,
    giver text not null,
    receiver text not null,
    destination text not null,
    state text not null,
    authority text,
    order_number text not null,
    order_day text not null,
    remark text,
    reason text,
    offered_at bigint not null,
    answered_at bigint not null,
    check (giver <> receiver)
);
create index exhibits_handovers_exhibit on exhibits_handovers (exhibit);

create table exhibits_photos (
    address text not null primary key,
    exhibit text not null,
    step bigint not null,
    size bigint not null,
    mime text not null,
    width bigint not null,
    height bigint not null,
    name text,
    wrapped bytea not null,
    digest bytea not null,
    written_at bigint not null
);
create index exhibits_photos_exhibit on exhibits_photos (exhibit);
