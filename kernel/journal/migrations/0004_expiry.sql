-- Accesses that were deleted when their time was over, as the receipts say.
create table journal_expired (
	lane text not null,
	first_seq bigint not null,
	last_seq bigint not null,
	seq bigint not null,
	class text not null,
	primary key (lane, first_seq)
) without rowid;
