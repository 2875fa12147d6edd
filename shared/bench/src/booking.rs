//! A stay is booked over HTTP, beside the same statements by pgbench.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::Context;
use bytes::Bytes;
use chrono::{Days, Utc};
use http_body_util::Full;
use hyper::{Request, header};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, PgPool};
use terrace_server::bookings::place::{BARE, statements};

use crate::{data::Database, http::Load, pgbench::Script, server::Server};

const QUOTES: &str = include_str!("../sql/quotes.sql");
const BOOKED: &str = include_str!("../sql/booked.sql");

/// Weeks of a home that may be booked: as far ahead as a listing is let.
const WEEKS: u32 = 55;
/// Homes that are booked, at most.
const HOMES: u32 = 2_000;

/// A load and two scripts that book, each week once: every other one of the prices that are there is
/// for either side.
pub(crate) struct Sides {
    /// Over HTTP.
    pub(crate) api: Load,
    /// The transaction, all of it.
    pub(crate) same: Script,
    /// The rows that a booking is, and nothing else.
    pub(crate) bare: Script,
}

impl Sides {
    pub(crate) async fn of(
        database: &Database,
        server: &Server,
        listings: u32,
    ) -> anyhow::Result<Self> {
        let homes = listings.min(HOMES);
        let quote = format!("'{}'", a_price(server).await?);
        let pool = PgPool::connect_lazy_with(database.admin.clone());
        for (file, sql) in [("booked.sql", BOOKED), ("quotes.sql", QUOTES)] {
            let sql = sql
                .replace(":quotes", &(homes * WEEKS).to_string())
                .replace(":homes", &homes.to_string())
                .replace(":'quote'", &quote);
            // One by one: what tidies up does not do so in the transaction of others.
            let mut connection = pool.acquire().await?;
            for statement in sql.split_inclusive(";\n") {
                connection.execute(AssertSqlSafe(statement.to_owned())).await.context(file)?;
            }
        }
        pool.close().await;
        let user = &database.user;
        Ok(Self {
            api: load(server),
            same: Script::new(database, &script(user, homes, |_| true), "")?,
            bare: Script::new(database, &script(user, homes, |nth| BARE.contains(&nth)), "")?,
        })
    }
}

/// What a week costs at the first home, on days that nobody has.
async fn a_price(server: &Server) -> anyhow::Result<String> {
    let first = Utc::now().date_naive() + Days::new(590);
    let body = format!(
        r#"{{"check_in": "{first}", "check_out": "{}", "guests": 2}}"#,
        first + Days::new(7)
    );
    let address = server.address.clone();
    let asked = Load {
        address: address.clone(),
        make: Arc::new(move |_| {
            let path = "/api/v1/properties/00000001-0000-7000-8000-000000000000/quote";
            let request = Request::post(path)
                .header(header::HOST, &address)
                .header(header::CONTENT_TYPE, "application/json");
            Ok(request.body(Full::new(Bytes::from(body.clone())))?)
        }),
    };
    let quote: Value = serde_json::from_slice(&asked.once().await?)?;
    Ok(quote["id"].as_str().context("a price")?.to_owned())
}

/// Staff book for somebody who called: nobody is kept from booking too often.
fn load(server: &Server) -> Load {
    let (address, token) = (server.address.clone(), format!("Bearer {}", server.admin_token));
    // Goes on from one measurement to the next: a week is booked once.
    let counter = AtomicU64::new(0);
    Load {
        address: address.clone(),
        make: Arc::new(move |_| {
            let nth = counter.fetch_add(1, Ordering::Relaxed) * 2;
            let body = format!(
                r#"{{"quote_id": "{nth:08x}-0000-7000-9000-000000000000", "guest": {{"name": "Bench", "phone": "081 234 5678"}}}}"#
            );
            let request = Request::post("/api/v1/bookings")
                .header(header::HOST, &address)
                .header(header::AUTHORIZATION, &token)
                .header("idempotency-key", format!("bench-{nth}"))
                .header(header::CONTENT_TYPE, "application/json");
            Ok(request.body(Full::new(Bytes::from(body)))?)
        }),
    }
}

/// Statements of the code, with pgbench's variables in the place of their values.
fn script(admin: &str, homes: u32, is_wanted: fn(usize) -> bool) -> String {
    let mut text = format!(
        "SELECT nextval('bench.bookings') AS k \\gset\n\\set n :k * 2 + 1\n\\set l 1 + :n % {homes}\n\\set d 600 + :n / {homes} * 8\n\
         BEGIN;\nSELECT set_config('app.user_id', '{admin}', true), set_config('app.role', 'system', true), \
         set_config('app.request_id', 'pgbench', true), set_config('app.visitor_id', '', true), \
         set_config('app.booking_id', '', true);\n"
    );
    for (nth, (statement, values)) in statements().iter().zip(VALUES).enumerate() {
        if is_wanted(nth) {
            text.push_str(&with_values(statement, values));
            text.push_str(";\n");
        }
    }
    text.push_str("COMMIT;\n");
    text
}

const ID: &str = "(lpad(to_hex(CAST(:l AS int)), 8, '0') || '-0000-7000-8000-000000000000')::uuid";
const QUOTE: &str =
    "(lpad(to_hex(CAST(:n AS int)), 8, '0') || '-0000-7000-9000-000000000000')::uuid";
const BOOKING: &str =
    "(lpad(to_hex(CAST(:n AS int)), 8, '0') || '-0000-7000-a000-000000000000')::uuid";
const FROM: &str = "(current_date + CAST(:d AS int))";
const TO: &str = "(current_date + CAST(:d AS int) + 7)";
const DURING: &str =
    "daterange(current_date + CAST(:d AS int), current_date + CAST(:d AS int) + 7)::text";
const SOON: &str = "(now() + interval '15 minutes')";
const TOLD: &str = r#"'{"from": null, "to": "held", "version": 1}'::jsonb"#;
/// Without a colon: what follows one is a variable of pgbench's, within quotes too.
const SCOPE: &str = "'create_booking-pgbench'";
const KEY: &str = "('pgbench-' || CAST(:n AS text))";

/// What stands for the parameters of each of [`statements`], in their order.
const VALUES: [&[&str]; 11] = [
    &[SCOPE, KEY, "decode(repeat('00', 32), 'hex')"],
    &[QUOTE],
    &[ID],
    &[ID],
    &[ID, FROM, TO, TO],
    &[
        BOOKING,
        "('BENCH-' || CAST(:n AS text))",
        ID,
        QUOTE,
        "NULL::uuid",
        "'Bench'",
        "NULL::text",
        "'081 234 5678'",
        "NULL::text",
        "'en'",
        FROM,
        TO,
        "2",
        "'held'",
        "2940000",
        "'THB'",
        "NULL::text",
        SOON,
        "NULL::text",
    ],
    &["gen_random_uuid()", ID, DURING, "'hold'", BOOKING, SOON, "0::smallint"],
    &["gen_random_uuid()", BOOKING, "'held'", "NULL::text", "'held'", TOLD],
    &["'booking.held'", "'booking'", BOOKING, TOLD],
    &[BOOKING],
    // An answer is about as long.
    &[
        SCOPE,
        KEY,
        "201",
        "convert_to(repeat('x', 2000), 'UTF8')",
        r#"'{"etag": "W/\"1-held\"", "language": "en"}'"#,
    ],
];

/// A statement with expressions in the place of its parameters.
fn with_values(statement: &str, values: &[&str]) -> String {
    // From the last to the first: $1 is a part of $10.
    values.iter().enumerate().rev().fold(statement.to_owned(), |text, (nth, value)| {
        text.replace(&format!("${}", nth + 1), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A parameter that the code has and this does not, or the other way round, is no measurement.
    #[test]
    fn every_parameter_has_its_value() {
        let all = statements();
        assert_eq!(all.len(), VALUES.len());
        for (statement, values) in all.iter().zip(VALUES) {
            let most = values.len();
            assert!(statement.contains(&format!("${most}")), "{statement}");
            assert!(!statement.contains(&format!("${}", most + 1)), "{statement}");
        }
        let script = script("00000000-0000-0000-0000-000000000000", 10, |_| true);
        assert!(!script.contains('$'), "{script}");
        assert_eq!(with_values("($1, $10, $2)", &["a"; 10]), "(a, a, a)");
    }
}
