create table exhibits_takeovers (
    exhibit text not null,
    n bigint not null,
    holder text not null,
    taker text not null,
    absence text not null,
    reason text,
    primary key (exhibit, n),
    check (holder <> taker)
);
