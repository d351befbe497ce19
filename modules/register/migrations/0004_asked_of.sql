-- The office that was asked to extend a custody, where it is another than the
-- one that controls it: a judge's court under letters rogatory. A folder from
-- before the first release learns it by `amana rebuild`.
alter table register_custodies add column asked_of text not null default '';
create index register_custodies_asked_of on register_custodies (asked_of, state);
