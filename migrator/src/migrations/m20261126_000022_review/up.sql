-- Where a listing stands on its way to the public. `is_published` stays, because the indexes of
-- every public list stand on it; the two cannot disagree.
CREATE TYPE listing_status AS ENUM ('draft', 'in_review', 'published', 'archived');

ALTER TABLE properties
    ADD COLUMN status listing_status NOT NULL DEFAULT 'draft',
    -- Since when it waits for a reviewer.
    ADD COLUMN submitted_at timestamptz,
    -- What the reviewer wants changed; for those who manage the listing.
    ADD COLUMN rejection_reason text CONSTRAINT properties_rejection_reason_check
        CHECK (length(rejection_reason) BETWEEN 1 AND 2000 AND rejection_reason ~ '\S');
-- USING rewrites the rows without setting off their triggers: nothing has happened to a listing.
ALTER TABLE properties ALTER COLUMN status TYPE listing_status
    USING (CASE WHEN is_published THEN 'published' ELSE 'draft' END)::listing_status;
ALTER TABLE properties
    ADD CONSTRAINT properties_status_check CHECK ((status = 'published') = is_published),
    ADD CONSTRAINT properties_submitted_at_check CHECK ((status = 'in_review') = (submitted_at IS NOT NULL)),
    -- A reason never becomes public: what is public has none.
    ADD CONSTRAINT properties_rejected_check CHECK (rejection_reason IS NULL OR status = 'draft');
CREATE INDEX properties_review_idx ON properties (submitted_at, id) WHERE status = 'in_review';

-- Who is in charge of listings or of open leads stays an active agent (or admin), and the brand
-- keeps an active admin. Asked after the row is locked, and each query of this function sees what
-- had committed by then: whoever puts this person in charge holds the row (see below), so nobody
-- slips through between the question and the change.
CREATE FUNCTION guard_people() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was_active boolean := OLD.is_active AND OLD.deleted_at IS NULL;
    is_active boolean := TG_OP = 'UPDATE' AND NEW.is_active AND NEW.deleted_at IS NULL;
    acting_as text := coalesce(current_setting('app.role', true), '');
    in_charge boolean;
BEGIN
    IF was_active AND OLD.role = 'admin' AND NOT (is_active AND NEW.role = 'admin') THEN
        -- Of two admins who demote each other at once, the second waits here and then sees.
        PERFORM pg_advisory_xact_lock(hashtextextended('terrace.last_admin', 0));
        IF NOT EXISTS (SELECT FROM public.users u WHERE u.role = 'admin' AND u.is_active
                          AND u.deleted_at IS NULL AND u.id <> OLD.id) THEN
            RAISE EXCEPTION 'the last active admin stays one'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'users_last_admin';
        END IF;
    END IF;
    -- A DELETE is refused by the foreign keys themselves.
    IF TG_OP = 'UPDATE' AND was_active AND OLD.role <> 'user' AND NOT (is_active AND NEW.role <> 'user') THEN
        in_charge := EXISTS (SELECT FROM public.properties p WHERE p.agent_id = OLD.id);
        -- Leads are under row-level security: whoever changes a person need not see them to be
        -- refused because of them.
        PERFORM set_config('app.role', 'system', true);
        in_charge := in_charge OR EXISTS (SELECT FROM public.leads l
            WHERE l.assigned_agent_id = OLD.id AND l.status NOT IN ('won', 'lost'));
        PERFORM set_config('app.role', acting_as, true);
        IF in_charge THEN
            RAISE EXCEPTION 'somebody in charge of listings or leads stays an active agent'
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'users_in_charge';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER users_guard_update BEFORE UPDATE OF role, is_active, deleted_at ON users
    FOR EACH ROW EXECUTE FUNCTION guard_people();
CREATE TRIGGER users_guard_delete BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION guard_people();

-- The other half: who is put in charge is an active agent (or admin) until the transaction ends.
-- FOR SHARE conflicts with every change of the person's row; the lock of the foreign key does not.
CREATE FUNCTION guard_charge() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fit boolean;
BEGIN
    SELECT u.is_active AND u.deleted_at IS NULL AND u.role <> 'user' INTO fit
      FROM public.users u WHERE u.id = NEW.agent_id FOR SHARE;
    -- Nobody at all: the foreign key says so.
    IF NOT fit THEN
        RAISE EXCEPTION 'who is in charge of a listing is an active agent'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'properties_agent_active';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER properties_charge_insert BEFORE INSERT ON properties
    FOR EACH ROW WHEN (NEW.agent_id IS NOT NULL) EXECUTE FUNCTION guard_charge();
CREATE TRIGGER properties_charge_update BEFORE UPDATE OF agent_id ON properties
    FOR EACH ROW WHEN (NEW.agent_id IS NOT NULL AND NEW.agent_id IS DISTINCT FROM OLD.agent_id)
    EXECUTE FUNCTION guard_charge();

-- As before, and what review tells.
CREATE OR REPLACE FUNCTION record_listing_events() RETURNS trigger
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
                UNION ALL SELECT 4, 'listing.submitted', '{}'::jsonb WHERE n.status = 'in_review' AND o.status <> n.status
                UNION ALL SELECT 5, 'listing.rejected', '{}'::jsonb
                 WHERE o.status = 'in_review' AND n.status = 'draft' AND n.rejection_reason IS NOT NULL
                UNION ALL SELECT 6, 'listing.archived', '{}'::jsonb WHERE n.status = 'archived' AND o.status <> n.status
                UNION ALL SELECT 7, 'listing.deleted', '{}'::jsonb WHERE o.deleted_at IS NULL AND n.deleted_at IS NOT NULL
                UNION ALL SELECT 8, 'listing.restored', '{}'::jsonb WHERE o.deleted_at IS NOT NULL AND n.deleted_at IS NULL
                UNION ALL SELECT 9, 'listing.updated', '{}'::jsonb WHERE o.version <> n.version
          ) e (nth, kind, data)
         ORDER BY n.id, e.nth;
    END IF;
    RETURN NULL;
END
$$;
