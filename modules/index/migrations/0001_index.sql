-- Persons: an identity each. Nullable columns are personal and go with erasure.
create table index_persons (
	id text not null primary key,
	version bigint not null,
	unit text not null,
	recorded_at bigint not null,
	kept text not null,
	erased boolean not null,
	family_ar text,
	family text,
	given_ar text,
	given text,
	father_ar text,
	father text,
	mother_ar text,
	mother text,
	nickname text,
	birth text,
	birthplace_ar text,
	birthplace text,
	sex text not null,
	nationality text not null,
	cnie text,
	passport text,
	phones text,
	address text,
	occupation text,
	source text not null,
	document text
);
create index index_persons_kept on index_persons (kept);

-- What a correction changed or confirmed: what stood before, what stands
-- since, who said so.
create table index_claims (
	person text not null,
	version bigint not null,
	field text not null,
	former text,
	value text,
	source text not null,
	document text,
	actor text not null,
	at bigint not null,
	primary key (person, version, field)
);

-- Decisions about duplicates, with what was proposed.
create table index_decisions (
	id text not null primary key,
	kind text not null,
	kept text not null,
	absorbed text not null,
	actor text not null,
	at bigint not null,
	reason text,
	method text not null,
	score bigint not null,
	coverage bigint not null,
	same bigint not null,
	neither bigint not null
);
create index index_decisions_kept on index_decisions (kept);
create index index_decisions_absorbed on index_decisions (absorbed);

create table index_evidence (
	decision text not null,
	field text not null,
	state text not null,
	similarity bigint not null,
	weight bigint not null,
	primary key (decision, field)
);

create table index_links (
	id text not null primary key,
	from_kind text not null,
	from_id text not null,
	to_kind text not null,
	to_id text not null,
	kind text not null,
	source text not null,
	reason text,
	actor text not null,
	at bigint not null,
	ended_at bigint not null,
	ended_by text not null,
	ended_why text
);
create index index_links_from on index_links (from_id);
create index index_links_to on index_links (to_id);

create table index_vehicles (
	id text not null primary key,
	version bigint not null,
	unit text not null,
	recorded_at bigint not null,
	erased boolean not null,
	country text not null,
	serial text,
	letter text,
	code text,
	vin text,
	make text not null,
	model text not null,
	colour text not null,
	owner text not null
);
create index index_vehicles_owner on index_vehicles (owner);

create table index_places (
	id text not null primary key,
	unit text not null,
	recorded_at bigint not null,
	erased boolean not null,
	area text not null,
	quarter text,
	address text,
	pin text
);

create table index_things (
	id text not null primary key,
	unit text not null,
	recorded_at bigint not null,
	erased boolean not null,
	category text not null,
	description text,
	serial text,
	imei text
);

-- Search keys, derived from the rows above. The year of birth stands beside
-- the key, 0 where it is not known, so that a key and a span of years are one
-- range of the table.
create table idx_index_person_keys (
	key text not null,
	year bigint not null,
	person text not null,
	primary key (key, year, person)
) without rowid;
create index idx_index_person_keys_person on idx_index_person_keys (person);

create table idx_index_person_pairs (
	pair text not null,
	year bigint not null,
	person text not null,
	primary key (pair, year, person)
) without rowid;
create index idx_index_person_pairs_person on idx_index_person_pairs (person);

create table idx_index_person_numbers (
	kind text not null,
	value text not null,
	person text not null,
	primary key (kind, value, person)
) without rowid;
create index idx_index_person_numbers_person on idx_index_person_numbers (person);

create table idx_index_plates (
	serial text not null,
	letter text not null,
	code text not null,
	country text not null,
	vehicle text not null,
	primary key (serial, letter, code, country, vehicle)
) without rowid;
create index idx_index_plates_vehicle on idx_index_plates (vehicle);

-- Chassis, serial and IMEI numbers of vehicles and things.
create table idx_index_serials (
	value text not null,
	kind text not null,
	record text not null,
	primary key (value, kind, record)
) without rowid;
create index idx_index_serials_record on idx_index_serials (record);
