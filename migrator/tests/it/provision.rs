//! Provisioning: repeatable, exclusive, and careful about whose roles it touches.

use secrecy::SecretString;
use sqlx::ConnectOptions;
use terrace_migrator::{Error, Provision, provision, up};

use crate::connect::{run, value, values};
use crate::scratch::{Scratch, admin};

#[tokio::test]
async fn a_second_run_changes_nothing_but_the_password() {
    let mut scratch = Scratch::provisioned().await;
    up(&scratch.target()).await.expect("up");
    scratch.spec.app.password = SecretString::from("another");
    let report = provision(&scratch.spec).await.expect("again");
    assert!(!report.created_database && !report.created_owner_role && !report.created_app_role);
    let app = scratch.options(&scratch.spec.app.name);
    assert!(app.clone().connect().await.is_err(), "the old password still works");
    app.password("another").connect().await.expect("the new password");
    let report = up(&scratch.target()).await.expect("up");
    assert_eq!((report.applied_now, report.drift), (vec![], vec![]));
}

#[tokio::test]
async fn five_at_once() {
    let scratch = Scratch::named();
    let spec = &scratch.spec;
    let runs = tokio::join!(
        provision(spec),
        provision(spec),
        provision(spec),
        provision(spec),
        provision(spec)
    );
    let created = [runs.0, runs.1, runs.2, runs.3, runs.4]
        .map(|run| run.expect("provision").created_database);
    assert_eq!(created.iter().filter(|created| **created).count(), 1);
}

#[tokio::test]
async fn what_was_loosened_is_set_right() {
    let scratch = Scratch::provisioned().await;
    let mut admin = scratch.as_admin().await;
    let Provision { database, app, .. } = &scratch.spec;
    run(
        &mut admin,
        format!(
            "GRANT ALL ON DATABASE {database} TO PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC"
        ),
    )
    .await;
    run(&mut admin, format!("ALTER ROLE {} BYPASSRLS CREATEROLE CREATEDB", app.name)).await;
    run(
        &mut admin,
        format!("ALTER ROLE {} IN DATABASE {database} SET statement_timeout = 0", app.name),
    )
    .await;
    provision(&scratch.spec).await.expect("again");
    let powers = format!(
        "SELECT (rolbypassrls OR rolcreaterole OR rolcreatedb) FROM pg_roles WHERE rolname = '{}'",
        app.name
    );
    assert!(!value::<bool>(&mut admin, powers).await);
    let public = format!(
        "SELECT has_database_privilege('public', '{database}', 'CONNECT, TEMPORARY') OR has_schema_privilege('public', 'public', 'CREATE')"
    );
    assert!(!value::<bool>(&mut admin, public).await);
    assert_eq!(value::<String>(&mut scratch.as_app().await, "SHOW statement_timeout").await, "5s");
}

#[tokio::test]
async fn the_server_never_hears_the_password() {
    // A server told to hash with MD5 would do so, had it been given the password itself.
    let mut scratch = Scratch::named();
    scratch.spec.admin = admin().options([("password_encryption", "md5")]);
    provision(&scratch.spec).await.expect("provision");
    let mut admin = scratch.as_admin().await;
    let stored = values(
        &mut admin,
        format!(
            "SELECT rolpassword FROM pg_authid WHERE rolname LIKE '{}%'",
            scratch.spec.product_id
        ),
    )
    .await;
    assert_eq!(stored.len(), 2);
    assert!(
        stored.iter().all(|verifier| verifier.starts_with("SCRAM-SHA-256$4096:")),
        "{stored:?}"
    );
    assert_ne!(stored[0], stored[1], "one salt for two roles");
    assert!(
        !format!("{:?} {:?}", scratch.spec, scratch.target()).contains("test"),
        "a password in Debug output"
    );
}

#[tokio::test]
async fn roles_that_are_not_ours_to_change() {
    let mut scratch = Scratch::named();
    let superuser = admin().get_username().to_owned();
    scratch.spec.app.name = superuser.clone();
    let error = provision(&scratch.spec).await.expect_err("took the superuser for an application");
    // Not to be dropped with the scratch database.
    scratch.spec.app.name = format!("{}_app", scratch.spec.product_id);
    assert_eq!(
        error.to_string(),
        format!(
            "role {superuser} is a superuser of the server; choose another role name for the product"
        )
    );

    let mut scratch = Scratch::named();
    scratch.spec.app.name = scratch.spec.owner.name.clone();
    let error = provision(&scratch.spec).await.expect_err("one role for both");
    assert!(matches!(error, Error::ForeignRole { .. }), "{error}");
}

#[tokio::test]
async fn a_database_of_another_product_is_left_alone() {
    let first = Scratch::migrated().await;
    let mut second = Scratch::named();
    second.spec.database = first.spec.database.clone();
    let error = provision(&second.spec).await.expect_err("took over another product's database");
    assert!(matches!(error, Error::WrongProduct { .. }), "{error}");
    let owner = format!(
        "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = '{}'",
        first.spec.database
    );
    assert_eq!(value::<String>(&mut first.as_admin().await, owner).await, first.spec.owner.name);
    // Not its own to drop.
    second.spec.database = format!("{}_db", second.spec.product_id);
}

#[tokio::test]
async fn names_and_passwords_are_checked_before_anything_is_made() {
    for name in ["", "Upper", "1st", "a b", "x\";--", "a-b", &"a".repeat(64)] {
        let mut scratch = Scratch::named();
        let good = std::mem::replace(&mut scratch.spec.database, name.to_owned());
        let error = provision(&scratch.spec).await.expect_err("a bad name");
        scratch.spec.database = good;
        assert!(matches!(error, Error::Name { .. }), "{name:?}: {error}");
    }
    for password in ["", "mit Umlaut ä", "line\nbreak"] {
        let mut scratch = Scratch::named();
        scratch.spec.owner.password = SecretString::from(password);
        let error = provision(&scratch.spec).await.expect_err("a bad password");
        assert!(matches!(error, Error::Password { .. }), "{password:?}: {error}");
    }
}

#[tokio::test]
async fn an_ordinary_role_cannot_provision() {
    let scratch = Scratch::provisioned().await;
    let mut spec = scratch.spec.clone();
    spec.admin = scratch.options(&scratch.spec.owner.name);
    let error = provision(&spec).await.expect_err("not a superuser");
    assert!(matches!(error, Error::NotSuperuser { .. }), "{error}");
}
