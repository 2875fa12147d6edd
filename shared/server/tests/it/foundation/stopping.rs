//! A stop lets what is under way end, and nothing new begin.

use std::time::{Duration, Instant};

use serde_json::json;
use terrace_product::Port;
use terrace_testkit::{Mode, Proxy, listing, setup};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn a_request_under_way_ends_and_new_connections_are_refused() {
    let mut app = setup("bestays")
        .with(|profile| profile.server.drain = Duration::from_secs(20))
        .spawn()
        .await;
    let agent = app.agent("somchai").await;
    let body = listing::rent().to_string();
    let (half, rest) = body.split_at(body.len() / 2);
    let head = format!(
        "POST /api/v1/properties HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{half}",
        agent.token.as_deref().unwrap(),
        body.len(),
    );
    let mut under_way = TcpStream::connect(app.address()).await.unwrap();
    under_way.write_all(head.as_bytes()).await.unwrap();
    // The server has begun to handle it once it takes one of the slots.
    let state = app.state();
    let slots = state.profile.server.max_in_flight;
    until("the request is under way", || state.slots.available_permits() < slots).await;
    // And an idle connection beside it, such as a gateway keeps.
    let mut idle = TcpStream::connect(app.address()).await.unwrap();
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut seen = [0; 15];
    idle.read_exact(&mut seen).await.unwrap();

    let started = Instant::now();
    app.begin_stop();
    until("draining", || state.is_draining()).await;
    let address = app.address();
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(address).await.is_ok() {
        assert!(Instant::now() < deadline, "new connections are still taken");
        tokio::task::yield_now().await;
    }
    under_way.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    under_way.read_exact(&mut answer).await.expect("the request under way is answered");
    assert_eq!(&answer, b"HTTP/1.1 201");
    drop(under_way);
    app.stopped().await;
    assert!(started.elapsed() < Duration::from_secs(10), "took {:?}", started.elapsed());
    let made: i64 = app.value("SELECT count(*) FROM properties").await;
    assert_eq!(made, 1);
}

/// Its database answers late, so that the question is under way when the stop comes.
#[tokio::test]
async fn an_instance_that_drains_says_that_it_is_not_ready() {
    let proxy = Proxy::to_postgres().await;
    let port = Port::new(proxy.port());
    let mut app = setup("bestays")
        .with(move |profile| {
            profile.server.drain = Duration::from_secs(20);
            profile.database.port = port;
        })
        .spawn()
        .await;
    let _ = app.anonymous().get("/health/ready").await.expect(200);
    proxy.set(Mode::Blackhole);
    let visitor = app.anonymous();
    let asked = tokio::spawn(async move { visitor.get("/health/ready").await });
    let state = app.state();
    let slots = state.profile.server.max_in_flight;
    until("the question is under way", || state.slots.available_permits() < slots).await;
    app.begin_stop();
    until("draining", || state.is_draining()).await;
    proxy.set(Mode::Pass);
    let reply = asked.await.unwrap().expect(503);
    assert_eq!(reply.at("/status"), "unavailable");
    assert_eq!(reply.at("/checks/1"), json!({"name": "serving", "ok": false, "required": true}));
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while !condition() {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::task::yield_now().await;
    }
}
