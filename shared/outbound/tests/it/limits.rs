//! Time and size.

use std::time::{Duration, Instant};

use terrace_outbound::{Failure, Limits, Read, Redirects, Request};

use crate::support::{Names, Server, client, client_within, reply};

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_or_cut() {
    let most = 64 * 1024;
    let limits = Limits { body: most, ..Limits::default() };
    for (size, fits) in [(most, true), (most + 1, false), (4 * most, false)] {
        let server = Server::ok(&"x".repeat(size)).await;
        let permitted = [server.address];
        let client = client_within(limits, &[], &permitted, Redirects::Never, Names::default());
        let get = || Request::get(server.url().parse().unwrap());
        match client.send(get(), Read::All).await {
            Ok(answer) => assert!(fits && answer.body.len() == size, "{size}"),
            Err(Failure::TooLarge(limit)) => assert!(!fits && limit == most, "{size}"),
            Err(other) => panic!("{other:?}"),
        }
        let beginning = client.send(get(), Read::First(100)).await.unwrap();
        assert_eq!(beginning.body.len(), 100);
    }
}

/// Zeroes that would fill gigabytes arrive packed: they are not unpacked.
#[tokio::test]
async fn packed_bodies_stay_packed() {
    let server = Server::answering(
        "127.0.0.1:0",
        reply("200 OK", "content-encoding: gzip\r\n", "no gzip at all"),
        false,
    );
    let server = server.await;
    let client = client(&[], &[server.address], Redirects::Never, Names::default());
    let sent = client.send(Request::get(server.url().parse().unwrap()), Read::All).await.unwrap();
    assert_eq!(sent.body, "no gzip at all");
}

#[tokio::test]
async fn silence_ends_in_time() {
    let total = Duration::from_millis(300);
    let limits = Limits { total, ..Limits::default() };
    let silent = Server::answering("127.0.0.1:0", Vec::new(), true).await;
    let drips = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nbegins";
    let drips = Server::answering("127.0.0.1:0", drips.into(), true).await;
    let permitted = [silent.address, drips.address];
    let client = client_within(limits, &[], &permitted, Redirects::Never, Names::default());
    for (server, read) in [(&silent, Read::All), (&silent, Read::First(10)), (&drips, Read::All)] {
        let began = Instant::now();
        let sent = client.send(Request::get(server.url().parse().unwrap()), read).await;
        assert!(matches!(sent, Err(Failure::TimedOut)), "{sent:?}");
        assert!(began.elapsed() < Duration::from_secs(5));
    }
    // The status has been given: a beginning is a beginning.
    let get = Request::get(drips.url().parse().unwrap());
    let sent = client.send(get, Read::First(4096)).await.unwrap();
    assert_eq!((sent.status.as_u16(), sent.body.as_ref()), (200, b"begins".as_slice()));
}
