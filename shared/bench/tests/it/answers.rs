//! Floors for what brands answer. Whoever lowers one says why in the commit; whoever makes search
//! better raises them a little below what is reached then.

use terrace_bench::judge::faq::{self, Report, Scores};
use terrace_server::interchange::seed::{Content, seed};
use terrace_testkit::spawn_app;

/// What has to be reached: MRR and recall@5 in English, Thai and both at once; then the share that
/// is answered first and with confidence, of what was said with confidence the share that was
/// right, and of what nothing answers the share that was told so.
struct Floors {
    tongues: [(f64, f64); 3],
    answered: f64,
    trusted: f64,
    declined: f64,
}

const BESTAYS: Floors = Floors {
    tongues: [(0.69, 0.80), (0.84, 0.92), (0.98, 0.98)],
    answered: 0.56,
    trusted: 0.85,
    declined: 0.98,
};
const REALESTATE: Floors = Floors {
    tongues: [(0.70, 0.81), (0.93, 0.92), (0.98, 0.98)],
    answered: 0.59,
    trusted: 0.87,
    declined: 0.98,
};

async fn judged(product: &str) -> Report {
    let app = spawn_app(product).await;
    let state = app.state();
    seed(&state.db, &app.profile, Content::Everything)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    app.settled().await;
    let pool = app.sql().await;
    let questions = faq::shipped(product).unwrap();
    faq::judge(&state, &pool, product, &questions).await.unwrap()
}

fn hold(report: &Report, floors: &Floors) {
    let mut low = Vec::new();
    let mut at_least = |what: &str, reached: f64, floor: f64| {
        if reached < floor {
            low.push(format!("{what}: {reached:.3} < {floor}"));
        }
    };
    for ((tongue, reached), (mrr, recall)) in report.tongues.iter().zip(floors.tongues) {
        let Scores { mrr: reached_mrr, recall: reached_recall } = *reached;
        at_least(&format!("{tongue} MRR"), reached_mrr, mrr);
        at_least(&format!("{tongue} recall@5"), reached_recall, recall);
    }
    at_least("answered", report.answered, floors.answered);
    at_least("trusted", report.trusted, floors.trusted);
    at_least("declined", report.declined, floors.declined);
    let table = faq::table(std::slice::from_ref(report));
    assert!(
        low.is_empty(),
        "{}\n{table}\n{:?}\n{}",
        low.join("\n"),
        report.tongues,
        report.worst.join("\n")
    );
}

#[tokio::test]
async fn guests_find_answers_as_well_as_before() {
    hold(&judged("bestays").await, &BESTAYS);
}

#[tokio::test]
async fn buyers_find_answers_as_well_as_before() {
    hold(&judged("realestate").await, &REALESTATE);
}

/// The labels are worth something: in all languages, with questions that nothing answers.
#[test]
fn questions_are_many_and_different() {
    let mut words = Vec::new();
    for product in ["bestays", "realestate"] {
        let questions = faq::shipped(product).unwrap();
        let hopeless = questions.iter().filter(|question| question.answers.is_empty()).count();
        assert!(questions.len() - hopeless >= 45 && hopeless >= 8, "{product}");
        words.extend(questions.into_iter().map(|question| question.query));
    }
    let all = words.len();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), all);
}
