-- The transparency logs that ended, each with what it is known to have signed.
create table journal_logs (
	seq bigint not null primary key,
	from_key text not null,
	to_key text not null,
	size bigint not null,
	kept bigint not null,
	statement text not null
);
