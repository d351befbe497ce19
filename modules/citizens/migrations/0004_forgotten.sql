-- The account of somebody who was erased: nothing more can be said of them, and
-- nothing is held back.
alter table citizens_accounts add column forgotten boolean not null default false;
