//! `scripts/bench streams`: many conversations that are answered at once. How much later than the
//! model the visitor reads the first sentence, what an answer in the making costs in memory, and
//! whether one who is cut off and comes back reads every event once.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::{Context, bail, ensure};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::Incoming,
    header::{self, HeaderName},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Measured, data, http,
    server::{Place, SPEED, Server},
    summarise,
};

/// Many conversations that are answered at once
///
/// A model on this machine tells every visitor a story, word by word. Half of the visitors are cut
/// off in the midst and come back where they were.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Conversations at once
    #[arg(long, default_value_t = 500)]
    conversations: usize,
    /// Seconds that an answer takes, at most 20: after 25 the server takes its own
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(2..=20))]
    seconds: u64,
    /// Seconds in which they all begin
    #[arg(long, default_value_t = 5)]
    beginning: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Milliseconds between two words of the model.
const BETWEEN_WORDS: u64 = 100;

/// The model's first piece holds its first sentence: before a sentence has ended nobody can say whether
/// there is a receipt for it, so the visitor reads whole ones; and it has ended where the next begins.
const FIRST: &str = "Let me tell you about the sea. Then ";

/// What it goes on with.
const SENTENCE: [&str; 9] = ["Then", "the", "wind", "went", "on", "over", "the", "quiet", "water."];

/// What was measured.
#[derive(Debug, Serialize)]
struct Report {
    conversations: usize,
    seconds: u64,
    server_version: String,
    /// From the model's first sentence to the visitor's, milliseconds.
    first_after: Measured,
    /// Answers that were being made when memory was looked at.
    at_once: usize,
    resident_mb_before: f64,
    resident_mb_at_once: f64,
    kilobytes_each: f64,
    cut_off: usize,
    /// Answers with an event that came twice, or not at all, or not as the model said it.
    wrong: Vec<String>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let place = Place::of("bestays", SPEED)?;
    let database = data::prepare(&place, 1_000, 0).await?;
    let story = Story::of(args.seconds);
    let model = Model::open(story.clone())?;
    let server = Server::start_with(&place, 0, &settings(&model.address)).await?;
    let visitor = Visitor { server: &server, model: &model, story: &story };
    // What the first request of all costs is none of theirs.
    let short = visitor.begin().await?;
    let _ = visitor.listen(usize::MAX, &short, false).await?;

    eprintln!("{} conversations of {} s …", args.conversations, args.seconds);
    let mut begun = Vec::with_capacity(args.conversations);
    for _ in 0..args.conversations {
        begun.push(visitor.begin().await?);
    }
    let resident_mb_before = server.resident_mb()?;
    let step = Duration::from_secs(args.beginning)
        / u32::try_from(args.conversations.max(1)).unwrap_or(u32::MAX);
    let all_under_way = Duration::from_secs(args.beginning + 1);
    let talks = begun.iter().enumerate().map(|(nth, talk)| {
        let visitor = &visitor;
        async move {
            tokio::time::sleep(step * u32::try_from(nth).unwrap_or_default()).await;
            visitor.listen(nth, talk, nth % 2 == 1).await
        }
    });
    let look = async {
        tokio::time::sleep(all_under_way).await;
        anyhow::Ok((server.resident_mb()?, model.speaking()))
    };
    let (heard, looked) = tokio::join!(futures_util::future::join_all(talks), look);
    let (resident_mb_at_once, at_once) = looked?;
    let (mut micros, mut wrong) = (Vec::new(), Vec::new());
    for heard in heard {
        match heard {
            Ok(after) => micros.push(u32::try_from(after.as_micros()).unwrap_or(u32::MAX)),
            Err(error) => wrong.push(format!("{error:#}")),
        }
    }
    if let (true, Some(first)) = (micros.is_empty(), wrong.first()) {
        bail!("no answer was heard as it was said; the first: {first}");
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of conversations")]
    let kilobytes_each =
        (resident_mb_at_once - resident_mb_before) * 1024.0 / at_once.max(1) as f64;
    let report = Report {
        conversations: args.conversations,
        seconds: args.seconds,
        server_version: database.version,
        first_after: summarise(micros, 1.0)?,
        at_once,
        resident_mb_before,
        resident_mb_at_once,
        kilobytes_each,
        cut_off: args.conversations / 2,
        wrong,
    };
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print(&report),
    }
    ensure!(
        report.wrong.is_empty(),
        "{} answers were not heard as they were said",
        report.wrong.len()
    );
    Ok(())
}

fn print(report: &Report) {
    let first = &report.first_after;
    println!(
        "PostgreSQL {}, {} conversations, each answered for {} s",
        report.server_version, report.conversations, report.seconds
    );
    println!(
        "first sentence after the model's: p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms (p95 < 200 {})",
        first.p50_ms,
        first.p95_ms,
        first.p99_ms,
        if first.p95_ms < 200.0 { "met" } else { "MISSED" }
    );
    println!(
        "memory: {:.0} MB before, {:.0} MB with {} answers in the making, {:.0} kB each",
        report.resident_mb_before,
        report.resident_mb_at_once,
        report.at_once,
        report.kilobytes_each
    );
    println!(
        "{} were cut off in the midst and came back; wrong: {}",
        report.cut_off,
        report.wrong.len()
    );
    for wrong in report.wrong.iter().take(5) {
        println!("  {wrong}");
    }
}

/// A profile that lets this model answer, as often as anybody asks.
fn settings(model: &str) -> Vec<(&'static str, String)> {
    [
        ("BESTAYS__ASSISTANT__PROVIDER", "model".to_owned()),
        ("BESTAYS__ASSISTANT__TOKENS_PER_DAY", "1000000000".to_owned()),
        ("BESTAYS__MODEL__PROVIDER", "openai".to_owned()),
        ("BESTAYS__MODEL__NAME", "storyteller".to_owned()),
        ("BESTAYS__MODEL__BASE_URL", format!("http://{model}/v1")),
    ]
    .into()
}

/// What the model says, piece by piece.
#[derive(Clone, Debug)]
struct Story(Arc<[String]>);

impl Story {
    fn of(seconds: u64) -> Self {
        let words = usize::try_from(seconds * 1000 / BETWEEN_WORDS).unwrap_or(usize::MAX);
        let words = SENTENCE.iter().cycle().skip(1).take(words).map(|word| format!("{word} "));
        Self(std::iter::once(FIRST.to_owned()).chain(words).collect())
    }

    fn whole(&self) -> String {
        self.0.concat()
    }
}

/// A server of chat completions in this process; with when it began to answer which question.
#[derive(Debug)]
struct Model {
    address: String,
    said: Arc<Said>,
}

#[derive(Debug)]
struct Said {
    story: Story,
    begun: Mutex<HashMap<String, Instant>>,
    ended: Mutex<usize>,
}

impl Model {
    fn open(story: Story) -> anyhow::Result<Self> {
        let said = Arc::new(Said { story, begun: Mutex::default(), ended: Mutex::default() });
        let shared = web::Data::from(said.clone());
        let app = move || {
            App::new().app_data(shared.clone()).route("/v1/chat/completions", web::post().to(tell))
        };
        let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0))?;
        let address = server.addrs().first().context("an address")?.to_string();
        tokio::spawn(server.run());
        Ok(Self { address, said })
    }

    fn begun(&self, question: &str) -> Option<Instant> {
        lock(&self.said.begun).get(question).copied()
    }

    /// Answers that have begun and not ended.
    fn speaking(&self) -> usize {
        lock(&self.said.begun).len() - *lock(&self.said.ended)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn tell(said: web::Data<Said>, asked: web::Json<Value>) -> HttpResponse {
    let question = asked["messages"].as_array().and_then(|said| said.last()?["content"].as_str());
    let question = question.unwrap_or_default().to_owned();
    let pieces = stream::unfold(0, move |nth| {
        let (said, question) = (said.clone(), question.clone());
        async move {
            let delta = match said.story.0.get(nth) {
                Some(piece) => json!({"index": 0, "delta": {"content": piece}}),
                None if nth == said.story.0.len() => {
                    *lock(&said.ended) += 1;
                    json!({"index": 0, "delta": {}, "finish_reason": "stop"})
                }
                None => return None,
            };
            if nth > 0 {
                tokio::time::sleep(Duration::from_millis(BETWEEN_WORDS)).await;
            } else {
                lock(&said.begun).insert(question, Instant::now());
            }
            let piece = format!("data: {}\n\n", json!({"choices": [delta]}));
            Some((Ok::<_, Infallible>(Bytes::from(piece)), nth + 1))
        }
    });
    HttpResponse::Ok().content_type("text/event-stream").streaming(pieces)
}

/// Somebody who asks for a story.
struct Visitor<'a> {
    server: &'a Server,
    model: &'a Model,
    story: &'a Story,
}

/// A conversation in which nothing has been said.
struct Talk {
    token: String,
    id: String,
}

impl Visitor<'_> {
    async fn begin(&self) -> anyhow::Result<Talk> {
        let made = self.send(self.post("/api/v1/visitors", None).body(Full::default())?).await?;
        let token = text(made, "token").await?;
        let begin = self.post("/api/v1/chat/conversations", Some(&token));
        let begun = self.send(begin.body(json!({"locale": "en"}).to_string().into())?).await?;
        Ok(Talk { token, id: text(begun, "id").await? })
    }

    /// Asks, and reads the answer to its end; says how long after the model's first sentence it came.
    async fn listen(&self, nth: usize, talk: &Talk, is_cut_off: bool) -> anyhow::Result<Duration> {
        // What an earlier run was answered is remembered for a while.
        let question = format!("Tell me story number {nth} of {}", std::process::id());
        let path = format!("/api/v1/chat/conversations/{}/messages", talk.id);
        let ask = self.post(&path, Some(&talk.token)).header(header::ACCEPT, "text/event-stream");
        let answer = self.send(ask.body(json!({"text": question}).to_string().into())?).await?;
        let location = answer.headers().get(header::LOCATION).context("where to go on")?;
        let location = location.to_str()?.to_owned();
        let mut heard = Heard::default();
        heard.read(answer, if is_cut_off { 4 } else { usize::MAX }).await?;
        if is_cut_off {
            let again = Request::get(location)
                .header(header::HOST, &self.server.address)
                .header("visitor-token", &talk.token)
                .header("last-event-id", heard.events.to_string());
            heard.read(self.send(again.body(Full::default())?).await?, usize::MAX).await?;
        }
        ensure!(heard.is_done, "{question}: the answer has no end");
        let story = self.story.whole();
        ensure!(heard.text.trim() == story.trim(), "{question}: heard {:?}", heard.text);
        ensure!(heard.text == heard.content, "{question}: kept {:?}", heard.content);
        let begun = self.model.begun(&question).context("the model was not asked")?;
        Ok(heard.first.context("nothing was said")?.duration_since(begun))
    }

    fn post(&self, path: &str, token: Option<&str>) -> hyper::http::request::Builder {
        let request = Request::post(path)
            .header(header::HOST, &self.server.address)
            .header(header::CONTENT_TYPE, "application/json");
        match token {
            Some(token) => request.header(HeaderName::from_static("visitor-token"), token),
            None => request,
        }
    }

    /// Over a connection of its own.
    async fn send(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Response<Incoming>> {
        let answer = http::connect(&self.server.address).await?.send_request(request).await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        Ok(answer)
    }
}

async fn text(answer: Response<Incoming>, field: &str) -> anyhow::Result<String> {
    let body: Value = serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?;
    Ok(body[field].as_str().context("a field of the answer")?.to_owned())
}

/// What was heard of an answer so far.
#[derive(Debug, Default)]
struct Heard {
    events: usize,
    first: Option<Instant>,
    text: String,
    content: String,
    is_done: bool,
}

impl Heard {
    /// Reads so many events more, or to the end.
    async fn read(&mut self, answer: Response<Incoming>, most: usize) -> anyhow::Result<()> {
        let (mut body, mut held, mut more) = (answer.into_body(), BytesMut::new(), most);
        while let Some(frame) = body.frame().await {
            let Ok(bytes) = frame?.into_data() else { continue };
            held.extend_from_slice(&bytes);
            while let Some(end) = held.windows(2).position(|two| two == b"\n\n") {
                let event = held.split_to(end + 2);
                let is_event = self.take(std::str::from_utf8(&event)?)?;
                more -= usize::from(is_event);
                if more == 0 {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Takes an event, if it is one: a line that says that somebody is there is none.
    fn take(&mut self, event: &str) -> anyhow::Result<bool> {
        let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
        let Some(id) = field("id: ") else { return Ok(false) };
        self.events += 1;
        ensure!(id.parse() == Ok(self.events), "event {id} came as the {}th", self.events);
        let data: Value = serde_json::from_str(field("data: ").context("data")?)?;
        match field("event: ").context("a name")? {
            "token" => {
                self.first.get_or_insert_with(Instant::now);
                self.text += data["text"].as_str().context("text")?;
            }
            "done" => {
                self.is_done = true;
                data["content"].as_str().context("content")?.clone_into(&mut self.content);
            }
            _ => {}
        }
        Ok(true)
    }
}
