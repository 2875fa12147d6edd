-- Questions and their answers, as a brand publishes them --------------------------------------------

CREATE TABLE faq_categories (
    slug text PRIMARY KEY CONSTRAINT faq_categories_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 2 AND 60),
    sort_order integer NOT NULL DEFAULT 0 CONSTRAINT faq_categories_sort_order_check CHECK (sort_order BETWEEN 0 AND 10000),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER faq_categories_updated_at BEFORE UPDATE ON faq_categories FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER faq_categories_audit AFTER INSERT OR UPDATE OR DELETE ON faq_categories FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{slug}', '{created_at,updated_at}', '{}');

CREATE TABLE faq_category_names (
    category text NOT NULL REFERENCES faq_categories ON DELETE CASCADE,
    locale text NOT NULL CONSTRAINT faq_category_names_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    name text NOT NULL CONSTRAINT faq_category_names_name_check CHECK (btrim(name) <> '' AND length(name) <= 120),
    PRIMARY KEY (category, locale)
);
CREATE TRIGGER faq_category_names_audit AFTER INSERT OR UPDATE OR DELETE ON faq_category_names FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{category,locale}', '{}', '{}');

CREATE TABLE faq_documents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Beside /faqs/search and /faqs/categories.
    slug text NOT NULL CONSTRAINT faq_documents_slug_key UNIQUE CONSTRAINT faq_documents_slug_check CHECK
        (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 3 AND 120 AND slug NOT IN ('search', 'categories')),
    category text NOT NULL REFERENCES faq_categories ON DELETE RESTRICT,
    is_published boolean NOT NULL DEFAULT false,
    sort_order integer NOT NULL DEFAULT 0 CONSTRAINT faq_documents_sort_order_check CHECK (sort_order BETWEEN 0 AND 10000),
    -- The day on which somebody should read it again.
    review_on date CONSTRAINT faq_documents_review_on_check CHECK (isfinite(review_on)),
    version integer NOT NULL DEFAULT 1 CONSTRAINT faq_documents_version_check CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX faq_documents_category_idx ON faq_documents (category, sort_order, slug);
CREATE TRIGGER faq_documents_updated_at BEFORE UPDATE ON faq_documents FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER faq_documents_audit AFTER INSERT OR UPDATE OR DELETE ON faq_documents FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at,version}', '{}');

CREATE TABLE faq_texts (
    document_id uuid NOT NULL REFERENCES faq_documents ON DELETE CASCADE,
    locale text NOT NULL CONSTRAINT faq_texts_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    question text NOT NULL CONSTRAINT faq_texts_question_check CHECK (btrim(question, E' \t\r\n') <> '' AND length(question) <= 300),
    -- Markdown.
    answer text NOT NULL CONSTRAINT faq_texts_answer_check CHECK (btrim(answer, E' \t\r\n') <> '' AND length(answer) <= 20000),
    -- Other words by which people ask for it.
    tags text[] NOT NULL DEFAULT '{}' CONSTRAINT faq_texts_tags_check CHECK
        (cardinality(tags) <= 30 AND array_position(tags, NULL) IS NULL AND array_position(tags, '') IS NULL AND octet_length(tags::text) <= 4000),
    PRIMARY KEY (document_id, locale)
);
CREATE TRIGGER faq_texts_audit AFTER INSERT OR UPDATE OR DELETE ON faq_texts FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{document_id,locale}', '{}', '{}');

CREATE TABLE faq_related (
    document_id uuid NOT NULL REFERENCES faq_documents ON DELETE CASCADE,
    related_id uuid NOT NULL CONSTRAINT faq_related_related_id_fkey REFERENCES faq_documents ON DELETE CASCADE,
    sort_order integer NOT NULL DEFAULT 0,
    PRIMARY KEY (document_id, related_id),
    CONSTRAINT faq_related_self_check CHECK (document_id <> related_id)
);
CREATE INDEX faq_related_related_id_idx ON faq_related (related_id);
CREATE TRIGGER faq_related_audit AFTER INSERT OR UPDATE OR DELETE ON faq_related FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{document_id,related_id}', '{}', '{}');

-- What is published says something. Asked at the end of a transaction: a document comes before its texts.
CREATE FUNCTION faq_says_something() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.faq_documents d
                WHERE d.id = (CASE TG_TABLE_NAME WHEN 'faq_documents' THEN to_jsonb(NEW) ->> 'id' ELSE to_jsonb(OLD) ->> 'document_id' END)::uuid
                  AND d.is_published AND NOT EXISTS (SELECT FROM public.faq_texts t WHERE t.document_id = d.id)) THEN
        RAISE EXCEPTION 'a published document has no text' USING ERRCODE = '23514', CONSTRAINT = 'faq_documents_texts_check';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER faq_documents_says_something AFTER INSERT OR UPDATE OF is_published ON faq_documents
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION faq_says_something();
CREATE CONSTRAINT TRIGGER faq_texts_says_something AFTER DELETE OR UPDATE OF document_id ON faq_texts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION faq_says_something();

-- How they are found: derived by the indexer, and thrown away with them ------------------------------

CREATE TABLE faq_chunks (
    document_id uuid NOT NULL,
    locale text NOT NULL,
    -- 0 is the question with its tags; the others are parts of the answer.
    chunk_no smallint NOT NULL CHECK (chunk_no >= 0),
    -- The part, as it can be shown: plain text.
    passage text NOT NULL,
    -- What is embedded.
    content text NOT NULL,
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    -- Weighted: A question, B tags, D answer.
    words tsvector NOT NULL,
    PRIMARY KEY (document_id, locale, chunk_no),
    FOREIGN KEY (document_id, locale) REFERENCES faq_texts ON DELETE CASCADE
);

-- In the slots of search_models. Without an index of nearness: a brand has hundreds of questions,
-- and to compare all of them is exact and takes a fraction of a millisecond each.
CREATE TABLE faq_vectors (
    slot smallint NOT NULL REFERENCES search_models ON DELETE CASCADE,
    document_id uuid NOT NULL,
    locale text NOT NULL,
    chunk_no smallint NOT NULL,
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    embedding halfvec(1536) NOT NULL,
    PRIMARY KEY (slot, document_id, locale, chunk_no),
    FOREIGN KEY (document_id, locale, chunk_no) REFERENCES faq_chunks ON DELETE CASCADE
);
CREATE INDEX faq_vectors_document_id_idx ON faq_vectors (document_id, locale, chunk_no);
ALTER TABLE faq_vectors ALTER COLUMN embedding SET STORAGE PLAIN;

-- As search_queue.
CREATE TABLE faq_queue (
    slot smallint NOT NULL REFERENCES search_models ON DELETE CASCADE,
    document_id uuid NOT NULL REFERENCES faq_documents ON DELETE CASCADE,
    generation integer NOT NULL DEFAULT 1,
    is_bulk boolean NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    queued_at timestamptz NOT NULL DEFAULT now(),
    not_before timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (slot, document_id)
);
CREATE INDEX faq_queue_due_idx ON faq_queue (slot, is_bulk, not_before);
CREATE INDEX faq_queue_document_id_idx ON faq_queue (document_id);

-- As search_words: a misspelt word finds its own.
CREATE TABLE faq_words (
    word text PRIMARY KEY CHECK (length(word) BETWEEN 1 AND 100),
    documents integer NOT NULL CHECK (documents > 0)
);
CREATE INDEX faq_words_similar_idx ON faq_words USING gin (word gin_trgm_ops) WITH (fastupdate = off);

CREATE FUNCTION queue_faqs(ids uuid[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    -- As queue_for_search: whoever adds a model waits for changes that do not know it yet.
    SELECT pg_advisory_xact_lock_shared(hashtextextended('terrace.search_models', 0));
    INSERT INTO public.faq_queue AS q (slot, document_id, is_bulk)
    SELECT m.slot, i.id, cardinality(ids) > 20
      FROM public.search_models m CROSS JOIN (SELECT DISTINCT unnest(ids) AS id) i
     ORDER BY i.id, m.slot
    ON CONFLICT (slot, document_id) DO UPDATE
       SET generation = q.generation + 1, is_bulk = q.is_bulk AND excluded.is_bulk, attempts = 0, not_before = now()
$$;

CREATE FUNCTION queue_faq_documents() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ids uuid[];
BEGIN
    SELECT array_agg(n.id) INTO ids FROM old_rows o JOIN new_rows n USING (id) WHERE o.is_published <> n.is_published;
    IF ids IS NOT NULL THEN
        PERFORM public.queue_faqs(ids);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER faq_documents_search_update AFTER UPDATE ON faq_documents
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION queue_faq_documents();

CREATE FUNCTION queue_faq_texts() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ids uuid[];
BEGIN
    SELECT array_agg(c.document_id) INTO ids FROM changed_rows c JOIN public.faq_documents d ON d.id = c.document_id WHERE d.is_published;
    IF ids IS NOT NULL THEN
        PERFORM public.queue_faqs(ids);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER faq_texts_search_insert AFTER INSERT ON faq_texts
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION queue_faq_texts();
CREATE TRIGGER faq_texts_search_update AFTER UPDATE ON faq_texts
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION queue_faq_texts();
CREATE TRIGGER faq_texts_search_delete AFTER DELETE ON faq_texts
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION queue_faq_texts();
