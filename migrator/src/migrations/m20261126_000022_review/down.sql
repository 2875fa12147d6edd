DROP TRIGGER properties_charge_insert ON properties;
DROP TRIGGER properties_charge_update ON properties;
DROP FUNCTION guard_charge();
DROP TRIGGER users_guard_update ON users;
DROP TRIGGER users_guard_delete ON users;
DROP FUNCTION guard_people();
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
                UNION ALL SELECT 4, 'listing.deleted', '{}'::jsonb WHERE o.deleted_at IS NULL AND n.deleted_at IS NOT NULL
                UNION ALL SELECT 5, 'listing.restored', '{}'::jsonb WHERE o.deleted_at IS NOT NULL AND n.deleted_at IS NULL
                UNION ALL SELECT 6, 'listing.updated', '{}'::jsonb WHERE o.version <> n.version
          ) e (nth, kind, data)
         ORDER BY n.id, e.nth;
    END IF;
    RETURN NULL;
END
$$;
ALTER TABLE properties DROP COLUMN status, DROP COLUMN submitted_at, DROP COLUMN rejection_reason;
DROP TYPE listing_status;
