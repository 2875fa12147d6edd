-- Titles by how they begin: the index of their trigrams knows nothing of fewer than three letters.
CREATE INDEX search_documents_begins_idx ON search_documents (lower(title) COLLATE "C");
