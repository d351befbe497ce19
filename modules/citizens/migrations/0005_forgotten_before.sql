-- Whoever was erased before is found by the journal's own list.
update citizens_accounts set forgotten = true where person in (select subject from journal_erased);
