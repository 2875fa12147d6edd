//! Free for these nights, long enough, large enough.

use serde_json::json;
use terrace_testkit::{listing, spawn_app};

use super::homes::{list, slugs};
use crate::stays::day;

/// slug, shortest stay, longest stay, guests, and what occupies it: from, to (days from today on),
/// minutes until a hold expires.
type Room = (&'static str, u64, Option<u64>, i64, &'static [(u64, u64, Option<i64>)]);

const ROOMS: [Room; 7] = [
    ("free", 1, None, 4, &[]),
    ("blocked", 1, None, 4, &[(20, 25, None)]),
    ("held", 1, None, 4, &[(20, 25, Some(10))]),
    ("was-held", 1, None, 4, &[(20, 25, Some(-1))]),
    ("long-stays", 7, None, 2, &[]),
    ("short-stays", 1, Some(3), 2, &[]),
    ("two-blocks", 1, None, 8, &[(1, 10, None), (15, 16, None)]),
];

fn free(room: &Room, from: u64, to: u64) -> bool {
    let (_, min, max, _, stays) = room;
    let nights = to - from;
    let taken = stays.iter().any(|(begins, ends, minutes)| {
        minutes.is_none_or(|minutes| minutes > 0) && *begins < to && from < *ends
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
                 VALUES ('{}', '[{},{})', '{kind}', {expires})",
                made.id,
                day(*from),
                day(*to)
            ))
            .await;
        }
    }
    // A listing without details of its rent is not known to be free.
    let bare = listing::with(listing::rent(), json!({"slug": "bare"}));
    let bare = agent.create_published(bare).await;
    app.execute(format!("DELETE FROM rental_details WHERE property_id = '{}'", bare.id)).await;

    let nights = [
        (20, 25),
        (19, 20),
        (25, 26),
        (24, 25),
        (18, 28),
        (10, 15),
        (10, 17),
        (16, 19),
        (16, 20),
        (30, 33),
    ];
    for (from, to) in nights {
        for guests in [None, Some(1), Some(3), Some(8), Some(9)] {
            let fits =
                |room: &&Room| free(room, from, to) && guests.is_none_or(|guests| room.3 >= guests);
            let mut expected: Vec<_> = ROOMS.iter().filter(fits).map(|room| room.0).collect();
            expected.sort_unstable();
            let number = guests.map(|guests| guests.to_string());
            let (check_in, check_out) = (day(from).to_string(), day(to).to_string());
            let mut asked = vec![("check_in", check_in.as_str()), ("check_out", &check_out)];
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
