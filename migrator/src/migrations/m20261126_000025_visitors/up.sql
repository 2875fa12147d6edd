-- Lists without an account: their owner is a person or a visitor, never both.

-- Reads as NULL where nobody visits; see app_user_id().
CREATE FUNCTION app_visitor_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.visitor_id', true), '')::uuid;

-- Known by a signed token alone. A row is there from the first thing that is kept for them.
CREATE TABLE visitors (
    id uuid PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT now(),
    -- Since when their lists are an account's. The row stays, so that no other account takes them:
    -- by merged_at, because the person may be erased.
    merged_at timestamptz,
    merged_into uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT visitors_merged_check CHECK (merged_into IS NULL OR merged_at IS NOT NULL)
);
CREATE INDEX visitors_merged_into_idx ON visitors (merged_into);
CREATE INDEX visitors_seen_at_idx ON visitors (seen_at);

ALTER TABLE favourites
    DROP CONSTRAINT favourites_pkey,
    ALTER COLUMN user_id DROP NOT NULL,
    ADD COLUMN visitor_id uuid REFERENCES visitors ON DELETE CASCADE,
    ADD COLUMN owner_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(user_id, visitor_id)) STORED,
    -- As it was public when it was marked: what a listing is called once it is a draft again is
    -- nobody's business.
    ADD COLUMN title text NOT NULL DEFAULT '' CONSTRAINT favourites_title_check CHECK (length(title) <= 300),
    ADD COLUMN notify_price_drop boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT favourites_owner_check CHECK (num_nonnulls(user_id, visitor_id) = 1),
    ADD PRIMARY KEY (owner_id, property_id);
-- The tables' owner is under their policies, too.
SELECT set_config('app.role', 'system', true);
UPDATE favourites f SET title = p.title FROM properties p WHERE p.id = f.property_id AND p.is_published;
SELECT set_config('app.role', '', true);
CREATE INDEX favourites_user_id_idx ON favourites (user_id);
CREATE INDEX favourites_visitor_id_idx ON favourites (visitor_id);
CREATE INDEX favourites_newest_idx ON favourites (owner_id, created_at DESC, property_id DESC);

DROP INDEX saved_searches_user_id_idx, saved_searches_notify_idx;
ALTER TABLE saved_searches
    ALTER COLUMN user_id DROP NOT NULL,
    DROP COLUMN last_notified_at,
    ADD COLUMN visitor_id uuid REFERENCES visitors ON DELETE CASCADE,
    ADD COLUMN owner_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(user_id, visitor_id)) STORED,
    -- What was there before it is no news.
    ADD COLUMN watched_from timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT saved_searches_owner_check CHECK (num_nonnulls(user_id, visitor_id) = 1);
CREATE INDEX saved_searches_user_id_idx ON saved_searches (user_id);
CREATE INDEX saved_searches_visitor_id_idx ON saved_searches (visitor_id);
CREATE INDEX saved_searches_newest_idx ON saved_searches (owner_id, created_at DESC, id DESC);

-- A list is full at some point. Two who add to one list wait for each other here, and the count
-- sees what had committed when the lock was got.
CREATE FUNCTION limit_list() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    most bigint := TG_ARGV[0];
    -- Generated columns are not made yet.
    owner uuid := coalesce(NEW.user_id, NEW.visitor_id);
    there bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(TG_TABLE_NAME || ':' || owner, 0));
    EXECUTE format('SELECT count(*) FROM public.%I WHERE owner_id = $1', TG_TABLE_NAME) INTO there USING owner;
    IF there >= most THEN
        RAISE EXCEPTION 'a list of % has % at most', TG_TABLE_NAME, most
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_limit';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER favourites_limit_insert BEFORE INSERT ON favourites FOR EACH ROW EXECUTE FUNCTION limit_list('500');
CREATE TRIGGER favourites_limit_update BEFORE UPDATE OF user_id, visitor_id ON favourites FOR EACH ROW
    WHEN (coalesce(OLD.user_id, OLD.visitor_id) <> coalesce(NEW.user_id, NEW.visitor_id)) EXECUTE FUNCTION limit_list('500');
CREATE TRIGGER saved_searches_limit_insert BEFORE INSERT ON saved_searches FOR EACH ROW EXECUTE FUNCTION limit_list('50');
CREATE TRIGGER saved_searches_limit_update BEFORE UPDATE OF user_id, visitor_id ON saved_searches FOR EACH ROW
    WHEN (coalesce(OLD.user_id, OLD.visitor_id) <> coalesce(NEW.user_id, NEW.visitor_id)) EXECUTE FUNCTION limit_list('50');

-- Where a changed listing looks for the searches that may match it: what is offered, and the
-- narrowest place that the search names. A table of its own, without anybody's name and without
-- row-level security, as for `stays`.
CREATE TABLE search_watches (
    key text NOT NULL CONSTRAINT search_watches_key_check CHECK (length(key) BETWEEN 3 AND 300),
    saved_search_id uuid NOT NULL REFERENCES saved_searches ON DELETE CASCADE,
    price_min bigint NOT NULL,
    price_max bigint NOT NULL,
    PRIMARY KEY (key, saved_search_id) INCLUDE (price_min, price_max)
);
CREATE INDEX search_watches_saved_search_id_idx ON search_watches (saved_search_id);

-- `rent|d:Kathu`; a star where the search asks for nothing in particular.
CREATE FUNCTION saved_search_keys(filters jsonb) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT DISTINCT offered || '|' || place
      FROM unnest(coalesce(string_to_array(filters ->> 'transaction_type', ','), '{*}'::text[])) offered,
           unnest(coalesce(
               (SELECT array_agg('d:' || name) FROM unnest(string_to_array(filters ->> 'district', ',')) name),
               (SELECT array_agg('p:' || name) FROM unnest(string_to_array(filters ->> 'province', ',')) name),
               '{*}'::text[])) place;
END;

CREATE FUNCTION watch_saved_search() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM public.search_watches w WHERE w.saved_search_id = NEW.id;
    IF NEW.notify <> 'never' THEN
        INSERT INTO public.search_watches (key, saved_search_id, price_min, price_max)
        SELECT k.key, NEW.id, coalesce((NEW.filters ->> 'price_min')::bigint, 0),
               coalesce((NEW.filters ->> 'price_max')::bigint, 9223372036854775807)
          FROM public.saved_search_keys(NEW.filters) k (key);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER saved_searches_watch_insert AFTER INSERT ON saved_searches
    FOR EACH ROW EXECUTE FUNCTION watch_saved_search();
CREATE TRIGGER saved_searches_watch_update AFTER UPDATE ON saved_searches FOR EACH ROW
    WHEN (OLD.filters <> NEW.filters OR OLD.notify <> NEW.notify) EXECUTE FUNCTION watch_saved_search();

-- Something was found for somebody.
CREATE TYPE alert_kind AS ENUM ('new_match', 'price_drop');
CREATE TABLE alerts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid REFERENCES users ON DELETE CASCADE,
    visitor_id uuid REFERENCES visitors ON DELETE CASCADE,
    owner_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(user_id, visitor_id)) STORED,
    -- None: it is one of the owner's favourites.
    saved_search_id uuid REFERENCES saved_searches ON DELETE CASCADE,
    source_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(saved_search_id, '00000000-0000-0000-0000-000000000000')) STORED,
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    kind alert_kind NOT NULL,
    price bigint NOT NULL CONSTRAINT alerts_price_check CHECK (price > 0),
    old_price bigint CONSTRAINT alerts_old_price_check CHECK (old_price > 0 AND (kind <> 'price_drop' OR old_price > price)),
    currency char(3) NOT NULL CONSTRAINT alerts_currency_check CHECK (currency IN ('THB', 'USD', 'EUR', 'GBP', 'JPY')),
    -- A match is new once; a price is told once.
    told_price bigint NOT NULL GENERATED ALWAYS AS (CASE kind WHEN 'price_drop' THEN price ELSE 0 END) STORED,
    -- When a letter about it is due; `never` for who reads it here alone.
    deliver notify_frequency NOT NULL,
    -- Set in the transaction that queues the letter.
    sent_at timestamptz,
    read_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT alerts_owner_check CHECK (num_nonnulls(user_id, visitor_id) = 1),
    CONSTRAINT alerts_kind_check CHECK (kind <> 'price_drop' OR old_price IS NOT NULL),
    CONSTRAINT alerts_favourite_check CHECK (saved_search_id IS NOT NULL OR kind = 'price_drop'),
    CONSTRAINT alerts_visitor_check CHECK (visitor_id IS NULL OR (deliver = 'never' AND sent_at IS NULL)),
    CONSTRAINT alerts_once_key UNIQUE (owner_id, source_id, property_id, kind, told_price)
);
CREATE INDEX alerts_newest_idx ON alerts (owner_id, created_at DESC, id DESC);
CREATE INDEX alerts_user_id_idx ON alerts (user_id);
CREATE INDEX alerts_visitor_id_idx ON alerts (visitor_id);
CREATE INDEX alerts_saved_search_id_idx ON alerts (saved_search_id);
CREATE INDEX alerts_property_id_idx ON alerts (property_id);
CREATE INDEX alerts_due_idx ON alerts (deliver, created_at) WHERE sent_at IS NULL AND deliver IN ('daily', 'weekly');

-- From here on; nobody watches yet.
INSERT INTO event_cursors (name, seq) SELECT 'alerts', seq FROM event_cursors WHERE name = 'head';

ALTER TABLE visitors ENABLE ROW LEVEL SECURITY;
ALTER TABLE visitors FORCE ROW LEVEL SECURITY;
CREATE POLICY visitors_own ON visitors
    USING ((SELECT app_role()) = 'anonymous' AND id = (SELECT app_visitor_id()));
CREATE POLICY visitors_system ON visitors USING ((SELECT app_role()) = 'system');

CREATE POLICY favourites_visitor ON favourites
    USING ((SELECT app_role()) = 'anonymous' AND visitor_id = (SELECT app_visitor_id()));
CREATE POLICY saved_searches_visitor ON saved_searches
    USING ((SELECT app_role()) = 'anonymous' AND visitor_id = (SELECT app_visitor_id()));

ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY alerts_own ON alerts
    USING ((SELECT app_role()) IN ('user', 'agent', 'admin') AND user_id = (SELECT app_user_id()));
CREATE POLICY alerts_visitor ON alerts
    USING ((SELECT app_role()) = 'anonymous' AND visitor_id = (SELECT app_visitor_id()));
CREATE POLICY alerts_system ON alerts USING ((SELECT app_role()) = 'system');
