-- The papers of lists as they were decided: one in each language that was asked
-- for, kept as it was signed.
create table disposal_papers (
	list text not null,
	lang text not null,
	info text,
	at bigint not null,
	primary key (list, lang)
);
