//! Somebody who asks: a visitor, a person with a role, a stranger from another brand.

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use uuid::Uuid;

use crate::Reply;

/// Somebody who asks the application.
#[derive(Clone, Debug)]
pub struct Caller {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    /// The bearer token, if they have one.
    pub token: Option<String>,
    /// Their `users.id`, if they have a row.
    pub user_id: Option<Uuid>,
}

impl Caller {
    /// A request that is sent when it is awaited.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Call { asked: format!("{method} {path}"), request }
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// `POST` with a JSON body.
    pub fn post(&self, path: &str, body: impl Into<Value>) -> Call {
        self.call(Method::POST, path).json(&body.into())
    }

    /// `POST` without a body.
    pub fn post_empty(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// `PATCH` with a JSON body.
    pub fn patch(&self, path: &str, body: impl Into<Value>) -> Call {
        self.call(Method::PATCH, path).json(&body.into())
    }

    /// `PUT` with a JSON body.
    pub fn put(&self, path: &str, body: impl Into<Value>) -> Call {
        self.call(Method::PUT, path).json(&body.into())
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }
}

/// A request on its way; awaiting it sends it.
#[derive(Debug)]
#[must_use = "a call is sent when it is awaited"]
pub struct Call {
    asked: String,
    request: RequestBuilder,
}

impl Call {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.request = self.request.header(name, value.as_ref());
        self
    }

    /// Adds `If-Match`.
    pub fn if_match(self, etag: impl AsRef<str>) -> Self {
        self.header("if-match", etag.as_ref())
    }

    /// Sets a JSON body.
    pub fn json(mut self, body: &Value) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// Sets a body as it is; says that it is JSON.
    pub fn bytes(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.header("content-type", "application/json").body(body);
        self
    }

    /// Sets a body as it is, and nothing else.
    pub fn raw(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.body(body);
        self
    }

    /// Sends the request; an error where no answer came.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn try_send(self) -> Result<Reply, reqwest::Error> {
        let response = self.request.send().await?;
        Reply::read(self.asked, response).await
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let asked = self.asked.clone();
            self.try_send().await.unwrap_or_else(|error| panic!("{asked}: no answer: {error:?}"))
        })
    }
}

/// A path with query parameters, encoded.
#[must_use]
pub fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let query =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{path}?{query}")
}
