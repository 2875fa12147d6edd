//! Addresses: ports, origins, URLs, networks.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use crate::text::{Invalid, text_type};

/// A TCP port. 0 means any free one, which only tests may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Port(u16);

impl Port {
    /// Any free port: the operating system chooses.
    pub const ANY: Self = Self(0);

    /// The port with this number.
    #[must_use]
    pub fn new(number: u16) -> Self {
        Self(number)
    }

    /// The port's number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One spelling for all the names of this machine, to compare hosts by.
pub(crate) fn canonical_host(host: &str) -> &str {
    match host {
        "127.0.0.1" | "::1" | "localhost" => "localhost",
        other => other,
    }
}

/// A TCP port in a list, where values are texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ListedPort(u16);

impl ListedPort {
    /// The port with this number.
    #[must_use]
    pub fn new(number: u16) -> Self {
        Self(number)
    }

    /// The port's number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<String> for ListedPort {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        let port = text.parse().ok().filter(|port| *port != 0);
        port.map(Self).ok_or_else(|| Invalid::new("a port such as `443`", &text))
    }
}

impl From<ListedPort> for String {
    fn from(port: ListedPort) -> Self {
        port.0.to_string()
    }
}

/// An address of this machine itself, with its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LoopbackAddress(SocketAddr);

impl LoopbackAddress {
    /// The address, if it is one of loopback.
    #[must_use]
    pub fn new(address: SocketAddr) -> Option<Self> {
        address.ip().is_loopback().then_some(Self(address))
    }

    /// Address and port.
    #[must_use]
    pub fn get(self) -> SocketAddr {
        self.0
    }
}

impl TryFrom<String> for LoopbackAddress {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse().ok().and_then(Self::new).ok_or_else(|| {
            Invalid::new(
                "an address of this machine with its port, such as `127.0.0.1:9000`",
                &text,
            )
        })
    }
}

impl From<LoopbackAddress> for String {
    fn from(address: LoopbackAddress) -> Self {
        address.0.to_string()
    }
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

text_type!(
    /// Scheme, host and port, spelled exactly as a browser sends it in its
    /// `Origin` header: origins are compared as bytes.
    Origin,
    "an origin such as `https://www.example.com` (lower case, no path, no trailing slash, no default port)",
    |text| Url::parse(text).is_ok_and(|url| is_http(&url) && url.origin().ascii_serialization() == text)
);

text_type!(
    /// An absolute http(s) URL without credentials, query, fragment or
    /// trailing slash: issuers are compared as bytes.
    HttpUrl,
    "an http(s) URL (host in lower case; no credentials, default port, query, fragment or trailing slash)",
    |text| {
        Url::parse(text).is_ok_and(|url| {
            is_http(&url)
                && url.as_str().trim_end_matches('/') == text
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        })
    }
);

impl Origin {
    /// Whether the origin is served over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.as_str().starts_with("https://")
    }
}

impl HttpUrl {
    /// Whether the URL is fetched over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.as_str().starts_with("https://")
    }
}

/// The URL of a PostgreSQL or Redis server. It may carry a password and is
/// therefore treated as a secret; [`redacted`](Self::redacted) is for people.
#[derive(Clone)]
pub struct ServerUrl(SecretString);

impl ServerUrl {
    const SCHEMES: [&str; 5] = ["postgres", "postgresql", "redis", "rediss", "redis+unix"];

    /// # Errors
    /// [`Invalid`] if it is no URL of such a server. The message does not
    /// repeat the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let url = Url::parse(text).ok().filter(|url| Self::SCHEMES.contains(&url.scheme()));
        match url {
            Some(_) => Ok(Self(text.into())),
            None => Err(Invalid::new("a URL that begins with postgres:// or redis://", "***")),
        }
    }

    /// The whole URL, password included, for the client that connects.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The scheme in front of `://`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.expose().split(':').next().unwrap_or_default()
    }

    /// Whether the URL carries a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        Url::parse(self.expose()).is_ok_and(|url| url.password().is_some())
    }

    /// The database as `host:port/name`, in one spelling, to compare by.
    pub(crate) fn place(&self) -> String {
        let Ok(url) = Url::parse(self.expose()) else { return String::new() };
        format!("{}{}", self.server(), url.path())
    }

    /// The server as `host:port`, in one spelling, to compare by.
    pub(crate) fn server(&self) -> String {
        let Ok(url) = Url::parse(self.expose()) else { return String::new() };
        let host =
            url.host_str().unwrap_or("localhost").trim_matches(['[', ']']).to_ascii_lowercase();
        let usual = if self.scheme().starts_with("redis") { 6379 } else { 5432 };
        format!("{}:{}", canonical_host(&host), url.port().unwrap_or(usual))
    }

    /// The URL with `***` for its password and without its query, which may hold one too.
    #[must_use]
    pub fn redacted(&self) -> String {
        let Ok(mut url) = Url::parse(self.expose()) else {
            return "***".to_owned();
        };
        let masked = url.password().is_none() || url.set_password(Some("***")).is_ok();
        if url.query().is_some() {
            url.set_query(Some("***"));
        }
        if masked { url.to_string() } else { "***".to_owned() }
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerUrl({})", self.redacted())
    }
}

impl<'de> Deserialize<'de> for ServerUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// An address or a range of addresses in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether `address` lies in the network. A v4 address that arrives
    /// mapped into v6 counts as v4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                net.to_bits() & mask == ip.to_bits() & mask
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                net.to_bits() & mask == ip.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl TryFrom<String> for Network {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        let parse = || {
            let (address, prefix) = match text.split_once('/') {
                Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
                None => (text.as_str(), None),
            };
            let address: IpAddr = address.parse().ok()?;
            let longest = if address.is_ipv4() { 32 } else { 128 };
            let prefix = prefix.unwrap_or(longest);
            (prefix <= longest).then_some(Self { address, prefix })
        };
        parse().ok_or_else(|| Invalid::new("an address or a range such as `10.0.0.0/8`", &text))
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        format!("{}/{}", network.address, network.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::{HttpUrl, Network, ServerUrl};

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("192.168.1.7", "192.168.1.7", "192.168.1.8"),
            ("192.168.1.7/31", "::ffff:192.168.1.6", "192.168.1.8"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
            ("0.0.0.0/0", "8.8.8.8", "2001:db8::1"),
            ("::/0", "2001:db8::1", "8.8.8.8"),
        ] {
            let network = Network::try_from(network.to_owned()).expect("a network");
            assert!(network.contains(inside.parse().expect("an address")), "{network:?} {inside}");
            assert!(
                !network.contains(outside.parse().expect("an address")),
                "{network:?} {outside}"
            );
        }
        for text in
            ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "localhost"]
        {
            assert!(Network::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_server_url_shows_no_password() {
        for (text, shown) in [
            ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
            ("redis://:pw@host/0", "redis://:***@host/0"),
            ("postgres://me:pw@host/db?password=pw", "postgres://me:***@host/db?***"),
            ("postgres://me@host/db", "postgres://me@host/db"),
        ] {
            let url = ServerUrl::parse(text).expect("a URL");
            assert_eq!((url.redacted().as_str(), url.expose()), (shown, text));
            assert_eq!(format!("{url:?}"), format!("ServerUrl({shown})"));
        }
        for text in ["", "host:6379", "http://host", "mysql://:pw@host"] {
            let refused =
                ServerUrl::parse(text).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(
                refused.contains("postgres://") && !refused.contains("pw"),
                "{text}: {refused}"
            );
        }
    }

    #[test]
    fn an_issuer_has_one_spelling() {
        for text in
            ["https://clerk.example", "http://localhost:8101", "https://auth.example/realms/a"]
        {
            assert!(HttpUrl::parse(text).is_ok(), "{text}");
        }
        for text in [
            "https://clerk.example/",
            "https://Clerk.example",
            "https://clerk.example:443",
            "https://a@clerk.example",
            "https://clerk.example?x",
            "https://clerk.example#x",
            "ftp://clerk.example",
            "clerk.example",
        ] {
            assert!(HttpUrl::parse(text).is_err(), "{text}");
        }
    }
}
