//! `GET /admin/coupons`, `GET /admin/coupons/{id}`.

use actix_web::{HttpResponse, http::header, web};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    change::shown,
    model::{CouponList, CouponOut},
    store,
};
use crate::{
    app::State,
    error::Result,
    http::{
        auth::{Admin, Origin},
        page,
        params::Query,
    },
    listings::filters::Conditions,
};

/// Which coupons.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct CouponQuery {
    /// Those for this listing alone.
    pub property_id: Option<Uuid>,
    /// Whether they can be used at all.
    pub is_active: Option<bool>,
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Coupons by code, with how often each is used.
#[utoipa::path(
    get, path = "/api/v1/admin/coupons", operation_id = "list_coupons", tag = "stays",
    params(CouponQuery),
    responses((status = 200, body = CouponList)),
    security(("bearer" = [])),
)]
pub async fn list_coupons(
    _admin: Admin,
    query: Query<CouponQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let Query(CouponQuery { property_id, is_active, limit, cursor }) = query;
    let size = page::size(limit)?;
    let list = page::fingerprint(&("coupons", property_id, is_active));
    let after: Option<String> = cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let mut conditions = Conditions::default();
    if let Some(property_id) = property_id {
        conditions.add("c.property_id = {}", [property_id.into()]);
    }
    if let Some(is_active) = is_active {
        conditions.add("c.is_active = {}", [is_active.into()]);
    }
    if let Some(after) = after {
        // A cursor comes from outside, and the database keeps no such text.
        conditions.add("c.code > {}", [after.replace('\0', "").into()]);
    }
    let (sql, values) = store::page(conditions, size + 1);
    let rows: Vec<CouponOut> = state.db.search().all(sql, values).await?;
    let (items, next_cursor) = page::cut(rows, size, &list, |last| last.code.clone())?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(CouponList { items, next_cursor }))
}

/// One coupon.
#[utoipa::path(
    get, path = "/api/v1/admin/coupons/{id}", operation_id = "get_coupon", tag = "stays",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = CouponOut)),
    security(("bearer" = [])),
)]
pub async fn get_coupon(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let id = *id;
    let coupon =
        state.db.tx(origin.0, move |tx| Box::pin(async move { store::get(tx, id).await })).await?;
    Ok(shown(&coupon))
}
