//! Rules that every table must keep, asked of PostgreSQL's catalogue: each query lists the
//! offenders.

use crate::connect::{run, values};
use crate::scratch::Scratch;

/// (rule, offenders, a change that breaks it)
const RULES: [(&str, &str, &str); 16] = [
    (
        "every foreign key has an index that begins with it",
        "SELECT format('%s.%s', k.conrelid::regclass, k.conname) FROM pg_constraint k
          WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL
               AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)",
        "DROP INDEX leads_user_id_idx",
    ),
    (
        // 'a' is NO ACTION, what PostgreSQL takes when nothing is said.
        "every foreign key says what a delete does",
        "SELECT format('%s.%s', conrelid::regclass, conname) FROM pg_constraint
          WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND confdeltype = 'a'",
        "ALTER TABLE agents DROP CONSTRAINT agents_company_id_fkey, ADD FOREIGN KEY (company_id) REFERENCES companies",
    ),
    (
        "every updated_at has its trigger",
        "SELECT c.oid::regclass::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          WHERE a.attname = 'updated_at' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                WHERE t.tgrelid = c.oid AND p.proname = 'update_updated_at_column' AND t.tgenabled = 'O'
                  AND t.tgtype & 19 = 19)",
        "ALTER TABLE rates DISABLE TRIGGER rates_updated_at",
    ),
    (
        // The exceptions, each for a reason: written by machines, histories themselves, or
        // private lists. Whatever is new must choose.
        "every table that people change is audited",
        "SELECT c.oid::regclass::text FROM pg_class c
          WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT IN (
                'seaql_migrations', 'platform_identity', 'audit_log', 'stays', 'quotes', 'booking_events',
                'lead_events', 'calendar_conflicts', 'favourites', 'saved_searches', 'idempotency_keys', 'jobs',
                'webhook_events', 'webhook_deliveries', 'events', 'event_cursors', 'notifications',
                'lead_rotation', 'property_views', 'search_documents', 'search_models', 'search_vectors',
                'search_queue', 'search_words', 'visitors', 'search_watches', 'alerts', 'search_history',
                'search_clicks', 'search_popular', 'coupon_uses', 'calendar_events', 'payment_events',
                'faq_chunks', 'faq_vectors', 'faq_queue', 'faq_words', 'faq_days', 'faq_search_days', 'faq_gaps',
                'chat_conversations', 'chat_messages', 'chat_prompts', 'chat_trials', 'chat_activations')
            AND 28 <> (SELECT coalesce(bit_or(t.tgtype & 28), 0) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                       WHERE t.tgrelid = c.oid AND p.proname LIKE 'audit\\_%' AND t.tgenabled = 'O')",
        "DROP TRIGGER property_translations_audit_delete ON property_translations",
    ),
    (
        // A NULL slips past a guard. The exceptions mean it: most rows have no such identity.
        "guard columns are NOT NULL",
        "SELECT format('%s.%s', i.indexrelid::regclass, a.attname) FROM pg_index i
           JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
           JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
          WHERE (i.indisunique OR i.indisexclusion) AND NOT a.attnotnull
            AND (c.relname, a.attname) NOT IN (('properties', 'external_source'), ('properties', 'external_id'),
                ('calendars', 'token'), ('jobs', 'dedupe_key'), ('stays', 'booking_id'), ('events', 'seq'),
                ('payments', 'provider_reference'))",
        "ALTER TABLE stays ALTER COLUMN during DROP NOT NULL",
    ),
    (
        "definer functions are the known ones, with a pinned search path",
        "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
            AND (p.proname NOT IN ('audit_row_change', 'audit_property_translations', 'record_listing_events', 'sequence_events')
                 OR p.proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp']
                 OR has_function_privilege('public', p.oid, 'EXECUTE'))",
        "ALTER FUNCTION audit_row_change() RESET search_path",
    ),
    (
        "no view escapes row-level security",
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
            AND (c.relkind = 'm' OR c.relkind = 'v' AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false))",
        "CREATE VIEW everything AS SELECT * FROM bookings",
    ),
    (
        "every table has a primary key",
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)",
        "ALTER TABLE jobs DROP CONSTRAINT jobs_pkey",
    ),
    (
        "times have zones, money is whole, JSON is binary",
        "SELECT format('%s.%s', table_name, column_name) FROM information_schema.columns
          WHERE table_schema = 'public' AND data_type IN ('timestamp without time zone', 'money', 'json', 'numeric', 'real')",
        "ALTER TABLE rates ALTER COLUMN created_at TYPE timestamp",
    ),
    (
        "every JSONB column says what it holds",
        "SELECT format('%s.%s', c.oid::regclass, a.attname) FROM pg_class c
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
          WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.atttypid = 'jsonb'::regtype
            AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c'
                AND pg_get_constraintdef(k.oid) LIKE format('%%jsonb_typeof(%s)%%', quote_ident(a.attname)))",
        "ALTER TABLE users DROP CONSTRAINT users_metadata_check",
    ),
    (
        "amounts of money stand beside a known currency, or belong to a listing that has one",
        "SELECT format('%s.%s', c.table_name, c.column_name) FROM information_schema.columns c
          WHERE c.table_schema = 'public' AND c.data_type = 'bigint'
            AND c.table_name NOT IN ('seaql_migrations', 'audit_log', 'events', 'event_cursors', 'media', 'rates',
                'webhook_endpoints', 'webhook_deliveries', 'search_watches', 'pricing_terms', 'chat_activations')
            AND c.table_name NOT LIKE '%\\_details'
            AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conname = c.table_name || '_currency_check')",
        "ALTER TABLE quotes DROP CONSTRAINT quotes_currency_check",
    ),
    (
        "the application reads every table and truncates none",
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            AND (NOT has_table_privilege('$app', c.oid, 'SELECT')
                 OR has_table_privilege('$app', c.oid, 'TRUNCATE, REFERENCES, TRIGGER'))",
        "GRANT TRUNCATE ON stays TO $app",
    ),
    (
        // '' is what a setting that has ended reads as, and ''::uuid is an error: these know.
        "policies ask who acts by the functions that are there for it",
        "SELECT format('%s.%s', tablename, policyname) FROM pg_policies WHERE schemaname = 'public'
            AND concat(qual, with_check) LIKE '%current_setting%'",
        "CREATE POLICY mine ON leads USING (user_id = current_setting('app.user_id', true)::uuid)",
    ),
    (
        // Without one nobody sees anything, not even the platform.
        "who may see a table under row-level security is said",
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity
            AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND pg_get_expr(p.polqual, p.polrelid) LIKE '%app_role()%'
                 OR p.polrelid = c.oid AND pg_get_expr(p.polqual, p.polrelid) LIKE '% FROM %')",
        "DROP POLICY webhook_events_system ON webhook_events",
    ),
    (
        "nobody may connect, or make anything, who is not named",
        "SELECT may FROM (VALUES
            ('connect', has_database_privilege('public', current_database(), 'CONNECT')),
            ('temporary tables', has_database_privilege('public', current_database(), 'TEMPORARY')),
            ('create', has_schema_privilege('public', 'public', 'CREATE'))) found (may, is_so) WHERE is_so",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
    ),
    (
        "the application bypasses nothing and belongs to nobody else",
        "SELECT rolname::text FROM pg_roles r WHERE rolname = '$app' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
            OR rolreplication OR has_database_privilege(rolname, current_database(), 'CREATE, TEMPORARY')
            OR has_schema_privilege(rolname, 'public', 'CREATE')
            OR EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
            OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid))",
        "GRANT CREATE ON SCHEMA public TO $app",
    ),
];

#[tokio::test]
async fn every_rule_is_kept_and_every_rule_can_be_broken() {
    let scratch = Scratch::migrated().await;
    let mut owner = scratch.as_owner().await;
    for (rule, offenders, breach) in RULES {
        let offenders = offenders.replace("$app", &scratch.spec.app.name);
        let found = values(&mut owner, offenders.as_str()).await;
        assert!(found.is_empty(), "{rule}: not so for {found:?}");

        run(&mut owner, format!("BEGIN; {}", breach.replace("$app", &scratch.spec.app.name))).await;
        let found = values(&mut owner, offenders.as_str()).await;
        assert_eq!(found.len(), 1, "{rule}: a breach goes unnoticed ({breach})");
        run(&mut owner, "ROLLBACK").await;
    }
}
