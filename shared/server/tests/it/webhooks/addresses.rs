//! Nobody's private network is called: not when an endpoint is made, and not later.

use std::{
    collections::HashMap,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex},
};

use serde_json::json;
use terrace_outbound::Lookup;
use terrace_product::ListedPort;
use terrace_testkit::{Receiver, setup};

use super::support::{WEBHOOKS, quiet};

/// Names of the test, which may be moved while it runs.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<HashMap<String, IpAddr>>>);

impl Names {
    fn point(&self, name: &str, to: &str) {
        self.0.lock().unwrap().insert(name.to_owned(), to.parse().unwrap());
    }
}

impl Lookup for Names {
    fn lookup(
        &self,
        name: &str,
    ) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send + '_>> {
        let found = self.0.lock().unwrap().get(name).copied();
        Box::pin(async move {
            found.map(|ip| vec![ip]).ok_or_else(|| std::io::Error::other("no such name"))
        })
    }
}

#[tokio::test]
async fn private_addresses_are_refused_when_an_endpoint_is_made() {
    let trap = Receiver::start().await;
    let port = trap.address.port();
    let names = Names::default();
    names.point("inside.example", "127.0.0.1");
    names.point("metadata.example", "169.254.169.254");
    names.point("outside.example", "93.184.216.34");
    let app = setup("bestays")
        .with(move |profile| profile.outbound.ports.push(ListedPort::new(port)))
        .with_names(names)
        .spawn()
        .await;
    let admin = app.admin().await;
    for (url, code) in [
        (format!("https://127.0.0.1:{port}/"), "not_public"),
        (format!("https://2130706433:{port}/"), "not_public"),
        (format!("https://0x7f.1:{port}/"), "not_public"),
        (format!("https://[::1]:{port}/"), "not_public"),
        (format!("https://[::ffff:127.0.0.1]:{port}/"), "not_public"),
        (format!("https://inside.example:{port}/"), "not_public"),
        ("https://metadata.example/".to_owned(), "not_public"),
        ("https://169.254.169.254/latest/meta-data".to_owned(), "not_public"),
        ("https://10.1.2.3/".to_owned(), "not_public"),
        ("https://192.168.1.1/".to_owned(), "not_public"),
        ("https://nobody.example/".to_owned(), "unknown_host"),
        (format!("http://127.0.0.1:{port}/"), "invalid"),
        ("http://outside.example/".to_owned(), "invalid"),
        ("https://outside.example:5432/".to_owned(), "invalid"),
        ("https://me:pw@outside.example/".to_owned(), "invalid"),
        ("file:///etc/passwd".to_owned(), "invalid"),
        ("outside.example".to_owned(), "invalid"),
    ] {
        let reply = admin.post(WEBHOOKS, json!({"url": url})).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [format!("/url {code}")], "{url}");
    }
    let fine = admin.post(WEBHOOKS, json!({"url": "https://OUTSIDE.example/a#b"})).await;
    assert_eq!(fine.expect(201).text_at("/url"), "https://outside.example/a");
    assert_eq!(trap.received().len(), 0);
}

/// The name was public when the endpoint was made, and leads to loopback when it is called.
#[tokio::test]
async fn a_name_that_moves_inside_is_not_followed() {
    let trap = Receiver::start().await;
    let port = trap.address.port();
    let names = Names::default();
    names.point("hook.example", "93.184.216.34");
    let app = setup("bestays")
        .with(move |profile| profile.outbound.ports.push(ListedPort::new(port)))
        .with_names(names.clone())
        .spawn()
        .await;
    let admin = app.admin().await;
    let url = format!("https://hook.example:{port}/");
    let made = admin.post(WEBHOOKS, json!({"url": url})).await.expect(201);
    let path = format!("{WEBHOOKS}/{}", made.text_at("/id"));
    names.point("hook.example", "127.0.0.1");
    let _ = admin.post_empty(&format!("{path}/test")).await.expect(202);
    quiet(&app).await;
    let log = admin.get(&format!("{path}/deliveries")).await.expect(200);
    assert_eq!(log.at("/items/0/status"), "failed");
    assert_eq!(log.at("/items/0/last_error"), "the address leads to an address that is not public");
    assert_eq!(trap.received().len(), 0);
    // Nor is one that was written past the API.
    app.execute(format!(
        "UPDATE webhook_endpoints SET url = 'https://127.0.0.1:{port}/'; \
         UPDATE webhook_deliveries SET next_attempt_at = now()"
    ))
    .await;
    quiet(&app).await;
    let log = admin.get(&format!("{path}/deliveries")).await.expect(200);
    assert_eq!(
        (log.at("/items/0/attempts"), log.at("/items/0/status")),
        (json!(2), json!("failed"))
    );
    assert_eq!(trap.received().len(), 0);
}
