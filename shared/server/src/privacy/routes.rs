//! `GET /me/export` and `DELETE /me`: what is known of the caller, and its end.

use actix_web::{HttpResponse, http::header, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    erase::{self, Erased, Mode},
    export::{self, Export},
    subject::Who,
};
use crate::{
    app::State,
    db::Context,
    error::{Code, Error, Result},
    http::{
        auth::{Caller, Origin},
        params::Query,
    },
};

/// The platform's rights, in the caller's name: some of what is known of them they do not see
/// otherwise.
fn on_behalf_of(caller: &Caller, origin: Origin) -> Context {
    Context { user_id: Some(caller.user_id), role: "system", ..origin.0 }
}

/// Everything that is known of the caller, as one JSON document: place by place, row by row.
#[utoipa::path(
    get, path = "/api/v1/me/export", operation_id = "export_me", tag = "accounts",
    responses((status = 200, body = Export)),
    security(("bearer" = [])),
)]
pub async fn export_me(
    caller: Caller,
    origin: Origin,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let context = on_behalf_of(&caller, origin);
    let export = export::export(&state, context, Who::User(caller.user_id)).await?;
    let name = format!("attachment; filename=\"{}-{}.json\"", export.product, caller.user_id);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .json(export))
}

/// Whether it is meant.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DeleteMeQuery {
    /// `true`: the account and everything known of its person go, and nothing brings them back.
    pub confirm: Option<bool>,
}

/// Erases the caller: the account, lists, searches and enquiries go; stays and payments of the
/// past lose their guest. Whoever is in charge of listings hands them over first, and stays to come
/// are cancelled first.
#[utoipa::path(
    delete, path = "/api/v1/me", operation_id = "delete_me", tag = "accounts",
    params(DeleteMeQuery),
    responses(
        (status = 200, body = Erased),
        (status = 409, description = "409: in charge of listings or open leads, the last admin, or a stay is to come"),
        (status = 428, description = "428: `confirm` is missing"),
    ),
    security(("bearer" = [])),
)]
pub async fn delete_me(
    caller: Caller,
    origin: Origin,
    query: Query<DeleteMeQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    if query.0.confirm != Some(true) {
        return Err(Error::new(Code::PreconditionRequired).with_detail(
            "This ends the account and cannot be undone. If that is meant, repeat it with \
             ?confirm=true; GET /api/v1/me/export gives everything that is known before.",
        ));
    }
    let context = on_behalf_of(&caller, origin);
    let erased = erase::erase(&state, context, Who::User(caller.user_id), Mode::Erase).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(erased))
}
