//! The floors. Whoever lowers one says why in the commit; whoever makes search better raises them
//! a little below what is reached then.

use terrace_bench::judge::{self, RUNS, facts::Tongue, measures::Scores, report, report::Report};
use terrace_server::interchange::seed::{Content, seed};
use terrace_testkit::spawn_app;

/// nDCG@10, recall@20 and MRR of search as visitors have it, by language.
type Floors = [(Tongue, f64, f64, f64); 3];

const BESTAYS: Floors = [
    (Tongue::En, 0.765, 0.92, 0.89),
    (Tongue::Th, 0.78, 0.93, 0.94),
    (Tongue::Mixed, 0.83, 0.90, 0.98),
];
const REALESTATE: Floors = [
    (Tongue::En, 0.91, 0.975, 0.99),
    (Tongue::Th, 0.855, 0.99, 0.99),
    (Tongue::Mixed, 0.71, 0.76, 0.76),
];

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

fn hold(report: Report, floors: &Floors) {
    let last = RUNS.len() - 1;
    let mut low = Vec::new();
    for (tongue, ndcg, recall, mrr) in floors {
        let reached: Scores = report.mean(last, Some(*tongue));
        let all = [
            ("nDCG@10", reached.ndcg, *ndcg),
            ("recall@20", reached.recall, *recall),
            ("MRR", reached.mrr, *mrr),
        ];
        for (measure, reached, floor) in all {
            if reached < floor {
                low.push(format!("{} {measure}: {reached:.3} < {floor}", tongue.name()));
            }
        }
    }
    let worst = report.worst();
    let table = report::table(&[report]);
    assert!(low.is_empty(), "{}\n{table}\n{worst}", low.join("\n"));
}

#[tokio::test]
async fn rentals_are_found_as_well_as_before() {
    let report = judged("bestays").await;
    hold(report, &BESTAYS);
}

#[tokio::test]
async fn sales_and_businesses_are_found_as_well_as_before() {
    let report = judged("realestate").await;
    hold(report, &REALESTATE);
}

/// The labels are worth something: of few listings, in all languages, and none asked twice.
#[test]
fn questions_are_many_and_different() {
    let mut all = Vec::new();
    for product in ["bestays", "realestate"] {
        all.extend(judge::shipped(product).unwrap());
    }
    for (tongue, least) in [(Tongue::En, 70), (Tongue::Th, 50), (Tongue::Mixed, 25)] {
        let asked = all.iter().filter(|query| query.language == tongue).count();
        assert!(asked >= least, "{} in {}", asked, tongue.name());
    }
    all.extend(judge::imported().unwrap());
    let mut words: Vec<&str> = all.iter().map(|query| query.query.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!((words.len(), words.len() >= 150), (all.len(), true));
}
