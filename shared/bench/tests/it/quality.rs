use terrace_bench::judge::{self, RUNS, facts::Tongue, measures::Scores, report, report::Report};
use terrace_server::interchange::seed::{Content, seed};
use terrace_testkit::spawn_app;

async fn judged(product: &str) -> Report {
    let app = spawn_app(product).await;
    let state = app.state();
    seed(&state.db, &app.profile, Content::Everything)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    app.settled().await;
    // What a rare word weighs is reckoned from the size of the index.
    app.execute("ANALYZE search_documents").await;
    judge::count_words(&state).await.unwrap();
    let pool = app.sql().await;
    let queries = judge::shipped(product).unwrap();
    let judged = judge::judge(&state, &pool, queries, || ()).await.unwrap();
    Report::new(product, judged, &pool).await.unwrap()
}

#[tokio::test]
async fn dump() {
    let reports = [judged("bestays").await, judged("realestate").await];
    println!("{}", report::table(&reports));
    for report in &reports {
        println!("{}\n{}", report.set, report.worst());
    }
}
