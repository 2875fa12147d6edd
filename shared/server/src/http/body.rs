//! JSON bodies, read under a limit and refused by field.

use std::time::Duration;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
    web,
};
use futures_util::{StreamExt, future::LocalBoxFuture};
use garde::Validate;
use serde::de::DeserializeOwned;

use crate::{
    app::State,
    error::{Code, Error, FieldError, Result},
};

/// A validated JSON body.
#[derive(Clone, Debug)]
pub struct Body<T> {
    /// What the client sent, parsed and validated.
    pub value: T,
    /// SHA-256 of the bytes: tells whether a repeated request is the same one.
    pub digest: [u8; 32],
}

impl<T> FromRequest for Body<T>
where
    T: DeserializeOwned + Validate<Context = ()> + 'static,
{
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            expect_json(request.headers())?;
            let bytes = read(payload, limit(&request)).await?;
            let value: T = parse(&bytes)?;
            value.validate().map_err(|report| Error::invalid(fields(&report)))?;
            Ok(Self { value, digest: digest(&bytes) })
        })
    }
}

fn limit(request: &HttpRequest) -> usize {
    request
        .app_data::<web::Data<State>>()
        .map_or(65_536, |state| state.profile.server.body_limit_bytes)
}

fn expect_json(headers: &HeaderMap) -> Result<()> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Error::new(Code::UnsupportedMediaType)
            .with_detail("Send the body as `Content-Type: application/json`."));
    }
    if text(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Error::new(Code::UnsupportedMediaType)
            .with_detail("Send the body without Content-Encoding."));
    }
    Ok(())
}

/// The bytes of a body, as they came.
///
/// # Errors
/// `400` where it ended early, `413` past the limit.
pub(crate) async fn read(mut payload: Payload, limit: usize) -> Result<web::Bytes> {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| {
            Error::new(Code::MalformedRequest).with_detail("The body ended before it was whole.")
        })?;
        if bytes.len() + chunk.len() > limit {
            linger(payload).await;
            return Err(Error::new(Code::PayloadTooLarge)
                .with_detail(format!("The body may have {limit} bytes at most.")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Reads on for a while and throws away. A connection that is closed while the client still
/// writes is reset, and the client never sees why it was refused.
async fn linger(mut payload: Payload) {
    const MOST: usize = 32 << 20;
    let drain = async {
        let mut seen = 0;
        while let Some(Ok(chunk)) = payload.next().await {
            seen += chunk.len();
            if seen > MOST {
                break;
            }
        }
    };
    // Whether it ended or ran out of time: the answer is the same.
    let _ = tokio::time::timeout(Duration::from_secs(5), drain).await;
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    out
}

/// Parses JSON; what is wrong is named by its place.
///
/// # Errors
/// `400` where it is not JSON, `422` with the field where it does not fit.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // serde would take a list for the fields of an object, in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Error::field("", "invalid_type", "Must be an object."));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => Error::invalid(vec![explain(pointer, &inner)]),
            _ => malformed(&inner),
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    refuse_nul(bytes)?;
    Ok(value)
}

/// PostgreSQL keeps no U+0000 in any text. In JSON it is always escaped, so that a look at the
/// bytes is enough for nearly every body.
fn refuse_nul(bytes: &[u8]) -> Result<()> {
    const ESCAPED: &[u8] = b"\\u0000";
    if !bytes.windows(ESCAPED.len()).any(|window| window == ESCAPED) {
        return Ok(());
    }
    let document: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| malformed(&e))?;
    match place_of_nul(&document) {
        Some(at) => Err(Error::field(at, "invalid", "Must not contain the character U+0000.")),
        None => Ok(()),
    }
}

fn place_of_nul(value: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| place_of_nul(item).map(|below| format!("/{index}{below}"))),
        // The name itself is left out of the message.
        Value::Object(fields) => {
            fields.iter().find_map(|(name, value)| match name.contains('\0') {
                true => Some(String::new()),
                false => place_of_nul(value).map(|below| format!("/{}{below}", escape(name))),
            })
        }
        _ => None,
    }
}

/// A name as a part of a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn malformed(error: &serde_json::Error) -> Error {
    Error::new(Code::MalformedRequest).with_detail(format!(
        "The body is not valid JSON (line {}, column {}).",
        error.line(),
        error.column()
    ))
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escape(key)),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// serde tells what is wrong in English prose only; these are its documented forms.
fn explain(mut at: String, error: &serde_json::Error) -> FieldError {
    let text = error.to_string();
    let quoted = || text.split('`').nth(1).unwrap_or_default().to_owned();
    if text.starts_with("unknown field") || text.starts_with("duplicate field") {
        let field = quoted();
        if !at.ends_with(&format!("/{field}")) {
            at = format!("{at}/{field}");
        }
        return if text.starts_with("unknown") {
            FieldError::new(at, "unknown_field", "There is no such field.")
        } else {
            FieldError::new(at, "duplicate_field", "The field is there twice.")
        };
    }
    if text.starts_with("missing field") {
        let field = quoted();
        return FieldError::new(format!("{at}/{field}"), "required", "The field is required.");
    }
    if text.starts_with("unknown variant") {
        let known: Vec<_> = text.split('`').skip(3).step_by(2).collect();
        let detail = format!("Must be one of: {}.", known.join(", "));
        return FieldError::new(at, "unknown_value", detail);
    }
    FieldError::new(at, "invalid_type", format!("Must be {}.", expected(&text)))
}

/// What was expected, in words of the API rather than of the language it is written in.
fn expected(text: &str) -> &'static str {
    let after = text.split("expected ").nth(1).unwrap_or_default();
    let word = after.split(" at line").next().unwrap_or_default();
    match word {
        "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number in range",
        "f32" | "f64" => "a number",
        "a string" | "string" => "a string",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        word if word.starts_with("struct") => "an object",
        _ => "a valid value",
    }
}

pub(crate) fn fields(report: &garde::Report) -> Vec<FieldError> {
    report
        .iter()
        .map(|(path, error)| {
            let at = path.to_string().replace('[', ".").replace(']', "");
            let at = at.split('.').filter(|part| !part.is_empty());
            let pointer: String = at.flat_map(|part| ["/", part]).collect();
            FieldError::new(pointer, "invalid", sentence(error.message()))
        })
        .collect()
}

fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only its parsing matters")]
        inner: Inner,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only its parsing matters")]
        rooms: u16,
    }

    fn refusal(json: &str) -> String {
        let error = parse::<Outer>(json.as_bytes()).unwrap_err();
        let fields: Vec<_> = error
            .fields
            .iter()
            .map(|field| format!("{} {} {}", field.pointer, field.code, field.detail))
            .collect();
        format!("{} {}", error.code.name(), fields.join("; "))
    }

    #[test]
    fn refusals_name_the_field() {
        let cases = [
            r#"{"inner":{"rooms":1},"x":1}"#,
            r#"{"inner":{"rooms":1,"beds":1}}"#,
            r#"{"inner":{}}"#,
            r#"{"inner":{"rooms":"two"}}"#,
            r#"{"inner":{"rooms":-1}}"#,
            r#"{"inner":{"rooms":1,"rooms":2}}"#,
            r#"{"inner":[]}"#,
            r#"{"inner":{"rooms":1}"#,
            r#"{"inner":{"rooms":1}} trailing"#,
        ];
        let said: Vec<_> = cases.iter().map(|json| refusal(json)).collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        invalid_input /x unknown_field There is no such field.
        invalid_input /inner/beds unknown_field There is no such field.
        invalid_input /inner/rooms required The field is required.
        invalid_input /inner/rooms invalid_type Must be a whole number in range.
        invalid_input /inner/rooms invalid_type Must be a whole number in range.
        invalid_input /inner/rooms duplicate_field The field is there twice.
        invalid_input /inner invalid_type Must be an object.
        malformed_request 
        malformed_request 
        ");
    }
}
