//! Which addresses belong to the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of version 4 that are nobody's to be reached from here: this host, private use,
/// carrier NAT, link-local (with it the metadata services), documentation, measurement,
/// multicast, reserved. From the IANA special-purpose registry.
const NOT_PUBLIC_V4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Version 6 hands out 2000::/3 and nothing else; all besides (`::1`, unique local, link-local,
/// multicast, the mapped and the translated forms of version 4) is refused with it. These parts
/// of 2000::/3 lead elsewhere: Teredo and other protocols, documentation, 6to4. The tunnels carry
/// an address of version 4, and nobody serves anything there.
const NOT_PUBLIC_V6: [(u128, u32); 4] = [
    (0x2001_0000 << 96, 23),
    (0x2001_0db8 << 96, 32),
    (0x2002_0000 << 96, 16),
    (0x3fff_0000 << 96, 20),
];

/// Whether the address is one of the public internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !NOT_PUBLIC_V4
        .iter()
        .any(|(network, prefix)| (bits ^ Ipv4Addr::from(*network).to_bits()) >> (32 - prefix) == 0)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    bits >> 125 == 1
        && !NOT_PUBLIC_V6.iter().any(|(network, prefix)| (bits ^ network) >> (128 - prefix) == 0)
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn the_edges_of_every_network() {
        let inside = "0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 \
            127.0.0.1 127.255.255.255 169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 \
            172.31.255.255 192.0.0.0 192.0.0.255 192.0.2.1 192.88.99.1 192.168.0.0 \
            192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 \
            239.255.255.255 240.0.0.0 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 \
            ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 fc00::1 \
            fdff:ffff::1 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1 2001:db8::1 2001:db8:ffff::1 \
            2001::1 2001:0:7f00:1:: 2002:7f00:1::1 2002:a00:1::1 2002:c0a8:1::1 3fff::1 5f00::1 \
            4000::1";
        for text in inside.split_whitespace() {
            assert!(!is_public(text.parse().expect("an address")), "{text} passes");
        }
        let outside = "1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 \
            126.255.255.255 128.0.0.1 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 \
            192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 \
            198.51.99.1 198.51.101.1 203.0.112.1 203.0.114.1 223.255.255.255 \
            2001:200::1 2001:4860:4860::8888 2606:4700::1111 2a00:1450::1 3ffe::1";
        for text in outside.split_whitespace() {
            assert!(is_public(text.parse().expect("an address")), "{text} is refused");
        }
    }
}
