-- The page, opened once in one tab, that saved a field last.
alter table tmp_drafts add column page text not null default '';
