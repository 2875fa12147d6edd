//! The contract, generated from the handlers.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, RefOr, Response,
        path::Operation,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    accounts::me,
    alerts, assistant, availability, bookings, calendars, clerk, error, events, faqs, favourites,
    http::{problem, rate_limit},
    leads, listings, llms, mcp, media, notifications, payments, people, platform, prices, privacy,
    quotes, reports,
    router::ROUTES,
    saved_searches, search, tenancies, visitors, webhooks,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Terrace", description = "A brand's listings, stays and people.", license(name = "Proprietary")),
    paths(
        listings::read::list_properties,
        listings::write::create_property,
        listings::read::get_property,
        listings::write::update_property,
        listings::write::delete_property,
        listings::readiness::get_readiness,
        listings::lifecycle::submit_property,
        listings::lifecycle::publish_property,
        listings::lifecycle::reject_property,
        listings::lifecycle::archive_property,
        listings::lifecycle::unpublish_property,
        listings::lifecycle::restore_property,
        listings::bulk::bulk_properties,
        listings::translations::put_property_translation,
        listings::translations::delete_property_translation,
        listings::translations::review_property_translation,
        listings::draft::draft_property_translation,
        calendars::manage::list_calendars,
        calendars::manage::create_calendar,
        calendars::manage::delete_calendar,
        calendars::manage::sync_calendar,
        calendars::manage::rotate_calendar,
        calendars::export::get_calendar_feed,
        calendars::inbox::list_calendar_conflicts,
        calendars::inbox::resolve_calendar_conflict,
        listings::history::get_property_history,
        listings::legal::get_property_legal,
        listings::deeds::list_title_deeds,
        listings::ledger::list_translations,
        listings::duplicates::list_duplicates,
        listings::duplicates::decide_duplicate,
        platform::audit::list_audit,
        listings::map::map_properties,
        listings::facets::list_facets,
        search::find::search,
        search::history::click::click_search,
        search::history::reports::list_search_queries,
        search::history::summary::get_search_summary,
        search::suggest::suggest,
        search::similar::list_similar_properties,
        faqs::read::list_faqs,
        faqs::find::search_faqs,
        faqs::read::list_faq_categories,
        faqs::read::get_faq,
        faqs::feedback::rate_faq,
        faqs::admin::list_faq_documents,
        faqs::admin::create_faq,
        faqs::categories::list_all_faq_categories,
        faqs::categories::put_faq_category,
        faqs::categories::delete_faq_category,
        faqs::analytics::get_faq_analytics,
        faqs::gaps::list_faq_gaps,
        faqs::gaps::draft_faq_gap,
        faqs::gaps::dismiss_faq_gap,
        faqs::table::export_faqs,
        faqs::table::import_faqs,
        faqs::admin::get_faq_document,
        faqs::admin::update_faq,
        faqs::admin::delete_faq,
        assistant::drafts::routes::get_draft,
        assistant::drafts::routes::confirm_draft,
        listings::catalogue::list_amenities,
        listings::catalogue::list_policies,
        availability::calendar::get_availability,
        availability::booking_rules::get_booking_rules,
        availability::booking_rules::put_booking_rules,
        availability::blocks::list_blocks,
        availability::blocks::create_block,
        availability::blocks::delete_block,
        tenancies::lease_check::get_lease_check,
        tenancies::terms::get_booking_terms,
        tenancies::notice::give_booking_notice,
        tenancies::notice::withdraw_booking_notice,
        reports::occupancy::get_occupancy,
        media::upload::create_media,
        media::manage::list_property_media,
        media::manage::update_property_media,
        media::manage::get_media,
        media::manage::delete_media,
        media::upload::complete_media,
        media::receive::put_media_upload,
        media::files::get_media_file,
        quotes::create::create_quote,
        quotes::read::get_quote,
        prices::rates::get_rates,
        prices::rates::put_rates,
        prices::terms::get_pricing,
        prices::terms::put_pricing,
        prices::holidays::list_holidays,
        prices::coupons::list::list_coupons,
        prices::coupons::change::create_coupon,
        prices::coupons::list::get_coupon,
        prices::coupons::change::update_coupon,
        prices::coupons::change::delete_coupon,
        leads::receive::create_lead,
        leads::read::list_leads,
        leads::export::export_leads,
        leads::read::get_lead,
        leads::change::update_lead,
        leads::history::create_lead_event,
        leads::tasks::create_lead_task,
        leads::tasks::update_lead_task,
        leads::tasks::delete_lead_task,
        bookings::place::create_booking,
        bookings::read::list_bookings,
        bookings::read::get_booking,
        bookings::change::confirm_booking,
        bookings::change::accept_booking,
        bookings::change::decline_booking,
        bookings::change::complete_booking,
        bookings::cancel::preview_cancellation,
        bookings::cancel::cancel_booking,
        bookings::alter::alter_booking,
        bookings::offers::list::list_booking_offers,
        bookings::offers::make::make_booking_offer,
        bookings::offers::decide::accept_booking_offer,
        bookings::offers::decide::decline_booking_offer,
        bookings::offers::decide::withdraw_booking_offer,
        bookings::claim::claim_booking,
        payments::show::get_booking_payment,
        payments::begin::begin_payment,
        payments::show::get_booking_payment_qr,
        payments::list::list_booking_payments,
        payments::receive::receive_payment,
        payments::manage::refund_payment,
        payments::manage::send_refund,
        payments::manage::resolve_payment,
        payments::list::list_payments,
        payments::deliver::receive_stripe_event,
        clerk::deliver::receive_clerk_event,
        me::get_me,
        privacy::routes::delete_me,
        privacy::routes::export_me,
        search::history::mine::list_my_searches,
        search::history::mine::forget_my_searches,
        visitors::issue::create_visitor,
        visitors::merge::merge_visitor,
        assistant::conversations::create_conversation,
        assistant::conversations::list_conversations,
        assistant::conversations::get_conversation,
        assistant::conversations::delete_conversation,
        assistant::conversations::hand_over_conversation,
        assistant::conversations::get_lead_conversation,
        assistant::conversations::release_conversation,
        assistant::messages::create_message,
        assistant::messages::get_message_events,
        assistant::messages::rate_message,
        assistant::prompts::routes::list_prompts,
        assistant::prompts::routes::create_prompt,
        assistant::prompts::routes::list_prompt_history,
        assistant::prompts::routes::roll_back_prompt,
        assistant::prompts::routes::get_prompt,
        assistant::prompts::routes::diff_prompt,
        assistant::prompts::trials::list_prompt_trials,
        assistant::prompts::trials::try_prompt,
        assistant::prompts::routes::activate_prompt,
        assistant::prompts::questions::get_chat_questions,
        assistant::prompts::questions::put_chat_questions,
        assistant::prompts::tools::list_chat_tools,
        assistant::prompts::tools::put_chat_tool,
        assistant::summary::get_chat_summary,
        favourites::list::list_favourites,
        favourites::change::create_favourite,
        favourites::list::list_favourite_ids,
        favourites::change::delete_favourite,
        saved_searches::read::list_saved_searches,
        saved_searches::change::create_saved_search,
        saved_searches::read::get_saved_search,
        saved_searches::change::update_saved_search,
        saved_searches::change::delete_saved_search,
        saved_searches::matches::list_saved_search_matches,
        alerts::list::list_alerts,
        alerts::list::read_alerts,
        alerts::unsubscribe::unsubscribe_alerts,
        people::companies::read::list_companies,
        people::companies::change::create_company,
        people::companies::read::get_company,
        people::companies::change::update_company,
        people::agents::list_agents,
        people::agents::get_agent,
        people::agents::update_agent,
        people::reassign::reassign_agent,
        people::users::list_users,
        people::users::get_user,
        people::users::update_user,
        events::feed::list_events,
        notifications::admin::list_notifications,
        notifications::admin::resend_notification,
        webhooks::endpoints::list_webhooks,
        webhooks::endpoints::create_webhook,
        webhooks::endpoints::get_webhook,
        webhooks::endpoints::update_webhook,
        webhooks::endpoints::delete_webhook,
        webhooks::endpoints::rotate_webhook_secret,
        webhooks::deliveries::test_webhook,
        webhooks::replay::replay_webhook,
        webhooks::deliveries::list_webhook_deliveries,
        webhooks::deliveries::replay_delivery,
        platform::product::get_product,
        platform::health::health_live,
        platform::health::health_ready,
        platform::health::health_db,
        platform::metrics::get_metrics,
        llms::get_llms,
        llms::get_property_markdown,
        mcp::call_mcp,
        platform::jwks::get_jwks,
        platform::docs::get_openapi,
        platform::docs::get_docs,
    ),
    components(schemas(
        problem::Problem,
        error::FieldError,
        // Named by parameters, which bring no schema along.
        listings::filters::Scope,
        listings::filters::Sort,
        listings::ledger::LedgerState,
        listings::duplicates::DuplicateState,
        platform::audit::Action,
        search::history::reports::Kind,
        reports::occupancy::Format,
        calendars::inbox::ConflictState,
    )),
    modifiers(&Shared),
)]
struct Document;

/// The contract as a document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// What all operations have in common stands here once, not at each of them.
struct Shared;

impl Modify for Shared {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("A token of this brand's realm"))
            .build();
        if let Some(components) = &mut document.components {
            components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
            let visitor = ApiKeyValue::with_description("Visitor-Token", "From POST /visitors");
            components
                .add_security_scheme("visitor", SecurityScheme::ApiKey(ApiKey::Header(visitor)));
            let booking =
                ApiKeyValue::with_description("Booking-Token", "From the link to a booking");
            components
                .add_security_scheme("booking", SecurityScheme::ApiKey(ApiKey::Header(booking)));
            for (name, code) in problems() {
                components.responses.insert(name.to_owned(), RefOr::T(problem_response(code)));
            }
        }
        for (path, item) in &mut document.paths.paths {
            for (method, operation) in [
                ("GET", &mut item.get),
                ("POST", &mut item.post),
                ("PUT", &mut item.put),
                ("PATCH", &mut item.patch),
                ("DELETE", &mut item.delete),
            ] {
                if let Some(operation) = operation {
                    add_problems(operation, method, path);
                }
            }
        }
    }
}

/// The refusals, by the name of their component.
fn problems() -> [(&'static str, &'static str); 13] {
    [
        ("Malformed", "400: the request cannot be read"),
        ("Unauthorized", "401: no valid token"),
        ("Forbidden", "403: the role may not do this"),
        ("NotFound", "404: absent, or not yours to see"),
        ("Conflict", "409: conflicts with existing data"),
        ("PreconditionFailed", "412: changed in the meantime"),
        ("TooLarge", "413: the body is too large"),
        ("UnsupportedMediaType", "415: the body is not JSON"),
        ("Invalid", "422: the input is invalid; errors names the fields"),
        ("PreconditionRequired", "428: If-Match is missing"),
        ("RateLimited", "429: too many requests; wait for Retry-After"),
        ("Internal", "500: our fault"),
        ("Unavailable", "503: try again after Retry-After"),
    ]
}

fn problem_response(description: &str) -> Response {
    let mut response = Response::new(description);
    response.content.insert(
        "application/problem+json".to_owned(),
        RefOr::T(Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))))),
    );
    response
}

fn add_problems(operation: &mut Operation, method: &str, path: &str) {
    let writes = operation.request_body.is_some();
    let versioned =
        operation.parameters.iter().flatten().any(
            |parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == "If-Match"),
        );
    let access = ROUTES.iter().find(|route| route.method == method && route.path == path);
    let guarded = access.is_some_and(|route| route.access.needs_token());
    let limited = access.is_some_and(|route| rate_limit::is_limited(route.operation));
    // By the path, by a parameter, or because not every brand has it.
    let named = path.contains('{')
        || access.is_some_and(|route| {
            matches!(
                route.operation,
                "get_occupancy" | "receive_stripe_event" | "receive_clerk_event"
            )
        });
    let mut add = |condition: bool, status: &str, name: &str| {
        if condition && !operation.responses.responses.contains_key(status) {
            let reference = Ref::from_response_name(name);
            operation.responses.responses.insert(status.to_owned(), RefOr::Ref(reference));
        }
    };
    add(true, "400", "Malformed");
    add(true, "401", "Unauthorized");
    add(guarded, "403", "Forbidden");
    add(named, "404", "NotFound");
    // An action may not fit the state of things; what has no nights or months has no such rules.
    let conflicts = matches!(method, "POST" | "DELETE")
        || access.is_some_and(|route| {
            matches!(route.operation, "get_booking_terms" | "get_booking_rules")
        });
    add(writes || versioned || conflicts, "409", "Conflict");
    add(versioned, "412", "PreconditionFailed");
    add(writes, "413", "TooLarge");
    add(writes, "415", "UnsupportedMediaType");
    add(writes || versioned, "422", "Invalid");
    add(versioned, "428", "PreconditionRequired");
    add(limited, "429", "RateLimited");
    add(true, "500", "Internal");
    add(true, "503", "Unavailable");
}
