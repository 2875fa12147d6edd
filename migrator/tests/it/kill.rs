//! A run that is killed (kill -9, from outside) is finished by the next one.

use std::process::{Child, Command, Stdio};

use sqlx::PgConnection;
use terrace_migrator::{Migrator, status, up};

use crate::connect::value;
use crate::scratch::Scratch;

const CHILD_OF: &str = "TERRACE_TEST_CHILD_OF";

/// Not a test: what the child process runs.
#[tokio::test]
#[ignore = "the child process of the test below"]
async fn child() {
    let product_id = std::env::var(CHILD_OF).expect("started by the test below");
    let scratch = std::mem::ManuallyDrop::new(Scratch::of(product_id));
    up(&scratch.target()).await.expect("up");
}

fn start_child(scratch: &Scratch) -> Child {
    Command::new(std::env::current_exe().expect("this test's program"))
        .args(["kill::child", "--exact", "--ignored"])
        .env(CHILD_OF, &scratch.spec.product_id)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("start the child")
}

async fn applied(db: &mut PgConnection) -> i64 {
    let installed: bool = value(db, "SELECT to_regclass('seaql_migrations') IS NOT NULL").await;
    if installed { value(db, "SELECT count(*) FROM seaql_migrations").await } else { 0 }
}

#[tokio::test]
async fn a_killed_run_is_finished_by_the_next() {
    let scratch = Scratch::provisioned().await;
    let mut db = scratch.as_owner().await;
    let all = i64::try_from(<Migrator as sea_orm_migration::MigratorTrait>::migrations().len())
        .expect("a few");
    let mut half_way = 0;
    for steps in [1, 4, 8, 12] {
        let mut child = start_child(&scratch);
        while applied(&mut db).await < steps && child.try_wait().expect("the child").is_none() {}
        child.kill().expect("kill -9");
        child.wait().expect("reap");
        let found = applied(&mut db).await;
        assert!(found >= steps, "the child died by itself after {found} steps");
        half_way += i64::from(found < all);
    }
    assert!(half_way > 0, "every kill came too late to prove anything");

    let before = status(&scratch.target()).await.expect("status");
    let report = up(&scratch.target()).await.expect("up");
    assert_eq!(report.applied_now, before.pending);
    assert_eq!((report.drift, report.pending), (vec![], vec![]));
}
