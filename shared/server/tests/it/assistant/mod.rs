//! The assistant: what it says, what it does not, and what becomes of both.

mod faults;
mod guide;
mod handoff;
mod model;
pub(crate) mod prompts;
mod stream;
mod summary;

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use terrace_product::{AssistantProvider, HttpUrl, ModelProvider};
use terrace_testkit::{
    Call, Caller, Listing, Reply, ScriptedModel, Setup, TestApp, listing, setup,
};
use uuid::Uuid;

const CONVERSATIONS: &str = "/api/v1/chat/conversations";

/// A visitor who talks to a brand.
pub(crate) struct Talk {
    pub(crate) app: Arc<TestApp>,
    token: String,
    id: String,
}

impl Talk {
    /// With the brand as it comes: the guide answers.
    async fn with_guide() -> Self {
        Self::on(setup("bestays").spawn().await, "en").await
    }

    /// With a model.
    async fn with(model: &ScriptedModel) -> Self {
        Self::on(by_model(model).spawn().await, "en").await
    }

    async fn on(app: impl Into<Arc<TestApp>>, locale: &str) -> Self {
        let app = app.into();
        let token = crate::lists::visitor(&app).await.slug;
        let begun = app
            .anonymous()
            .post(CONVERSATIONS, json!({"locale": locale}))
            .header("visitor-token", &token)
            .await
            .expect(201);
        Self { app, token, id: begun.text_at("/id") }
    }

    /// Another visitor of the same brand, who has said nothing yet.
    async fn by_another(&self) -> Self {
        Self::on(self.app.clone(), "en").await
    }

    fn path(&self, rest: &str) -> String {
        format!("{CONVERSATIONS}/{}{rest}", self.id)
    }

    fn call(&self, call: Call) -> Call {
        call.header("visitor-token", &self.token)
    }

    fn asking(&self, text: &str) -> Call {
        self.call(self.app.anonymous().post(&self.path("/messages"), json!({"text": text})))
    }

    /// The whole answer.
    async fn ask(&self, text: &str) -> Reply {
        self.asking(text).await.expect(200)
    }

    /// The events of an answer, and where they are read again.
    async fn listen(&self, text: &str) -> (Vec<Heard>, String) {
        let reply = self.asking(text).header("accept", "text/event-stream").await.expect(200);
        assert_eq!(reply.header("content-type"), "text/event-stream");
        assert_eq!(reply.header("content-encoding"), "identity");
        (heard(&reply), reply.header("location").to_owned())
    }

    async fn read(&self) -> Reply {
        self.call(self.app.anonymous().get(&self.path(""))).await.expect(200)
    }

    /// A villa in Rawai that costs 42,000 baht a month, found by its words.
    async fn villa(&self) -> Listing {
        self.villa_called("Pool villa in Rawai").await
    }

    async fn villa_called(&self, title: &str) -> Listing {
        let agent = self.app.agent("somchai").await;
        let mut villa = listing::rent();
        villa["title"] = json!(title);
        villa["rent_price"] = json!(4_200_000);
        villa["rental_details"]["price_per_month"] = json!(4_200_000);
        let villa = agent.create_published(villa).await;
        self.app.settled().await;
        villa
    }
}

fn by_model(model: &ScriptedModel) -> Setup {
    let base_url = HttpUrl::parse(&model.base_url()).unwrap();
    setup("bestays").with(move |profile| {
        profile.model.provider = ModelProvider::Openai;
        profile.model.base_url = base_url;
        profile.model.name = Some("scripted".parse().unwrap());
        profile.model.timeout = Duration::from_secs(30);
        profile.model.retries = 0;
        profile.assistant.provider = AssistantProvider::Model;
        // What is remembered is found, however busy the machine is.
        profile.redis.budget = Duration::from_secs(2);
    })
}

/// An event, as a client reads it.
#[derive(Clone, Debug, PartialEq)]
struct Heard {
    id: usize,
    name: String,
    data: Value,
}

fn heard(reply: &Reply) -> Vec<Heard> {
    let text = reply.text();
    let blocks = text.split("\n\n").filter(|block| block.starts_with("id: "));
    blocks
        .map(|block| {
            let field = |name: &str| {
                let line = block.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap_or_else(|| panic!("{name} in {block}")).to_owned()
            };
            Heard {
                id: field("id: ").parse().unwrap(),
                name: field("event: "),
                data: serde_json::from_str(&field("data: ")).unwrap(),
            }
        })
        .collect()
}

fn names(events: &[Heard]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

/// A conversation of somebody with an account, and an answer in it: what a request is about.
pub(crate) async fn of_somebody(somebody: &Caller, is_answer: bool) -> Listing {
    let begun = somebody.post(CONVERSATIONS, json!({"locale": "en"})).await.expect(201);
    let mut id = begun.text_at("/id");
    if is_answer {
        let path = format!("{CONVERSATIONS}/{id}/messages");
        id = somebody.post(&path, json!({"text": "Hello?"})).await.expect(200).text_at("/id");
    }
    let id: Uuid = id.parse().unwrap();
    Listing { id, slug: String::new(), etag: String::new(), json: Value::Null }
}
