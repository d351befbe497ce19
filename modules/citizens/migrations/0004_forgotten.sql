-- The account of somebody who was erased: nothing more can be said of them, and
-- nothing is held back. A folder from before the first release learns it of
-- those erased since by `amana rebuild`.
alter table citizens_accounts add column forgotten boolean not null default false;
