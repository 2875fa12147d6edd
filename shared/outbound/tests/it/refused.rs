//! Nobody comes through: the traps have seen no connection.

use terrace_outbound::{Client, Failure, Read, Redirects, Refusal, Request, Url};

use crate::support::{Names, Server, client, reply};

async fn refusal(client: &Client, url: &str) -> Refusal {
    let checked = client.check(url).await.err();
    let sent = match Url::parse(url) {
        Err(_) => return checked.expect("refused"),
        Ok(url) => client.send(Request::get(url), Read::All).await,
    };
    match (checked, sent) {
        (Some(checked), Err(Failure::Refused(sent))) if checked == sent => sent,
        (checked, sent) => panic!("{url}: checked {checked:?}, sent {sent:?}"),
    }
}

/// `$4` is the port of a trap on 127.0.0.1, `$6` that of one on ::1. Both are among the ports
/// that are allowed: only the address stands in the way.
const URLS: &[(&str, &str)] = &[
    // Loopback, in every notation.
    ("https://127.0.0.1:$4/", "not public"),
    ("https://127.0.0.1:$4/a?b#c", "not public"),
    ("https://127.1:$4/", "not public"),
    ("https://127.0.1:$4/", "not public"),
    ("https://127.255.255.254:$4/", "not public"),
    ("https://2130706433:$4/", "not public"),
    ("https://0x7f000001:$4/", "not public"),
    ("https://0x7f.0.0.1:$4/", "not public"),
    ("https://0x7f.1:$4/", "not public"),
    ("https://0177.0.0.1:$4/", "not public"),
    ("https://017700000001:$4/", "not public"),
    ("https://0177.0.0.01:$4/", "not public"),
    ("https://127.0.0.1.:$4/", "not public"),
    ("https://%31%32%37.0.0.1:$4/", "not public"),
    ("https://①②⑦.⓪.⓪.①:$4/", "not public"),
    ("https://127。0。0。1:$4/", "not public"),
    ("https://0:$4/", "not public"),
    ("https://0.0.0.0:$4/", "not public"),
    ("https://0.0.0.1:$4/", "not public"),
    // Version 6 of the same, and what carries version 4.
    ("https://[::1]:$6/", "not public"),
    ("https://[0:0:0:0:0:0:0:1]:$6/", "not public"),
    ("https://[::]:$6/", "not public"),
    ("https://[::ffff:127.0.0.1]:$4/", "not public"),
    ("https://[::ffff:7f00:1]:$4/", "not public"),
    ("https://[::ffff:169.254.169.254]:$4/", "not public"),
    ("https://[::127.0.0.1]:$4/", "not public"),
    ("https://[64:ff9b::7f00:1]:$4/", "not public"),
    ("https://[64:ff9b::127.0.0.1]:$4/", "not public"),
    ("https://[2002:7f00:1::]:$4/", "not public"),
    ("https://[2002:a00:1::]:$4/", "not public"),
    ("https://[2001:0:7f00:1::]:$4/", "not public"),
    ("https://[fc00::1]:$6/", "not public"),
    ("https://[fd12:3456::1]:$6/", "not public"),
    ("https://[fe80::1]:$6/", "not public"),
    ("https://[ff02::1]:$6/", "not public"),
    ("https://[2001:db8::1]:$6/", "not public"),
    // Private networks, metadata, carrier NAT, documentation, measurement, multicast, reserved.
    ("https://10.0.0.1:$4/", "not public"),
    ("https://10.255.255.255:$4/", "not public"),
    ("https://172.16.0.1:$4/", "not public"),
    ("https://172.31.255.254:$4/", "not public"),
    ("https://192.168.0.1:$4/", "not public"),
    ("https://169.254.169.254/latest/meta-data/", "not public"),
    ("https://2852039166/", "not public"),
    ("https://100.64.0.1:$4/", "not public"),
    ("https://192.0.0.192:$4/", "not public"),
    ("https://192.0.2.1:$4/", "not public"),
    ("https://198.18.0.1:$4/", "not public"),
    ("https://198.51.100.1:$4/", "not public"),
    ("https://203.0.113.1:$4/", "not public"),
    ("https://224.0.0.1:$4/", "not public"),
    ("https://240.0.0.1:$4/", "not public"),
    ("https://255.255.255.255:$4/", "not public"),
    // Names that lead there.
    ("https://localhost:$4/", "not public"),
    ("https://LOCALHOST:$4/", "not public"),
    ("https://loop.example:$4/", "not public"),
    ("https://loop6.example:$6/", "not public"),
    ("https://mapped.example:$4/", "not public"),
    ("https://metadata.example:$4/", "not public"),
    ("https://mixed.example:$4/", "not public"),
    ("https://mixed-last.example:$4/", "not public"),
    ("https://nobody.example:$4/", "cannot be found"),
    ("https://empty.example:$4/", "cannot be found"),
    // Forms.
    ("http://127.0.0.1:$4/", "https"),
    ("http://public.example/", "https"),
    ("ftp://127.0.0.1:$4/", "https"),
    ("gopher://127.0.0.1:$4/", "https"),
    ("file:///etc/passwd", "https"),
    ("data:text/plain,x", "https"),
    ("javascript:alert(1)", "https"),
    ("unix:/var/run/docker.sock", "https"),
    ("https://public.example:22/", "port"),
    ("https://public.example:5432/", "port"),
    ("https://public.example:6379/", "port"),
    ("https://93.184.216.34:8080/", "port"),
    ("https://user@127.0.0.1:$4/", "user name"),
    ("https://user:pw@public.example/", "user name"),
    ("https://public.example@127.0.0.1:$4/", "user name"),
    ("https://127.0.0.1:$4\\@public.example/", "not public"),
    ("https://127.0.0.1:$4#@public.example/", "not public"),
    ("https://public.example#@127.0.0.1:$4/", "cannot be found"),
    ("https://", "no URL"),
    ("https://[::1", "no URL"),
    ("https://1.2.3.4.5:$4/", "no URL"),
    ("https://256.256.256.256/", "no URL"),
    ("//127.0.0.1:$4/", "no URL"),
    ("", "no URL"),
];

#[tokio::test]
async fn no_trap_sees_a_connection() {
    let four = Server::trap().await;
    let six = Server::answering("[::1]:0", Vec::new(), false).await;
    let (port4, port6) = (four.address.port(), six.address.port());
    let names = Names::default()
        .with("localhost", &[&["127.0.0.1", "::1"]])
        .with("loop.example", &[&["127.0.0.1"]])
        .with("loop6.example", &[&["::1"]])
        .with("mapped.example", &[&["::ffff:127.0.0.1"]])
        .with("metadata.example", &[&["169.254.169.254"]])
        .with("mixed.example", &[&["127.0.0.1", "93.184.216.34"]])
        .with("mixed-last.example", &[&["93.184.216.34", "2606:4700::1111", "127.0.0.1"]])
        .with("empty.example", &[&[]]);
    let client = client(&[443, port4, port6], &[], Redirects::Checked, names);
    assert!(URLS.len() >= 60, "only {}", URLS.len());
    let mut wrong = Vec::new();
    for (url, reason) in URLS {
        let url = url.replace("$4", &port4.to_string()).replace("$6", &port6.to_string());
        let said = refusal(&client, &url).await.to_string();
        if !said.contains(reason) {
            wrong.push(format!("{url}: expected {reason}, refused because it {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((four.connections(), six.connections()), (0, 0), "somebody came");
}

/// First public, then loopback: what was checked before is not what is connected to.
#[tokio::test]
async fn a_name_that_changes_its_mind_is_refused_when_it_does() {
    let trap = Server::trap().await;
    let port = trap.address.port();
    let names = Names::default().with("hook.example", &[&["93.184.216.34"], &["127.0.0.1"]]);
    let client = client(&[port], &[], Redirects::Never, names);
    let url = client.check(&format!("https://hook.example:{port}/")).await.expect("public so far");
    let sent = client.send(Request::get(url), Read::All).await;
    assert!(matches!(sent, Err(Failure::Refused(Refusal::NotPublic))), "{sent:?}");
    assert_eq!(trap.connections(), 0);
}

/// A trap that sees nobody proves nothing unless somebody could come: without the check the same
/// name and port lead to it.
#[tokio::test]
async fn the_traps_can_be_reached() {
    let trap = Server::trap().await;
    let other = Server::trap().await;
    let client = client(&[], &[trap.address], Redirects::Never, Names::default());
    let sent = client.send(Request::get(trap.url().parse().unwrap()), Read::All).await;
    assert!(matches!(sent, Err(Failure::Unreachable(_))), "{sent:?}");
    assert_eq!(trap.connections(), 1);
    // The permit is for one port, and for the address written as numbers.
    assert_eq!(refusal(&client, &other.url()).await, Refusal::Scheme);
    let by_name = format!("http://localhost:{}/", trap.address.port());
    assert_eq!(refusal(&client, &by_name).await, Refusal::Scheme);
    assert_eq!((trap.connections(), other.connections()), (1, 0));
}

#[tokio::test]
async fn redirects_are_checked_like_first_addresses() {
    let trap = Server::trap().await;
    let trapped = trap.address.port();
    for (to, refused) in [
        (format!("http://127.0.0.1:{trapped}/"), Refusal::Scheme),
        (format!("https://127.0.0.1:{trapped}/"), Refusal::NotPublic),
        (format!("https://[::ffff:127.0.0.1]:{trapped}/"), Refusal::NotPublic),
        (format!("https://loop.example:{trapped}/"), Refusal::NotPublic),
        (format!("https://a:b@public.example:{trapped}/"), Refusal::Credentials),
    ] {
        for status in ["301 Moved", "302 Found", "303 See Other", "307 Again", "308 Again"] {
            let answer = reply(status, &format!("location: {to}\r\n"), "");
            let server = Server::answering("127.0.0.1:0", answer, false).await;
            let names = Names::default().with("loop.example", &[&["127.0.0.1"]]);
            let permitted = [server.address];
            let client = client(&[trapped], &permitted, Redirects::Checked, names);
            let sent = client.send(Request::get(server.url().parse().unwrap()), Read::All).await;
            match sent {
                Err(Failure::Refused(reason)) => assert_eq!(reason, refused, "{status} to {to}"),
                other => panic!("{status} to {to}: {other:?}"),
            }
            assert_eq!(server.connections(), 1);
        }
    }
    assert_eq!(trap.connections(), 0);

    // What is no web address at all is no redirect: it is the answer.
    let answer = reply("302 Found", "location: file:///etc/passwd\r\n", "");
    let server = Server::answering("127.0.0.1:0", answer, false).await;
    let client = client(&[], &[server.address], Redirects::Checked, Names::default());
    let sent = client.send(Request::get(server.url().parse().unwrap()), Read::All).await.unwrap();
    assert_eq!((sent.status.as_u16(), sent.body.as_ref()), (302, b"".as_slice()));
}

#[tokio::test]
async fn three_redirects_are_followed_and_no_more() {
    let last = Server::ok("here").await;
    let mut chain = vec![last];
    for _ in 0..4 {
        let to = chain.last().unwrap().url();
        let answer = reply("302 Found", &format!("location: {to}\r\n"), "");
        chain.push(Server::answering("127.0.0.1:0", answer, false).await);
    }
    let permitted: Vec<_> = chain.iter().map(|server| server.address).collect();
    let client = client(&[], &permitted, Redirects::Checked, Names::default());
    let three = client.send(Request::get(chain[3].url().parse().unwrap()), Read::All).await;
    assert_eq!(three.unwrap().body, "here");
    let four = client.send(Request::get(chain[4].url().parse().unwrap()), Read::All).await;
    assert!(matches!(four, Err(Failure::Refused(Refusal::Redirects))), "{four:?}");
}

#[tokio::test]
async fn without_redirects_the_redirect_is_the_answer() {
    let trap = Server::trap().await;
    let answer = reply("302 Found", &format!("location: {}\r\n", trap.url()), "elsewhere");
    let server = Server::answering("127.0.0.1:0", answer, false).await;
    let permitted = [server.address, trap.address];
    let client = client(&[], &permitted, Redirects::Never, Names::default());
    let sent = client.send(Request::get(server.url().parse().unwrap()), Read::All).await.unwrap();
    assert_eq!((sent.status.as_u16(), sent.body.as_ref()), (302, b"elsewhere".as_slice()));
    assert_eq!(trap.connections(), 0);
}
