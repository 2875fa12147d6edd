//! Pages: every row once, in a total order, whatever the page size.

use super::homes::{PATH, estate, list, ordered, slugs};
use terrace_testkit::with_query;

const SORTS: [&str; 5] = ["recommended", "newest", "oldest", "price_asc", "price_desc"];

#[tokio::test]
async fn a_walk_meets_each_listing_once_in_order() {
    let (app, homes) = estate().await;
    for sort in SORTS {
        let expected = ordered(&homes, sort, |_| true);
        for size in 1..=7_usize {
            let limit = size.to_string();
            let (mut seen, mut cursor) = (Vec::new(), None::<String>);
            loop {
                let mut asked = vec![("sort", sort), ("limit", limit.as_str())];
                asked.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
                let page = list(&app, &asked).await;
                let rows = slugs(&page);
                assert!(rows.len() <= size);
                seen.extend(rows);
                assert!(seen.len() <= expected.len(), "{sort} by {size} goes round: {seen:?}");
                match page.at("/next_cursor").as_str() {
                    Some(next) => cursor = Some(next.to_owned()),
                    None => break,
                }
            }
            assert_eq!(seen, expected, "{sort} by {size}");
        }
    }
}

/// What is published while somebody turns pages neither repeats nor hides a row.
#[tokio::test]
async fn a_walk_is_stable_while_listings_come_and_go() {
    let (app, homes) = estate().await;
    let expected = ordered(&homes, "newest", |_| true);
    let first = list(&app, &[("sort", "newest"), ("limit", "10")]).await;
    app.execute("UPDATE properties SET published_at = '2026-06-01', is_published = true, status = 'published' WHERE slug = 'home-30'").await;
    let gone = &expected[4];
    app.execute(format!("UPDATE properties SET deleted_at = now() WHERE slug = '{gone}'")).await;
    let cursor = first.text_at("/next_cursor");
    let rest = list(&app, &[("sort", "newest"), ("limit", "100"), ("cursor", &cursor)]).await;
    assert_eq!([slugs(&first), slugs(&rest)].concat(), expected);
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list() {
    let (app, _) = estate().await;
    let page =
        list(&app, &[("sort", "newest"), ("limit", "2"), ("transaction_type", "sale")]).await;
    let cursor = page.text_at("/next_cursor");
    let own = [("sort", "newest"), ("transaction_type", "sale"), ("cursor", cursor.as_str())];
    // Size, language and counting do not make it another list.
    for more in [("limit", "7"), ("locale", "th"), ("count", "true")] {
        let _ = list(&app, &[own.as_slice(), &[more]].concat()).await;
    }
    let foreign: [&[(&str, &str)]; 6] = [
        &[("sort", "newest")],
        &[("transaction_type", "sale")],
        &[("sort", "price_asc"), ("transaction_type", "sale")],
        &[("sort", "newest"), ("transaction_type", "lease")],
        &[("sort", "newest"), ("transaction_type", "sale"), ("featured", "true")],
        &[],
    ];
    for other in foreign {
        let asked = [other, &[("cursor", cursor.as_str())]].concat();
        let reply = app.anonymous().get(&with_query(PATH, &asked)).await;
        reply.problem(400, "invalid_cursor");
        assert_eq!(reply.fields(), ["cursor invalid"], "{other:?}");
    }
}

#[tokio::test]
async fn a_total_counts_everything_that_matches() {
    let (app, homes) = estate().await;
    let page = list(&app, &[("limit", "3"), ("count", "true")]).await;
    assert_eq!((slugs(&page).len(), page.at("/total")), (3, homes.len().into()));
    let next = page.text_at("/next_cursor");
    let second = list(&app, &[("limit", "3"), ("count", "true"), ("cursor", &next)]).await;
    assert_eq!(second.at("/total"), homes.len(), "the total is of the list, not of what is left");
    let none = list(&app, &[("count", "true"), ("property_type", "hotel")]).await;
    assert_eq!(none.json(), serde_json::json!({"items": [], "next_cursor": null, "total": 0}));
    assert!(list(&app, &[]).await.at("/total").is_null(), "nobody asked");
    assert_eq!(slugs(&list(&app, &[]).await).len(), 24);
}
