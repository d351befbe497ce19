-- A case keeps the number of the unit that opened it when it moves to another.
alter table cases_cases add column numbered_by text not null default '';
update cases_cases set numbered_by = coalesce((select t.from_unit from cases_transfers t
	where t.case_id = cases_cases.id and t.state = 'accepted' order by t.decided_at, t.id limit 1), unit);
drop index cases_cases_series;
create unique index cases_cases_series on cases_cases (numbered_by, series, n);
