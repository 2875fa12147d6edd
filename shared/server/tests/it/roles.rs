//! Who may do what: one table, over every route there is.
//!
//! An operation of the contract that is not in the table fails, and so does a row that has none. What
//! somebody may not see reads to them like what is not there, to the letter.

use std::collections::BTreeSet;

use Subject::{
    Absent, AgentA, Answer, Answered, Block, Booked, Calendar, Company, Conflict, Coupon, Deleted,
    Delivery, Draft, Enquiry, FromTalk, Gap, Handed, InReview, LongStay, Nothing, Noticed, Offered,
    Owed, OwnCalendar, Price, Prompt, Published, Refund, Search, Talk, Transfer, Webhook,
};
use serde_json::json;
use terrace_product::{HttpUrl, LoopbackAddress, ModelProvider};
use terrace_server::{
    openapi,
    router::{Access, ROUTES},
};
use terrace_testkit::{Call, Caller, Listing, Reply, TestApp, listing, setup};
use uuid::Uuid;

/// What the request is about: nothing in particular, a listing of agent A in this state, or
/// something that is not there (for who may even ask).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Nothing,
    Draft,
    Published,
    Deleted,
    /// An id that nothing has.
    Absent,
    /// A lead about a listing of agent A, with a task.
    Enquiry,
    /// A stay of user A at a listing of agent A.
    Booked,
    /// A draft that waits for a reviewer.
    InReview,
    /// Agent A, the person.
    AgentA,
    /// An agency.
    Company,
    Webhook,
    Delivery,
    /// A saved search of agent A.
    Search,
    /// A stay of two months of user A at a listing of agent A.
    LongStay,
    /// The same, ended early by user A.
    Noticed,
    /// The same, of which agent A offers to let it go on.
    Offered,
    /// Days that agent A keeps, of a listing that everyone sees.
    Block,
    /// A price that was given for a listing of agent A.
    Price,
    Coupon,
    /// A feed that a draft of agent A reads.
    Calendar,
    /// The calendar of a draft of agent A.
    OwnCalendar,
    /// Nights of a draft of agent A that are taken twice.
    Conflict,
    /// A booking of user A, of a listing of agent A, that is not paid for.
    Owed,
    /// A payment for it that has come.
    Transfer,
    /// A refund of it that is to be sent.
    Refund,
    /// A question with its answer, which everyone sees.
    Answer,
    /// A question that nothing answers.
    Gap,
    /// A conversation of user A with the assistant.
    Talk,
    /// An answer in it.
    Answered,
    /// A conversation of user A that is with agent A.
    Handed,
    /// The enquiry that came of it.
    FromTalk,
    /// Words for the model that have passed their trial.
    Prompt,
}

/// The columns of the table.
const CALLERS: [&str; 7] =
    ["anonymous", "user A", "user B", "agent A", "agent B", "admin", "other brand's admin"];

/// Operation, subject, and what each caller gets: `+` done, `1` not known (401), `3` not allowed
/// (403), `4` not there (404).
const MATRIX: &[(&str, Subject, &str)] = &[
    ("list_properties", Nothing, "++++++1"),
    ("map_properties", Nothing, "++++++1"),
    ("create_property", Nothing, "133+++1"),
    ("get_property", Published, "++++++1"),
    ("get_property", Draft, "444+4+1"),
    ("get_property", Deleted, "444+4+1"),
    ("update_property", Published, "133+3+1"),
    ("update_property", Draft, "133+4+1"),
    ("update_property", Deleted, "1334441"),
    ("delete_property", Published, "133+3+1"),
    ("delete_property", Draft, "133+4+1"),
    ("delete_property", Deleted, "1334441"),
    ("get_readiness", Published, "133+3+1"),
    ("get_readiness", Draft, "133+4+1"),
    ("get_readiness", Deleted, "133+4+1"),
    ("submit_property", Draft, "133+4+1"),
    ("submit_property", Deleted, "1334441"),
    ("reject_property", InReview, "13333+1"),
    ("reject_property", Deleted, "1333341"),
    ("archive_property", Published, "133+3+1"),
    ("archive_property", Draft, "133+4+1"),
    ("archive_property", Deleted, "1334441"),
    ("publish_property", Published, "133+3+1"),
    ("publish_property", Draft, "133+4+1"),
    ("publish_property", Deleted, "1334441"),
    ("unpublish_property", Published, "133+3+1"),
    ("unpublish_property", Draft, "133+4+1"),
    ("unpublish_property", Deleted, "1334441"),
    ("restore_property", Published, "133+3+1"),
    ("restore_property", Draft, "133+4+1"),
    ("restore_property", Deleted, "133+4+1"),
    ("put_property_translation", Published, "133+3+1"),
    ("put_property_translation", Draft, "133+4+1"),
    ("put_property_translation", Deleted, "1334441"),
    ("delete_property_translation", Published, "133+3+1"),
    ("delete_property_translation", Draft, "133+4+1"),
    ("delete_property_translation", Deleted, "1334441"),
    ("review_property_translation", Published, "133+3+1"),
    ("review_property_translation", Draft, "133+4+1"),
    ("review_property_translation", Deleted, "1334441"),
    ("draft_property_translation", Published, "133+3+1"),
    ("draft_property_translation", Draft, "133+4+1"),
    ("draft_property_translation", Deleted, "1334441"),
    ("list_calendars", Published, "133+3+1"),
    ("list_calendars", Draft, "133+4+1"),
    ("list_calendars", Deleted, "1334441"),
    ("create_calendar", Published, "133+3+1"),
    ("create_calendar", Draft, "133+4+1"),
    ("create_calendar", Deleted, "1334441"),
    ("delete_calendar", Calendar, "133+4+1"),
    ("sync_calendar", Calendar, "133+4+1"),
    ("rotate_calendar", OwnCalendar, "133+4+1"),
    // The address itself is the right; this is none of ours.
    ("get_calendar_feed", Nothing, "4444441"),
    ("list_calendar_conflicts", Nothing, "133+++1"),
    ("resolve_calendar_conflict", Conflict, "133+4+1"),
    ("get_property_history", Published, "++++++1"),
    ("get_property_history", Draft, "444+4+1"),
    ("get_property_history", Deleted, "444+4+1"),
    ("get_property_legal", Published, "++++++1"),
    ("get_property_legal", Draft, "444+4+1"),
    ("get_property_legal", Deleted, "444+4+1"),
    ("list_title_deeds", Nothing, "++++++1"),
    ("list_translations", Nothing, "133+++1"),
    ("list_duplicates", Nothing, "13333+1"),
    // There is no such proposal, but only an admin gets to hear that.
    ("decide_duplicate", Nothing, "1333341"),
    ("list_audit", Nothing, "13333+1"),
    ("get_occupancy", Nothing, "133+++1"),
    ("list_facets", Nothing, "++++++1"),
    ("list_faqs", Nothing, "++++++1"),
    ("search_faqs", Nothing, "++++++1"),
    ("list_faq_categories", Nothing, "++++++1"),
    ("get_faq", Answer, "++++++1"),
    ("rate_faq", Answer, "++++++1"),
    ("list_faq_documents", Nothing, "13333+1"),
    ("create_faq", Nothing, "13333+1"),
    ("list_all_faq_categories", Nothing, "13333+1"),
    ("put_faq_category", Nothing, "13333+1"),
    // There is no such category, but only an admin gets to hear that.
    ("delete_faq_category", Nothing, "1333341"),
    ("get_faq_analytics", Nothing, "13333+1"),
    ("list_faq_gaps", Nothing, "13333+1"),
    ("draft_faq_gap", Gap, "13333+1"),
    ("dismiss_faq_gap", Gap, "13333+1"),
    ("export_faqs", Nothing, "13333+1"),
    ("import_faqs", Nothing, "13333+1"),
    ("get_faq_document", Answer, "13333+1"),
    ("update_faq", Answer, "13333+1"),
    ("delete_faq", Answer, "13333+1"),
    ("search", Nothing, "++++++1"),
    // Whether there is such a search is nobody's to know.
    ("click_search", Nothing, "++++++1"),
    ("list_search_queries", Nothing, "13333+1"),
    ("get_search_summary", Nothing, "13333+1"),
    ("suggest", Nothing, "++++++1"),
    ("list_similar_properties", Published, "++++++1"),
    ("list_similar_properties", Draft, "4444441"),
    ("list_similar_properties", Deleted, "4444441"),
    ("list_amenities", Nothing, "++++++1"),
    ("list_policies", Nothing, "++++++1"),
    ("get_availability", Published, "++++++1"),
    ("get_availability", Draft, "444+4+1"),
    ("get_availability", Deleted, "444+4+1"),
    ("get_booking_rules", Published, "133+3+1"),
    ("get_booking_rules", Draft, "133+4+1"),
    ("get_booking_rules", Deleted, "133+4+1"),
    ("put_booking_rules", Published, "133+3+1"),
    ("put_booking_rules", Draft, "133+4+1"),
    ("put_booking_rules", Deleted, "1334441"),
    ("get_lease_check", Published, "133+3+1"),
    ("get_lease_check", Draft, "133+4+1"),
    ("get_lease_check", Deleted, "133+4+1"),
    ("list_blocks", Published, "133+3+1"),
    ("list_blocks", Draft, "133+4+1"),
    ("list_blocks", Deleted, "1334441"),
    ("create_block", Published, "133+3+1"),
    ("create_block", Draft, "133+4+1"),
    ("create_block", Deleted, "1334441"),
    // That days are kept is for those to know who keep them.
    ("delete_block", Block, "133+4+1"),
    ("create_quote", Published, "++++++1"),
    ("create_quote", Draft, "444+4+1"),
    ("create_quote", Deleted, "4444441"),
    // Whoever has its id may see it: it holds no person.
    ("get_quote", Price, "++++++1"),
    ("get_rates", Published, "133+3+1"),
    ("get_rates", Draft, "133+4+1"),
    ("get_rates", Deleted, "133+4+1"),
    ("put_rates", Published, "133+3+1"),
    ("put_rates", Draft, "133+4+1"),
    ("put_rates", Deleted, "1334441"),
    ("get_pricing", Published, "133+3+1"),
    ("get_pricing", Draft, "133+4+1"),
    ("get_pricing", Deleted, "133+4+1"),
    ("put_pricing", Published, "133+3+1"),
    ("put_pricing", Draft, "133+4+1"),
    ("put_pricing", Deleted, "1334441"),
    ("list_holidays", Nothing, "++++++1"),
    ("list_coupons", Nothing, "13333+1"),
    ("create_coupon", Nothing, "13333+1"),
    ("get_coupon", Coupon, "13333+1"),
    ("update_coupon", Coupon, "13333+1"),
    ("delete_coupon", Coupon, "13333+1"),
    ("create_media", Published, "133+3+1"),
    ("create_media", Draft, "133+4+1"),
    ("create_media", Deleted, "1334441"),
    ("list_property_media", Published, "133+3+1"),
    ("list_property_media", Draft, "133+4+1"),
    ("list_property_media", Deleted, "1334441"),
    ("update_property_media", Published, "133+3+1"),
    ("update_property_media", Draft, "133+4+1"),
    ("update_property_media", Deleted, "1334441"),
    ("get_media", Published, "133+3+1"),
    ("get_media", Draft, "133+4+1"),
    ("get_media", Deleted, "1334441"),
    ("complete_media", Published, "133+3+1"),
    ("complete_media", Draft, "133+4+1"),
    ("complete_media", Deleted, "1334441"),
    ("delete_media", Published, "133+3+1"),
    ("delete_media", Draft, "133+4+1"),
    ("delete_media", Deleted, "1334441"),
    // The address itself is the right; these are none of ours.
    ("put_media_upload", Nothing, "4444441"),
    ("get_media_file", Nothing, "4444441"),
    ("bulk_properties", Nothing, "13333+1"),
    ("list_companies", Nothing, "++++++1"),
    ("create_company", Nothing, "13333+1"),
    ("get_company", Company, "++++++1"),
    ("update_company", Company, "13333+1"),
    ("list_agents", Nothing, "++++++1"),
    ("get_agent", AgentA, "++++++1"),
    ("update_agent", AgentA, "133+3+1"),
    ("reassign_agent", AgentA, "13333+1"),
    ("list_users", Nothing, "13333+1"),
    ("get_user", AgentA, "13333+1"),
    ("update_user", AgentA, "13333+1"),
    ("list_events", Nothing, "13333+1"),
    ("list_notifications", Nothing, "13333+1"),
    ("resend_notification", Absent, "1333341"),
    ("create_lead", Nothing, "++++++1"),
    ("list_leads", Nothing, "133+++1"),
    ("export_leads", Nothing, "133+++1"),
    ("get_lead", Enquiry, "133+4+1"),
    ("update_lead", Enquiry, "133+4+1"),
    ("create_lead_event", Enquiry, "133+4+1"),
    ("create_lead_task", Enquiry, "133+4+1"),
    ("update_lead_task", Enquiry, "133+4+1"),
    ("delete_lead_task", Enquiry, "133+4+1"),
    // Without an account, and without the address of a letter: see bookings::links for the link.
    ("create_booking", Nothing, "++++++1"),
    ("list_bookings", Nothing, "1+++++1"),
    ("get_booking", Booked, "1+4+4+1"),
    ("get_booking_terms", LongStay, "1+4+4+1"),
    ("give_booking_notice", LongStay, "1+4+4+1"),
    // Only whoever gave it takes it back.
    ("withdraw_booking_notice", Noticed, "1+44441"),
    ("list_booking_offers", Offered, "1+4+4+1"),
    ("make_booking_offer", LongStay, "133+4+1"),
    // A host who could say yes for the guest would need no offer.
    ("accept_booking_offer", Offered, "1+44441"),
    ("decline_booking_offer", Offered, "1+44441"),
    ("withdraw_booking_offer", Offered, "133+4+1"),
    ("confirm_booking", Booked, "133+4+1"),
    ("accept_booking", Booked, "133+4+1"),
    ("decline_booking", Booked, "133+4+1"),
    ("complete_booking", Booked, "133+4+1"),
    ("preview_cancellation", Booked, "1+4+4+1"),
    ("cancel_booking", Booked, "1+4+4+1"),
    ("alter_booking", Booked, "1+4+4+1"),
    // Only with the link, too.
    ("claim_booking", Booked, "1444441"),
    ("list_webhooks", Nothing, "13333+1"),
    ("create_webhook", Nothing, "13333+1"),
    ("get_webhook", Webhook, "13333+1"),
    ("update_webhook", Webhook, "13333+1"),
    ("delete_webhook", Webhook, "13333+1"),
    ("rotate_webhook_secret", Webhook, "13333+1"),
    ("test_webhook", Webhook, "13333+1"),
    ("replay_webhook", Webhook, "13333+1"),
    ("list_webhook_deliveries", Webhook, "13333+1"),
    ("replay_delivery", Delivery, "13333+1"),
    ("get_booking_payment", Owed, "1+4+4+1"),
    ("begin_payment", Owed, "1+4+4+1"),
    ("get_booking_payment_qr", Owed, "1+4+4+1"),
    ("list_booking_payments", Owed, "133+4+1"),
    ("receive_payment", Transfer, "133+4+1"),
    ("refund_payment", Transfer, "13333+1"),
    ("send_refund", Refund, "13333+1"),
    ("resolve_payment", Transfer, "13333+1"),
    ("list_payments", Nothing, "13333+1"),
    // The signature is the right; this brand has no such provider.
    ("receive_stripe_event", Nothing, "4444441"),
    ("receive_clerk_event", Nothing, "4444441"),
    ("get_me", Nothing, "1+++++1"),
    ("export_me", Nothing, "1+++++1"),
    // Somebody of the same role for each cell: they are gone afterwards.
    ("delete_me", Nothing, "1+++++1"),
    ("list_my_searches", Nothing, "1+++++1"),
    ("forget_my_searches", Nothing, "1+++++1"),
    ("create_visitor", Nothing, "++++++1"),
    ("merge_visitor", Nothing, "1+++++1"),
    ("create_conversation", Nothing, "1+++++1"),
    ("list_conversations", Nothing, "1+++++1"),
    ("get_conversation", Talk, "1+44441"),
    ("delete_conversation", Talk, "1+44441"),
    ("create_message", Talk, "1+44441"),
    ("hand_over_conversation", Talk, "1+44441"),
    ("get_lead_conversation", FromTalk, "133+4+1"),
    ("release_conversation", Handed, "133+4+1"),
    ("get_message_events", Answered, "1+44441"),
    ("rate_message", Answered, "1+44441"),
    ("list_prompts", Nothing, "13333+1"),
    ("create_prompt", Nothing, "13333+1"),
    ("get_prompt", Prompt, "13333+1"),
    ("diff_prompt", Prompt, "13333+1"),
    ("list_prompt_trials", Prompt, "13333+1"),
    ("try_prompt", Absent, "1333341"),
    ("activate_prompt", Prompt, "13333+1"),
    // What the row before has activated.
    ("roll_back_prompt", Nothing, "13333+1"),
    ("list_prompt_history", Nothing, "13333+1"),
    ("get_chat_questions", Nothing, "13333+1"),
    ("put_chat_questions", Nothing, "13333+1"),
    ("list_chat_tools", Nothing, "13333+1"),
    ("put_chat_tool", Nothing, "13333+1"),
    ("get_chat_summary", Nothing, "13333+1"),
    ("list_favourites", Nothing, "1+++++1"),
    ("create_favourite", Nothing, "1+++++1"),
    ("list_favourite_ids", Nothing, "1+++++1"),
    ("delete_favourite", Published, "1+++++1"),
    ("list_saved_searches", Nothing, "1+++++1"),
    ("create_saved_search", Nothing, "1+++++1"),
    // Whoever runs the brand does not see what people look for.
    ("get_saved_search", Search, "144+441"),
    ("update_saved_search", Search, "144+441"),
    ("delete_saved_search", Search, "144+441"),
    ("list_saved_search_matches", Search, "144+441"),
    ("list_alerts", Nothing, "1+++++1"),
    ("read_alerts", Nothing, "1+++++1"),
    // The address itself is the right; this is none of ours.
    ("unsubscribe_alerts", Nothing, "4444441"),
    ("get_draft", Nothing, "1444441"),
    ("confirm_draft", Nothing, "1444441"),
    ("get_llms", Nothing, "++++++1"),
    ("get_property_markdown", Nothing, "4444441"),
    ("call_mcp", Nothing, "++++++1"),
    ("get_product", Nothing, "++++++1"),
    ("health_live", Nothing, "++++++1"),
    ("health_ready", Nothing, "++++++1"),
    ("health_db", Nothing, "++++++1"),
    ("get_metrics", Nothing, "++++++1"),
    ("get_jwks", Nothing, "++++++1"),
    ("get_openapi", Nothing, "++++++1"),
    ("get_docs", Nothing, "++++++1"),
];

/// A receiver that nobody is: connections are refused.
const DEAF: &str = "http://127.0.0.1:1/";

/// A webhook, or a delivery of it, as what a request is about.
async fn webhook(app: &TestApp, delivery: bool) -> Listing {
    // There may be only so many.
    app.execute("DELETE FROM webhook_endpoints").await;
    let admin = app.admin().await;
    let made = admin.post("/api/v1/admin/webhooks", json!({"url": DEAF})).await.expect(201);
    let mut id = made.text_at("/id");
    if delivery {
        // Of an endpoint that is off: nobody sends it while it is asked for.
        let path = format!("/api/v1/admin/webhooks/{id}");
        let sent = admin.post_empty(&format!("{path}/test")).await.expect(202);
        let _ = admin.patch(&path, json!({"is_active": false})).await.expect(200);
        id = sent.text_at("/id");
        let settle = format!(
            "UPDATE webhook_deliveries SET locked_until = NULL, claim = NULL WHERE id = '{id}'"
        );
        app.execute(settle).await;
    }
    let id = id.parse().unwrap();
    Listing { id, slug: String::new(), etag: String::new(), json: made.json() }
}

/// A request that is sound in everything but, perhaps, its sender.
fn call(caller: &Caller, operation: &str, target: Option<&Listing>) -> Call {
    let route = ROUTES.iter().find(|route| route.operation == operation).unwrap();
    let id = target.map_or_else(Uuid::new_v4, |target| target.id).to_string();
    let id = match (operation, target) {
        // Known by its own id here, and by its listing's elsewhere.
        ("sync_calendar", Some(calendar)) => calendar.slug.clone(),
        _ => id,
    };
    let path = route
        .path
        .replace("{id}", &id)
        .replace("{task_id}", target.map_or("", |target| &target.slug))
        .replace("{calendar_id}", target.map_or("", |target| &target.slug))
        .replace("{offer_id}", target.map_or("", |target| &target.slug))
        .replace("{token}", "0123456789012345678901234567890123456789012")
        .replace("{search_id}", &id)
        .replace("{name}", "quote")
        .replace("{candidate}", "019abc00-0000-7000-8000-000000000000")
        .replace("{locale}", "th")
        .replace(
            "{slug}",
            if operation.starts_with("delete") { "nothing-like-it" } else { "roles" },
        )
        .replace("{file}", "index.html");
    let path = match operation {
        "map_properties" => format!("{path}?bbox=97,5,106,21&zoom=6"),
        "suggest" | "search_faqs" => format!("{path}?q=sea"),
        "delete_me" => format!("{path}?confirm=true"),
        _ => path,
    };
    let call = caller.call(route.method.parse().unwrap(), &path);
    let call = match target {
        Some(target) if route.method != "GET" => call.if_match(&target.etag),
        _ => call,
    };
    match operation {
        "search" => call.json(&json!({"query": "villa"})),
        "click_search" => call.json(&json!({"property_id": Uuid::new_v4(), "position": 1})),
        "rate_faq" => call.json(&json!({"helpful": true})),
        "create_faq" => call.json(&json!({"category": "roles"})),
        "put_faq_category" => call.json(&json!({"names": {"en": "Roles"}})),
        "draft_faq_gap" => call.json(&json!({"category": "roles"})),
        "import_faqs" => call.header("content-type", "text/csv").raw("slug,category,locale,question,answer\n"),
        "update_faq" => call.json(&json!({"sort_order": 1})),
        "create_property" => call.json(&listing::rent()),
        "update_property" => call.json(&json!({"title": "Changed"})),
        "put_booking_rules" => call.json(&json!({"notice_days": 1})),
        "give_booking_notice" => {
            call.json(&json!({"ends_on": crate::stays::day(60)}))
        }
        "make_booking_offer" => call.json(&json!({"months": 1})),
        "create_block" => call.json(&crate::stays::week()),
        "create_quote" => call.json(&crate::quotes::nights(60, 3)),
        "put_rates" => call.json(&json!({"seasons": []})),
        "put_pricing" => call.json(&json!({"holiday_surcharge_bps": 1000})),
        "create_coupon" => call.json(&json!({"code": "ROLES", "percent_bps": 1000})),
        "update_coupon" => call.json(&json!({"is_active": false})),
        "create_media" => {
            call.json(&json!({"content_type": "image/png", "bytes": 1, "sha256": "0".repeat(64)}))
        }
        "update_property_media" => call.json(&json!({"order": []})),
        "create_conversation" => call.json(&json!({})),
        "create_message" => call.json(&json!({"text": "Is there a pool?"})),
        "hand_over_conversation" => call.json(&json!({"name": "G", "email": "g@example.com"})),
        "create_prompt" => call.json(&json!({"body": "Speak like a good concierge."})),
        "put_chat_questions" => call.json(&json!({"items": []})),
        "put_chat_tool" => call.json(&json!({"is_enabled": true})),
        "rate_message" => call.json(&json!({"is_helpful": true})),
        "create_favourite" => call.json(&json!({"property_id": target.unwrap().id})),
        "create_saved_search" => call.json(&json!({"name": "Villas"})),
        "update_saved_search" => call.json(&json!({"name": "Villas"})),
        "read_alerts" => call.json(&json!({"ids": []})),
        "merge_visitor" => call.header("visitor-token", &target.unwrap().slug),
        "create_lead" => call.json(&json!({"name": "G", "email": "g@example.com"})),
        "call_mcp" => call
            .header("accept", "application/json, text/event-stream")
            .json(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})),
        "update_lead" => call.json(&json!({"status": "contacted"})),
        "create_lead_event" => call.json(&json!({"kind": "call"})),
        "create_lead_task" => call.json(&json!({"title": "Call back"})),
        "update_lead_task" => call.json(&json!({"done": true})),
        "bulk_properties" => {
            call.json(&json!({"filter": {"status": ["archived"]}, "action": "archive"}))
        }
        "create_booking" => call
            .header("idempotency-key", Uuid::new_v4().to_string())
            .json(&json!({"quote_id": target.unwrap().slug, "guest": {"name": "G", "email": "g@example.com"}})),
        "decline_booking" | "cancel_booking" => call.json(&json!({"reason": "Rain."})),
        "alter_booking" => call.json(&json!({"guests": 3})),
        "create_company" => call.json(&json!({"name": "Andaman Homes"})),
        "update_company" => call.json(&json!({"name": "Andaman Homes & Villas"})),
        "update_agent" => call.json(&json!({"bio": "Ten years in Phuket."})),
        "update_user" => call.json(&json!({"is_active": true})),
        "reassign_agent" => {
            call.json(&json!({"to_agent_id": target.unwrap().json, "listings": []}))
        }
        "reject_property" => call.json(&json!({"reason": "The pictures are dark."})),
        "create_calendar" => call.json(&json!({"direction": "export", "name": "Airbnb"})),
        "resolve_calendar_conflict" => call.json(&json!({"resolution": "done"})),
        "begin_payment" => call.json(&json!({"provider": "manual"})),
        "receive_payment" => call.json(&json!({"amount": 1, "reference": Uuid::new_v4()})),
        "refund_payment" => call.json(&json!({"amount": 1, "reason": "other"})),
        "send_refund" => call.json(&json!({"reference": Uuid::new_v4()})),
        "create_webhook" => call.json(&json!({"url": DEAF})),
        "update_webhook" => call.json(&json!({"description": "Changed"})),
        "replay_webhook" => call.json(&json!({"failed_only": true})),
        "decide_duplicate" => call.json(&json!({"state": "dismissed"})),
        "put_property_translation" => call.json(&json!({"title": "เปลี่ยนแล้ว"})),
        _ => call,
    }
}

#[test]
fn every_route_is_in_the_table_and_every_row_has_a_route() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let methods = document["paths"].as_object().unwrap().values();
    let routes: BTreeSet<_> = methods
        .flat_map(|methods| methods.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let rows: BTreeSet<_> = MATRIX.iter().map(|row| row.0).collect();
    let missing: Vec<_> = routes.difference(&rows).collect();
    assert!(missing.is_empty(), "routes without a row in MATRIX: {missing:?}");
    let stale: Vec<_> = rows.difference(&routes).collect();
    assert!(stale.is_empty(), "rows of MATRIX without a route: {stale:?}");
    for (operation, subject, cells) in MATRIX {
        assert_eq!(cells.len(), CALLERS.len(), "{operation}");
        let route = ROUTES.iter().find(|route| route.operation == *operation).unwrap();
        let about_something = route.path.contains("{id}");
        assert_eq!(about_something, *subject != Nothing, "{operation} on {subject:?}");
    }
}

/// The router's own column says the same.
#[test]
fn the_routers_column_agrees_with_the_table() {
    for route in ROUTES {
        for (operation, subject, cells) in MATRIX.iter().filter(|row| row.0 == route.operation) {
            let refused = |nth: usize| matches!(&cells[nth..=nth], "1" | "3");
            let expected = match route.access {
                Access::Public => (false, false, false),
                Access::User => (true, false, false),
                Access::Agent => (true, true, false),
                Access::Admin => (true, true, true),
            };
            // A visitor, a user, and an agent on what is their own.
            assert_eq!(
                (refused(0), refused(1), refused(3)),
                expected,
                "{operation} on {subject:?}"
            );
        }
    }
}

/// Something that is known by its id alone.
fn named(id: uuid::Uuid, json: serde_json::Value) -> Listing {
    Listing { id, slug: String::new(), etag: String::new(), json }
}

async fn subject(app: &TestApp, owner: &Caller, subject: Subject) -> Option<Listing> {
    match subject {
        // Booked is arranged for each operation.
        Nothing | Absent | Booked => None,
        Search => Some(crate::lists::search_of(owner).await),
        Prompt => Some(crate::assistant::prompts::tried(app).await),
        Enquiry => Some(crate::leads::lead_of(app, owner).await),
        Calendar => Some(crate::calendars::calendar_of(app, owner, DEAF).await),
        OwnCalendar => Some(crate::calendars::export_of(owner).await),
        Conflict => Some(crate::calendars::conflict_of(app, owner).await),
        Owed => Some(crate::payments::owed(app, owner, false, false).await),
        Transfer => Some(crate::payments::owed(app, owner, true, false).await),
        Refund => Some(crate::payments::owed(app, owner, true, true).await),
        Webhook => Some(webhook(app, false).await),
        Delivery => Some(webhook(app, true).await),
        Draft => Some(owner.create(listing::rent()).await),
        LongStay => Some(crate::tenancies::long_stay(app, owner).await),
        Noticed => Some(crate::tenancies::noticed(app, owner).await),
        Offered => Some(crate::tenancies::offered(app, owner).await),
        Block => {
            let made = owner.create_published(listing::rent()).await;
            let block = owner.post(&made.at("blocks"), crate::stays::week()).await.expect(201);
            Some(named(block.text_at("/id").parse().unwrap(), json!(null)))
        }
        Price => {
            let made = owner.create_published(listing::rent()).await;
            let given =
                owner.post(&made.at("quote"), crate::quotes::nights(60, 3)).await.expect(201);
            Some(named(given.text_at("/id").parse().unwrap(), json!(null)))
        }
        Coupon => {
            let id = app.value(
                "INSERT INTO coupons (code, percent_bps) \
                 VALUES (upper(replace(gen_random_uuid()::text, '-', '')), 1000) RETURNING id",
            );
            Some(Listing { etag: "\"1\"".to_owned(), ..named(id.await, json!(null)) })
        }
        AgentA => {
            let other = app.agent("c-agent").await.user_id.unwrap();
            Some(named(owner.user_id.unwrap(), json!(other)))
        }
        Company => {
            let id = app.value(
                "INSERT INTO companies (slug, name) VALUES (gen_random_uuid()::text, 'Agency') RETURNING id",
            );
            Some(named(id.await, json!(null)))
        }
        Answer => {
            let id = app.value(
                "WITH d AS (INSERT INTO faq_documents (slug, category, is_published) \
                    VALUES (gen_random_uuid()::text, 'roles', true) RETURNING id) \
                 INSERT INTO faq_texts (document_id, locale, question, answer) \
                 SELECT id, 'en', 'Why?', 'So.' FROM d RETURNING document_id",
            );
            Some(Listing { etag: "\"1\"".to_owned(), ..named(id.await, json!(null)) })
        }
        Talk | Answered => {
            let somebody = app.user("a-user").await;
            Some(crate::assistant::of_somebody(&somebody, subject == Answered).await)
        }
        Handed | FromTalk => {
            let somebody = app.user("a-user").await;
            let talk = crate::assistant::of_somebody(&somebody, false).await;
            let home = owner.create_published(listing::rent()).await;
            let path = format!("/api/v1/chat/conversations/{}/handoff", talk.id);
            let body = json!({"name": "G", "email": "g@example.com", "property_id": home.id});
            let _ = somebody.post(&path, body).await.expect(202);
            if subject == Handed {
                return Some(talk);
            }
            let sql = format!("SELECT lead_id FROM chat_conversations WHERE id = '{}'", talk.id);
            Some(named(app.value(sql).await, json!(null)))
        }
        Gap => {
            let id = app.value(
                "INSERT INTO faq_gaps (locale, words, question, asked) \
                 VALUES ('en', gen_random_uuid()::text, 'Why?', 1) RETURNING id",
            );
            Some(named(id.await, json!(null)))
        }
        InReview => {
            let made = owner.create(listing::rent()).await;
            let submit = owner.post_empty(&made.at("submit")).if_match(&made.etag);
            Some(Listing::of(&submit.await.expect(200)))
        }
        Published => Some(owner.create_published(listing::rent()).await),
        Deleted => {
            let mut made = owner.create_published(listing::rent()).await;
            let _ = owner.delete(&made.path()).if_match(&made.etag).await.expect(204);
            made.etag = "\"3-en\"".to_owned();
            Some(made)
        }
    }
}

/// Somebody who may do what a caller of the table may, and is in charge of nothing.
async fn stand_in(app: &TestApp, caller: &str) -> Option<Caller> {
    let name = caller.replace(' ', "-") + "-leaving";
    match caller {
        "anonymous" | "other brand's admin" => None,
        "agent A" | "agent B" => Some(app.agent(&name).await),
        "admin" => {
            let person = app.user(&name).await;
            app.execute(format!(
                "UPDATE users SET role = 'admin' WHERE id = '{}'",
                person.user_id.unwrap()
            ))
            .await;
            Some(person)
        }
        _ => Some(app.user(&name).await),
    }
}

/// An upload that has the id of its listing: one path serves both.
fn upload_of(target: &Listing) -> String {
    let (id, stem) = (target.id, target.id.simple());
    format!(
        "INSERT INTO media (id, property_id, storage_key, content_type, state, expires_at) \
         VALUES ('{id}', '{id}', '{stem}', 'image/png', 'processing', now())"
    )
}

/// The same kind of thing, by ids that nothing has.
fn absent(target: &Listing) -> Listing {
    let part = match Uuid::parse_str(&target.slug) {
        Ok(_) => Uuid::now_v7().to_string(),
        Err(_) => target.slug.clone(),
    };
    Listing { id: Uuid::now_v7(), slug: part, ..target.clone() }
}

/// Everything that tells one answer from another, but for what names the request.
fn essence(reply: &Reply) -> (u16, Vec<(String, String)>, serde_json::Value) {
    // A body that nobody waited for closes the connection or does not, as it happens.
    const OF_THE_REQUEST: [&str; 5] =
        ["connection", "date", "x-request-id", "ratelimit", "ratelimit-policy"];
    let headers = reply.headers.keys().map(|name| name.as_str().to_owned());
    let mut headers: Vec<_> = headers
        .filter(|name| !OF_THE_REQUEST.contains(&name.as_str()))
        .map(|name| {
            // What is a set has no order.
            let mut values: Vec<_> = reply.header(&name).split(", ").collect();
            values.sort_unstable();
            (name.clone(), values.join(", "))
        })
        .collect();
    headers.sort();
    let mut body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    if let Some(problem) = body.as_object_mut() {
        problem.remove("request_id");
    }
    (reply.status, headers, body)
}

/// Whether a refusal says no more than that the thing exists, which everybody knows: what is
/// published is another agent's, and so is their page.
fn is_known_to_all(state: Subject, caller: &str) -> bool {
    matches!(state, Published | AgentA) && caller == "agent B"
}

#[tokio::test]
async fn every_cell_of_the_table_holds() {
    let deaf = LoopbackAddress::new(([127, 0, 0, 1], 1).into()).unwrap();
    // Drafts of translations are asked for here and written nowhere: nobody listens there.
    let app = setup("bestays")
        .with(move |profile| {
            profile.outbound.permit.push(deaf);
            profile.model.provider = ModelProvider::Openai;
            profile.model.base_url = HttpUrl::parse("http://127.0.0.1:9").unwrap();
            profile.model.name = Some("none".parse().unwrap());
        })
        .spawn()
        .await;
    app.execute("INSERT INTO faq_categories (slug) VALUES ('roles')").await;
    let callers = [
        app.anonymous(),
        app.user("a-user").await,
        app.user("b-user").await,
        app.agent("a-agent").await,
        app.agent("b-agent").await,
        app.admin().await,
        app.foreign(),
    ];
    let mut wrong = Vec::new();
    for (operation, state, cells) in MATRIX {
        for ((caller, name), cell) in callers.iter().zip(CALLERS).zip(cells.chars()) {
            // A fresh one for each cell: an allowed change must not decide the next cell.
            let mut target = match *operation {
                // Named in the body, and in a header.
                "create_favourite" => subject(&app, &callers[3], Published).await,
                "merge_visitor" => Some(crate::lists::visitor(&app).await),
                "create_booking" => Some(crate::bookings::offer(&app, &callers[3]).await),
                _ if *state == Booked => {
                    Some(crate::bookings::booking_of(&app, &callers[3], operation).await)
                }
                _ => subject(&app, &callers[3], *state).await,
            };
            // Parts that are replaced whole have tags of their own.
            if let (Some(target), Some(part)) = (&mut target, operation.strip_prefix("put_"))
                && matches!(part, "rates" | "pricing")
            {
                target.etag = callers[5].get(&target.at(part)).await.expect(200).etag();
            }
            if let Some(target) = &target
                && operation.ends_with("_media")
            {
                app.execute(upload_of(target)).await;
            }
            if let (Some(target), "review_property_translation") = (&target, *operation) {
                app.execute(format!(
                    "INSERT INTO property_translations (property_id, locale, field, value) \
                     VALUES ('{}', 'th', 'title', 'บ้าน')",
                    target.id
                ))
                .await;
            }
            let leaving = match *operation {
                "delete_me" => stand_in(&app, name).await,
                _ => None,
            };
            let reply = call(leaving.as_ref().unwrap_or(caller), operation, target.as_ref()).await;
            let got = match (reply.status, reply.code().as_str()) {
                (200..=299, _) => '+',
                (401, "unauthorized") => '1',
                (403, "forbidden") => '3',
                (404, "not_found") => '4',
                _ => '?',
            };
            if got != cell {
                wrong.push(format!(
                    "{operation} on {state:?} by {name}: expected {cell}, got {got} ({})",
                    reply.status
                ));
            }
            if let (Some(target), '3' | '4') = (&target, cell)
                && !is_known_to_all(*state, name)
            {
                let missing = call(caller, operation, Some(&absent(target))).await;
                let (told, silent) = (essence(&reply), essence(&missing));
                if told != silent {
                    wrong.push(format!(
                        "{operation} on {state:?} tells {name} that it is there: {told:?}, absent: {silent:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
