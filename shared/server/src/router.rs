//! Every route in one view: method, path, handler, and who may call it.
//!
//! The handler's name is the operation's id: in the contract, in the metrics and in the log. The
//! last column is what the role matrix in the tests is made of; the handler's own extractor is
//! what enforces it.

use actix_files::Files;
use actix_web::{
    HttpRequest, HttpResponse, Route,
    dev::ResourceDef,
    guard,
    http::{Method, header},
    middleware::DefaultHeaders,
    web::{self, PathConfig, ServiceConfig},
};

use crate::{
    accounts::me::get_me,
    alerts::{
        list::{list_alerts, read_alerts},
        unsubscribe::unsubscribe_alerts,
    },
    app::State,
    assistant::{
        conversations::{
            create_conversation, delete_conversation, get_conversation, get_lead_conversation,
            hand_over_conversation, list_conversations, release_conversation,
        },
        drafts::routes::{confirm_draft, get_draft},
        messages::{create_message, get_message_events, rate_message},
        prompts::{
            questions::{get_chat_questions, put_chat_questions},
            routes::{
                activate_prompt, create_prompt, diff_prompt, get_prompt, list_prompt_history,
                list_prompts, roll_back_prompt,
            },
            tools::{list_chat_tools, put_chat_tool},
            trials::{list_prompt_trials, try_prompt},
        },
        summary::get_chat_summary,
    },
    availability::{
        blocks::{create_block, delete_block, list_blocks},
        booking_rules::{get_booking_rules, put_booking_rules},
        calendar::get_availability,
    },
    bookings::{
        alter::alter_booking,
        cancel::{cancel_booking, preview_cancellation},
        change::{accept_booking, complete_booking, confirm_booking, decline_booking},
        claim::claim_booking,
        offers::{
            decide::{accept_booking_offer, decline_booking_offer, withdraw_booking_offer},
            list::list_booking_offers,
            make::make_booking_offer,
        },
        place::create_booking,
        read::{get_booking, list_bookings},
    },
    calendars::{
        export::get_calendar_feed,
        inbox::{list_calendar_conflicts, resolve_calendar_conflict},
        manage::{
            create_calendar, delete_calendar, list_calendars, rotate_calendar, sync_calendar,
        },
    },
    clerk::deliver::receive_clerk_event,
    error::{Code, Error},
    events::feed::list_events,
    faqs::{
        admin::{create_faq, delete_faq, get_faq_document, list_faq_documents, update_faq},
        analytics::get_faq_analytics,
        categories::{delete_faq_category, list_all_faq_categories, put_faq_category},
        feedback::rate_faq,
        find::search_faqs,
        gaps::{dismiss_faq_gap, draft_faq_gap, list_faq_gaps},
        read::{get_faq, list_faq_categories, list_faqs},
        table::{export_faqs, import_faqs},
    },
    favourites::{
        change::{create_favourite, delete_favourite},
        list::{list_favourite_ids, list_favourites},
    },
    http::problem,
    leads::{
        change::update_lead,
        export::export_leads,
        history::create_lead_event,
        read::{get_lead, list_leads},
        receive::create_lead,
        tasks::{create_lead_task, delete_lead_task, update_lead_task},
    },
    listings::{
        bulk::bulk_properties,
        catalogue::{list_amenities, list_policies},
        deeds::list_title_deeds,
        draft::draft_property_translation,
        duplicates::{decide_duplicate, list_duplicates},
        facets::list_facets,
        history::get_property_history,
        ledger::list_translations,
        legal::get_property_legal,
        lifecycle::{
            archive_property, publish_property, reject_property, restore_property, submit_property,
            unpublish_property,
        },
        map::map_properties,
        read::{get_property, list_properties},
        readiness::get_readiness,
        translations::{
            delete_property_translation, put_property_translation, review_property_translation,
        },
        write::{create_property, delete_property, update_property},
    },
    llms::{get_llms, get_property_markdown},
    mcp::call_mcp,
    media::{
        files::get_media_file,
        manage::{delete_media, get_media, list_property_media, update_property_media},
        receive::put_media_upload,
        upload::{complete_media, create_media},
    },
    notifications::admin::{list_notifications, resend_notification},
    payments::{
        begin::begin_payment,
        deliver::receive_stripe_event,
        list::{list_booking_payments, list_payments},
        manage::{refund_payment, resolve_payment, send_refund},
        receive::receive_payment,
        show::{get_booking_payment, get_booking_payment_qr},
    },
    people::{
        agents::{get_agent, list_agents, update_agent},
        companies::{
            change::{create_company, update_company},
            read::{get_company, list_companies},
        },
        reassign::reassign_agent,
        users::{get_user, list_users, update_user},
    },
    platform::{
        audit::list_audit,
        docs::{get_docs, get_openapi},
        health::{health_db, health_live, health_ready},
        jwks::get_jwks,
        metrics::get_metrics,
        product::get_product,
    },
    prices::{
        coupons::{
            change::{create_coupon, delete_coupon, update_coupon},
            list::{get_coupon, list_coupons},
        },
        holidays::list_holidays,
        rates::{get_rates, put_rates},
        terms::{get_pricing, put_pricing},
    },
    privacy::routes::{delete_me, export_me},
    quotes::{create::create_quote, read::get_quote},
    reports::occupancy::get_occupancy,
    saved_searches::{
        change::{create_saved_search, delete_saved_search, update_saved_search},
        matches::list_saved_search_matches,
        read::{get_saved_search, list_saved_searches},
    },
    search::{
        find::search,
        history::{
            click::click_search,
            mine::{forget_my_searches, list_my_searches},
            reports::list_search_queries,
            summary::get_search_summary,
        },
        similar::list_similar_properties,
        suggest::suggest,
    },
    tenancies::{
        lease_check::get_lease_check,
        notice::{give_booking_notice, withdraw_booking_notice},
        terms::get_booking_terms,
    },
    visitors::{issue::create_visitor, merge::merge_visitor},
    webhooks::{
        deliveries::{list_webhook_deliveries, replay_delivery, test_webhook},
        endpoints::{
            create_webhook, delete_webhook, get_webhook, list_webhooks, rotate_webhook_secret,
            update_webhook,
        },
        replay::replay_webhook,
    },
};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone; a token may show more.
    Public,
    /// Everyone with a token; for lists a visitor's will do.
    User,
    /// Agents and admins.
    Agent,
    /// Those who run the brand.
    Admin,
}

impl Access {
    /// Whether a request without a token is refused.
    #[must_use]
    pub fn needs_token(self) -> bool {
        self != Self::Public
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct RouteSpec {
    /// HTTP method.
    pub method: &'static str,
    /// Path with its parameters.
    pub path: &'static str,
    /// Name of the handler: the operation's id.
    pub operation: &'static str,
    /// Who may call it.
    pub access: Access,
}

macro_rules! routes {
    ($($method:ident $path:literal => $handler:ident, $access:ident;)*) => {
        /// The table.
        pub const ROUTES: &[RouteSpec] = &[$(RouteSpec {
            method: stringify!($method),
            path: $path,
            operation: stringify!($handler),
            access: Access::$access,
        },)*];

        fn register(app: &mut ServiceConfig) {
            $(app.service(
                web::resource(actix_path($path))
                    .guard(method(Method::$method))
                    .guard(not_one_of(named_within($path)))
                    .route(Route::new().to($handler)),
            );)*
        }
    };
}

routes! {
    GET    "/api/v1/properties"                            => list_properties, Public;
    POST   "/api/v1/properties"                            => create_property, Agent;
    GET    "/api/v1/properties/map"                        => map_properties, Public;
    GET    "/api/v1/properties/{id}"                       => get_property, Public;
    PATCH  "/api/v1/properties/{id}"                       => update_property, Agent;
    DELETE "/api/v1/properties/{id}"                       => delete_property, Agent;
    GET    "/api/v1/properties/{id}/readiness"             => get_readiness, Agent;
    POST   "/api/v1/properties/{id}/submit"                => submit_property, Agent;
    POST   "/api/v1/properties/{id}/publish"               => publish_property, Agent;
    POST   "/api/v1/properties/{id}/reject"                => reject_property, Admin;
    POST   "/api/v1/properties/{id}/archive"               => archive_property, Agent;
    POST   "/api/v1/properties/{id}/unpublish"             => unpublish_property, Agent;
    POST   "/api/v1/properties/{id}/restore"               => restore_property, Agent;
    PUT    "/api/v1/properties/{id}/translations/{locale}" => put_property_translation, Agent;
    DELETE "/api/v1/properties/{id}/translations/{locale}" => delete_property_translation, Agent;
    POST   "/api/v1/properties/{id}/translations/{locale}/review" => review_property_translation, Agent;
    POST   "/api/v1/properties/{id}/translations/{locale}/draft"  => draft_property_translation, Agent;
    GET    "/api/v1/properties/{id}/calendars"             => list_calendars, Agent;
    POST   "/api/v1/properties/{id}/calendars"             => create_calendar, Agent;
    DELETE "/api/v1/properties/{id}/calendars/{calendar_id}" => delete_calendar, Agent;
    POST   "/api/v1/calendars/{id}/sync"                   => sync_calendar, Agent;
    POST   "/api/v1/calendars/{id}/rotate"                 => rotate_calendar, Agent;
    GET    "/calendars/{token}.ics"                        => get_calendar_feed, Public;
    GET    "/api/v1/admin/calendar-conflicts"              => list_calendar_conflicts, Agent;
    PATCH  "/api/v1/admin/calendar-conflicts/{id}"         => resolve_calendar_conflict, Agent;
    GET    "/api/v1/properties/{id}/history"               => get_property_history, Public;
    GET    "/api/v1/properties/{id}/similar"               => list_similar_properties, Public;
    GET    "/api/v1/properties/{id}/legal"                 => get_property_legal, Public;
    GET    "/api/v1/title-deeds"                           => list_title_deeds, Public;
    GET    "/api/v1/admin/translations"                    => list_translations, Agent;
    GET    "/api/v1/admin/duplicates"                      => list_duplicates, Admin;
    PATCH  "/api/v1/admin/duplicates/{candidate}"          => decide_duplicate, Admin;
    GET    "/api/v1/admin/reports/occupancy"               => get_occupancy, Agent;
    GET    "/api/v1/admin/audit"                           => list_audit, Admin;
    GET    "/api/v1/facets"                                => list_facets, Public;
    POST   "/api/v1/search"                                => search, Public;
    POST   "/api/v1/search/{search_id}/click"              => click_search, Public;
    GET    "/api/v1/admin/search/queries"                  => list_search_queries, Admin;
    GET    "/api/v1/admin/search/summary"                  => get_search_summary, Admin;
    GET    "/api/v1/search/suggest"                        => suggest, Public;
    GET    "/api/v1/faqs"                                  => list_faqs, Public;
    GET    "/api/v1/faqs/search"                           => search_faqs, Public;
    GET    "/api/v1/faqs/categories"                       => list_faq_categories, Public;
    GET    "/api/v1/faqs/{id}"                             => get_faq, Public;
    POST   "/api/v1/faqs/{id}/feedback"                    => rate_faq, Public;
    GET    "/api/v1/admin/faqs"                            => list_faq_documents, Admin;
    POST   "/api/v1/admin/faqs"                            => create_faq, Admin;
    GET    "/api/v1/admin/faqs/categories"                 => list_all_faq_categories, Admin;
    PUT    "/api/v1/admin/faqs/categories/{slug}"          => put_faq_category, Admin;
    DELETE "/api/v1/admin/faqs/categories/{slug}"          => delete_faq_category, Admin;
    GET    "/api/v1/admin/faqs/analytics"                  => get_faq_analytics, Admin;
    GET    "/api/v1/admin/faqs/gaps"                       => list_faq_gaps, Admin;
    POST   "/api/v1/admin/faqs/gaps/{id}"                  => draft_faq_gap, Admin;
    DELETE "/api/v1/admin/faqs/gaps/{id}"                  => dismiss_faq_gap, Admin;
    GET    "/api/v1/admin/faqs/export"                     => export_faqs, Admin;
    POST   "/api/v1/admin/faqs/import"                     => import_faqs, Admin;
    GET    "/api/v1/admin/faqs/{id}"                       => get_faq_document, Admin;
    PATCH  "/api/v1/admin/faqs/{id}"                       => update_faq, Admin;
    DELETE "/api/v1/admin/faqs/{id}"                       => delete_faq, Admin;
    GET    "/api/v1/amenities"                             => list_amenities, Public;
    GET    "/api/v1/policies"                              => list_policies, Public;

    GET    "/api/v1/properties/{id}/availability"          => get_availability, Public;
    GET    "/api/v1/properties/{id}/booking-rules"         => get_booking_rules, Agent;
    PUT    "/api/v1/properties/{id}/booking-rules"         => put_booking_rules, Agent;
    GET    "/api/v1/properties/{id}/blocks"                => list_blocks, Agent;
    POST   "/api/v1/properties/{id}/blocks"                => create_block, Agent;
    GET    "/api/v1/properties/{id}/lease-check"           => get_lease_check, Agent;
    DELETE "/api/v1/blocks/{id}"                           => delete_block, Agent;

    POST   "/api/v1/properties/{id}/media"                 => create_media, Agent;
    GET    "/api/v1/properties/{id}/media"                 => list_property_media, Agent;
    PATCH  "/api/v1/properties/{id}/media"                 => update_property_media, Agent;
    GET    "/api/v1/media/{id}"                            => get_media, Agent;
    DELETE "/api/v1/media/{id}"                            => delete_media, Agent;
    POST   "/api/v1/media/{id}/complete"                   => complete_media, Agent;
    PUT    "/api/v1/media/uploads/{token}"                 => put_media_upload, Public;
    GET    "/api/v1/media/files/{stem}/{file}"             => get_media_file, Public;

    POST   "/api/v1/properties/{id}/quote"                 => create_quote, Public;
    GET    "/api/v1/quotes/{id}"                           => get_quote, Public;
    GET    "/api/v1/properties/{id}/rates"                 => get_rates, Agent;
    PUT    "/api/v1/properties/{id}/rates"                 => put_rates, Agent;
    GET    "/api/v1/properties/{id}/pricing"               => get_pricing, Agent;
    PUT    "/api/v1/properties/{id}/pricing"               => put_pricing, Agent;
    GET    "/api/v1/holidays"                              => list_holidays, Public;
    GET    "/api/v1/admin/coupons"                         => list_coupons, Admin;
    POST   "/api/v1/admin/coupons"                         => create_coupon, Admin;
    GET    "/api/v1/admin/coupons/{id}"                    => get_coupon, Admin;
    PATCH  "/api/v1/admin/coupons/{id}"                    => update_coupon, Admin;
    DELETE "/api/v1/admin/coupons/{id}"                    => delete_coupon, Admin;

    POST   "/api/v1/leads"                                 => create_lead, Public;
    GET    "/api/v1/leads"                                 => list_leads, Agent;
    GET    "/api/v1/leads/export"                          => export_leads, Agent;
    GET    "/api/v1/leads/{id}"                            => get_lead, Agent;
    PATCH  "/api/v1/leads/{id}"                            => update_lead, Agent;
    POST   "/api/v1/leads/{id}/events"                     => create_lead_event, Agent;
    POST   "/api/v1/leads/{id}/tasks"                      => create_lead_task, Agent;
    PATCH  "/api/v1/leads/{id}/tasks/{task_id}"            => update_lead_task, Agent;
    DELETE "/api/v1/leads/{id}/tasks/{task_id}"            => delete_lead_task, Agent;

    POST   "/api/v1/bookings"                              => create_booking, Public;
    GET    "/api/v1/bookings"                              => list_bookings, User;
    GET    "/api/v1/bookings/{id}"                         => get_booking, User;
    POST   "/api/v1/bookings/{id}/confirm"                 => confirm_booking, Agent;
    POST   "/api/v1/bookings/{id}/accept"                  => accept_booking, Agent;
    POST   "/api/v1/bookings/{id}/decline"                 => decline_booking, Agent;
    POST   "/api/v1/bookings/{id}/complete"                => complete_booking, Agent;
    GET    "/api/v1/bookings/{id}/cancellation"            => preview_cancellation, User;
    POST   "/api/v1/bookings/{id}/cancel"                  => cancel_booking, User;
    POST   "/api/v1/bookings/{id}/alter"                   => alter_booking, User;
    GET    "/api/v1/bookings/{id}/terms"                   => get_booking_terms, User;
    POST   "/api/v1/bookings/{id}/notice"                  => give_booking_notice, User;
    DELETE "/api/v1/bookings/{id}/notice"                  => withdraw_booking_notice, User;
    GET    "/api/v1/bookings/{id}/offers"                  => list_booking_offers, User;
    POST   "/api/v1/bookings/{id}/offers"                  => make_booking_offer, Agent;
    POST   "/api/v1/bookings/{id}/offers/{offer_id}/accept"   => accept_booking_offer, User;
    POST   "/api/v1/bookings/{id}/offers/{offer_id}/decline"  => decline_booking_offer, User;
    POST   "/api/v1/bookings/{id}/offers/{offer_id}/withdraw" => withdraw_booking_offer, Agent;
    POST   "/api/v1/bookings/{id}/claim"                   => claim_booking, User;
    GET    "/api/v1/bookings/{id}/payment"                 => get_booking_payment, User;
    POST   "/api/v1/bookings/{id}/payment"                 => begin_payment, User;
    GET    "/api/v1/bookings/{id}/payment/qr.svg"          => get_booking_payment_qr, User;
    GET    "/api/v1/bookings/{id}/payments"                => list_booking_payments, Agent;
    POST   "/api/v1/payments/{id}/receive"                 => receive_payment, Agent;
    POST   "/api/v1/payments/{id}/refund"                  => refund_payment, Admin;
    POST   "/api/v1/payments/{id}/sent"                    => send_refund, Admin;
    POST   "/api/v1/payments/{id}/resolve"                 => resolve_payment, Admin;
    GET    "/api/v1/admin/payments"                        => list_payments, Admin;
    POST   "/webhooks/stripe"                              => receive_stripe_event, Public;

    GET    "/api/v1/chat/drafts/{token}"                   => get_draft, User;
    POST   "/api/v1/chat/drafts/{token}/confirm"           => confirm_draft, User;

    GET    "/api/v1/me"                                    => get_me, User;
    POST   "/webhooks/clerk"                               => receive_clerk_event, Public;
    DELETE "/api/v1/me"                                    => delete_me, User;
    GET    "/api/v1/me/export"                             => export_me, User;
    GET    "/api/v1/me/searches"                           => list_my_searches, User;
    DELETE "/api/v1/me/searches"                           => forget_my_searches, User;

    POST   "/api/v1/visitors"                              => create_visitor, Public;
    POST   "/api/v1/me/merge-visitor"                      => merge_visitor, User;
    POST   "/api/v1/chat/conversations"                    => create_conversation, User;
    GET    "/api/v1/chat/conversations"                    => list_conversations, User;
    GET    "/api/v1/chat/conversations/{id}"               => get_conversation, User;
    DELETE "/api/v1/chat/conversations/{id}"               => delete_conversation, User;
    POST   "/api/v1/chat/conversations/{id}/messages"      => create_message, User;
    POST   "/api/v1/chat/conversations/{id}/handoff"       => hand_over_conversation, User;
    GET    "/api/v1/leads/{id}/conversation"               => get_lead_conversation, Agent;
    POST   "/api/v1/chat/conversations/{id}/release"       => release_conversation, Agent;
    GET    "/api/v1/chat/messages/{id}/events"             => get_message_events, User;
    POST   "/api/v1/chat/messages/{id}/feedback"           => rate_message, User;
    GET    "/api/v1/admin/chat/prompts"                    => list_prompts, Admin;
    POST   "/api/v1/admin/chat/prompts"                    => create_prompt, Admin;
    GET    "/api/v1/admin/chat/prompts/history"            => list_prompt_history, Admin;
    POST   "/api/v1/admin/chat/prompts/rollback"           => roll_back_prompt, Admin;
    GET    "/api/v1/admin/chat/prompts/{id}"               => get_prompt, Admin;
    GET    "/api/v1/admin/chat/prompts/{id}/diff"          => diff_prompt, Admin;
    GET    "/api/v1/admin/chat/prompts/{id}/trials"        => list_prompt_trials, Admin;
    POST   "/api/v1/admin/chat/prompts/{id}/trials"        => try_prompt, Admin;
    POST   "/api/v1/admin/chat/prompts/{id}/activate"      => activate_prompt, Admin;
    GET    "/api/v1/admin/chat/questions"                  => get_chat_questions, Admin;
    PUT    "/api/v1/admin/chat/questions"                  => put_chat_questions, Admin;
    GET    "/api/v1/admin/chat/tools"                      => list_chat_tools, Admin;
    PUT    "/api/v1/admin/chat/tools/{name}"               => put_chat_tool, Admin;
    GET    "/api/v1/admin/chat/summary"                    => get_chat_summary, Admin;
    GET    "/api/v1/favourites"                            => list_favourites, User;
    POST   "/api/v1/favourites"                            => create_favourite, User;
    GET    "/api/v1/favourites/ids"                        => list_favourite_ids, User;
    DELETE "/api/v1/favourites/{id}"                       => delete_favourite, User;
    GET    "/api/v1/saved-searches"                        => list_saved_searches, User;
    POST   "/api/v1/saved-searches"                        => create_saved_search, User;
    GET    "/api/v1/saved-searches/{id}"                   => get_saved_search, User;
    PATCH  "/api/v1/saved-searches/{id}"                   => update_saved_search, User;
    DELETE "/api/v1/saved-searches/{id}"                   => delete_saved_search, User;
    GET    "/api/v1/saved-searches/{id}/matches"           => list_saved_search_matches, User;
    GET    "/api/v1/alerts"                                => list_alerts, User;
    POST   "/api/v1/alerts/read"                           => read_alerts, User;
    POST   "/api/v1/alerts/unsubscribe/{token}"            => unsubscribe_alerts, Public;

    GET    "/api/v1/companies"                             => list_companies, Public;
    POST   "/api/v1/companies"                             => create_company, Admin;
    GET    "/api/v1/companies/{id}"                        => get_company, Public;
    PATCH  "/api/v1/companies/{id}"                        => update_company, Admin;
    GET    "/api/v1/agents"                                => list_agents, Public;
    GET    "/api/v1/agents/{id}"                           => get_agent, Public;
    PATCH  "/api/v1/agents/{id}"                           => update_agent, Agent;
    POST   "/api/v1/admin/agents/{id}/reassign"            => reassign_agent, Admin;
    PATCH  "/api/v1/admin/properties/bulk"                 => bulk_properties, Admin;
    GET    "/api/v1/admin/users"                           => list_users, Admin;
    GET    "/api/v1/admin/users/{id}"                      => get_user, Admin;
    PATCH  "/api/v1/admin/users/{id}"                      => update_user, Admin;

    GET    "/api/v1/admin/events"                          => list_events, Admin;
    GET    "/api/v1/admin/notifications"                   => list_notifications, Admin;
    POST   "/api/v1/admin/notifications/{id}/resend"       => resend_notification, Admin;
    GET    "/api/v1/admin/webhooks"                        => list_webhooks, Admin;
    POST   "/api/v1/admin/webhooks"                        => create_webhook, Admin;
    GET    "/api/v1/admin/webhooks/{id}"                   => get_webhook, Admin;
    PATCH  "/api/v1/admin/webhooks/{id}"                   => update_webhook, Admin;
    DELETE "/api/v1/admin/webhooks/{id}"                   => delete_webhook, Admin;
    POST   "/api/v1/admin/webhooks/{id}/rotate-secret"     => rotate_webhook_secret, Admin;
    POST   "/api/v1/admin/webhooks/{id}/test"              => test_webhook, Admin;
    POST   "/api/v1/admin/webhooks/{id}/replay"            => replay_webhook, Admin;
    GET    "/api/v1/admin/webhooks/{id}/deliveries"        => list_webhook_deliveries, Admin;
    POST   "/api/v1/admin/deliveries/{id}/replay"          => replay_delivery, Admin;

    GET    "/api/v1/product"                               => get_product, Public;
    GET    "/health/live"                                  => health_live, Public;
    GET    "/health/ready"                                 => health_ready, Public;
    GET    "/health/db"                                    => health_db, Public;
    GET    "/metrics"                                      => get_metrics, Public;
    GET    "/.well-known/jwks.json"                        => get_jwks, Public;
    GET    "/llms.txt"                                     => get_llms, Public;
    GET    "/properties/{slug}.md"                         => get_property_markdown, Public;
    POST   "/mcp"                                          => call_mcp, Public;
    GET    "/openapi.json"                                 => get_openapi, Public;
    GET    "/docs/{file}"                                  => get_docs, Public;
}

/// The operation that a request is for. Actix knows only which path matched, not which of the
/// path's methods.
#[must_use]
pub fn operation(request: &HttpRequest) -> &'static str {
    let method = match request.method().as_str() {
        "HEAD" => "GET",
        method => method,
    };
    let Some(pattern) = request.match_pattern() else {
        return "unmatched";
    };
    ROUTES
        .iter()
        .find(|route| route.method == method && actix_path(route.path) == pattern)
        .map_or("unmatched", |route| route.operation)
}

/// Registers the routes, and the brand's own files under `/assets`.
pub fn configure(app: &mut ServiceConfig, state: &State) {
    register(app);
    app.route("/docs", web::get().to(docs_root));
    app.service(
        web::scope("/assets")
            .wrap(
                // A drawing may hold script: it is shown, never run.
                DefaultHeaders::new()
                    .add((header::CACHE_CONTROL, "public, max-age=3600"))
                    .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                    .add((
                        header::CONTENT_SECURITY_POLICY,
                        "default-src 'none'; style-src 'unsafe-inline'; sandbox",
                    ))
                    .add(("cross-origin-resource-policy", "cross-origin")),
            )
            .service(Files::new("", &state.assets)),
    );
}

/// Relative addresses in the pages need the last slash.
async fn docs_root() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

/// What reads may be asked for by HEAD as well.
fn method(method: Method) -> impl guard::Guard {
    guard::fn_guard(move |context| {
        let asked = &context.head().method;
        *asked == method || (*asked == Method::HEAD && method == Method::GET)
    })
}

/// Addresses with a name of their own that would fit into this path's parameters, too:
/// `/properties/map` is no listing, whatever the method.
fn named_within(path: &'static str) -> Vec<&'static str> {
    if !path.contains('{') {
        return Vec::new();
    }
    let pattern = ResourceDef::new(actix_path(path));
    ROUTES.iter().map(|route| route.path).filter(|named| is_name(named, &pattern)).collect()
}

fn is_name(path: &str, pattern: &ResourceDef) -> bool {
    !path.contains('{') && pattern.is_match(path)
}

fn not_one_of(names: Vec<&'static str>) -> impl guard::Guard {
    guard::fn_guard(move |context| !names.iter().any(|name| *name == context.head().uri.path()))
}

/// The empty file of `/docs/` is its first page.
fn actix_path(path: &'static str) -> &'static str {
    match path {
        "/docs/{file}" => "/docs/{file:.*}",
        path => path,
    }
}

/// A path parameter that cannot be what it stands for names nothing.
#[must_use]
pub fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|_, _| Error::not_found("resource").into())
}

/// Tells a path that does not exist from one that does, with another method.
///
/// # Errors
/// Always: `404`, or `405` with `Allow`.
pub async fn no_such_route(request: HttpRequest) -> HttpResponse {
    let has_a_name = ROUTES.iter().any(|route| route.path == request.path());
    let mut allowed: Vec<&str> = ROUTES
        .iter()
        .filter(|route| match has_a_name {
            true => route.path == request.path(),
            false => ResourceDef::new(actix_path(route.path)).is_match(request.path()),
        })
        .flat_map(|route| match route.method {
            "GET" => vec!["GET", "HEAD"],
            method => vec![method],
        })
        .collect();
    allowed.dedup();
    if allowed.is_empty() {
        let detail = "Nothing is served at this address; see /docs.";
        return problem::render(&Error::new(Code::NotFound).with_detail(detail), &request);
    }
    let allowed = allowed.join(", ");
    let detail = format!("This address takes: {allowed}.");
    let mut response =
        problem::render(&Error::new(Code::MethodNotAllowed).with_detail(detail), &request);
    if let Ok(value) = header::HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}
