//! `GET /admin/faqs/categories`, `PUT` and `DELETE /admin/faqs/categories/{slug}`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::header, web};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{
    input::{FaqCategoryIn, known_locales},
    output::{FaqCategoryOut, FaqCategoryOuts},
    store,
};
use crate::{
    app::State,
    db::statement,
    error::{Code, Error, Result},
    http::{
        auth::{Admin, Origin},
        body::Body,
    },
    listings::input::slug_form,
};

const SELECT: &str = "SELECT c.slug, c.sort_order, \
        coalesce((SELECT jsonb_object_agg(n.locale, n.name) FROM faq_category_names n WHERE n.category = c.slug), '{}')::text AS names, \
        (SELECT count(*) FROM faq_documents d WHERE d.category = c.slug) AS documents FROM faq_categories c";

#[derive(FromQueryResult)]
struct Row {
    slug: String,
    sort_order: i32,
    names: String,
    documents: i64,
}

impl Row {
    fn into_out(self) -> Result<FaqCategoryOut> {
        let names: BTreeMap<String, String> =
            serde_json::from_str(&self.names).map_err(Error::internal)?;
        let Self { slug, sort_order, documents, .. } = self;
        Ok(FaqCategoryOut { slug, sort_order, names, documents })
    }
}

/// All categories in their order, empty ones too.
#[utoipa::path(
    get, path = "/api/v1/admin/faqs/categories", operation_id = "list_all_faq_categories", tag = "faqs",
    responses((status = 200, body = FaqCategoryOuts)),
    security(("bearer" = [])),
)]
pub async fn list_all_faq_categories(
    _admin: Admin,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let sql = format!("{SELECT} ORDER BY c.sort_order, c.slug");
    let rows: Vec<Row> = state.db.read().all(sql, []).await?;
    let items = rows.into_iter().map(Row::into_out).collect::<Result<_>>()?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(FaqCategoryOuts { items }))
}

/// Makes a category, or changes the one that is there.
#[utoipa::path(
    put, path = "/api/v1/admin/faqs/categories/{slug}", operation_id = "put_faq_category", tag = "faqs",
    params(("slug" = String, Path)),
    request_body = FaqCategoryIn,
    responses((status = 200, body = FaqCategoryOut)),
    security(("bearer" = [])),
)]
pub async fn put_faq_category(
    _admin: Admin,
    origin: Origin,
    slug: web::Path<String>,
    body: Body<FaqCategoryIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (slug, FaqCategoryIn { sort_order, names }) = (slug.into_inner(), body.value);
    if !(2..=60).contains(&slug.len()) || slug_form(&slug, &()).is_err() {
        let detail = "Must be 2 to 60 lower-case letters and digits, joined by single hyphens.";
        return Err(Error::parameter("slug", detail));
    }
    let locales = &state.profile.locales;
    known_locales(locales, "/names", names.keys())?;
    if !names.contains_key(locales.default.as_str()) {
        let detail = "It needs a name in the brand's default language.";
        return Err(Error::field(format!("/names/{}", locales.default), "required", detail));
    }
    let category = state
        .db
        .tx(origin.0, move |tx| {
            let (slug, names) = (slug.clone(), names.clone());
            Box::pin(async move {
                store::put_category(tx, &slug, sort_order, &names, true).await?;
                let sql = format!("{SELECT} WHERE c.slug = $1");
                let row = tx.query_one_raw(statement(sql, [slug.into()])).await?;
                let row = row.ok_or_else(|| Error::not_found("category"))?;
                Row::from_query_result(&row, "")?.into_out()
            })
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(category))
}

/// Takes an empty category away.
#[utoipa::path(
    delete, path = "/api/v1/admin/faqs/categories/{slug}", operation_id = "delete_faq_category", tag = "faqs",
    params(("slug" = String, Path)),
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub async fn delete_faq_category(
    _admin: Admin,
    origin: Origin,
    slug: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    const SQL: &str = "DELETE FROM faq_categories WHERE slug = $1";
    let slug = slug.into_inner();
    state
        .db
        .tx(origin.0, move |tx| {
            let slug = slug.replace('\0', "");
            Box::pin(async move {
                let gone =
                    tx.execute_raw(statement(SQL, [slug.into()])).await.map_err(|error| {
                        let error = Error::from(error);
                        match error.code {
                            Code::InUse => Error::new(Code::InUse)
                                .with_detail("There are questions in it: move them first."),
                            _ => error,
                        }
                    })?;
                if gone.rows_affected() == 0 {
                    return Err(Error::not_found("category"));
                }
                Ok(())
            })
        })
        .await?;
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}
