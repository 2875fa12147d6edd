//! Refusals and their documents.

use terrace_server::error::Code;
use terrace_testkit::spawn_app;

/// Programs rely on these: a new row is fine, a changed one breaks clients.
#[test]
fn the_table_of_codes_stands_still() {
    let rows: Vec<_> = Code::ALL
        .iter()
        .map(|code| format!("{:<23} {} {}", code.name(), code.status(), code.title()))
        .collect();
    insta::assert_snapshot!(rows.join("\n"));
}

#[test]
fn no_two_codes_share_a_name() {
    let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[tokio::test]
async fn a_problem_says_what_is_wrong_and_nothing_of_the_inside() {
    let app = spawn_app("bestays").await;
    let reply = app.anonymous().get("/api/v1/properties/no-such-villa").await;
    let problem = reply.problem(404, "not_found");
    assert_eq!(problem["title"], "Not found");
    assert_eq!(problem["detail"], "There is no such listing.");
    assert_eq!(reply.header("cache-control"), "no-store");
    let keys: Vec<_> = problem.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["type", "title", "status", "detail", "code", "request_id"]);
}

#[tokio::test]
async fn an_address_that_is_not_served_is_a_problem_too() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v2/properties",
        "/admin",
        "/health",
        "/api/v1/properties/",
        "/api/v1/properties/a/b/c",
    ] {
        visitor.get(path).await.problem(404, "not_found");
        visitor.post_empty(path).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn an_id_in_a_path_that_is_none_names_nothing() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for id in ["7", "not-an-id", "00000000-0000-0000-0000-00000000000g"] {
        let path = format!("/api/v1/properties/{id}");
        agent.delete(&path).if_match("\"1-en\"").await.problem(404, "not_found");
        agent
            .post_empty(&format!("{path}/publish"))
            .if_match("\"1-en\"")
            .await
            .problem(404, "not_found");
    }
}
