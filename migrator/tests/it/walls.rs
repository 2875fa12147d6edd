//! Every table is under row-level security, or public for a reason.

use crate::connect::{act_as, outcome, run, value, values};
use crate::scratch::Scratch;

/// Tables that whoever is asked in anybody's name may read, and why that is right. What holds
/// anything of a person does not belong here.
const PUBLIC: &[(&str, &str)] = &[
    ("agents", "what an agent publishes of themselves; the rest of the person is in users"),
    ("amenities", "a catalogue"),
    ("amenity_translations", "a catalogue"),
    ("business_details", "part of a listing"),
    ("calendar_conflicts", "nights that are taken twice: ids and dates"),
    ("calendar_events", "nights that feeds name, without a name"),
    ("chat_activations", "which prompt was active when"),
    ("chat_prompts", "what a brand tells its model: staff's words, and nobody's data"),
    ("chat_questions", "what prompts are tried with"),
    ("chat_tools", "which tools are on"),
    ("chat_trials", "how a prompt did: answers that no visitor asked for"),
    ("companies", "agencies; what is for their own people alone the statement leaves out"),
    ("coupon_uses", "counted against the limit of a coupon, whoever books: ids"),
    ("coupons", "codes and what they are worth: whoever knows the code may use it"),
    ("duplicate_candidates", "pairs of listings"),
    ("event_cursors", "how far readers have come"),
    (
        "events",
        "what happened: ids and never a person's data; its triggers write in anybody's name",
    ),
    ("faq_categories", "a catalogue"),
    ("faq_category_names", "a catalogue"),
    ("faq_chunks", "public texts"),
    ("faq_days", "counts"),
    ("faq_documents", "what a brand answers; drafts are left out by the statement"),
    ("faq_gaps", "questions without an answer; those that look personal are never written down"),
    ("faq_queue", "ids of documents"),
    ("faq_related", "part of a document"),
    ("faq_search_days", "counts"),
    ("faq_texts", "part of a document"),
    ("faq_vectors", "public texts as vectors"),
    ("faq_words", "words of public texts"),
    ("holidays", "the country's"),
    ("investment_details", "part of a listing"),
    ("lead_rotation", "whose turn it is: one id, and a lock"),
    ("lease_details", "part of a listing"),
    ("lease_rules", "the law"),
    ("legal_rules", "the law"),
    ("media", "pictures of listings; drafts' are left out by the listing"),
    ("platform_identity", "which brand this is"),
    ("policies", "a catalogue"),
    ("policy_translations", "a catalogue"),
    ("pricing_terms", "part of a listing"),
    ("properties", "listings: hot public reads; drafts are left out by the statement"),
    ("property_translations", "part of a listing"),
    ("property_views", "counts"),
    ("quotes", "prices; whoever has the id may see it, and it names nobody"),
    ("rates", "part of a listing"),
    ("rental_details", "part of a listing"),
    ("sale_details", "part of a listing"),
    ("seaql_migrations", "which migrations ran"),
    ("search_documents", "public texts"),
    ("search_models", "which models there are"),
    ("search_popular", "words that many asked for"),
    ("search_queue", "ids of listings"),
    ("search_vectors", "public texts as vectors; an index of vectors under a policy finds nothing"),
    ("search_watches", "where a changed listing looks for searches: keys and ids, nobody's name"),
    ("search_words", "words of public texts"),
    ("stays", "taken nights, without a name; range operators are not leakproof"),
];

/// What is neither under row-level security that is forced nor in the list, or is both.
fn offenders() -> String {
    let listed: Vec<_> = PUBLIC.iter().map(|(table, _)| format!("('{table}')")).collect();
    format!(
        "SELECT coalesce(l.name, c.relname)::text FROM (VALUES {}) l (name) FULL JOIN \
            (SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class \
              WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')) c ON c.relname = l.name \
          WHERE c.relname IS NULL OR c.relrowsecurity <> c.relforcerowsecurity \
             OR c.relrowsecurity = (l.name IS NOT NULL) ORDER BY 1",
        listed.join(", ")
    )
}

#[tokio::test]
async fn every_table_is_walled_or_public_for_a_reason() {
    let scratch = Scratch::migrated().await;
    let mut owner = scratch.as_owner().await;
    let found = values(&mut owner, offenders()).await;
    assert!(found.is_empty(), "neither under row-level security nor in PUBLIC, or both: {found:?}");
    for (table, reason) in PUBLIC {
        assert!(reason.len() > 5, "{table} is public for no reason");
    }
    for (breach, table) in [
        ("ALTER TABLE leads NO FORCE ROW LEVEL SECURITY", "leads"),
        ("ALTER TABLE users DISABLE ROW LEVEL SECURITY", "users"),
        ("CREATE TABLE diaries (id int PRIMARY KEY)", "diaries"),
        ("DROP TABLE search_popular", "search_popular"),
        (
            "ALTER TABLE stays ENABLE ROW LEVEL SECURITY; ALTER TABLE stays FORCE ROW LEVEL SECURITY",
            "stays",
        ),
    ] {
        run(&mut owner, format!("BEGIN; {breach}")).await;
        assert_eq!(values(&mut owner, offenders()).await, [table], "{breach} goes unnoticed");
        run(&mut owner, "ROLLBACK").await;
    }
}

/// What is shown of agents follows the account, whoever changes it and by which path.
#[tokio::test]
async fn agents_show_what_their_account_says() {
    let scratch = Scratch::migrated().await;
    let mut db = scratch.as_app().await;
    let shown = "SELECT format('%s %s', display_name, is_listed) FROM agents";
    act_as(&mut db, "", "system").await;
    run(&mut db, "INSERT INTO users (id, auth_subject, role, display_name) VALUES (gen_random_uuid(), 'a', 'agent', 'Malee')").await;
    run(
        &mut db,
        "INSERT INTO agents (user_id, display_name) SELECT id, 'Somebody else' FROM users",
    )
    .await;
    assert_eq!(value::<String>(&mut db, shown).await, "Malee t");
    for (change, expected) in [
        ("UPDATE users SET display_name = 'Malee S.'", "Malee S. t"),
        ("UPDATE users SET is_active = false", "Malee S. f"),
        ("UPDATE users SET is_active = true", "Malee S. t"),
        ("UPDATE users SET role = 'user'", "Malee S. f"),
        ("UPDATE users SET role = 'admin'", "Malee S. t"),
        ("UPDATE agents SET display_name = 'Another'", "Malee S. t"),
        ("UPDATE users SET display_name = NULL", " t"),
    ] {
        run(&mut db, change).await;
        assert_eq!(value::<String>(&mut db, shown).await, expected, "{change}");
    }
    // Everybody sees the one and nobody the other.
    act_as(&mut db, "", "").await;
    assert_eq!(value::<String>(&mut db, shown).await, " t");
    assert_eq!(value::<i64>(&mut db, "SELECT count(*) FROM users").await, 0);
}

/// The one thing in their own row that is not theirs to write.
#[tokio::test]
async fn nobody_promotes_themselves() {
    let scratch = Scratch::migrated().await;
    let mut db = scratch.as_app().await;
    let me = "01939d5e-0000-7000-8000-000000000001";
    act_as(&mut db, "", "system").await;
    run(
        &mut db,
        format!(
            "INSERT INTO users (id, auth_subject) VALUES ('{me}', 'me'), (gen_random_uuid(), 'you')"
        ),
    )
    .await;
    act_as(&mut db, me, "user").await;
    assert_eq!(outcome(&mut db, "UPDATE users SET role = 'admin'").await, "42501");
    assert_eq!(outcome(&mut db, "UPDATE users SET auth_subject = 'somebody'").await, "42501");
    assert_eq!(run(&mut db, "UPDATE users SET phone = '+66 1'").await, 1);
    assert_eq!(run(&mut db, "DELETE FROM users").await, 0);
    assert_eq!(outcome(&mut db, "INSERT INTO users (auth_subject) VALUES ('new')").await, "42501");
    // A letter's way is found without the row being seen, and the rights are as before.
    let other: i64 = value(&mut db, "SELECT count(*) FROM users WHERE id <> app_user_id()").await;
    assert_eq!(other, 0);
    run(&mut db, "SELECT contact_of(gen_random_uuid())").await;
    assert_eq!(value::<String>(&mut db, "SELECT app_role()").await, "user");
}

/// A guard that looks at an account does not let pass what it is not shown.
#[tokio::test]
async fn guards_see_whoever_acts() {
    let scratch = Scratch::migrated().await;
    let mut db = scratch.as_app().await;
    let (me, gone) =
        ("01939d5e-0000-7000-8000-000000000011", "01939d5e-0000-7000-8000-000000000012");
    act_as(&mut db, "", "system").await;
    run(&mut db, format!("INSERT INTO users (id, auth_subject, role, is_active) VALUES ('{me}', 'me', 'agent', true), ('{gone}', 'gone', 'agent', false)")).await;
    act_as(&mut db, me, "agent").await;
    let listing = |agent: &str| {
        format!(
            "INSERT INTO properties (slug, title, transaction_type, property_type, rent_price, agent_id) \
             VALUES ('v', 'Villa', 'rent', 'villa', 100, '{agent}')"
        )
    };
    assert_eq!(outcome(&mut db, listing(gone)).await, "23000 properties_agent_active");
    assert_eq!(outcome(&mut db, listing(me)).await, "ok");
}

/// Kept answers are whose key it was; work that waits is the platform's.
#[tokio::test]
async fn what_is_kept_of_requests_is_their_senders() {
    let scratch = Scratch::migrated().await;
    let mut db = scratch.as_app().await;
    let (me, other) =
        ("01939d5e-0000-7000-8000-000000000001", "01939d5e-0000-7000-8000-000000000002");
    let keep = |who: &str| {
        format!(
            "INSERT INTO idempotency_keys (scope, key, request_hash) VALUES ('create_property:{who}', 'k', sha256('x'))"
        )
    };
    for who in [me, other] {
        act_as(&mut db, who, "agent").await;
        run(&mut db, keep(who)).await;
        assert_eq!(
            value::<i64>(&mut db, "SELECT count(*) FROM idempotency_keys").await,
            1,
            "{who}"
        );
    }
    assert_eq!(outcome(&mut db, keep(me)).await, "42501");
    assert_eq!(
        run(&mut db, format!("DELETE FROM idempotency_keys WHERE scope LIKE '%{me}'")).await,
        0
    );
    assert_eq!(outcome(&mut db, "INSERT INTO jobs (kind) VALUES ('any')").await, "ok");
    assert_eq!(value::<i64>(&mut db, "SELECT count(*) FROM jobs").await, 0);
    assert_eq!(
        outcome(&mut db, "INSERT INTO jobs (kind, dead_at) VALUES ('any', now())").await,
        "42501"
    );
    for (user, role) in [("", ""), ("", "anonymous"), (me, "anonymous"), (me, "")] {
        act_as(&mut db, user, role).await;
        for table in [
            "idempotency_keys",
            "jobs",
            "webhook_events",
            "webhook_endpoints",
            "webhook_deliveries",
            "audit_log",
            "calendars",
        ] {
            let seen: i64 = value(&mut db, format!("SELECT count(*) FROM {table}")).await;
            assert_eq!(seen, 0, "{table} by {user:?} as {role:?}");
        }
    }
}
