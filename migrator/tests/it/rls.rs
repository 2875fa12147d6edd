//! Row-level security, by raw SQL as the application's role: another person's rows are not
//! there, and nobody is nobody.

use sqlx::PgConnection;

use crate::connect::{act_as, outcome, run, value};
use crate::scratch::Scratch;

/// Two guests, two agents with a villa each.
fn id(n: u8) -> String {
    format!("01939d5e-0000-7000-8000-0000000000{n:02x}")
}
const GUESTS: [u8; 2] = [0x01, 0x02];
const AGENTS: [u8; 2] = [0x11, 0x12];
const VILLAS: [u8; 2] = [0x21, 0x22];

/// Everything of guest 0 concerns villa 0, everything of guest 1 villa 1.
async fn furnish(db: &mut PgConnection) {
    act_as(db, "", "system").await;
    for i in 0..2 {
        let (guest, agent, villa) = (id(GUESTS[i]), id(AGENTS[i]), id(VILLAS[i]));
        run(db, format!("INSERT INTO users (id, auth_subject, role) VALUES ('{guest}', 'guest{i}', 'user'), ('{agent}', 'agent{i}', 'agent')")).await;
        run(db, format!("INSERT INTO properties (id, slug, title, transaction_type, property_type, rent_price, agent_id) \
            VALUES ('{villa}', 'villa-{i}', 'Villa', 'rent', 'villa', 100, '{agent}')")).await;
        run(db, format!("INSERT INTO quotes (id, property_id, check_in, check_out, guests, inputs, rules, lines, total, currency, hash, valid_until) \
            VALUES ('{villa}', '{villa}', '2027-01-01', '2027-01-03', 2, '{{}}', '{{}}', '[]', 200, 'THB', sha256('x'), now() + interval '1 hour')")).await;
        run(db, booking(&villa, &guest, i)).await;
        run(
            db,
            format!("INSERT INTO booking_events (booking_id, kind) VALUES ('{villa}', 'created')"),
        )
        .await;
        run(db, format!("INSERT INTO leads (id, property_id, user_id, email) VALUES ('{villa}', '{villa}', '{guest}', 'g{i}@example.com')")).await;
        run(db, format!("INSERT INTO lead_events (lead_id, kind) VALUES ('{villa}', 'called')"))
            .await;
        run(db, format!("INSERT INTO lead_tasks (lead_id, title) VALUES ('{villa}', 'Call')"))
            .await;
        run(
            db,
            format!("INSERT INTO favourites (user_id, property_id) VALUES ('{guest}', '{villa}')"),
        )
        .await;
        run(db, format!("INSERT INTO saved_searches (user_id, name) VALUES ('{guest}', 'mine')"))
            .await;
        run(db, search(&villa, Some(&guest))).await;
        run(db, format!("INSERT INTO search_clicks (search_id, property_id, position, at) VALUES ('{villa}', '{villa}', 1, now())"))
            .await;
    }
}

fn booking(villa: &str, guest: &str, n: usize) -> String {
    format!(
        "INSERT INTO bookings (id, reference, property_id, quote_id, guest_user_id, check_in, check_out, guests, total, currency, hold_expires_at) \
         VALUES ('{villa}', 'BST-{n:03}', '{villa}', '{villa}', '{guest}', '2027-01-01', '2027-01-03', 2, 200, 'THB', now())"
    )
}

fn search(id: &str, user: Option<&str>) -> String {
    let user = user.map_or("NULL".to_owned(), |user| format!("'{user}'"));
    format!(
        "INSERT INTO search_history (id, at, user_id, kind, query, normalised, locale, total, total_is_exact, took_ms, degraded, is_repeat) \
         VALUES ('{id}', now(), {user}, 'words', 'Villa', 'villa', 'en', 1, true, 5, false, false)"
    )
}

const TABLES: [&str; 9] = [
    "bookings",
    "booking_events",
    "leads",
    "lead_events",
    "lead_tasks",
    "favourites",
    "saved_searches",
    "search_history",
    "search_clicks",
];

async fn counts(db: &mut PgConnection) -> [i64; 9] {
    let mut counts = [0; 9];
    for (count, table) in counts.iter_mut().zip(TABLES) {
        *count = value(db, format!("SELECT count(*) FROM {table}")).await;
    }
    counts
}

#[tokio::test]
async fn everybody_sees_their_own() {
    let scratch = Scratch::migrated().await;
    let mut db = scratch.as_app().await;
    furnish(&mut db).await;
    let (guest, agent, stranger) = (id(GUESTS[0]), id(AGENTS[0]), id(0x7f));
    for (user, role, expected) in [
        // Who asked sees their lead, not what the staff has to do.
        (guest.as_str(), "user", [1, 1, 1, 1, 0, 1, 1, 1, 1]),
        (agent.as_str(), "agent", [1, 1, 1, 1, 1, 0, 0, 0, 0]),
        // An agent's role is what opens their listings' rows, not the id alone.
        (agent.as_str(), "user", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (stranger.as_str(), "user", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (stranger.as_str(), "agent", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (stranger.as_str(), "admin", [2, 2, 2, 2, 2, 0, 0, 2, 2]),
        ("", "system", [2, 2, 2, 2, 2, 2, 2, 2, 2]),
        ("", "anonymous", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (guest.as_str(), "anonymous", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (guest.as_str(), "superuser", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        // A setting that has ended reads as '': no rows, and no error.
        (guest.as_str(), "", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("", "user", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("", "", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ] {
        act_as(&mut db, user, role).await;
        assert_eq!(counts(&mut db).await, expected, "user {user:?} role {role:?} in {TABLES:?}");
    }
    // A connection on which nothing was ever set.
    assert_eq!(counts(&mut scratch.as_app().await).await, [0; 9]);
    // FORCE: not even the owner is above the policies.
    assert_eq!(counts(&mut scratch.as_owner().await).await, [0; 9]);
}

#[tokio::test]
async fn nobody_changes_what_is_not_theirs() {
    let scratch = Scratch::migrated().await;
    let mut db = scratch.as_app().await;
    furnish(&mut db).await;
    let (me, theirs) = (id(GUESTS[0]), id(VILLAS[1]));
    act_as(&mut db, &me, "user").await;
    for sql in [
        format!("UPDATE bookings SET guests = 1 WHERE id = '{theirs}'"),
        format!("UPDATE leads SET status = 'lost' WHERE id = '{theirs}'"),
        // Their own too: a lead's way is the agent's to write.
        "UPDATE leads SET status = 'lost'".to_owned(),
        "DELETE FROM leads".to_owned(),
        format!("UPDATE lead_tasks SET done_at = now() WHERE lead_id = '{theirs}'"),
        "DELETE FROM lead_tasks".to_owned(),
        format!("DELETE FROM favourites WHERE property_id = '{theirs}'"),
        format!("UPDATE saved_searches SET name = 'x' WHERE user_id <> '{me}'"),
        format!("DELETE FROM search_history WHERE user_id <> '{me}'"),
        // Goes with its search alone.
        "DELETE FROM search_clicks".to_owned(),
    ] {
        assert_eq!(run(&mut db, sql.clone()).await, 0, "{sql}");
    }
    let other = id(GUESTS[1]);
    let new = booking(&theirs, &other, 9).replacen(&theirs, &id(0x31), 1);
    for sql in [
        new.clone(),
        format!("UPDATE bookings SET guest_user_id = '{other}'"),
        format!("INSERT INTO booking_events (booking_id, kind) VALUES ('{theirs}', 'confirmed')"),
        format!("INSERT INTO leads (user_id, email) VALUES ('{other}', 'x@example.com')"),
        "INSERT INTO leads (email, status) VALUES ('x@example.com', 'won')".to_owned(),
        format!("INSERT INTO lead_events (lead_id, kind) VALUES ('{theirs}', 'called')"),
        format!("INSERT INTO lead_tasks (lead_id, title) VALUES ('{theirs}', 'x')"),
        "INSERT INTO lead_tasks (lead_id, title) SELECT id, 'x' FROM leads".to_owned(),
        format!("INSERT INTO favourites (user_id, property_id) VALUES ('{other}', '{theirs}')"),
        format!("INSERT INTO saved_searches (user_id, name) VALUES ('{other}', 'x')"),
        format!("UPDATE saved_searches SET user_id = '{other}'"),
        // Written down by the platform, and never rewritten.
        search(&id(0x51), Some(&me)),
        search(&id(0x51), None),
        format!(
            "INSERT INTO search_clicks (search_id, property_id, position, at) SELECT id, '{theirs}', 1, now() FROM search_history"
        ),
        "UPDATE search_history SET query = 'x'".to_owned(),
        "UPDATE search_clicks SET position = 2".to_owned(),
    ] {
        assert_eq!(outcome(&mut db, sql.clone()).await, "42501", "{sql}");
    }
    // The other side of the coin: the same statements pass in one's own name.
    assert_eq!(outcome(&mut db, new.replace(&other, &me)).await, "ok");
    assert_eq!(run(&mut db, "DELETE FROM search_history").await, 1);
    act_as(&mut db, &id(AGENTS[1]), "agent").await;
    assert_eq!(run(&mut db, "UPDATE leads SET status = 'contacted'").await, 1);
    assert_eq!(run(&mut db, "UPDATE bookings SET guest_note = 'Late'").await, 2);
}

#[tokio::test]
async fn a_visitor_may_ask_and_see_nothing() {
    let scratch = Scratch::migrated().await;
    let mut db = scratch.as_app().await;
    furnish(&mut db).await;
    let lead = id(0x41);
    act_as(&mut db, "", "anonymous").await;
    let ask = format!("INSERT INTO leads (id, email) VALUES ('{lead}', 'v@example.com')");
    assert_eq!(outcome(&mut db, format!("{ask} RETURNING id")).await, "42501");
    assert_eq!(outcome(&mut db, ask).await, "ok");
    assert_eq!(
        outcome(
            &mut db,
            format!("INSERT INTO lead_events (lead_id, kind) VALUES ('{lead}', 'created')")
        )
        .await,
        "ok"
    );
    assert_eq!(
        outcome(
            &mut db,
            format!("INSERT INTO lead_events (lead_id, kind) VALUES ('{lead}', 'called')")
        )
        .await,
        "42501"
    );
    assert_eq!(counts(&mut db).await, [0; 9]);
    act_as(&mut db, "", "").await;
    assert_eq!(
        outcome(&mut db, "INSERT INTO leads (email) VALUES ('v@example.com')").await,
        "42501"
    );
}
