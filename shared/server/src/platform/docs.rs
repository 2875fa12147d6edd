//! `/openapi.json` and `/docs`, served from the binary itself.

use actix_web::{HttpResponse, Responder, web};
use utoipa_swagger_ui::Config;

use crate::{
    error::{Error, Result},
    openapi,
};

/// The contract of this API.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "get_openapi", tag = "platform",
    responses((status = 200, body = Object)),
    security(()),
)]
pub async fn get_openapi() -> impl Responder {
    HttpResponse::Ok().json(openapi::document())
}

/// The contract as pages to read and try.
#[utoipa::path(
    get, path = "/docs/{file}", operation_id = "get_docs", tag = "platform",
    params(("file" = String, Path)),
    responses((status = 200, content_type = "text/html", body = String)),
    security(()),
)]
pub async fn get_docs(file: web::Path<String>) -> Result<HttpResponse> {
    let config = std::sync::Arc::new(Config::from("/openapi.json"));
    match utoipa_swagger_ui::serve(&file, config) {
        Ok(Some(file)) => {
            Ok(HttpResponse::Ok().content_type(file.content_type).body(file.bytes.into_owned()))
        }
        Ok(None) => Err(Error::not_found("page")),
        Err(error) => Err(Error::internal(anyhow::anyhow!("{error}"))),
    }
}
