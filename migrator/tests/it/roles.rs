//! What the application's role cannot do.

use sqlx::ConnectOptions;

use crate::connect::{act_as, outcome, run, value, values};
use crate::scratch::Scratch;

#[tokio::test]
async fn no_ddl_no_truncate_no_rewriting_of_history() {
    let scratch = Scratch::migrated().await;
    let mut app = scratch.as_app().await;
    act_as(&mut app, "", "system").await;
    run(&mut app, "INSERT INTO users (auth_subject) VALUES ('a')").await;
    for sql in [
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE TEMPORARY TABLE mine (id int)",
        "ALTER TABLE users ADD COLUMN mine int",
        "ALTER TABLE bookings NO FORCE ROW LEVEL SECURITY",
        "DROP TABLE users",
        "CREATE INDEX mine ON users (phone)",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql RETURN 1",
        "DROP EXTENSION vector",
        "TRUNCATE bookings",
        "TRUNCATE favourites",
        "TRUNCATE audit_log",
        "ALTER TABLE users DISABLE TRIGGER users_audit",
        "SET session_replication_role = replica",
        "UPDATE platform_identity SET product_id = 'other'",
        "DELETE FROM platform_identity",
        "INSERT INTO audit_log (table_name, row_id, action) VALUES ('users', '1', 'delete')",
        "UPDATE audit_log SET row_id = ''",
        "DELETE FROM audit_log",
        "UPDATE events SET data = '{}'",
        "DELETE FROM events",
        "DELETE FROM bookings",
        "UPDATE booking_events SET kind = 'x'",
        "DELETE FROM booking_events",
        "UPDATE quotes SET total = 1",
        "INSERT INTO seaql_migrations VALUES ('m', 1)",
        "COPY users TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
    ] {
        let found = outcome(&mut app, sql).await;
        // 42501: insufficient privilege. ALTER and DROP answer the same, "must be owner".
        assert_eq!(found, "42501", "{sql}");
    }
}

/// Not even the owner: a trigger stands before it.
#[tokio::test]
async fn the_audit_is_append_only() {
    let scratch = Scratch::migrated().await;
    let mut owner = scratch.as_owner().await;
    act_as(&mut owner, "", "system").await;
    run(&mut owner, "INSERT INTO users (auth_subject) VALUES ('a')").await;
    for sql in ["UPDATE audit_log SET row_id = ''", "DELETE FROM audit_log", "TRUNCATE audit_log"] {
        assert_eq!(outcome(&mut owner, sql).await, "42501", "{sql}");
    }
    assert_eq!(value::<i64>(&mut owner, "SELECT count(*) FROM audit_log").await, 1);
}

/// An event gets its number once; nothing else about it ever changes.
#[tokio::test]
async fn events_are_append_only() {
    let scratch = Scratch::migrated().await;
    let mut owner = scratch.as_owner().await;
    run(
        &mut owner,
        "INSERT INTO events (kind, subject_type, subject_id) VALUES ('a.b', 'a', gen_random_uuid())",
    )
    .await;
    assert_eq!(value::<i64>(&mut owner, "SELECT sequence_events(10)").await, 1);
    for sql in [
        "UPDATE events SET seq = 2",
        "UPDATE events SET data = '{\"a\": 1}'",
        "DELETE FROM events",
        "TRUNCATE events",
    ] {
        assert_eq!(outcome(&mut owner, sql).await, "42501", "{sql}");
    }
    assert_eq!(value::<i64>(&mut owner, "SELECT sequence_events(10)").await, 1);
}

#[tokio::test]
async fn roles_are_powerless_outside_their_database() {
    let scratch = Scratch::migrated().await;
    let other = Scratch::provisioned().await;
    for role in [&scratch.spec.owner.name, &scratch.spec.app.name] {
        let foreign = scratch.options(role).database(&other.spec.database);
        let error =
            foreign.connect().await.expect_err("another product's database let the role in");
        let code = error.as_database_error().and_then(|e| e.code()).map(|c| c.into_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{role}: {error}");
    }
    let mut admin = scratch.as_admin().await;
    let powers = values(
        &mut admin,
        format!(
            "SELECT rolname::text FROM pg_roles WHERE rolname IN ('{}', '{}') \
             AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
            scratch.spec.owner.name, scratch.spec.app.name
        ),
    )
    .await;
    assert!(powers.is_empty(), "{powers:?}");
}

#[tokio::test]
async fn the_application_has_timeouts_and_the_owner_has_none() {
    let scratch = Scratch::provisioned().await;
    let settings = "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'), \
                    current_setting('idle_in_transaction_session_timeout'))";
    assert_eq!(value::<String>(&mut scratch.as_app().await, settings).await, "5s 2s 5s");
    assert_eq!(value::<String>(&mut scratch.as_owner().await, settings).await, "0 0 0");
}
