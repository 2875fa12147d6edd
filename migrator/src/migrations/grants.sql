-- The application role's rights, stated once for every table and re-applied in the
-- transaction of every migration: a new table is never forgotten, and a narrower right
-- is an entry here. No TRUNCATE, no REFERENCES, no TRIGGER, no DDL for anybody but the owner.
DO $$
DECLARE
    app text := current_setting('terrace.app_role');
    t record;
    f record;
    rights text;
BEGIN
    FOR t IN
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
         ORDER BY c.relname
    LOOP
        rights := CASE t.relname
            WHEN 'seaql_migrations' THEN 'SELECT'
            WHEN 'platform_identity' THEN 'SELECT'
            -- Written by its trigger functions with the owner's rights.
            WHEN 'audit_log' THEN 'SELECT'
            -- Numbered by sequence_events() with the owner's rights.
            WHEN 'events' THEN 'SELECT, INSERT'
            WHEN 'booking_events' THEN 'SELECT, INSERT'
            -- What was proposed and decided stays.
            WHEN 'booking_offers' THEN 'SELECT, INSERT, UPDATE'
            -- What was asked and opened is not rewritten.
            WHEN 'search_history' THEN 'SELECT, INSERT, DELETE'
            WHEN 'search_clicks' THEN 'SELECT, INSERT, DELETE'
            WHEN 'quotes' THEN 'SELECT, INSERT, DELETE'
            -- Money that was there was there.
            WHEN 'payments' THEN 'SELECT, INSERT, UPDATE'
            WHEN 'payment_events' THEN 'SELECT, INSERT, UPDATE'
            -- Bookings stay; erasing a person blanks their columns.
            WHEN 'bookings' THEN 'SELECT, INSERT, UPDATE'
            ELSE 'SELECT, INSERT, UPDATE, DELETE'
        END;
        EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, %I', t.relname, app);
        EXECUTE format('GRANT %s ON public.%I TO %I', rights, t.relname, app);
    END LOOP;
    -- What runs with the owner's rights runs for nobody, unless it is named here; triggers need
    -- no right of the one who sets them off.
    FOR f IN
        SELECT p.oid::regprocedure AS signature FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND p.proname IN ('sequence_events')
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f.signature, app);
    END LOOP;
END
$$;
