//! Up, down, fresh, status and plan; one run at a time; only on the product's own database.

use std::time::{Duration, Instant};

use sea_orm::SqlxPostgresConnector;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, PgConnection};
use terrace_migrator::{
    Error, Target, check_identity, diff, down, fresh, identity, pending, plan, status, up,
};

use crate::connect::{act_as, outcome, run, value, values};
use crate::scratch::Scratch;

/// Everything that is not of an extension.
const REMAINS: &str = "SELECT format('%s %s', classid::regclass, objid) FROM ( \
    SELECT 'pg_class'::regclass AS classid, oid AS objid FROM pg_class WHERE relnamespace = 'public'::regnamespace \
    UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
    UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typelem = 0) o \
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.classid AND d.objid = o.objid AND d.deptype = 'e')";

#[tokio::test]
async fn every_step_goes_down_and_up_again_to_the_same_schema() {
    let scratch = Scratch::provisioned().await;
    let target = scratch.target();
    let top = up(&target).await.expect("up");
    // Downwards: the fingerprint below each step, and the way back up through it.
    let mut below = Vec::new();
    for _ in &top.applied_now {
        let report = down(&target, 1).await.expect("down");
        below.push((report.reverted_now.concat(), report.fingerprint, report.schema));
    }
    assert_eq!(
        values(&mut scratch.as_owner().await, REMAINS).await,
        Vec::<String>::new(),
        "down to zero left something"
    );
    for (name, fingerprint, schema) in below.iter().rev() {
        let found = status(&target).await.expect("status");
        assert_eq!(&found.fingerprint, fingerprint, "{}", diff(schema, &found.schema).join("\n"));
        // By hand, which proves the printed SQL as well.
        let step = plan(&target).await.expect("plan").remove(0);
        assert_eq!(&step.name, name);
        run(&mut scratch.as_owner().await, step.sql).await;
    }
    let again = status(&target).await.expect("status");
    assert_eq!(
        (again.fingerprint, again.drift, again.version),
        (top.fingerprint, vec![], top.version)
    );
}

#[tokio::test]
async fn down_takes_as_many_steps_as_asked() {
    let scratch = Scratch::migrated().await;
    let all = status(&scratch.target()).await.expect("status");
    let report = down(&scratch.target(), 3).await.expect("down");
    assert_eq!((report.reverted_now.len(), report.pending.len()), (3, 3));
    assert_eq!(report.reverted_now.first(), all.version.as_ref());
    let up_again = up(&scratch.target()).await.expect("up");
    assert_eq!(up_again.applied_now, report.pending);
}

#[tokio::test]
async fn two_runs_at_once_apply_each_step_once() {
    let scratch = Scratch::provisioned().await;
    let target = scratch.target();
    let (one, two) = tokio::join!(up(&target), up(&target));
    let (one, two) = (one.expect("the first"), two.expect("the second"));
    assert!(
        one.applied_now.is_empty() != two.applied_now.is_empty(),
        "{:?} {:?}",
        one.applied_now,
        two.applied_now
    );
    assert_eq!((one.fingerprint, one.drift, two.drift), (two.fingerprint, vec![], vec![]));
}

/// Goes down until this step is the next to be taken back.
async fn down_to(target: &Target, step: &str) {
    let version = || async { status(target).await.expect("status").version };
    while let Some(top) = version().await
        && top != step
    {
        assert!(top.as_str() > step, "{step} is no step that was taken");
        down(target, 1).await.expect("down");
    }
}

/// A step that makes two tables, for the tests that stop in the middle of one.
const TWO_TABLES: &str = "m20261121_000016_webhooks_out";

async fn locked(scratch: &Scratch, table: &str) -> PgConnection {
    let mut holder = scratch.as_owner().await;
    run(&mut holder, format!("BEGIN; LOCK TABLE {table} IN ACCESS SHARE MODE")).await;
    holder
}

/// The start of the statement that waits for a lock, once there is one.
async fn waiting_since(watcher: &mut PgConnection, other_than: Option<&str>) -> String {
    let sql = "SELECT query_start::text FROM pg_stat_activity WHERE datname = current_database() \
               AND application_name = 'terrace-migrate' AND wait_event_type = 'Lock'";
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(30) {
        let found = values(watcher, sql).await.pop();
        if let Some(found) = found.filter(|found| Some(found.as_str()) != other_than) {
            return found;
        }
    }
    panic!("no statement waits for a lock anew");
}

/// A step whose table is in use gives way after 2 s and tries again; meanwhile another run
/// waits no longer than it was told to.
#[tokio::test]
async fn a_locked_table_is_retried_and_a_second_run_is_told() {
    let scratch = Scratch::migrated().await;
    down_to(&scratch.target(), TWO_TABLES).await;
    let holder = locked(&scratch, "webhook_deliveries").await;
    let mut watcher = scratch.as_admin().await;
    let target = scratch.target();
    let mut impatient = scratch.target();
    impatient.wait_for_lock = Duration::from_millis(50);

    let stepping = async { down(&target, 1).await.expect("down") };
    let watching = async {
        let first = waiting_since(&mut watcher, None).await;
        let error = up(&impatient).await.expect_err("two runs at once");
        assert!(matches!(error, Error::AnotherRunning { .. }), "{error}");
        waiting_since(&mut watcher, Some(&first)).await;
        holder.close().await.expect("let go");
    };
    let (report, ()) = tokio::join!(stepping, watching);
    assert_eq!(report.reverted_now.len(), 1);
}

#[tokio::test]
async fn a_failing_step_leaves_nothing_of_itself_and_keeps_the_others() {
    let scratch = Scratch::provisioned().await;
    let target = scratch.target();
    up(&target).await.expect("up");
    down_to(&target, TWO_TABLES).await;
    let below = down(&target, 2).await.expect("down");
    // In the way of the second step from here, so that its first statements succeed.
    let mut owner = scratch.as_owner().await;
    run(&mut owner, "CREATE TABLE webhook_deliveries (id int)").await;
    let error = up(&target).await.expect_err("the table is in the way");
    assert!(error.to_string().starts_with(&format!("migration {TWO_TABLES} failed")), "{error}");
    assert!(
        value::<bool>(
            &mut owner,
            "SELECT to_regclass('jobs') IS NOT NULL AND to_regclass('webhook_endpoints') IS NULL"
        )
        .await
    );
    run(&mut owner, "DROP TABLE webhook_deliveries").await;
    let report = up(&target).await.expect("up");
    assert_eq!((report.applied_now.as_slice(), report.drift), (&below.pending[1..], vec![]));
}

/// What was published before there were states is published after, and nothing is said to have
/// happened to it.
#[tokio::test]
async fn listings_from_before_the_review_keep_their_place() {
    let scratch = Scratch::migrated().await;
    let target = scratch.target();
    down_to(&target, "m20261126_000022_review").await;
    down(&target, 1).await.expect("down");
    let mut owner = scratch.as_owner().await;
    act_as(&mut owner, "", "system").await;
    run(
        &mut owner,
        "INSERT INTO properties (slug, title, transaction_type, property_type, rent_price, is_published, published_at) \
         VALUES ('shown', 'Shown', 'rent', 'villa', 100, true, now()), ('draft', 'Draft', 'rent', 'villa', 100, false, NULL)",
    )
    .await;
    let told = "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM audit_log)";
    let before = value::<i64>(&mut owner, told).await;
    up(&target).await.expect("up");
    assert_eq!(
        values(&mut owner, "SELECT slug || ' ' || status FROM properties ORDER BY slug").await,
        ["draft draft", "shown published"]
    );
    assert_eq!(value::<i64>(&mut owner, told).await, before);
}

/// SQL, rights and record are one transaction: the record fails here, after all the rest.
#[tokio::test]
async fn a_step_without_its_record_did_not_happen() {
    let scratch = Scratch::migrated().await;
    let target = scratch.target();
    down_to(&target, TWO_TABLES).await;
    let left = down(&target, 1).await.expect("down").pending;
    let before = status(&target).await.expect("status");
    let mut owner = scratch.as_owner().await;
    run(
        &mut owner,
        "ALTER TABLE seaql_migrations ADD CONSTRAINT no_more CHECK (version < 'm20261121_000016')",
    )
    .await;
    up(&target).await.expect_err("the record is refused");
    run(&mut owner, "ALTER TABLE seaql_migrations DROP CONSTRAINT no_more").await;
    let after = status(&target).await.expect("status");
    assert_eq!(diff(&before.schema, &after.schema), Vec::<String>::new());
    assert_eq!(up(&target).await.expect("up").applied_now, left);
}

#[tokio::test]
async fn another_products_database_is_refused() {
    let scratch = Scratch::migrated().await;
    let mut target = scratch.target();
    target.product_id = "realestate".to_owned();
    let expected = format!(
        "database {} belongs to product {}, not realestate; nothing was changed. Check the database name in the profile of realestate",
        scratch.spec.database, scratch.spec.product_id
    );
    for error in [
        up(&target).await.expect_err("up"),
        down(&target, 1).await.expect_err("down"),
        fresh(&target).await.expect_err("fresh"),
        status(&target).await.expect_err("status"),
        plan(&target).await.expect_err("plan"),
    ] {
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(status(&scratch.target()).await.expect("status").drift, Vec::<String>::new());
}

#[tokio::test]
async fn a_database_with_somebody_elses_tables_is_refused() {
    let scratch = Scratch::provisioned().await;
    run(&mut scratch.as_owner().await, "CREATE TABLE invoices (id int)").await;
    for error in [
        up(&scratch.target()).await.expect_err("up"),
        fresh(&scratch.target()).await.expect_err("fresh"),
    ] {
        assert!(
            matches!(&error, Error::NotOurs { example, .. } if example == "invoices"),
            "{error}"
        );
    }
    assert_eq!(outcome(&mut scratch.as_owner().await, "SELECT FROM invoices").await, "ok");
}

#[tokio::test]
async fn a_database_ahead_of_the_binary_is_refused() {
    let scratch = Scratch::migrated().await;
    run(
        &mut scratch.as_owner().await,
        "INSERT INTO seaql_migrations VALUES ('m20991231_000001_later', 0)",
    )
    .await;
    for error in [
        up(&scratch.target()).await.expect_err("up"),
        down(&scratch.target(), 1).await.expect_err("down"),
    ] {
        assert!(
            matches!(&error, Error::UnknownMigrations { names, .. } if names == "m20991231_000001_later"),
            "{error}"
        );
    }
    assert_eq!(
        status(&scratch.target()).await.expect("status").unknown,
        ["m20991231_000001_later"]
    );
}

#[tokio::test]
async fn fresh_begins_anew_whatever_was_there() {
    let scratch = Scratch::migrated().await;
    let mut owner = scratch.as_owner().await;
    act_as(&mut owner, "", "system").await;
    run(&mut owner, "INSERT INTO users (auth_subject) VALUES ('a'); CREATE VIEW people AS SELECT id FROM users; \
        CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM users; CREATE TYPE mood AS ENUM ('glad'); \
        CREATE FUNCTION mine(mood) RETURNS mood LANGUAGE sql RETURN $1; CREATE SEQUENCE numbers").await;
    let report = fresh(&scratch.target()).await.expect("fresh");
    assert_eq!((report.drift, report.pending), (vec![], vec![]));
    assert_eq!(value::<i64>(&mut owner, "SELECT count(*) FROM users").await, 0);
}

#[tokio::test]
async fn the_plan_is_what_up_runs() {
    let scratch = Scratch::provisioned().await;
    let steps = plan(&scratch.target()).await.expect("plan");
    assert_eq!(
        values(&mut scratch.as_owner().await, REMAINS).await,
        Vec::<String>::new(),
        "a plan changed the database"
    );
    let names: Vec<String> = steps.iter().map(|step| step.name.clone()).collect();
    assert!(
        steps[2].sql.contains("CREATE TABLE users") && steps[2].sql.contains("GRANT"),
        "{}",
        steps[2].sql
    );
    assert_eq!(up(&scratch.target()).await.expect("up").applied_now, names);
    assert_eq!(plan(&scratch.target()).await.expect("plan"), []);
}

/// What a server asks at its start, with the rights it has.
#[tokio::test]
async fn the_application_role_can_ask_for_identity_and_pending_steps() {
    let scratch = Scratch::provisioned().await;
    let pool = PgPoolOptions::new()
        .connect_with(scratch.options(&scratch.spec.app.name))
        .await
        .expect("connect");
    let db = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    assert_eq!(identity(&db).await.expect("identity"), None);
    let error = check_identity(&db, &scratch.spec.product_id).await.expect_err("no identity yet");
    assert!(matches!(error, Error::NoIdentity { .. }), "{error}");
    let everything = pending(&db).await.expect("pending").pending;

    assert_eq!(up(&scratch.target()).await.expect("up").applied_now, everything);
    assert_eq!(identity(&db).await.expect("identity").as_ref(), Some(&scratch.spec.product_id));
    check_identity(&db, &scratch.spec.product_id).await.expect("ours");
    let error = check_identity(&db, "other").await.expect_err("another product's");
    assert!(matches!(error, Error::WrongProduct { .. }), "{error}");
    assert!(pending(&db).await.expect("pending").is_empty());

    down(&scratch.target(), 1).await.expect("down");
    let left = pending(&db).await.expect("pending");
    assert_eq!(
        (left.is_empty(), left.pending.as_slice()),
        (false, &everything[everything.len() - 1..])
    );
}

#[tokio::test]
async fn a_missing_application_role_is_named_before_the_first_step() {
    let scratch = Scratch::provisioned().await;
    let mut target = scratch.target();
    target.app_role = "nobody_of_that_name".to_owned();
    let error = up(&target).await.expect_err("no such role");
    assert!(matches!(error, Error::NoAppRole { .. }), "{error}");
    assert_eq!(values(&mut scratch.as_owner().await, REMAINS).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_renamed_application_role_gets_its_rights_from_the_next_run() {
    let mut scratch = Scratch::migrated().await;
    let before =
        std::mem::replace(&mut scratch.spec.app.name, format!("{}_web", scratch.spec.product_id));
    terrace_migrator::provision(&scratch.spec).await.expect("provision");
    let report = up(&scratch.target()).await.expect("up");
    assert_eq!(outcome(&mut scratch.as_app().await, "SELECT FROM users").await, "ok");
    assert!(report.drift.iter().all(|line| line.contains(&before)), "{:?}", report.drift);
    assert!(!report.drift.is_empty(), "the old role's rights are part of the schema");
    run(&mut scratch.as_admin().await, format!("DROP OWNED BY {before}; DROP ROLE {before}")).await;
}

/// Translations that were there before their sources were hashed are in step; a kind of deed that
/// the older schema has no name for is not known there.
#[tokio::test]
async fn what_was_translated_before_is_in_step() {
    let scratch = Scratch::migrated().await;
    let mut owner = scratch.as_owner().await;
    act_as(&mut owner, "", "system").await;
    run(
        &mut owner,
        "INSERT INTO properties (id, slug, title, transaction_type, property_type, sale_price, external_source, external_id) \
         VALUES ('01939d5e-0000-7000-8000-00000000000a', 'a', 'A house', 'sale', 'house', 1, 'file', '1'); \
         INSERT INTO property_translations (property_id, locale, field, value) SELECT id, 'th', 'title', 'x' FROM properties; \
         INSERT INTO sale_details (property_id, title_deed) SELECT id, 'por_bor_tor_5' FROM properties",
    )
    .await;
    down_to(&scratch.target(), "m20261126_000023_facts").await;
    down(&scratch.target(), 1).await.expect("down");
    let deeds =
        values(&mut owner, "SELECT coalesce(title_deed::text, 'none known') FROM sale_details")
            .await;
    assert_eq!(deeds, ["none known"]);
    up(&scratch.target()).await.expect("up");
    let stamped = "SELECT concat_ws(' ', origin, is_stale, t.source_hash = source_hash(p.title)) \
                   FROM property_translations t JOIN properties p ON p.id = t.property_id";
    assert_eq!(values(&mut owner, stamped).await, ["import f t"]);
    run(&mut owner, "UPDATE properties SET title = 'Another'").await;
    assert_eq!(values(&mut owner, stamped).await, ["import t f"]);
}
