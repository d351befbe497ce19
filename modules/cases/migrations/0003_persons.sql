-- In which files a person stands is asked whenever their own term may be over.
create index cases_offences_suspect on cases_offences (suspect);
create index cases_pvs_person on cases_pvs (person);
create index cases_pvs_second on cases_pvs (second_person);
