-- Which unit answers for an institution: that of whoever examined it last. And
-- what verifications speak of a person is asked whenever their term may be over.
-- A folder from before the first release learns the unit by `amana rebuild`.
alter table trust_institutions add column unit text not null default '';
create index trust_verifications_person on trust_verifications (person);
