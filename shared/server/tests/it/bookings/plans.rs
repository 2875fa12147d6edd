//! Lists stay fast over many bookings.

use terrace_server::bookings::{party::Scope, query::BookingQuery, read::page_statement};
use terrace_testkit::TestApp;
use uuid::Uuid;

use super::idle;
use crate::plans::{connect, nodes, plan};

/// Twenty thousand bookings of five hundred guests at two hundred listings of fifty agents.
pub(crate) async fn fill(app: &TestApp) {
    app.execute(
        "ALTER TABLE bookings DISABLE TRIGGER USER; ALTER TABLE properties DISABLE TRIGGER USER; \
         INSERT INTO users (auth_subject, role) SELECT 'agent_' || n, 'agent' FROM generate_series(1, 50) n; \
         INSERT INTO agents (user_id) SELECT id FROM users WHERE role = 'agent'; \
         INSERT INTO users (auth_subject) SELECT 'guest_' || n FROM generate_series(1, 500) n; \
         INSERT INTO properties (slug, title, transaction_type, property_type, rent_price, agent_id) \
             SELECT 'villa-' || n, 'Villa', 'rent', 'villa', 1, \
                 (SELECT id FROM users WHERE auth_subject = 'agent_' || 1 + n % 50) FROM generate_series(1, 200) n; \
         INSERT INTO quotes (property_id, check_in, check_out, guests, inputs, rules, lines, total, currency, hash, valid_until) \
             SELECT id, '2027-01-01', '2027-01-03', 2, '{}', '{}', '[]', 100, 'THB', sha256('x'), now() + interval '1 hour' FROM properties; \
         INSERT INTO bookings (reference, property_id, quote_id, guest_user_id, guest_email, check_in, check_out, guests, status, total, currency, \
                 hold_expires_at, confirmed_at, cancelled_at, created_at) \
             SELECT 'R' || lpad(n::text, 9, '0'), q.property_id, q.id, u.id, 'guest' || n % 500 || '@example.com', \
                 '2026-01-01'::date + n % 700, '2026-01-04'::date + n % 700, 2, \
                 (ARRAY['confirmed', 'confirmed', 'cancelled', 'expired', 'confirmed'])[1 + n % 5]::booking_status, 100, 'THB', \
                 CASE WHEN n % 997 = 0 THEN now() + interval '1 hour' ELSE now() - interval '1 day' END, \
                 now(), CASE WHEN n % 5 = 2 THEN now() END, now() - n * interval '1 minute' \
             FROM generate_series(1, 20000) n \
             JOIN (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM users WHERE role = 'user') u ON u.nth = 1 + n % 500 \
             JOIN (SELECT id, property_id, row_number() OVER (ORDER BY id) AS nth FROM quotes) q ON q.nth = 1 + n % 200; \
         UPDATE bookings SET status = 'held', cancelled_at = NULL WHERE hold_expires_at > now(); \
         ALTER TABLE bookings ENABLE TRIGGER USER; ALTER TABLE properties ENABLE TRIGGER USER; ANALYZE",
    )
    .await;
}

#[tokio::test]
async fn no_list_reads_every_booking() {
    let app = idle().spawn().await;
    fill(&app).await;
    let db = connect(&app).await;
    let id = |sql: &str| app.value::<Uuid>(sql.to_owned());
    let guest = id(
        "SELECT guest_user_id FROM bookings WHERE status = 'confirmed' ORDER BY reference LIMIT 1",
    )
    .await;
    let agent = id("SELECT id FROM users WHERE auth_subject = 'agent_7'").await;
    let property = id("SELECT id FROM properties WHERE slug = 'villa-6'").await;
    let of_property = format!("property_id={property}");
    let shapes = [
        (Scope::All, "", "bookings_created_at_idx"),
        (Scope::All, "status=confirmed", "bookings_created_at_idx"),
        (Scope::All, "status=held", "bookings_hold_expires_at_idx"),
        (Scope::All, "q=guest7@example.com", "bookings_guest_email_key_idx"),
        (Scope::All, &of_property, "bookings_property_id_idx"),
        (Scope::Guest(guest), "", "bookings_guest_user_id_idx"),
        (Scope::Guest(guest), "status=confirmed", "bookings_guest_user_id_idx"),
        (Scope::Agent(agent), "", ""),
        (Scope::Agent(agent), &of_property, "bookings_property_id_idx"),
    ];
    let mut wrong = Vec::new();
    for (scope, query, index) in shapes {
        let parsed: BookingQuery = serde_urlencoded::from_str(query).unwrap();
        let plan = plan(&db, page_statement(&parsed.filters(), &scope, None, 25)).await;
        let nodes = nodes(&plan);
        if nodes
            .iter()
            .any(|node| node["Node Type"] == "Seq Scan" && node["Relation Name"] == "bookings")
        {
            wrong.push(format!("{scope:?} {query}: a sequential scan"));
        }
        let used: Vec<_> = nodes.iter().filter_map(|node| node["Index Name"].as_str()).collect();
        if !index.is_empty() && !used.contains(&index) {
            wrong.push(format!("{scope:?} {query}: {index} is not used, but {used:?}"));
        }
        if plan["Actual Rows"].as_f64().unwrap() == 0.0 {
            wrong.push(format!("{scope:?} {query}: no rows, the plan proves nothing"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
