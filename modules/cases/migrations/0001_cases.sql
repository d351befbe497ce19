-- Cases: what is enquired into, under which legal frame, and how far it has come.
create table cases_cases (
	id text not null primary key,
	number text not null,
	series text not null,
	n bigint not null,
	unit text not null,
	origin text not null,
	complaint text not null,
	complaint_number text not null,
	regime text not null,
	state text not null,
	stage bigint not null,
	round bigint not null,
	facts text,
	place text,
	from_at bigint not null,
	to_at bigint not null,
	sensitivity text not null,
	sealed boolean not null,
	seal_order text not null,
	outcome text not null,
	opened_by text not null,
	opened_at bigint not null,
	closed_at bigint not null,
	version bigint not null
);
create unique index cases_cases_series on cases_cases (unit, series, n);
create index cases_cases_number on cases_cases (number);
create index cases_cases_complaint on cases_cases (complaint);
create index cases_cases_opened on cases_cases (opened_at, id);

-- Values of the fields that the pack asks for, of cases, reports, measures and
-- dossiers; each change keeps the value before it.
create table cases_values (
	record text not null,
	field text not null,
	version bigint not null,
	subject text not null,
	value text,
	primary key (record, field, version)
);
create index cases_values_subject on cases_values (subject);

create table cases_parties (
	id text not null primary key,
	case_id text not null,
	person text not null,
	role text not null,
	address text,
	phone text,
	since_at bigint not null,
	ended_at bigint not null
);
create index cases_parties_case on cases_parties (case_id);
create index cases_parties_person on cases_parties (person);

create table cases_offences (
	id text not null primary key,
	case_id text not null,
	suspect text not null,
	code text not null,
	law_at bigint not null,
	class text not null,
	attempted boolean not null,
	part text not null,
	aggravating text,
	by_officer text not null,
	at bigint not null,
	withdrawn_at bigint not null
);
create index cases_offences_case on cases_offences (case_id);

create table cases_links (
	id text not null primary key,
	case_id text not null,
	offence text not null,
	element text not null,
	kind text not null,
	piece_kind text not null,
	piece text not null,
	by_officer text not null,
	at bigint not null,
	removed_at bigint not null
);
create index cases_links_case on cases_links (case_id);

create table cases_pieces (
	id text not null primary key,
	case_id text not null,
	kind text not null,
	title text,
	info text,
	by_officer text not null,
	at bigint not null
);
create index cases_pieces_case on cases_pieces (case_id);

create table cases_pvs (
	id text not null primary key,
	case_id text not null,
	unit text not null,
	form text not null,
	state text not null,
	author text not null,
	capacity text not null,
	person text not null,
	second_person text not null,
	measure text not null,
	corrects text not null,
	number text not null,
	series text not null,
	n bigint not null,
	act_at bigint not null,
	made_at bigint not null,
	signed_at bigint not null,
	version bigint not null
);
create index cases_pvs_case on cases_pvs (case_id);
create index cases_pvs_series on cases_pvs (unit, series, n);

create table cases_measures (
	id text not null primary key,
	case_id text not null,
	kind text not null,
	state text not null,
	office text not null,
	authority text not null,
	asked_by text not null,
	asked_at bigint not null,
	magistrate text not null,
	number text not null,
	basis text not null,
	from_at bigint not null,
	until_at bigint not null,
	decided_at bigint not null,
	ended_at bigint not null
);
create index cases_measures_case on cases_measures (case_id);
create index cases_measures_office on cases_measures (office, state);
create index cases_measures_until on cases_measures (state, until_at);

create table cases_assigned (
	id text not null primary key,
	case_id text not null,
	officer text not null,
	by_officer text not null,
	from_at bigint not null,
	to_at bigint not null
);
create index cases_assigned_case on cases_assigned (case_id);
create index cases_assigned_officer on cases_assigned (officer);

create table cases_referrals (
	id text not null primary key,
	case_id text not null,
	officer text not null,
	reason text,
	state text not null,
	by_officer text not null,
	from_at bigint not null,
	to_at bigint not null
);
create index cases_referrals_case on cases_referrals (case_id);
create index cases_referrals_officer on cases_referrals (officer);

create table cases_transfers (
	id text not null primary key,
	case_id text not null,
	from_unit text not null,
	to_unit text not null,
	state text not null,
	reason text,
	by_officer text not null,
	at bigint not null,
	decided_by text not null,
	decided_at bigint not null
);
create index cases_transfers_case on cases_transfers (case_id);
create index cases_transfers_unit on cases_transfers (to_unit, state);

-- One line for each stage of each review. Nobody reviews what they submitted.
create table cases_reviews (
	id text not null primary key,
	case_id text not null,
	round bigint not null,
	stage bigint not null,
	submitted_by text not null,
	at bigint not null,
	reviewer text not null,
	outcome text not null,
	decided_at bigint not null,
	check (reviewer <> submitted_by)
);
create index cases_reviews_case on cases_reviews (case_id);

create table cases_remarks (
	id text not null primary key,
	case_id text not null,
	review text not null,
	anchor text not null,
	section text not null,
	words text,
	by_officer text not null,
	at bigint not null,
	state text not null,
	answer text,
	answered_by text not null,
	answered_at bigint not null
);
create index cases_remarks_case on cases_remarks (case_id);

create table cases_dossiers (
	id text not null primary key,
	case_id text not null,
	round bigint not null,
	number text not null,
	series text not null,
	n bigint not null,
	unit text not null,
	office text not null,
	entry text not null,
	gate text not null,
	twin text,
	state text not null,
	by_officer text not null,
	at bigint not null,
	acknowledgement text not null,
	acknowledged_at bigint not null,
	decision text not null,
	decided_by text not null,
	decided_at bigint not null
);
create index cases_dossiers_case on cases_dossiers (case_id);
create index cases_dossiers_office on cases_dossiers (office, at);
create index cases_dossiers_series on cases_dossiers (unit, series, n);

create table cases_issues (
	id text not null primary key,
	dossier text not null,
	profile text not null,
	lang text not null,
	info text,
	at bigint not null
);
create index cases_issues_dossier on cases_issues (dossier);
