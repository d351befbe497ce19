-- A measure that an officer may not ask of a court goes through the prosecution,
-- which puts it before the court in writing; a case under letters rogatory is
-- before the court of the judge who gave them.
alter table cases_measures add column through text not null default '';
alter table cases_measures add column requisition text not null default '';
alter table cases_cases add column court text not null default '';
create index cases_measures_through on cases_measures (through);
create index cases_cases_court on cases_cases (court);
