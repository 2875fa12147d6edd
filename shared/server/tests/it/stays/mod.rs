//! Nights: which are free, which stays the rules allow, which listings are found for them.

mod blocks;
mod calendar;
mod filter;
mod plans;
mod rules;

use chrono::{Days, NaiveDate, TimeDelta, Utc};
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, TestApp, listing};

/// So many days from today on, where the brand is.
pub(crate) fn day(ahead: u64) -> NaiveDate {
    (Utc::now() + TimeDelta::hours(7)).date_naive() + Days::new(ahead)
}

/// A week that nobody has yet.
pub(crate) fn week() -> Value {
    json!({"from": day(30), "to": day(37)})
}

/// A villa that sleeps six and asks nothing of stays but this.
pub(crate) async fn home(agent: &Caller, slug: &str, details: Value) -> Listing {
    let mut rental = json!({"price_per_night": 420_000, "max_guests": 6});
    rental.as_object_mut().unwrap().extend(details.as_object().unwrap().clone());
    let body = listing::with(listing::rent(), json!({"slug": slug, "rental_details": rental}));
    agent.create_published(body).await
}

/// Sets booking rules; the answer has the next version.
pub(crate) async fn set_rules(agent: &Caller, home: &mut Listing, rules: Value) {
    let put = agent.put(&home.at("booking-rules"), rules).if_match(&home.etag);
    home.etag = put.await.expect(200).etag();
}

/// An SQL statement that lets something occupy these days.
pub(crate) fn occupied(home: &Listing, kind: &str, from: NaiveDate, to: NaiveDate) -> String {
    let expires = if kind == "hold" { "now() + interval '10 minutes'" } else { "NULL" };
    format!(
        "INSERT INTO stays (property_id, during, kind, expires_at) \
         VALUES ('{}', '[{from},{to})', '{kind}', {expires})",
        home.id
    )
}

/// The database as the application sees it.
pub(crate) async fn connect(app: &TestApp) -> DatabaseConnection {
    let options = terrace_server::db::connect_options(&app.profile.database.app());
    sqlx::postgres::PgPoolOptions::new().connect_with(options).await.unwrap().into()
}
