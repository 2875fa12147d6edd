//! Which address a request came from.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;
use terrace_product::Network;

/// The address of the client: the peer's, or what proxies of ours say of it.
///
/// `X-Forwarded-For` is the client's own text but for what our proxies have added on its right.
/// It is read from the right, past the proxies that are ours; the first address that is not is
/// the client's. Whatever stands further left proves nothing.
#[must_use]
pub fn address(request: &HttpRequest, trusted: &[Network]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let lines = request.headers().get_all("x-forwarded-for");
    let lines: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    Some(behind_proxies(peer, &lines, trusted))
}

fn behind_proxies(peer: IpAddr, lines: &[&str], trusted: &[Network]) -> IpAddr {
    let is_ours = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    for hop in hops {
        if !is_ours(client) {
            break;
        }
        // A proxy of ours wrote something else than an address: we know no better than it.
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

/// What counts as one client: an IPv4 address, or the /64 that one subscriber of IPv6 has to
/// itself.
#[must_use]
pub fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_what_our_proxies_wrote_is_believed() {
        let trusted: Vec<Network> = ["10.0.0.0/8", "fd00::/8"]
            .map(|network| Network::try_from(network.to_owned()).unwrap())
            .into();
        let cases: &[(&str, &[&str], &str)] = &[
            // From outside the header is the client's own invention.
            ("203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("203.0.113.9", &[], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            // What the client claimed stands on the left of what the proxy saw.
            ("10.0.0.1", &["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["192.0.2.66", "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["192.0.2.66, 198.51.100.1, 10.1.2.3"], "198.51.100.1"),
            ("10.0.0.1", &["10.9.9.9, 198.51.100.1, fd00::2"], "198.51.100.1"),
            ("10.0.0.1", &["10.9.9.9"], "10.9.9.9"),
            ("10.0.0.1", &["nonsense"], "10.0.0.1"),
            ("10.0.0.1", &["192.0.2.66, nonsense, 10.1.2.3"], "10.1.2.3"),
            ("10.0.0.1", &["192.0.2.66, "], "10.0.0.1"),
        ];
        for (peer, lines, expected) in cases {
            assert_eq!(behind_proxies(ip(peer), lines, &trusted), ip(expected), "{peer} {lines:?}");
        }
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one_client() {
        assert_eq!(counted_as(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
        assert_eq!(counted_as(ip("::ffff:198.51.100.1")), ip("198.51.100.1"));
        assert_ne!(counted_as(ip("2001:db8:1:3::1")), counted_as(ip("2001:db8:1:2::1")));
    }
}
