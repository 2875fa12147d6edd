//! Rules that every table must keep, asked of PostgreSQL's catalogue.

use crate::connect::values;
use crate::scratch::Scratch;

async fn none(sql: &str) {
    let scratch = Scratch::migrated().await;
    let found = values(&mut scratch.as_owner().await, sql).await;
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn every_foreign_key_has_an_index_that_begins_with_it() {
    none("SELECT format('%s.%s', k.conrelid::regclass, k.conname) FROM pg_constraint k \
          WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND NOT EXISTS ( \
            SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL \
               AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)").await;
}

#[tokio::test]
async fn every_foreign_key_says_what_a_delete_does() {
    // 'a' is NO ACTION, what PostgreSQL takes when nothing is said.
    none("SELECT format('%s.%s', conrelid::regclass, conname) FROM pg_constraint \
          WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND confdeltype = 'a'").await;
}

#[tokio::test]
async fn every_updated_at_has_its_trigger() {
    none("SELECT a.attrelid::regclass::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
          WHERE a.attname = 'updated_at' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace \
            AND NOT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid \
                WHERE t.tgrelid = c.oid AND p.proname = 'update_updated_at_column' AND t.tgenabled = 'O' \
                  AND t.tgtype & 1 = 1 AND t.tgtype & 2 = 2 AND t.tgtype & 16 = 16)").await;
}

/// Tables without the audit, each for a reason; whatever is new must choose.
const NOT_AUDITED: &str = "'seaql_migrations', 'platform_identity', 'audit_log', \
    'stays', 'quotes', 'booking_events', 'lead_events', 'calendar_conflicts', \
    'favourites', 'saved_searches', 'idempotency_keys', 'jobs', 'webhook_events', 'webhook_deliveries'";

#[tokio::test]
async fn every_table_that_people_change_is_audited() {
    none(&format!("SELECT c.oid::regclass::text FROM pg_class c \
          WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT IN ({NOT_AUDITED}) \
            AND 28 <> (SELECT coalesce(bit_or(t.tgtype & 28), 0) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid \
                       WHERE t.tgrelid = c.oid AND p.proname LIKE 'audit\\_%' AND t.tgenabled = 'O')")).await;
}

/// A NULL in a guard column slips past the guard. The exceptions mean it: most rows have no
/// such identity at all.
#[tokio::test]
async fn guard_columns_are_not_null() {
    none("SELECT format('%s.%s', i.indexrelid::regclass, a.attname) FROM pg_index i \
          JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' \
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[]) \
          WHERE (i.indisunique OR i.indisexclusion) AND NOT a.attnotnull \
            AND (c.relname, a.attname) NOT IN (('properties', 'external_source'), ('properties', 'external_id'), \
                ('calendars', 'token'), ('jobs', 'dedupe_key'), ('stays', 'booking_id'))").await;
}

#[tokio::test]
async fn row_level_security_is_always_forced() {
    none("SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' \
            AND (c.relrowsecurity <> c.relforcerowsecurity OR c.relrowsecurity <> (c.relname IN \
                ('bookings', 'booking_events', 'leads', 'lead_events', 'favourites', 'saved_searches')))").await;
}

#[tokio::test]
async fn definer_functions_are_the_known_ones_with_a_pinned_search_path() {
    none("SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef \
            AND (p.proname NOT IN ('audit_row_change', 'audit_property_translations') \
                 OR p.proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp'] \
                 OR has_function_privilege('public', p.oid, 'EXECUTE'))").await;
}

#[tokio::test]
async fn no_view_escapes_row_level_security() {
    none("SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace \
            AND (c.relkind = 'm' OR c.relkind = 'v' AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false))").await;
}

#[tokio::test]
async fn every_table_has_a_primary_key_and_only_zoned_times() {
    none("SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' \
            AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)").await;
    none("SELECT format('%s.%s', table_name, column_name) FROM information_schema.columns \
          WHERE table_schema = 'public' AND data_type IN ('timestamp without time zone', 'money', 'json', 'numeric', 'real')").await;
}

#[tokio::test]
async fn every_jsonb_column_says_what_it_holds() {
    none("SELECT format('%s.%s', c.oid::regclass, a.attname) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
          WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.atttypid = 'jsonb'::regtype \
            AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' \
                AND pg_get_constraintdef(k.oid) LIKE format('%%jsonb_typeof(%s)%%', quote_ident(a.attname)))").await;
}

#[tokio::test]
async fn the_application_reaches_every_table_and_truncates_none() {
    let scratch = Scratch::migrated().await;
    let app = &scratch.spec.app.name;
    let found = values(
        &mut scratch.as_owner().await,
        format!(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' \
             AND (NOT has_table_privilege('{app}', c.oid, 'SELECT') OR has_table_privilege('{app}', c.oid, 'TRUNCATE, REFERENCES, TRIGGER'))"
        ),
    )
    .await;
    assert!(found.is_empty(), "{found:?}");
}
