//! `POST`, `GET /chat/conversations`, `GET`, `DELETE /chat/conversations/{id}`, and handing over.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use garde::Validate;
use serde::Deserialize;
use terrace_product::Locale;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    handoff,
    messages::shown,
    output::{ConversationList, ConversationOut, MessageOut},
    store::{self, Conversation, Message},
};
use crate::{
    app::State,
    db::Context,
    error::Result,
    http::{
        answer::private,
        auth::{Agent, Origin},
        body::Body,
        locale,
    },
    leads::output::LeadReceipt,
    visitors::Keeper,
};

/// Messages of a conversation that are shown; longer ones nobody reads.
pub(super) const SHOWN: u64 = 400;

/// A new conversation.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationIn {
    /// The language of its answers; that of the request where it is missing.
    #[garde(skip)]
    #[serde(default)]
    #[schema(example = "th")]
    pub locale: Option<String>,
}

/// Begins a conversation with the assistant.
#[utoipa::path(
    post, path = "/api/v1/chat/conversations", operation_id = "create_conversation", tag = "assistant",
    request_body = ConversationIn,
    responses((status = 201, body = ConversationOut)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn create_conversation(
    keeper: Keeper,
    body: Body<ConversationIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Keeper { owner, context } = keeper;
    let spoken = locale::negotiate(&state.profile, body.value.locale.as_deref(), &request)
        .map_err(|error| locale::in_the_body(error, "/locale"))?;
    let begun = state.db.tx(context, move |tx| {
        let spoken = spoken.clone();
        Box::pin(async move {
            owner.admit(tx).await?;
            store::begin(tx, owner, spoken.as_str()).await
        })
    });
    let out = told(begun.await?, None);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/chat/conversations/{}", out.id)))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(out))
}

/// The caller's conversations, the latest first.
#[utoipa::path(
    get, path = "/api/v1/chat/conversations", operation_id = "list_conversations", tag = "assistant",
    responses((status = 200, body = ConversationList)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn list_conversations(keeper: Keeper, state: web::Data<State>) -> Result<HttpResponse> {
    let Keeper { owner, context } = keeper;
    let listed = state.db.tx(context, move |tx| {
        Box::pin(async move {
            owner.enter(tx).await?;
            store::list(tx, owner).await
        })
    });
    let items = listed.await?.into_iter().map(|one| told(one, None)).collect();
    Ok(private(&ConversationList { items }))
}

/// A conversation, with what was said.
#[utoipa::path(
    get, path = "/api/v1/chat/conversations/{id}", operation_id = "get_conversation", tag = "assistant",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = ConversationOut)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn get_conversation(
    keeper: Keeper,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (Keeper { owner, context }, id) = (keeper, *id);
    let read = state.db.tx(context, move |tx| {
        Box::pin(async move {
            owner.enter(tx).await?;
            let conversation = store::find(tx, owner, id).await?;
            let messages = store::messages(tx, id, SHOWN).await?;
            Ok((conversation, messages))
        })
    });
    let (conversation, messages) = read.await?;
    whole(&state, conversation, messages, Reader::Owner).await
}

/// Forgets a conversation.
#[utoipa::path(
    delete, path = "/api/v1/chat/conversations/{id}", operation_id = "delete_conversation", tag = "assistant",
    params(("id" = Uuid, Path)),
    responses((status = 204)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn delete_conversation(
    keeper: Keeper,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (Keeper { owner, context }, id) = (keeper, *id);
    let forgotten =
        state.db.tx(context, move |tx| Box::pin(async move { store::forget(tx, owner, id).await }));
    forgotten.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How somebody at the brand reaches who asks.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoffIn {
    /// Who asks.
    #[garde(length(chars, min = 1, max = 120), custom(crate::listings::input::not_blank))]
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// One of e-mail and phone is needed from who has no account.
    #[garde(inner(length(chars, max = 254), email))]
    #[schema(format = "email", max_length = 254)]
    pub email: Option<String>,
    /// Telephone number; without a country code it is one of the brand's country.
    #[garde(inner(length(chars, min = 6, max = 40)))]
    #[schema(min_length = 6, max_length = 40)]
    pub phone: Option<String>,
    /// The listing that it is about.
    #[garde(skip)]
    pub property_id: Option<Uuid>,
}

/// Hands a conversation over to somebody at the brand: they get it as an enquiry, with what was said,
/// and the assistant is silent until they release it.
#[utoipa::path(
    post, path = "/api/v1/chat/conversations/{id}/handoff", operation_id = "hand_over_conversation", tag = "assistant",
    params(("id" = Uuid, Path)),
    request_body = HandoffIn,
    responses((status = 202, body = LeadReceipt)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn hand_over_conversation(
    keeper: Keeper,
    id: web::Path<Uuid>,
    body: Body<HandoffIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let receipt = handoff::hand_over(&state, keeper, *id, body.value).await?;
    Ok(HttpResponse::Accepted()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(receipt))
}

/// The conversation that an enquiry came from, with all that was said in it, also since then: whoever looks
/// after the enquiry, or an admin.
#[utoipa::path(
    get, path = "/api/v1/leads/{id}/conversation", operation_id = "get_lead_conversation", tag = "assistant",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = ConversationOut)),
    security(("bearer" = [])),
)]
pub async fn get_lead_conversation(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (conversation, messages) = handoff::of_lead(&state, &agent.0, origin.0, *id).await?;
    whole(&state, conversation, messages, Reader::Staff).await
}

/// Gives a conversation back to the assistant: whoever looks after its enquiry, or an admin.
#[utoipa::path(
    post, path = "/api/v1/chat/conversations/{id}/release", operation_id = "release_conversation", tag = "assistant",
    params(("id" = Uuid, Path)),
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub async fn release_conversation(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    handoff::release(&state, agent.0, origin.0, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who reads a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// Whose it is.
    Owner,
    /// Who looks after it: what was drafted is not theirs to confirm.
    Staff,
}

async fn whole(
    state: &State,
    conversation: Conversation,
    messages: Vec<Message>,
    reader: Reader,
) -> Result<HttpResponse> {
    let spoken = language(state, &conversation);
    let mut messages = shown(state, messages, &spoken).await?;
    if reader == Reader::Staff {
        messages.iter_mut().for_each(|message| message.drafts.clear());
    }
    Ok(private(&told(conversation, Some(messages))))
}

/// The brand's language that a conversation is in.
pub(super) fn language(state: &State, conversation: &Conversation) -> Locale {
    let locales = &state.profile.locales;
    let own = locales.enabled.iter().find(|locale| locale.as_str() == conversation.locale);
    own.unwrap_or(&locales.default).clone()
}

/// The platform's rights, in the name of who asks.
pub(super) fn as_platform(context: Context) -> Context {
    Context { role: "system", ..context }
}

fn told(conversation: Conversation, messages: Option<Vec<MessageOut>>) -> ConversationOut {
    let Conversation { id, locale, title, handed_over_at, created_at, updated_at } = conversation;
    ConversationOut { id, locale, title, handed_over_at, created_at, updated_at, messages }
}
