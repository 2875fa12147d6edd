//! Messages to people: in the brand's look, in the reader's language, once.

mod sending;
mod texts;

use serde_json::json;
use terrace_server::{
    db::Context,
    notifications::{self, Mail},
};
use terrace_testkit::TestApp;
use uuid::Uuid;

fn mail(key: &str, locale: &str) -> Mail {
    Mail {
        template: "lead_auto_reply",
        key: key.to_owned(),
        to: "visitor@example.com".to_owned().into(),
        locale: locale.to_owned(),
        about: Uuid::now_v7(),
        facts: json!({
            "name": "Ada", "reference": "L-7K2M", "listing": "Villa Rawai", "agent": "Somchai",
            "url": "http://localhost:5273/properties/villa-rawai",
        }),
    }
}

/// Queues in a transaction of its own; says whether it was new.
async fn queue(app: &TestApp, mail: Mail) -> bool {
    let anybody = Context { role: "anonymous", ..Context::system("test") };
    let state = app.state();
    let queued = state.db.tx(anybody, move |tx| {
        let mail = mail.clone();
        Box::pin(async move { notifications::queue(tx, &mail).await })
    });
    queued.await.expect("queued")
}
