//! The tables that hold anything of anybody.

/// A table under row-level security, and which of its rows `t` are a person's own, where `:me` is
/// their id. `false`: those who run the brand see any, and nobody else.
pub(super) const WALLED: &[(&str, &str)] = &[
    ("alerts", "t.user_id = :me"),
    ("audit_log", "false"),
    ("booking_events", "t.booking_id IN (SELECT id FROM bookings WHERE guest_user_id = :me)"),
    ("booking_offers", "t.booking_id IN (SELECT id FROM bookings WHERE guest_user_id = :me)"),
    ("bookings", "t.guest_user_id = :me"),
    ("calendars", "false"),
    ("chat_conversations", "t.user_id = :me"),
    (
        "chat_messages",
        "t.conversation_id IN (SELECT id FROM chat_conversations WHERE user_id = :me)",
    ),
    ("favourites", "t.user_id = :me"),
    ("idempotency_keys", "t.scope = 'create_booking:' || :me"),
    ("jobs", "false"),
    ("lead_events", "t.lead_id IN (SELECT id FROM leads WHERE user_id = :me)"),
    ("lead_tasks", "false"),
    ("leads", "t.user_id = :me"),
    ("notifications", "false"),
    ("payment_events", "false"),
    ("payments", "t.booking_id IN (SELECT id FROM bookings WHERE guest_user_id = :me)"),
    ("saved_searches", "t.user_id = :me"),
    ("search_clicks", "t.search_id IN (SELECT id FROM search_history WHERE user_id = :me)"),
    ("search_history", "t.user_id = :me"),
    ("tenancies", "t.booking_id IN (SELECT id FROM bookings WHERE guest_user_id = :me)"),
    ("users", "t.id = :me"),
    ("visitors", "false"),
    ("webhook_deliveries", "false"),
    ("webhook_endpoints", "false"),
    ("webhook_events", "false"),
];
