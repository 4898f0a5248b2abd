//! Who an anonymous caller is, as far as anyone can tell.

use std::net::IpAddr;

/// The part of an address that one subscriber holds: all of IPv4, the /64 of IPv6 (RFC 6177). An address that nobody
/// named, as without a gateway, is one subject.
pub(crate) fn subscriber(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::subscriber;

    #[test]
    fn neighbours_in_a_64_are_one_subscriber() {
        assert_eq!(subscriber("2001:db8:1:2:3::4"), subscriber("2001:db8:1:2:ffff::1"));
        assert_ne!(subscriber("2001:db8:1:2::4"), subscriber("2001:db8:1:3::4"));
        assert_ne!(subscriber("192.0.2.1"), subscriber("192.0.2.2"));
        assert_eq!(subscriber("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(subscriber(""), subscriber("nonsense"));
    }
}
