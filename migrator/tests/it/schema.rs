//! The schema that the migrations produce, and how a difference shows.

use terrace_migrator::{SchemaDescription, diff, divergence, status, up};

use crate::connect::run;
use crate::scratch::Scratch;

/// `TERRACE_UPDATE_SCHEMA=1 cargo test -p terrace-migrator schema_txt` writes the file anew.
#[tokio::test]
async fn schema_txt_is_what_the_migrations_produce() {
    let scratch = Scratch::provisioned().await;
    let report = up(&scratch.target()).await.expect("up");
    if std::env::var_os("TERRACE_UPDATE_SCHEMA").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.txt");
        std::fs::write(path, report.schema.to_text()).expect("write");
        return;
    }
    let differences = diff(&SchemaDescription::expected(), &report.schema);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(report.drift, differences);
}

#[tokio::test]
async fn two_products_have_one_fingerprint_whatever_their_names() {
    let (one, two) = (Scratch::provisioned().await, Scratch::provisioned().await);
    let mut reports = [up(&one.target()).await.expect("up"), up(&two.target()).await.expect("up")];
    assert_eq!(divergence(&reports), Vec::<String>::new());
    assert_eq!(reports[0].fingerprint, reports[1].fingerprint);
    assert_eq!(reports[0].fingerprint.len(), 12);

    run(&mut two.as_owner().await, "ALTER TABLE users ADD COLUMN nickname text").await;
    reports[1] = status(&two.target()).await.expect("status");
    let [line] = &divergence(&reports)[..] else { panic!("{:?}", divergence(&reports)) };
    assert_eq!(
        line,
        &format!(
            "{} against {}: + column users.nickname text",
            two.spec.product_id, one.spec.product_id
        )
    );
}

/// One change of each kind, made behind the migrator's back.
#[tokio::test]
async fn every_kind_of_drift_shows() {
    let scratch = Scratch::migrated().await;
    let app = &scratch.spec.app.name;
    let in_step = status(&scratch.target()).await.expect("status");
    assert_eq!(in_step.drift, Vec::<String>::new());
    let mut admin = scratch.as_admin().await;
    for (change, back, shows) in [
        (
            "ALTER TABLE users ADD COLUMN nickname text",
            "ALTER TABLE users DROP COLUMN nickname",
            "+ column users.nickname text",
        ),
        (
            "ALTER TABLE users ALTER COLUMN phone SET NOT NULL",
            "ALTER TABLE users ALTER COLUMN phone DROP NOT NULL",
            "- column users.phone text\n+ column users.phone text not null",
        ),
        (
            "ALTER TABLE jobs ALTER COLUMN max_attempts SET DEFAULT 3",
            "ALTER TABLE jobs ALTER COLUMN max_attempts SET DEFAULT 10",
            "- column jobs.max_attempts integer not null default 10\n+ column jobs.max_attempts integer not null default 3",
        ),
        (
            "ALTER TYPE user_role RENAME VALUE 'agent' TO 'broker'",
            "ALTER TYPE user_role RENAME VALUE 'broker' TO 'agent'",
            "- type user_role enum user, agent, admin\n+ type user_role enum user, broker, admin",
        ),
        (
            "CREATE INDEX extra ON users (phone)",
            "DROP INDEX extra",
            "+ index extra CREATE INDEX extra ON public.users USING btree (phone)",
        ),
        ("CREATE TABLE extra ()", "DROP TABLE extra", "+ relation extra table owner "),
        (
            "ALTER TABLE bookings NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE bookings FORCE ROW LEVEL SECURITY",
            "- relation bookings table owner <owner> rls forced\n+ relation bookings table owner <owner> rls",
        ),
        (
            "ALTER TABLE users DISABLE TRIGGER users_audit",
            "ALTER TABLE users ENABLE TRIGGER users_audit",
            "trigger users.users_audit D ",
        ),
        (
            "CREATE POLICY extra ON leads USING (true)",
            "DROP POLICY extra ON leads",
            "+ policy leads.extra permissive * to PUBLIC using true check -",
        ),
        (
            "ALTER FUNCTION app_role() VOLATILE",
            "ALTER FUNCTION app_role() STABLE",
            "function app_role() owner <owner> body ",
        ),
        (
            "GRANT TRUNCATE ON bookings TO $app",
            "REVOKE TRUNCATE ON bookings FROM $app",
            "- grant relation bookings to <app>: INSERT, SELECT, UPDATE\n+ grant relation bookings to <app>: INSERT, SELECT, TRUNCATE, UPDATE",
        ),
        (
            "GRANT UPDATE (before) ON audit_log TO $app",
            "REVOKE UPDATE (before) ON audit_log FROM $app",
            "+ grant column audit_log.before to <app>: UPDATE",
        ),
        (
            "GRANT CREATE ON SCHEMA public TO PUBLIC",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "+ grant schema public to PUBLIC: CREATE, USAGE",
        ),
        (
            "ALTER TABLE jobs DROP CONSTRAINT jobs_attempts_check",
            "ALTER TABLE jobs ADD CONSTRAINT jobs_attempts_check CHECK (attempts >= 0)",
            "- constraint jobs.jobs_attempts_check CHECK ((attempts >= 0))",
        ),
        ("DROP EXTENSION unaccent", "CREATE EXTENSION unaccent", "- extension unaccent"),
    ] {
        run(&mut admin, change.replace("$app", app)).await;
        let report = status(&scratch.target()).await.expect("status");
        let drift = report.drift.join("\n");
        assert!(drift.contains(shows), "{change}\nshows as\n{drift}");
        assert_ne!(report.fingerprint, in_step.fingerprint, "{change}");
        run(&mut admin, back.replace("$app", app)).await;
        let report = status(&scratch.target()).await.expect("status");
        assert_eq!(report.fingerprint, in_step.fingerprint, "{back}\n{}", report.drift.join("\n"));
    }
}
