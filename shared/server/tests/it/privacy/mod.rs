//! What is known of people: that every column says so, that they get it, that it goes.

mod commands;
mod me;
mod retention;
mod tags;

use terrace_testkit::{Caller, Setup, TestApp, Token, setup};

/// A brand whose server does no background work.
fn idle() -> Setup {
    setup("bestays").with(|profile| profile.jobs.in_server = false)
}

/// Somebody whose last words to us are their token.
fn back(app: &TestApp, name: &str) -> Caller {
    app.bearer(app.token(&Token::of(&format!("user_{name}"))))
}

/// Tables with a row in which this word stands.
async fn tables_with(app: &TestApp, word: &str) -> Vec<String> {
    let tables: Vec<String> = app
        .values(
            "SELECT relname::text FROM pg_class \
             WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1",
        )
        .await;
    let asked = tables.iter().map(|table| {
        format!(
            "SELECT '{table}' WHERE EXISTS (SELECT FROM {table} t WHERE t::text ILIKE '%{word}%' \
             OR '{table}' = 'idempotency_keys' \
                AND convert_from((to_jsonb(t) ->> 'response_body')::bytea, 'UTF8') ILIKE '%{word}%')"
        )
    });
    // One statement: a test of sixty tables is not to ask sixty times.
    app.values(asked.collect::<Vec<_>>().join(" UNION ALL ")).await
}
