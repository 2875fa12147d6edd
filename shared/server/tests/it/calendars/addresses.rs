//! Nobody's private network is asked: not when a feed is connected, and not later.

use std::{
    collections::HashMap,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex},
};

use serde_json::json;
use terrace_outbound::Lookup;
use terrace_product::{ListedPort, LoopbackAddress};
use terrace_testkit::{FeedServer, Said, listing, setup};

use super::support::{closed, connect, ics, read};

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
async fn private_addresses_are_refused_by_field_and_never_asked() {
    let trap = FeedServer::start().await;
    let port = trap.address.port();
    let names = Names::default();
    names.point("inside.example", "127.0.0.1");
    names.point("metadata.example", "169.254.169.254");
    names.point("outside.example", "93.184.216.34");
    let app = setup("bestays")
        .with(move |profile| profile.outbound.ports.push(ListedPort::new(port)))
        .with_names(names.clone())
        .spawn()
        .await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(listing::rent()).await;
    for (url, code) in [
        (format!("https://127.0.0.1:{port}/a.ics"), "not_public"),
        (format!("https://2130706433:{port}/a.ics"), "not_public"),
        (format!("https://0x7f.1:{port}/a.ics"), "not_public"),
        (format!("https://[::1]:{port}/a.ics"), "not_public"),
        (format!("https://[::ffff:127.0.0.1]:{port}/a.ics"), "not_public"),
        (format!("https://[64:ff9b::7f00:1]:{port}/a.ics"), "not_public"),
        (format!("https://inside.example:{port}/a.ics"), "not_public"),
        (format!("webcal://inside.example:{port}/a.ics"), "not_public"),
        ("https://metadata.example/".to_owned(), "not_public"),
        ("https://169.254.169.254/latest/meta-data".to_owned(), "not_public"),
        ("https://10.1.2.3/a.ics".to_owned(), "not_public"),
        ("https://192.168.1.1/a.ics".to_owned(), "not_public"),
        ("https://100.64.0.1/a.ics".to_owned(), "not_public"),
        ("https://nobody.example/a.ics".to_owned(), "unknown_host"),
        (format!("http://127.0.0.1:{port}/a.ics"), "invalid"),
        ("http://outside.example/a.ics".to_owned(), "invalid"),
        ("https://outside.example:5432/a.ics".to_owned(), "invalid"),
        ("https://me:pw@outside.example/a.ics".to_owned(), "invalid"),
        ("file:///etc/passwd".to_owned(), "invalid"),
        ("gopher://outside.example/".to_owned(), "invalid"),
        ("outside.example".to_owned(), "invalid"),
    ] {
        let body = json!({"direction": "import", "name": "A", "url": url});
        let reply = agent.post(&listing.at("calendars"), body).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [format!("/url {code}")], "{url}");
    }
    // The name was public when it was connected, and leads to loopback when it is asked.
    names.point("feed.example", "93.184.216.34");
    names.point("feed.example", "93.184.216.34");
    let url = format!("webcal://feed.example:{port}/secret/a.ics");
    let calendar = connect(&agent, &listing, &url).await;
    names.point("feed.example", "127.0.0.1");
    app.settled().await;
    let said = read(&agent, &calendar).await;
    assert_eq!(said["calendar"]["health"], "failing");
    assert_eq!(said["calendar"]["last_result"], "not_allowed");
    assert_eq!(said["calendar"]["source"], "https://feed.example/secret/…");
    assert_eq!((trap.asked("/a.ics"), trap.asked("/secret/a.ics")), (0, 0));
}

#[tokio::test]
async fn redirects_are_followed_where_they_lead_somewhere_permitted() {
    let (channel, trap) = (FeedServer::start().await, FeedServer::start().await);
    channel.say("/old.ics", Said::status(302).with("location", "/new.ics"));
    channel.say("/new.ics", Said::body(ics(&[closed("a", 3, 5)])));
    channel.say("/trap.ics", Said::status(302).with("location", &trap.url("/inside")));
    channel.say("/round.ics", Said::status(302).with("location", "/round.ics"));
    let address = channel.address;
    let app = setup("bestays")
        .with(move |profile| {
            profile.outbound.permit = LoopbackAddress::new(address).into_iter().collect();
        })
        .spawn()
        .await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(listing::rent()).await;
    for (path, result) in
        [("/old.ics", "ok"), ("/trap.ics", "not_allowed"), ("/round.ics", "not_allowed")]
    {
        let calendar = connect(&agent, &listing, &channel.url(path)).await;
        app.settled().await;
        let said = read(&agent, &calendar).await;
        assert_eq!(said["calendar"]["last_result"], result, "{path}");
    }
    assert_eq!(trap.asked("/inside"), 0);
}
