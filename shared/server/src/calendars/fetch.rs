//! Asks for a feed and reads it.

use std::{io::Read as _, time::Duration};

use flate2::read::MultiGzDecoder;
use terrace_ical::{Feed, Options, Refusal};
use terrace_outbound::{
    Failure, Method, Read, Request, StatusCode, Url,
    header::{
        ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HeaderMap, HeaderName, HeaderValue,
        IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
    },
};

use super::Feeds;

/// How long a feed waits for its turn to be parsed.
const TURN: Duration = Duration::from_secs(10);

/// How long parsing is waited for; by then it has given up by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// A compressed answer may grow so many times.
const MOST_GROWTH: usize = 100;

/// What came of asking.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// The feed is as it was.
    Unchanged,
    /// The feed, and by what to ask for it next time.
    Feed { feed: Feed, seen: Seen },
}

/// By what the other side knows whether the feed has changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
}

/// Why there is no feed: a stable name, and words for whoever keeps the listing.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) code: &'static str,
    pub(crate) words: String,
}

impl Failed {
    fn new(code: &'static str, words: impl Into<String>) -> Self {
        Self { code, words: words.into() }
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.name(), format!("{}.", sentence(&refusal.to_string())))
    }
}

/// Asks for a feed; says nothing of it where it is as it was seen.
pub(crate) async fn fetch(feeds: &Feeds, url: &str, seen: Seen) -> Result<Fetched, Failed> {
    let url = Url::parse(url).map_err(|_| Failed::new("invalid", "The address is no URL."))?;
    let request =
        Request { method: Method::GET, url, headers: headers(seen), body: Vec::new().into() };
    let answer = feeds.client.send(request, Read::All).await.map_err(not_reached)?;
    if answer.status == StatusCode::NOT_MODIFIED {
        return Ok(Fetched::Unchanged);
    }
    if !answer.status.is_success() {
        return Err(refused(answer.status));
    }
    let text = |name: HeaderName, most: usize| {
        let value = answer.headers.get(name)?.to_str().ok()?;
        (value.len() <= most).then(|| value.to_owned())
    };
    let encoding = text(CONTENT_ENCODING, 100).unwrap_or_default();
    let seen = Seen { etag: text(ETAG, 1000), last_modified: text(LAST_MODIFIED, 200) };
    let body = answer.body.to_vec();
    let feed = parse(feeds, body, encoding).await?;
    Ok(Fetched::Feed { feed, seen })
}

fn headers(seen: Seen) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/calendar, */*;q=0.1"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in [(IF_NONE_MATCH, seen.etag), (IF_MODIFIED_SINCE, seen.last_modified)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

fn not_reached(failure: Failure) -> Failed {
    let words = format!("{}.", sentence(&failure.to_string()));
    match failure {
        Failure::Refused(_) => Failed::new("not_allowed", words),
        Failure::TimedOut => Failed::new("timed_out", "The channel did not answer in time."),
        Failure::TooLarge(_) => Refusal::TooLarge.into(),
        Failure::Unreachable(_) => Failed::new("unreachable", "The channel could not be reached."),
    }
}

fn refused(status: StatusCode) -> Failed {
    let code = match status.as_u16() {
        401 | 403 => "forbidden",
        404 | 410 => "gone",
        429 => "too_often",
        500.. => "channel_error",
        _ => "status",
    };
    Failed::new(code, format!("The channel answered {status}."))
}

/// Reads a feed apart from what else this process does. Whoever runs holds the permit, even where
/// nobody waits for it any more.
async fn parse(feeds: &Feeds, body: Vec<u8>, encoding: String) -> Result<Feed, Failed> {
    let options = Options {
        zone: feeds.zone(),
        today: feeds.today(),
        limits: terrace_ical::Limits::default(),
    };
    let busy = || Failed::new("busy", "We had no time to read it; it is tried again.");
    let permit = tokio::time::timeout(TURN, feeds.parsing.clone().acquire_owned());
    let permit = permit.await.map_err(|_| busy())?.map_err(|_| busy())?;
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let body = decode(body, &encoding, options.limits.bytes)?;
        terrace_ical::read(&body, &options).map_err(Failed::from)
    });
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(read)) => read,
        // A panic is a defect of ours, and no reason to believe anything about the feed.
        Ok(Err(_)) => Err(Failed::new("unreadable", "The calendar could not be read.")),
        Err(_) => Err(Refusal::TooSlow.into()),
    }
}

/// The body's own bytes: some compress unasked.
fn decode(body: Vec<u8>, encoding: &str, most: usize) -> Result<Vec<u8>, Failed> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" => {
            let most = most.min(body.len().saturating_mul(MOST_GROWTH));
            let mut decoded = Vec::new();
            let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
            let read = MultiGzDecoder::new(body.as_slice()).take(limit).read_to_end(&mut decoded);
            match read {
                _ if decoded.len() > most => Err(Refusal::TooLarge.into()),
                Ok(_) => Ok(decoded),
                // What could be unpacked breaks off, and shall be seen to.
                Err(_) => Ok(decoded),
            }
        }
        _ => Err(Failed::new("encoding", "The answer is packed in a way that we do not read.")),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::decode;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_packed_is_unpacked_within_limits() {
        let text: Vec<u8> = (0..2000_u32).flat_map(|n| n.to_le_bytes()).collect();
        assert_eq!(decode(packed(&text), "gzip", 1 << 20).unwrap(), text);
        let bomb = packed(&vec![0; 50 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(decode(bomb.clone(), "gzip", 5 << 20).unwrap_err().code, "too_large");
        assert_eq!(decode(bomb, "br", 5 << 20).unwrap_err().code, "encoding");
    }
}
