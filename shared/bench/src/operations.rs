//! What is measured, and beside what.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use bytes::Bytes;
use chrono::{Days, NaiveDate, Utc};
use http_body_util::Full;
use hyper::{Request, header};
use sea_orm::{DbBackend, Statement, Value};
use serde_json::json;
use terrace_product::Profile;
use terrace_server::{
    app::State,
    availability::calendar::calendar_statement,
    http::params::AnyOf,
    listings::{
        filters::ListQuery,
        map::{MapQuery, map_statement},
        model::{PropertyType, TransactionType},
        query::{self, Key, Sight},
    },
    search::{
        input::SearchIn,
        judged::{Parts, asked_statement},
        similar::similar_statement,
        suggest::suggest_statement,
    },
};
use uuid::Uuid;

use crate::{
    Measured, booking,
    data::Database,
    http::Load,
    pgbench::Script,
    server::{Place, Server},
};

const CREATE: &str = include_str!("../sql/create.sql");

/// Maps of the whole country and of a part of a town.
const COUNTRY: &str = "bbox=97,5.5,106,20.6&zoom=6";
const TOWN: &str = "bbox=100.5,13.7,100.51,13.705&zoom=17";

/// Words that many listings have among all of them, and among the few that pass filters.
pub(crate) const WIDE: &str = r#"{"query": "bright modern corner home"}"#;
const FILTERED: &str = r#"{"query": "sunny elegant villa with 2 bedrooms under 60k a month", "filters": {"district": "Watthana"}}"#;

/// What is being typed, letter by letter: places, words of many titles and of few, in two scripts,
/// and mistakes.
const TYPED: [&str; 24] = [
    "t",
    "th",
    "tho",
    "thong",
    "thong lo",
    "thonglor",
    "phuk",
    "phukt",
    "p",
    "pool",
    "pool vil",
    "pool villa in p",
    "penthouse",
    "bright studio",
    "ทอง",
    "ทองหล่อ",
    "คอ",
    "คอนโด",
    "วิวทะเล ป่าตอง",
    "a",
    "quiet garden",
    "n4711",
    "renovted duplex",
    "zebra",
];
const TYPED_MOST: &str = "pool villa";

/// The settings of the pool behind `Db::search`, and where the product under test is.
const PLANNED: &str = "-c plan_cache_mode=force_custom_plan -c jit=off -c hnsw.iterative_scan=relaxed_order -c hnsw.ef_search=100 -c app.time_zone=Asia/Bangkok";

/// A route and what it is held against.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) api: Load,
    pub(crate) reference: Reference,
    /// The least that the ratio should be.
    pub(crate) target: Option<f64>,
    /// Within how many milliseconds 95 of 100 answers should come.
    pub(crate) within_ms: Option<f64>,
}

/// What a route is held against.
#[derive(Debug)]
pub(crate) enum Reference {
    /// The same SQL without a server.
    Sql(Script),
    /// A route that does nothing.
    Route(&'static str, Load),
}

impl Reference {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sql(_) => "pgbench",
            Self::Route(name, _) => name,
        }
    }

    pub(crate) async fn run(
        &self,
        connections: usize,
        length: Duration,
    ) -> anyhow::Result<Measured> {
        match self {
            Self::Sql(script) => script.run(connections, length),
            Self::Route(_, load) => load.run(connections, length).await,
        }
    }
}

pub(crate) async fn all(
    place: &Place,
    database: &Database,
    uncached: &Server,
    cached: &Server,
    listings: u32,
) -> anyhow::Result<Vec<Operation>> {
    let sql = Statements::new(&place.profile);
    let a_listing = |text: &str| format!("\\set i random(1, {listings})\n{text};\n");
    let a_price = |text: &str| format!("\\set price random(5000000, 20000000)\n{text};\n");
    let from = Utc::now().date_naive() + Days::new(30);
    let (leaves, to) = (from + Days::new(4), from + Days::new(31));
    let create = CREATE
        .replace("{read_back}", &sql.read_back)
        .replace(":'user'", &format!("'{}'", database.user));
    let get_one = |server: &Server| {
        get(server, move |n| {
            format!("/api/v1/properties/bench-{}", 1 + scatter(n) % u64::from(listings))
        })
    };
    let newest = "/api/v1/properties?transaction_type=rent&sort=newest&price_max=19000000";
    let deep = format!("{newest}&cursor={}", middle(uncached, newest, listings).await?);
    let booking = booking::Sides::of(database, uncached, listings).await?;
    let script = |text: &str, options| Script::new(database, text, options).map(Reference::Sql);
    // A prepared statement without a variable is planned once, whatever the session's settings; the
    // API plans each question, because each has other words.
    let asked = |sql: &str| script(&format!("\\set none 0\n{sql} OFFSET :none;\n"), PLANNED);
    Ok(vec![
        Operation {
            name: "one listing",
            api: get_one(uncached),
            reference: script(&a_listing(&sql.one), "")?,
            target: Some(0.70),
            within_ms: None,
        },
        Operation {
            name: "list of 24, filtered",
            api: get(uncached, villas),
            reference: script(&a_price(&sql.list), PLANNED)?,
            target: Some(0.85),
            within_ms: None,
        },
        Operation {
            name: "list of 24, Thai",
            api: get(uncached, move |n| format!("{}&locale=th", villas(n))),
            reference: script(&a_price(&sql.list_th), PLANNED)?,
            target: Some(0.85),
            within_ms: None,
        },
        Operation {
            name: "map, whole country",
            api: get(uncached, |_| format!("/api/v1/properties/map?{COUNTRY}")),
            reference: asked(&map(&place.profile, COUNTRY)?)?,
            target: Some(0.85),
            within_ms: None,
        },
        Operation {
            name: "map, part of a town",
            api: get(uncached, |_| format!("/api/v1/properties/map?{TOWN}")),
            reference: asked(&map(&place.profile, TOWN)?)?,
            target: Some(0.70),
            within_ms: None,
        },
        Operation {
            name: "suggest, letter by letter",
            api: get(uncached, |n| {
                let nth = usize::try_from(scatter(n)).unwrap_or_default() % TYPED.len();
                let typed = TYPED.get(nth).copied().unwrap_or(TYPED_MOST);
                let typed: String =
                    url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
                format!("/api/v1/search/suggest?q={typed}")
            }),
            reference: asked(&suggest(&place.profile)?)?,
            target: None,
            within_ms: None,
        },
        Operation {
            name: "search, wide",
            api: search_load(uncached, WIDE),
            reference: asked(&search(&place.profile, WIDE).await?)?,
            target: Some(0.67),
            within_ms: None,
        },
        Operation {
            name: "search, filtered",
            api: search_load(uncached, FILTERED),
            reference: asked(&search(&place.profile, FILTERED).await?)?,
            target: Some(0.67),
            within_ms: None,
        },
        Operation {
            name: "similar listings",
            api: get(uncached, move |n| {
                let id = 1 + scatter(n) % u64::from(listings);
                format!("/api/v1/properties/{id:08x}-0000-7000-8000-000000000000/similar")
            }),
            reference: script(&a_listing(&similar(&place.profile)), PLANNED)?,
            target: Some(0.70),
            within_ms: None,
        },
        Operation {
            name: "calendar of a month",
            api: get(uncached, move |n| {
                let id = 1 + scatter(n) % u64::from(listings);
                format!(
                    "/api/v1/properties/{id:08x}-0000-7000-8000-000000000000/availability?from={from}&to={to}"
                )
            }),
            reference: script(&a_listing(&calendar(from, to)), "")?,
            target: Some(0.70),
            within_ms: Some(10.0),
        },
        Operation {
            name: "list of 24, free for a stay",
            api: get(uncached, move |_| {
                format!("/api/v1/properties?check_in={from}&check_out={leaves}&guests=2")
            }),
            reference: asked(&free(&place.profile, from, leaves))?,
            target: Some(0.70),
            within_ms: None,
        },
        Operation {
            name: "create",
            api: create_load(uncached),
            reference: script(&create, "")?,
            target: Some(0.80),
            within_ms: None,
        },
        Operation {
            name: "book a stay",
            api: booking.api.clone(),
            reference: Reference::Sql(booking.same),
            target: Some(1.0 / 1.3),
            within_ms: None,
        },
        Operation {
            name: "book a stay, beside its rows alone",
            api: booking.api,
            reference: Reference::Sql(booking.bare),
            target: None,
            within_ms: None,
        },
        Operation {
            name: "deep page",
            api: get(uncached, move |_| deep.clone()),
            reference: Reference::Route("first page", get(uncached, move |_| newest.to_owned())),
            target: Some(1.0 / 1.2),
            within_ms: None,
        },
        Operation {
            name: "one listing, cached",
            api: get_one(cached),
            reference: Reference::Route("bare route", get(cached, |_| "/health/live".to_owned())),
            target: Some(0.50),
            within_ms: None,
        },
    ])
}

/// The API's own statements, with pgbench's variables in the place of their values.
struct Statements {
    one: String,
    read_back: String,
    list: String,
    list_th: String,
}

impl Statements {
    fn new(profile: &Profile) -> Self {
        let locales = &profile.locales;
        let default = &locales.default;
        let key = Key::Slug(ANY_SLUG.to_owned());
        let one = query::one(key, &Sight::Public, locales, default);
        let read_back = query::one(Key::Id(Uuid::nil()), &Sight::All, locales, default);
        let villas = ListQuery {
            transaction_type: AnyOf(vec![TransactionType::Rent]),
            property_type: AnyOf(vec![PropertyType::Villa]),
            price_max: Some(ANY_PRICE),
            ..ListQuery::default()
        };
        let list = |locale| {
            let statement = query::page(&villas, None, None, 24, locales, locale);
            written(statement).replace(&ANY_PRICE.to_string(), ":price")
        };
        let thai = locales.enabled.iter().find(|locale| locale.as_str() == "th");
        Self {
            one: written(one).replace(&format!("'{ANY_SLUG}'"), "('bench-' || CAST(:i AS text))"),
            read_back: written(read_back)
                .replace(&any_id(), "md5('pgbench' || CAST(:i AS text))::uuid"),
            list: list(default),
            list_th: list(thai.unwrap_or(default)),
        }
    }
}

/// What stands in a statement where pgbench puts its own values.
const ANY_SLUG: &str = "any-listing";
const ANY_PRICE: i64 = 123_456_789;

fn any_id() -> String {
    format!("'{}'", Uuid::nil())
}

/// A statement with its values in it.
fn written((sql, values): (String, Vec<Value>)) -> String {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values).to_string()
}

/// The API's own statement of a search, with its values: the vector is given.
async fn search(profile: &Profile, body: &str) -> anyhow::Result<String> {
    let state = State::new(profile.clone())?;
    let asked: SearchIn = serde_json::from_str(body)?;
    let locale = &profile.locales.default;
    let statement = asked_statement(&state, &asked, locale, Parts::ALL).await?;
    state.db.close().await;
    Ok(written(statement))
}

pub(crate) fn search_load(server: &Server, body: &'static str) -> Load {
    let address = server.address.clone();
    Load {
        address: address.clone(),
        make: Arc::new(move |_| {
            let request = Request::post("/api/v1/search")
                .header(header::HOST, &address)
                // Nothing is to be remembered of it.
                .header("sec-gpc", "1")
                .header(header::CONTENT_TYPE, "application/json");
            Ok(request.body(Full::new(Bytes::from_static(body.as_bytes())))?)
        }),
    }
}

/// The API's own statement of a map, with its values.
fn map(profile: &Profile, query: &str) -> anyhow::Result<String> {
    let query = MapQuery::parse(query)?;
    Ok(written(map_statement(&query, None, profile, &profile.locales.default)))
}

/// The API's own statement of what one has typed, with its values.
fn suggest(profile: &Profile) -> anyhow::Result<String> {
    let locales = &profile.locales;
    let statement = suggest_statement(TYPED_MOST, 8, locales, &locales.default);
    statement.map(written).context("there are letters")
}

/// The API's own statement of what is similar, with a variable in the place of the listing.
fn similar(profile: &Profile) -> String {
    let locales = &profile.locales;
    let id = "(lpad(to_hex(CAST(:i AS int)), 8, '0') || '-0000-7000-8000-000000000000')::uuid";
    written(similar_statement(Uuid::nil(), Some(0), locales, &locales.default))
        .replace(&any_id(), id)
}

/// The API's own statement of a calendar, with a variable in the place of the listing.
fn calendar(from: NaiveDate, to: NaiveDate) -> String {
    let id = "(lpad(to_hex(CAST(:i AS int)), 8, '0') || '-0000-7000-8000-000000000000')::uuid";
    let (sql, values) = calendar_statement(Uuid::nil(), &Sight::Public, from, to);
    let dates: Vec<String> = values.iter().skip(1).map(ToString::to_string).collect();
    let sql = written((sql, values)).replace(&any_id(), id);
    // As texts alone they could be of several types.
    dates.iter().fold(sql, |sql, date| sql.replace(date, &format!("{date}::date")))
}

/// The API's own statement of a list that is free for a stay, with its values.
fn free(profile: &Profile, check_in: NaiveDate, check_out: NaiveDate) -> String {
    let query = ListQuery {
        check_in: Some(check_in),
        check_out: Some(check_out),
        guests: Some(2),
        ..ListQuery::default()
    };
    let locales = &profile.locales;
    written(query::page(&query, None, None, 24, locales, &locales.default))
}

/// Spreads neighbours apart, the same way in every run.
fn scatter(n: u64) -> u64 {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20
}

fn get(server: &Server, path: impl Fn(u64) -> String + Send + Sync + 'static) -> Load {
    let address = server.address.clone();
    Load {
        address: address.clone(),
        make: Arc::new(move |n| {
            let request = Request::get(path(n)).header(header::HOST, &address);
            Ok(request.body(Full::new(Bytes::new()))?)
        }),
    }
}

/// Homes all over the country: what stands at one place is looked at as one listing entered twice.
fn create_load(server: &Server) -> Load {
    let body = |n: u64| {
        let east = u32::try_from(scatter(n) % 400_000).unwrap_or_default();
        json!({
            "title": "Sea view villa with pool", "description": "A home by the sea.",
            "transaction_type": "rent", "property_type": "villa", "rent_price": 9_500_000,
            "physical_specs": {"bedrooms": 3, "bathrooms": 2.5, "area_sqm": 240},
            "location_details": {"country": "TH", "province": "Phuket", "district": "Mueang Phuket",
                "lat": 7 + n % 10, "lng": 98.0 + f64::from(east) / 100_000.0},
            "tags": ["beach"],
            "rental_details": {"price_per_night": 420_000, "min_nights": 2, "max_guests": 6,
                "check_in_time": "15:00", "instant_book": true, "cancellation_policy": "moderate"},
        })
    };
    let (address, token) = (server.address.clone(), format!("Bearer {}", server.token));
    Load {
        address: address.clone(),
        make: Arc::new(move |n| {
            let request = Request::post("/api/v1/properties")
                .header(header::HOST, &address)
                .header(header::AUTHORIZATION, &token)
                .header(header::CONTENT_TYPE, "application/json");
            Ok(request.body(Full::new(body(n).to_string().into()))?)
        }),
    }
}

/// What visitors read most: lists with filters, and one listing in each four requests.
pub(crate) fn reads(server: &Server, listings: u32) -> Load {
    get(server, move |n| match n % 4 {
        0 => format!("/api/v1/properties/bench-{}", 1 + scatter(n) % u64::from(listings)),
        _ => villas(n),
    })
}

fn villas(n: u64) -> String {
    let price = 5_000_000 + scatter(n) % 15_000_000;
    format!("/api/v1/properties?transaction_type=rent&property_type=villa&price_max={price}")
}

/// The cursor of a page in the middle of a list.
async fn middle(server: &Server, list: &str, listings: u32) -> anyhow::Result<String> {
    let mut cursor = String::new();
    for _ in 0..(listings / 200).max(1) {
        let from = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
        let page = get(server, {
            let path = format!("{list}&limit=100{from}");
            move |_| path.clone()
        });
        let page: serde_json::Value = serde_json::from_slice(&page.once().await?)?;
        cursor = page["next_cursor"].as_str().context("the list is too short")?.to_owned();
    }
    Ok(cursor)
}
