//! Free for these nights, long enough, large enough.

use serde_json::json;
use terrace_testkit::{listing, spawn_app};

use super::homes::{list, slugs};

/// slug, shortest stay, longest stay, guests, and what occupies it: from, to, minutes until a
/// hold expires.
type Room =
    (&'static str, i64, Option<i64>, i64, &'static [(&'static str, &'static str, Option<i64>)]);

const ROOMS: [Room; 7] = [
    ("free", 1, None, 4, &[]),
    ("blocked", 1, None, 4, &[("2026-12-20", "2026-12-25", None)]),
    ("held", 1, None, 4, &[("2026-12-20", "2026-12-25", Some(10))]),
    ("was-held", 1, None, 4, &[("2026-12-20", "2026-12-25", Some(-1))]),
    ("long-stays", 7, None, 2, &[]),
    ("short-stays", 1, Some(3), 2, &[]),
    (
        "two-blocks",
        1,
        None,
        8,
        &[("2026-12-01", "2026-12-10", None), ("2026-12-15", "2026-12-16", None)],
    ),
];

fn day(text: &str) -> i64 {
    text[8..].parse::<i64>().unwrap() + if &text[5..7] == "12" { 0 } else { 31 }
}

fn free(room: &Room, from: &str, to: &str) -> bool {
    let (_, min, max, _, stays) = room;
    let nights = day(to) - day(from);
    let taken = stays.iter().any(|(begins, ends, minutes)| {
        minutes.is_none_or(|minutes| minutes > 0) && day(begins) < day(to) && day(from) < day(ends)
    });
    !taken && nights >= *min && nights <= max.unwrap_or(366)
}

#[tokio::test]
async fn rooms_are_found_by_nights_and_guests() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for (slug, min, max, guests, stays) in ROOMS {
        let details = json!({"price_per_night": 420_000, "min_nights": min, "max_nights": max, "max_guests": guests});
        let body = listing::with(listing::rent(), json!({"slug": slug, "rental_details": details}));
        let made = agent.create_published(body).await;
        for (from, to, minutes) in stays {
            let (kind, expires) = match minutes {
                Some(minutes) => ("hold", format!("now() + interval '{minutes} minutes'")),
                None => ("block", "NULL".to_owned()),
            };
            app.execute(format!(
                "INSERT INTO stays (property_id, during, kind, expires_at) \
                 VALUES ('{}', '[{from},{to})', '{kind}', {expires})",
                made.id
            ))
            .await;
        }
    }
    // A listing without details of its rent is not known to be free.
    let bare = listing::with(listing::rent(), json!({"slug": "bare"}));
    let bare = agent.create_published(bare).await;
    app.execute(format!("DELETE FROM rental_details WHERE property_id = '{}'", bare.id)).await;

    let nights = [
        ("2026-12-20", "2026-12-25"),
        ("2026-12-19", "2026-12-20"),
        ("2026-12-25", "2026-12-26"),
        ("2026-12-24", "2026-12-25"),
        ("2026-12-18", "2026-12-28"),
        ("2026-12-10", "2026-12-15"),
        ("2026-12-10", "2026-12-17"),
        ("2026-12-16", "2026-12-19"),
        ("2026-12-16", "2026-12-20"),
        ("2026-12-30", "2027-01-02"),
    ];
    for (from, to) in nights {
        for guests in [None, Some(1), Some(3), Some(8), Some(9)] {
            let fits =
                |room: &&Room| free(room, from, to) && guests.is_none_or(|guests| room.3 >= guests);
            let mut expected: Vec<_> = ROOMS.iter().filter(fits).map(|room| room.0).collect();
            expected.sort_unstable();
            let number = guests.map(|guests| guests.to_string());
            let mut asked = vec![("check_in", from), ("check_out", to)];
            asked.extend(number.as_deref().map(|guests| ("guests", guests)));
            let mut found = slugs(&list(&app, &asked).await);
            found.sort();
            assert_eq!(found, expected, "{asked:?}");
        }
    }
    let mut large = slugs(&list(&app, &[("guests", "5")]).await);
    large.sort();
    assert_eq!(large, ["two-blocks"]);
}
