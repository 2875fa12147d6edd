-- What happened, for whoever must hear of it: webhooks, the feed, a listing's history.
-- Written in the transaction of the change, so that there is no change without its event and no
-- event without its change.
CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The place in the feed, given by sequence_events() after the commit. `id` is no such place:
    -- a transaction with a lower id may commit after one with a higher, and a reader who has gone
    -- past it would never see it.
    seq bigint CONSTRAINT events_seq_key UNIQUE CONSTRAINT events_seq_check CHECK (seq > 0),
    kind text NOT NULL CONSTRAINT events_kind_check CHECK (kind ~ '^[a-z][a-z_]*\.[a-z][a-z_]*$' AND length(kind) <= 100),
    -- No foreign key: the event outlives what it is about.
    subject_type text NOT NULL CONSTRAINT events_subject_type_check CHECK (subject_type ~ '^[a-z][a-z_]*$' AND length(subject_type) <= 60),
    subject_id uuid NOT NULL,
    actor uuid,
    request_id text,
    -- Never personal: an event is kept, and is sent to others.
    data jsonb NOT NULL DEFAULT '{}' CONSTRAINT events_data_check CHECK (jsonb_typeof(data) = 'object'),
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_waiting_idx ON events (id) WHERE seq IS NULL;
CREATE INDEX events_subject_idx ON events (subject_id, id);

-- How far each reader has come; `head` is the last number given.
CREATE TABLE event_cursors (
    name text PRIMARY KEY CONSTRAINT event_cursors_name_check CHECK (name ~ '^[a-z][a-z_]*$'),
    seq bigint NOT NULL DEFAULT 0 CONSTRAINT event_cursors_seq_check CHECK (seq >= 0)
);
INSERT INTO event_cursors (name) VALUES ('head');

CREATE FUNCTION refuse_event_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.seq IS NOT NULL
        AND to_jsonb(OLD) - 'seq' = to_jsonb(NEW) - 'seq' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'events are append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_event_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Numbers at most `most` of the committed events that have none, and says what the last number is.
--
-- One at a time: the head's row is the lock. Each statement of this function sees what had
-- committed when the statement began, so the second sees every event that was there when the lock
-- was got. Writers never wait for it. Two events about one thing keep their order, because
-- whoever writes the second holds the lock of that thing's row and drew its `id` later.
CREATE FUNCTION sequence_events(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head bigint;
    given bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM public.events WHERE seq IS NULL) THEN
        RETURN (SELECT c.seq FROM public.event_cursors c WHERE c.name = 'head');
    END IF;
    SELECT c.seq INTO head FROM public.event_cursors c WHERE c.name = 'head' FOR UPDATE;
    WITH waiting AS MATERIALIZED (
        SELECT w.id, row_number() OVER (ORDER BY w.id) AS nth
          FROM (SELECT e.id FROM public.events e WHERE e.seq IS NULL ORDER BY e.id LIMIT most) w
    )
    UPDATE public.events e SET seq = head + w.nth FROM waiting w WHERE e.id = w.id;
    GET DIAGNOSTICS given = ROW_COUNT;
    UPDATE public.event_cursors c SET seq = head + given WHERE c.name = 'head';
    RETURN head + given;
END
$$;

-- Listings tell of themselves, whoever changes them and by which path: the API, an import, an
-- operator. One statement, one pass, however many rows.
CREATE FUNCTION record_listing_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor uuid := nullif(current_setting('app.user_id', true), '');
    request_id text := nullif(current_setting('app.request_id', true), '');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO public.events (kind, subject_type, subject_id, actor, request_id, data)
        SELECT e.kind, 'listing', n.id, actor, request_id,
               e.data || jsonb_build_object('slug', n.slug, 'version', n.version)
          FROM new_rows n CROSS JOIN LATERAL (
                SELECT 1, 'listing.created', jsonb_build_object('price', n.price, 'currency', n.currency,
                    'transaction_type', n.transaction_type, 'property_type', n.property_type)
                UNION ALL SELECT 2, 'listing.published', '{}'::jsonb WHERE n.is_published
          ) e (nth, kind, data)
         ORDER BY n.id, e.nth;
    ELSE
        INSERT INTO public.events (kind, subject_type, subject_id, actor, request_id, data)
        SELECT e.kind, 'listing', n.id, actor, request_id,
               e.data || jsonb_build_object('slug', n.slug, 'version', n.version)
          FROM old_rows o JOIN new_rows n USING (id) CROSS JOIN LATERAL (
                SELECT 1, 'listing.price_changed', jsonb_build_object('from', o.price, 'to', n.price,
                    'from_currency', o.currency, 'currency', n.currency)
                 WHERE (o.price, o.currency) IS DISTINCT FROM (n.price, n.currency)
                UNION ALL SELECT 2, 'listing.unpublished', '{}'::jsonb WHERE o.is_published AND NOT n.is_published
                UNION ALL SELECT 3, 'listing.published', '{}'::jsonb WHERE n.is_published AND NOT o.is_published
                UNION ALL SELECT 4, 'listing.deleted', '{}'::jsonb WHERE o.deleted_at IS NULL AND n.deleted_at IS NOT NULL
                UNION ALL SELECT 5, 'listing.restored', '{}'::jsonb WHERE o.deleted_at IS NOT NULL AND n.deleted_at IS NULL
                UNION ALL SELECT 6, 'listing.updated', '{}'::jsonb WHERE o.version <> n.version
          ) e (nth, kind, data)
         ORDER BY n.id, e.nth;
    END IF;
    RETURN NULL;
END
$$;

-- What stands already was made and published before there were events.
INSERT INTO events (kind, subject_type, subject_id, at, data)
SELECT e.kind, 'listing', p.id, e.at, e.data || jsonb_build_object('slug', p.slug, 'version', p.version)
  FROM properties p CROSS JOIN LATERAL (
        SELECT 'listing.created', p.created_at, jsonb_build_object('price', p.price, 'currency', p.currency,
            'transaction_type', p.transaction_type, 'property_type', p.property_type)
        UNION ALL SELECT 'listing.published', p.published_at, '{}'::jsonb WHERE p.is_published
        UNION ALL SELECT 'listing.deleted', p.deleted_at, '{}'::jsonb WHERE p.deleted_at IS NOT NULL
  ) e (kind, at, data)
 ORDER BY e.at;

REVOKE EXECUTE ON FUNCTION sequence_events(integer), record_listing_events() FROM PUBLIC;

CREATE TRIGGER properties_events_insert AFTER INSERT ON properties
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_listing_events();
CREATE TRIGGER properties_events_update AFTER UPDATE ON properties
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_listing_events();
