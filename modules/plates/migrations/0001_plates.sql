-- Watch entries. Nullable columns are personal and go with erasure.
create table plates_entries (
    id text not null primary key,
    version bigint not null,
    seq bigint not null,
    list text not null,
    country text not null,
    plate text,
    make text,
    model text,
    colour text not null,
    reason text,
    authority text not null,
    area text not null,
    from_at bigint not null,
    until_at bigint not null,
    state text not null,
    unit text not null,
    listed_by text not null,
    case_id text not null,
    listed_at bigint not null,
    ended_at bigint not null,
    ended_by text not null,
    ended_why text,
    reached_at bigint not null,
    lapsed_on text not null,
    check (authority <> ''),
    check (until_at > from_at),
    check (state = 'active' or state = 'suspended' or state = 'cancelled')
);
create index plates_entries_plate on plates_entries (plate);
create index plates_entries_seq on plates_entries (seq);
create index plates_entries_unit on plates_entries (unit, listed_at);
create index plates_entries_case on plates_entries (case_id);

-- The journal's number of the last change of any entry: who matches against
-- a list in memory compares it.
create table plates_pulse (
    id bigint not null primary key,
    seq bigint not null
);

create table plates_contests (
    id text not null primary key,
    entry_id text not null,
    hit text not null,
    person text,
    contact text,
    grounds text,
    state text not null,
    received_by text not null,
    received_at bigint not null,
    decided_at bigint not null,
    decided_by text not null,
    decision text
);
create index plates_contests_entry on plates_contests (entry_id);
create index plates_contests_state on plates_contests (state);

create table plates_cameras (
    id text not null primary key,
    version bigint not null,
    code text not null,
    name text not null,
    unit text not null,
    mount text not null,
    way text not null,
    area text not null,
    pinned boolean not null,
    lat bigint not null,
    lon bigint not null,
    heading bigint not null,
    address text,
    key_hash text not null,
    alerts boolean not null,
    why text not null,
    installed_at bigint not null,
    retired_at bigint not null
);
create unique index plates_cameras_code on plates_cameras (code);
create index plates_cameras_unit on plates_cameras (unit);

create table tmp_plates_health (
    camera text not null primary key,
    seen_at bigint not null,
    last_at bigint not null,
    offset_us bigint not null
);

-- What one camera read on one day, under one key.
create table plates_days (
    id text not null primary key,
    camera text not null,
    day text not null,
    batches bigint not null,
    reads bigint not null,
    ends_at bigint not null,
    gone boolean not null
);
create unique index plates_days_day on plates_days (camera, day);
create index plates_days_ends on plates_days (gone, ends_at);

create table plates_batches (
    id text not null primary key,
    camera text not null,
    day text not null,
    device text not null,
    root text not null,
    reads bigint not null,
    late bigint not null,
    model text not null,
    offset_us bigint not null,
    taken_at bigint not null,
    entry text not null
);
create unique index plates_batches_device on plates_batches (camera, device, day);
create index plates_batches_day on plates_batches (day);

create table plates_reads (
    batch text not null,
    n bigint not null,
    day text not null,
    camera text not null,
    country text not null,
    plate text not null,
    at bigint not null,
    said_at bigint not null,
    ppm bigint not null,
    primary key (batch, n)
);
create index plates_reads_day on plates_reads (day);
create index plates_reads_plate on plates_reads (plate, at);
create index plates_reads_camera on plates_reads (camera, at);

create table plates_counts (
    camera text not null,
    day text not null,
    hour bigint not null,
    reads bigint not null,
    primary key (camera, day, hour)
);

create table plates_pictures (
    address text not null primary key,
    subject text not null,
    batch text not null,
    n bigint not null,
    size bigint not null,
    mime text not null,
    width bigint not null,
    height bigint not null,
    name text,
    wrapped bytea not null,
    digest bytea not null
);
create index plates_pictures_subject on plates_pictures (subject);
create index plates_pictures_batch on plates_pictures (batch, n);

create table tmp_plates_swept (
    day text not null primary key
);

create table plates_hits (
    id text not null primary key,
    version bigint not null,
    entry_id text not null,
    list text not null,
    camera text not null,
    unit text not null,
    state text not null,
    country text not null,
    plate text,
    at bigint not null,
    said_at bigint not null,
    ppm bigint not null,
    threshold bigint not null,
    model text not null,
    batch text not null,
    n bigint not null,
    proposed_at bigint not null,
    sightings bigint not null,
    last_seen_at bigint not null,
    tick_image boolean not null,
    tick_plate boolean not null,
    tick_entry boolean not null,
    tick_vehicle boolean not null,
    decided_by text not null,
    decided_at bigint not null,
    ground text not null,
    reason text,
    crew text not null,
    tasked_by text not null,
    tasked_at bigint not null,
    outcome text not null,
    note text,
    closed_by text not null,
    closed_at bigint not null,
    flagged boolean not null,
    origin text not null,
    check (state = 'proposed' or decided_by <> ''),
    check (state = 'proposed' or state = 'rejected' or (tick_image and tick_plate and tick_entry and tick_vehicle)),
    check (crew = '' or (tasked_by <> '' and state in ('tasked', 'closed'))),
    check (state <> 'tasked' or crew <> ''),
    check (outcome = '' or state = 'closed'),
    check (state <> 'rejected' or ground <> '')
);
create index plates_hits_entry on plates_hits (entry_id);
create index plates_hits_state on plates_hits (state, proposed_at);
create index plates_hits_camera on plates_hits (camera, proposed_at);
create index plates_hits_unit on plates_hits (unit, proposed_at);

create table plates_searches (
    id text not null primary key,
    searched_by text not null,
    unit text not null,
    case_id text not null,
    authority text not null,
    purpose text not null,
    pattern text,
    from_at bigint not null,
    to_at bigint not null,
    camera text not null,
    found bigint not null,
    searched_at bigint not null,
    check (authority <> ''),
    check (purpose <> ''),
    check (to_at > from_at)
);
create index plates_searches_at on plates_searches (searched_at);

create table plates_samples (
    id text not null primary key,
    week text not null,
    camera text not null,
    hour bigint not null,
    subject text not null,
    source text not null,
    batch text not null,
    n bigint not null,
    hit text not null,
    decider text not null,
    country text not null,
    plate text,
    letter text not null,
    state text not null,
    first_by text not null,
    first_typed text,
    second_by text not null,
    second_typed text,
    keyed_at bigint not null,
    check (second_by = '' or second_by <> first_by),
    check (decider = '' or (first_by <> decider and second_by <> decider))
);
create unique index plates_samples_source on plates_samples (batch, n);
create index plates_samples_state on plates_samples (state, week);
create index plates_samples_camera on plates_samples (camera, week);
create index plates_samples_subject on plates_samples (subject);
