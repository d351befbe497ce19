-- The account of somebody who was erased: nothing more can be said of them, and
-- nothing is held back.
-- Whoever was erased before is found by the journal's own list.
alter table citizens_accounts add column forgotten boolean not null default false;
update citizens_accounts set forgotten = true where person in (select subject from journal_erased);
