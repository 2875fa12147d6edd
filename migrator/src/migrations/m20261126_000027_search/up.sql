-- What is searched: each published listing once in each language of the brand. Derived from the
-- listings by the indexer, and thrown away with them; nothing here is a source.
CREATE TABLE search_documents (
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    locale text NOT NULL CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    title text NOT NULL,
    -- Everything that is told of it in this language: what is embedded.
    content text NOT NULL,
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    -- Weighted: A title, B place and kind, C amenities and tags, D description.
    words tsvector NOT NULL,
    PRIMARY KEY (property_id, locale)
);
-- No pending list: a reader would have to go through it.
CREATE INDEX search_documents_words_idx ON search_documents USING gin (words) WITH (fastupdate = off);
CREATE INDEX search_documents_title_idx ON search_documents USING gin (lower(title) gin_trgm_ops) WITH (fastupdate = off);

-- The models whose vectors are kept: two, so that a new one is built beside the one in use. Each
-- has a slot, because an index is made for each slot and not for a name.
CREATE TABLE search_models (
    slot smallint PRIMARY KEY CHECK (slot IN (0, 1)),
    model text NOT NULL UNIQUE CHECK (length(model) BETWEEN 1 AND 200),
    -- Whether what was published before it has been queued for it.
    is_begun boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE search_vectors (
    slot smallint NOT NULL REFERENCES search_models ON DELETE CASCADE,
    property_id uuid NOT NULL,
    locale text NOT NULL,
    -- Of the text that was embedded: what has not changed is not embedded again.
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    -- Half precision: half the memory at the same recall.
    embedding halfvec(1536) NOT NULL,
    PRIMARY KEY (slot, property_id, locale),
    FOREIGN KEY (property_id, locale) REFERENCES search_documents ON DELETE CASCADE
);
CREATE INDEX search_vectors_property_id_idx ON search_vectors (property_id, locale);
-- In the row itself: comparing thousands would otherwise fetch each from elsewhere.
ALTER TABLE search_vectors ALTER COLUMN embedding SET STORAGE PLAIN;
CREATE INDEX search_vectors_0_idx ON search_vectors USING hnsw (embedding halfvec_cosine_ops) WHERE slot = 0;
CREATE INDEX search_vectors_1_idx ON search_vectors USING hnsw (embedding halfvec_cosine_ops) WHERE slot = 1;

-- What the indexer has to look at again, for each model. An edit while it looks raises the
-- generation, so that the row stays.
CREATE TABLE search_queue (
    slot smallint NOT NULL REFERENCES search_models ON DELETE CASCADE,
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    generation integer NOT NULL DEFAULT 1,
    -- One of very many: what somebody has just changed goes before it.
    is_bulk boolean NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    queued_at timestamptz NOT NULL DEFAULT now(),
    not_before timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (slot, property_id)
);
CREATE INDEX search_queue_due_idx ON search_queue (slot, is_bulk, not_before);
CREATE INDEX search_queue_property_id_idx ON search_queue (property_id);

-- How many documents have each word: rare words weigh more, and a misspelt one finds its own.
CREATE TABLE search_words (
    word text PRIMARY KEY CHECK (length(word) BETWEEN 1 AND 100),
    documents integer NOT NULL CHECK (documents > 0)
);
CREATE INDEX search_words_similar_idx ON search_words USING gin (word gin_trgm_ops) WITH (fastupdate = off);

CREATE FUNCTION queue_for_search(ids uuid[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    -- Whoever adds a model waits until every change that does not know it yet has committed. The
    -- next statement sees what was added while this one waited.
    SELECT pg_advisory_xact_lock_shared(hashtextextended('terrace.search_models', 0));
    -- In the order of ids, as everything that locks several rows.
    INSERT INTO public.search_queue AS q (slot, property_id, is_bulk)
    SELECT m.slot, i.id, cardinality(ids) > 20
      FROM public.search_models m CROSS JOIN (SELECT DISTINCT unnest(ids) AS id) i
     ORDER BY i.id, m.slot
    ON CONFLICT (slot, property_id) DO UPDATE
       SET generation = q.generation + 1, is_bulk = q.is_bulk AND excluded.is_bulk, attempts = 0, not_before = now()
$$;

-- Whatever changes a listing that everyone sees, by whichever path, queues it in the same
-- transaction: it commits with its cause or not at all.
CREATE FUNCTION queue_listings_for_search() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ids uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(n.id) INTO ids FROM new_rows n WHERE n.is_published AND n.deleted_at IS NULL;
    ELSE
        SELECT array_agg(n.id) INTO ids FROM old_rows o JOIN new_rows n USING (id)
         WHERE (o.is_published AND o.deleted_at IS NULL OR n.is_published AND n.deleted_at IS NULL)
           AND (o.is_published, o.deleted_at IS NULL, o.title, o.description, o.transaction_type, o.property_type,
                o.location_details, o.amenities, o.tags)
               IS DISTINCT FROM (n.is_published, n.deleted_at IS NULL, n.title, n.description, n.transaction_type,
                n.property_type, n.location_details, n.amenities, n.tags);
    END IF;
    IF ids IS NOT NULL THEN
        PERFORM public.queue_for_search(ids);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER properties_search_insert AFTER INSERT ON properties
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION queue_listings_for_search();
CREATE TRIGGER properties_search_update AFTER UPDATE ON properties
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION queue_listings_for_search();

CREATE FUNCTION queue_translations_for_search() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ids uuid[];
BEGIN
    SELECT array_agg(c.property_id) INTO ids FROM changed_rows c JOIN public.properties p ON p.id = c.property_id
     WHERE p.is_published AND p.deleted_at IS NULL;
    IF ids IS NOT NULL THEN
        PERFORM public.queue_for_search(ids);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER property_translations_search_insert AFTER INSERT ON property_translations
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION queue_translations_for_search();
CREATE TRIGGER property_translations_search_update AFTER UPDATE ON property_translations
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION queue_translations_for_search();
CREATE TRIGGER property_translations_search_delete AFTER DELETE ON property_translations
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION queue_translations_for_search();
