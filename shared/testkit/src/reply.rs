//! An answer, read whole.

use std::fmt;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer of the application under test.
#[derive(Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
    /// What was asked, for the messages of failing tests.
    pub(crate) asked: String,
}

impl Reply {
    pub(crate) async fn read(
        asked: String,
        response: reqwest::Response,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await?,
            asked,
        })
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The value at a JSON pointer; null where there is none.
    #[must_use]
    #[track_caller]
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    /// The string at a JSON pointer.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    #[track_caller]
    pub fn text_at(&self, pointer: &str) -> String {
        match self.at(pointer) {
            Value::String(text) => text,
            other => panic!("{pointer} is {other} in {self:?}"),
        }
    }

    /// Whether the request line holds this text.
    #[must_use]
    pub fn asked_for(&self, text: &str) -> bool {
        self.asked.contains(text)
    }

    /// A header's text, empty where it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `ETag`, quotes included.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    #[track_caller]
    pub fn etag(&self) -> String {
        let tag = self.header("etag");
        assert!(!tag.is_empty(), "no ETag in {self:?}");
        tag.to_owned()
    }

    /// The code of a problem, empty for any other answer.
    #[must_use]
    pub fn code(&self) -> String {
        let body: Option<Value> = serde_json::from_slice(&self.body).ok();
        let code = body.as_ref().and_then(|body| body.get("code")?.as_str());
        code.unwrap_or_default().to_owned()
    }

    /// This answer, if it has this status.
    ///
    /// # Panics
    /// With the whole answer where it has another.
    #[track_caller]
    #[must_use = "use `let _ =` where only the status matters"]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// The problem document, which must have this status and code and be whole.
    ///
    /// # Panics
    /// With the whole answer where it is anything else.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{self:?}");
        assert_eq!(problem["type"], format!("urn:terrace:problem:{code}"), "{self:?}");
        assert_eq!(problem["request_id"], self.header("x-request-id"), "{self:?}");
        problem
    }

    /// The fields that a problem names, as `pointer code`.
    ///
    /// # Panics
    /// Where the body is no JSON.
    #[must_use]
    #[track_caller]
    pub fn fields(&self) -> Vec<String> {
        let problem = self.json();
        let fields = problem["errors"].as_array().cloned().unwrap_or_default();
        let text = |field: &Value, key: &str| field[key].as_str().unwrap_or("?").to_owned();
        fields
            .iter()
            .map(|field| format!("{} {}", text(field, "pointer"), text(field, "code")))
            .collect()
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} -> {}", self.asked, self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        let text = self.text();
        let short: String = text.chars().take(2000).collect();
        write!(f, "\n{short}")
    }
}
