//! `GET /admin/chat/tools`, `PUT /admin/chat/tools/{name}`: what the assistant may look up and draft.

use actix_web::{HttpResponse, web};
use garde::Validate;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{self, Told};
use crate::{
    app::State,
    assistant::tools::{self, Tool},
    db::statement,
    error::{Error, Result},
    http::{
        answer::private,
        auth::{Admin, Origin},
        body::Body,
    },
};

/// A tool.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToolOut {
    /// What it is called.
    #[schema(example = "search_properties")]
    pub name: &'static str,
    /// What it is for, as a model reads it.
    pub description: &'static str,
    /// Whether it drafts something that a person then confirms.
    pub is_draft: bool,
    /// Whether it is on.
    pub is_enabled: bool,
}

/// Every tool.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToolList {
    /// The tools.
    pub items: Vec<ToolOut>,
}

/// On, or off.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolIn {
    /// Whether it is on.
    #[garde(skip)]
    pub is_enabled: bool,
}

impl Told {
    /// Whether a tool may be called.
    pub(crate) fn may_call(&self, tool: &str) -> bool {
        !self.off.iter().any(|off| off == tool)
    }
}

fn shown(tool: &Tool, is_enabled: bool) -> ToolOut {
    let Tool { name, description, is_draft, .. } = *tool;
    ToolOut { name, description, is_draft, is_enabled }
}

/// The tools, and which are on.
#[utoipa::path(
    get, path = "/api/v1/admin/chat/tools", operation_id = "list_chat_tools", tag = "assistant",
    responses((status = 200, body = ToolList)),
    security(("bearer" = [])),
)]
pub async fn list_chat_tools(_admin: Admin, state: web::Data<State>) -> Result<HttpResponse> {
    let told = store::told(&state).await?;
    let items = tools::all().iter().map(|tool| shown(tool, told.may_call(tool.name))).collect();
    Ok(private(&ToolList { items }))
}

/// Switches a tool on or off, for the assistant and for other people's agents, from the next question on.
#[utoipa::path(
    put, path = "/api/v1/admin/chat/tools/{name}", operation_id = "put_chat_tool", tag = "assistant",
    params(("name" = String, Path)),
    request_body = ToolIn,
    responses((status = 200, body = ToolOut)),
    security(("bearer" = [])),
)]
pub async fn put_chat_tool(
    admin: Admin,
    origin: Origin,
    name: web::Path<String>,
    body: Body<ToolIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let tool = tools::all().iter().find(|tool| tool.name == *name);
    let tool = tool.ok_or_else(|| Error::not_found("tool"))?;
    let (is_enabled, by) = (body.value.is_enabled, admin.0.user_id);
    let switched = state.db.tx(origin.0, move |tx| {
        Box::pin(async move {
            const SQL: &str = "INSERT INTO chat_tools (name, is_enabled, updated_by) VALUES ($1, $2, $3) \
                ON CONFLICT (name) DO UPDATE SET is_enabled = $2, updated_by = $3 \
                WHERE chat_tools.is_enabled <> $2";
            tx.execute_raw(statement(SQL, [tool.name.into(), is_enabled.into(), by.into()])).await?;
            Ok(())
        })
    });
    switched.await?;
    Ok(private(&shown(tool, is_enabled)))
}
