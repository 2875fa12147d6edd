//! Documents on the wire.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{input::FaqText, markdown::to_html};
use crate::error::{Error, Result};

/// A question with its answer, as everyone reads it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqItem {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Its category, by its slug.
    pub category: String,
    /// The language of its texts: the one asked for, else the nearest that there is.
    pub locale: String,
    /// The question.
    pub question: String,
    /// Markdown.
    pub answer: String,
    /// The same as HTML that can stand in any page.
    pub answer_html: String,
    /// Other words by which people ask for it.
    pub tags: Vec<String>,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
}

/// A page of questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqList {
    /// By category and place.
    pub items: Vec<FaqItem>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A question with its answer and what goes with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqOut {
    /// The texts.
    #[serde(flatten)]
    pub item: FaqItem,
    /// Languages that it can be read in.
    pub languages: Vec<String>,
    /// What somebody may want to read next.
    pub related: Vec<FaqLink>,
}

/// Another document, by its question.
#[derive(Clone, Debug, Serialize, serde::Deserialize, ToSchema)]
pub struct FaqLink {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Its question, in the nearest language.
    pub question: String,
}

#[derive(Debug, FromQueryResult)]
pub(super) struct ItemRow {
    pub(super) id: Uuid,
    pub(super) slug: String,
    pub(super) category: String,
    locale: String,
    question: String,
    answer: String,
    tags: Vec<String>,
    updated_at: DateTime<Utc>,
    pub(super) category_order: i32,
    pub(super) sort_order: i32,
}

impl ItemRow {
    pub(super) fn into_item(self) -> FaqItem {
        FaqItem {
            id: self.id,
            slug: self.slug,
            category: self.category,
            locale: self.locale,
            answer_html: to_html(&self.answer),
            question: self.question,
            answer: self.answer,
            tags: self.tags,
            updated_at: self.updated_at,
        }
    }
}

/// A category with what it is called.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqCategory {
    /// Slug.
    pub slug: String,
    /// What it is called, in the nearest language.
    pub name: String,
    /// Documents in it that everyone sees.
    pub documents: i64,
}

/// Categories in their order.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqCategoryList {
    /// Those with something in them.
    pub items: Vec<FaqCategory>,
}

/// A category as admins see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqCategoryOut {
    /// Slug.
    pub slug: String,
    /// Its place.
    pub sort_order: i32,
    /// What it is called, by language.
    #[schema(value_type = BTreeMap<String, String>)]
    pub names: BTreeMap<String, String>,
    /// Documents in it, drafts too.
    pub documents: i64,
}

/// All categories.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqCategoryOuts {
    /// In their order.
    pub items: Vec<FaqCategoryOut>,
}

/// A document as admins see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqDocument {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Its category, by its slug.
    pub category: String,
    /// Whether everyone sees it.
    pub is_published: bool,
    /// Its place within the category.
    pub sort_order: i32,
    /// The day on which somebody should read it again.
    pub review_on: Option<NaiveDate>,
    /// Its texts by language.
    #[schema(value_type = BTreeMap<String, FaqText>)]
    pub texts: BTreeMap<String, FaqText>,
    /// Related documents, in their order.
    pub related: Vec<Uuid>,
    /// Rises with each change; the ETag.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
}

/// A page of documents.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqDocumentList {
    /// By slug.
    pub items: Vec<FaqDocument>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(Debug, FromQueryResult)]
pub(super) struct DocumentRow {
    id: Uuid,
    pub(super) slug: String,
    category: String,
    is_published: bool,
    sort_order: i32,
    review_on: Option<NaiveDate>,
    texts: String,
    related: Vec<Uuid>,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl DocumentRow {
    pub(super) fn into_document(self) -> Result<FaqDocument> {
        Ok(FaqDocument {
            id: self.id,
            slug: self.slug,
            category: self.category,
            is_published: self.is_published,
            sort_order: self.sort_order,
            review_on: self.review_on,
            texts: serde_json::from_str(&self.texts).map_err(Error::internal)?,
            related: self.related,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}
