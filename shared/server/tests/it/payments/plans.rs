//! Lists stay fast over many payments.

use terrace_server::payments::list::{PaymentQuery, booking_statement, page_statement};
use terrace_testkit::{TestApp, setup};
use uuid::Uuid;

use crate::{
    bookings::plans::fill,
    plans::{connect, nodes, plan},
};

/// Two payments of every other of twenty thousand bookings; some are waited for, few are looked at.
async fn paid(app: &TestApp) {
    app.execute(
        "ALTER TABLE payments DISABLE TRIGGER USER; \
         INSERT INTO payments (booking_id, provider, purpose, state, amount, currency, received, succeeded_at, \
                 provider_reference, attention, created_at) \
             SELECT b.id, (ARRAY['stripe', 'manual'])[1 + k], (ARRAY['charge', 'deposit'])[1 + k]::payment_purpose, \
                 CASE WHEN b.n % 400 = 0 THEN 'requires_action' ELSE 'succeeded' END::payment_state, 100, 'THB', \
                 CASE WHEN b.n % 400 = 0 THEN 0 ELSE 100 END, CASE WHEN b.n % 400 <> 0 THEN now() END, \
                 'ref_' || k || '_' || b.n, CASE WHEN b.n % 997 = 0 THEN 'underpaid' END, now() - b.n * interval '1 minute' \
             FROM (SELECT id, row_number() OVER (ORDER BY reference) AS n FROM bookings) b, generate_series(0, 1) k \
            WHERE b.n % 2 = 0 OR b.n % 997 = 0; \
         ALTER TABLE payments ENABLE TRIGGER USER; ANALYZE payments",
    )
    .await;
}

#[tokio::test]
async fn no_list_reads_every_payment() {
    let app = setup("bestays").with(|profile| profile.jobs.in_server = false).spawn().await;
    fill(&app).await;
    paid(&app).await;
    let db = connect(&app).await;
    let booking: Uuid = app.value("SELECT booking_id FROM payments LIMIT 1").await;
    let of_booking = format!("booking_id={booking}");
    let shapes = [
        ("", "payments_newest_idx"),
        ("state=requires_action", "payments_waiting_idx"),
        ("attention=true", "payments_attention_idx"),
        (&of_booking, "payments_booking_id_idx"),
        ("q=R000000002", "bookings_reference_key"),
        ("q=ref_0_4", "payments_provider_reference_key"),
    ];
    let mut wrong = Vec::new();
    let mut judge = |what: &str, plan: &serde_json::Value, index: &str| {
        let nodes = nodes(plan);
        let whole = nodes.iter().find(|node| {
            node["Node Type"] == "Seq Scan"
                && node["Actual Loops"].as_f64() != Some(0.0)
                && matches!(node["Relation Name"].as_str(), Some("payments" | "bookings"))
        });
        if let Some(node) = whole {
            wrong.push(format!("{what}: all of {} is read", node["Relation Name"]));
        }
        let used: Vec<_> = nodes.iter().filter_map(|node| node["Index Name"].as_str()).collect();
        if !used.contains(&index) {
            wrong.push(format!("{what}: {index} is not used, but {used:?}"));
        }
        // An index that is read to its end is no better than the table.
        let dropped: f64 =
            nodes.iter().filter_map(|node| node["Rows Removed by Filter"].as_f64()).sum();
        if dropped > 500.0 {
            wrong.push(format!("{what}: {dropped} rows are read for nothing"));
        }
        if plan["Actual Rows"].as_f64().unwrap() == 0.0 {
            wrong.push(format!("{what}: no rows, the plan proves nothing"));
        }
    };
    for (query, index) in shapes {
        let parsed: PaymentQuery = serde_urlencoded::from_str(query).unwrap();
        let statement = page_statement(&parsed.filters().unwrap(), None, 25);
        judge(query, &plan(&db, statement).await, index);
    }
    judge("a booking's", &plan(&db, booking_statement(booking)).await, "payments_booking_id_idx");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
