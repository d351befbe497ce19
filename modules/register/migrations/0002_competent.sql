create index register_complaints_competent on register_complaints (competent, written_at);
