create table register_complaints (
    id text not null primary key,
    entry text not null,
    received text not null,
    unit text not null,
    facts_unit text not null,
    competent text not null,
    series text not null,
    n bigint not null,
    number text not null,
    origin text not null,
    state text not null,
    received_at bigint not null,
    written_at bigint not null,
    writer text not null,
    facts_on text not null,
    facts_clock text not null,
    place text,
    facts text,
    due_at bigint not null,
    told_at bigint not null,
    outcome text not null,
    case_id text not null,
    case_number text not null,
    proposer text not null,
    reason text,
    authorised text not null,
    transfer text not null,
    version bigint not null
);
create unique index register_complaints_number on register_complaints (received, series, n);
create index register_complaints_unit on register_complaints (unit, written_at);
create index register_complaints_text on register_complaints (number);
create index register_complaints_case on register_complaints (case_id);
create index register_complaints_due on register_complaints (told_at, due_at);

create table register_parties (
    complaint text not null,
    n bigint not null,
    role text not null,
    person text not null,
    primary key (complaint, n)
);
create index register_parties_person on register_parties (person);

create table register_offences (
    complaint text not null,
    n bigint not null,
    offence text not null,
    primary key (complaint, n)
);

create table register_things (
    complaint text not null,
    n bigint not null,
    kind text not null,
    description text,
    value bigint not null,
    serial text,
    primary key (complaint, n)
);

create table register_files (
    address text not null primary key,
    complaint text not null,
    subject text not null,
    size bigint not null,
    mime text not null,
    width bigint not null,
    height bigint not null,
    name text,
    wrapped bytea not null,
    digest bytea not null,
    written_at bigint not null
);
create index register_files_complaint on register_files (complaint, written_at);

create table register_corrections (
    id text not null primary key,
    complaint text not null,
    field text not null,
    words text,
    writer text not null,
    written_at bigint not null
);
create index register_corrections_complaint on register_corrections (complaint, written_at);

create table register_transfers (
    id text not null primary key,
    complaint text not null,
    sender text not null,
    receiver text not null,
    state text not null,
    words text,
    answer text,
    written_at bigint not null
);
create index register_transfers_receiver on register_transfers (receiver, state);

create table register_lines (
    id text not null primary key,
    unit text not null,
    series text not null,
    n bigint not null,
    number text not null,
    kind text not null,
    subject text not null,
    subject_number text not null,
    corrects text not null,
    words text,
    writer text not null,
    happened_at bigint not null,
    written_at bigint not null
);
create unique index register_lines_number on register_lines (unit, series, n);
create index register_lines_unit on register_lines (unit, written_at);

create table register_handovers (
    id text not null primary key,
    unit text not null,
    outgoing text not null,
    incoming text not null,
    from_at bigint not null,
    until_at bigint not null,
    custodies bigint not null,
    late bigint not null,
    notices bigint not null,
    waiting bigint not null,
    remarks text,
    taken_at bigint not null,
    written_at bigint not null
);
create index register_handovers_unit on register_handovers (unit, written_at);

create table register_custodies (
    id text not null primary key,
    entry text not null,
    unit text not null,
    office text not null,
    series text not null,
    n bigint not null,
    number text not null,
    state text not null,
    person text not null,
    case_id text not null,
    offence text not null,
    class text not null,
    regime text not null,
    arrest_at bigint not null,
    arrival_at bigint not null,
    written_at bigint not null,
    writer text not null,
    officer text not null,
    cell text not null,
    grounds text not null,
    reasons text,
    juvenile boolean not null,
    initials text,
    deadline_at bigint not null,
    extensions bigint not null,
    asked_at bigint not null,
    overrun_at bigint not null,
    ended_at bigint not null,
    outcome text not null,
    version bigint not null
);
create unique index register_custodies_number on register_custodies (unit, series, n);
create index register_custodies_open on register_custodies (state, deadline_at);
create index register_custodies_case on register_custodies (case_id);
create index register_custodies_person on register_custodies (person);

create table register_events (
    id text not null primary key,
    custody text not null,
    kind text not null,
    phase text not null,
    happened_at bigint not null,
    written_at bigint not null,
    writer text not null
);
create index register_events_custody on register_events (custody, happened_at);

create table register_details (
    event text not null,
    n bigint not null,
    custody text not null,
    field text not null,
    value text,
    primary key (event, n)
);
create index register_details_custody on register_details (custody);

create table register_decisions (
    id text not null primary key,
    custody text not null,
    granted boolean not null,
    officer text not null,
    capacity text not null,
    act text not null,
    ground text not null,
    words text,
    until_at bigint not null,
    decided_at bigint not null,
    written_at bigint not null
);
create index register_decisions_custody on register_decisions (custody, decided_at);

create table register_lists (
    id text not null primary key,
    entry text not null,
    unit text not null,
    office text not null,
    day text not null,
    count bigint not null,
    writer text not null,
    written_at bigint not null,
    taken_by text not null,
    taken_at bigint not null
);
create unique index register_lists_day on register_lists (unit, office, day);
create index register_lists_office on register_lists (office, written_at);

create table register_listed (
    list text not null,
    custody text not null,
    primary key (list, custody)
);
