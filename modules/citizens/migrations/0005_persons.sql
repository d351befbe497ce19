-- Accounts that were closed are found by their person too.
create index citizens_accounts_of on citizens_accounts (person);
