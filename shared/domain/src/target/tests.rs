//! Tables of targets: what is refused and why, what is allowed and how it reads afterwards.

use std::net::IpAddr;

use proptest::prelude::*;

use super::{AddressPolicy, TargetError, TargetUrl, is_local_name, is_public};

fn parse(text: &str) -> Result<TargetUrl, TargetError> {
    TargetUrl::parse(text, AddressPolicy::PublicOnly, &["API.petstore.dev.".to_owned(), "9.9.9.9".to_owned()])
}

#[test]
fn x6_odd_urls_are_refused_each_for_its_reason() {
    use TargetError as E;
    for (text, error) in [
        ("", E::Malformed),
        ("/hook", E::Malformed),
        ("//shop.example.com/hook", E::Malformed),
        ("shop.example.com/hook", E::Malformed),
        ("https:shop.example.com", E::Malformed),
        ("https:/shop.example.com", E::Malformed),
        ("https://", E::Malformed),
        ("https:///shop.example.com/hook", E::Malformed),
        ("https://?x", E::Malformed),
        ("https://:443/", E::Malformed),
        ("https://shop.example.com:99999/", E::Malformed),
        ("https://shop.example.com:80a/", E::Malformed),
        ("https://shop.example.com../", E::Malformed),
        ("https://./", E::Malformed),
        ("https://sh%00op.example.com/", E::Malformed),
        ("https://a<b.example.com/", E::Malformed),
        ("https://xn--/", E::Malformed),
        ("https://[fe80::1%25eth0]/", E::Malformed),
        ("https://[fe80::1%eth0]/", E::Malformed),
        ("https://[::1/", E::Malformed),
        ("https://1.2.3.4.5/", E::Malformed),
        ("https://256.1.1.1/", E::Malformed),
        ("https://0xfffffffff/", E::Malformed),
        ("http://shop.example.com/", E::Scheme),
        ("ftp://shop.example.com/", E::Scheme),
        ("file://shop.example.com/etc/passwd", E::Scheme),
        ("gopher://shop.example.com/", E::Scheme),
        ("ws://shop.example.com/", E::Scheme),
        ("javascript://shop.example.com/%0aalert(1)", E::Scheme),
        ("https://shop.example.com:80/", E::Port),
        ("https://shop.example.com:22/", E::Port),
        ("https://shop.example.com:0/", E::Port),
        ("https://shop.example.com:9001/", E::Port),
        ("https://user@shop.example.com/", E::UserInfo),
        ("https://user:pass@shop.example.com/", E::UserInfo),
        ("https://@shop.example.com/", E::UserInfo),
        ("https://:@shop.example.com/", E::UserInfo),
        ("https://shop.example.com@169.254.169.254/", E::UserInfo),
        ("https://shop.example.com#@169.254.169.254/", E::Fragment),
        ("https://shop.example.com/#", E::Fragment),
        ("https://shop.example.com/hook#part", E::Fragment),
        ("https://shop.example.com\\@169.254.169.254/", E::Characters),
        ("https://shop.example.com/a b", E::Characters),
        (" https://shop.example.com/", E::Characters),
        ("https://shop.example.com/\n", E::Characters),
        ("https://shop.example.com/\r\nX-Injected: 1", E::Characters),
        ("ht\ttps://shop.example.com/", E::Characters),
        ("https://shop.example.com/\u{0}", E::Characters),
        ("https://shop.example.com/\u{7f}", E::Characters),
        ("https://shop.example.com/\u{85}", E::Characters),
        ("https://api.petstore.dev/v1/orders", E::OwnHost),
        ("https://API.PetStore.dev:8443/", E::OwnHost),
        ("https://api.petstore.dev./", E::OwnHost),
        ("https://%61pi.petstore.dev/", E::OwnHost),
        ("https://ａｐｉ.petstore.dev/", E::OwnHost),
        ("https://9.9.9.9/", E::OwnHost),
        ("https://0x9090909/", E::OwnHost),
    ] {
        assert_eq!(parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn x3_hosts_that_are_not_public_are_refused_in_every_spelling() {
    for host in [
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "intranet",
        "printer.local",
        "metadata.google.internal",
        "nas.home.arpa",
        "loc\u{ad}alhost",
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0X7F.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "0177.0x0.1",
        "127%2e0.0.1",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "0",
        "0.0.0.0",
        "0x0",
        "10.0.0.1",
        "012.1.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.16689662",
        "169.254.78.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.9",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "4294967295",
        "168.63.129.16",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:8.8.8.8]",
        "[::127.0.0.1]",
        "[::8.8.8.8]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::8.8.8.8]",
        "[64:ff9b:1::a00:1]",
        "[100::1]",
        "[100:0:0:1::1]",
        "[2001::1]",
        "[2001:0:4136:e378::1]",
        "[2001:1ff::1]",
        "[2001:db8::1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2002:808:808::1]",
        "[3fff::1]",
        "[3fff:fff::1]",
        "[5f00::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[febf::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[4000::1]",
        "[2606:4700::5efe:a00:1]",
        "[2606:4700:0:0:200:5efe:7f00:1]",
    ] {
        assert_eq!(parse(&format!("https://{host}/hook")), Err(TargetError::NotPublic), "{host}");
    }
}

#[test]
fn keeps_what_is_allowed_in_one_spelling() {
    for (text, origin, path_and_query) in [
        ("https://shop.example.com", "https://shop.example.com:443", "/"),
        ("https://shop.example.com/hook?a=b&c", "https://shop.example.com:443", "/hook?a=b&c"),
        ("HTTPS://Shop.Example.COM:443/Hook", "https://shop.example.com:443", "/Hook"),
        ("https://shop.example.com:8443/", "https://shop.example.com:8443", "/"),
        ("https://shop.example.com:08443/", "https://shop.example.com:8443", "/"),
        ("https://shop.example.com:/", "https://shop.example.com:443", "/"),
        ("https://shop.example.com./a/../b", "https://shop.example.com:443", "/b"),
        (
            "https://shop.example.com?next=//127.0.0.1/@x",
            "https://shop.example.com:443",
            "/?next=//127.0.0.1/@x",
        ),
        ("https://bücher.example.com/ü", "https://xn--bcher-kva.example.com:443", "/%C3%BC"),
        ("https://a_b.example.com/%0d%0a", "https://a_b.example.com:443", "/%0d%0a"),
        ("https://127.0.0.1.nip.io/", "https://127.0.0.1.nip.io:443", "/"),
        ("https://local.example.com/", "https://local.example.com:443", "/"),
        ("https://mylocalhost.com/", "https://mylocalhost.com:443", "/"),
        ("https://sub.api.petstore.dev/", "https://sub.api.petstore.dev:443", "/"),
        ("https://8.8.8.8/", "https://8.8.8.8:443", "/"),
        ("https://134744072/", "https://8.8.8.8:443", "/"),
        ("https://[2606:4700:4700::1111]:8443/", "https://[2606:4700:4700::1111]:8443", "/"),
        ("https://[2606:4700:4700:0:0:0:0:1111]/", "https://[2606:4700:4700::1111]:443", "/"),
    ] {
        let target = parse(text).unwrap();
        assert_eq!((target.origin().as_str(), target.path_and_query()), (origin, path_and_query), "{text}");
    }
}

#[test]
fn the_local_stack_reaches_any_host_and_port_but_never_itself() {
    let parse = |text| TargetUrl::parse(text, AddressPolicy::Any, &["localhost".to_owned()]);
    for text in
        ["http://127.0.0.1:4010/", "http://[::1]:1/", "http://receiver:8080/", "https://10.0.0.1:9001/"]
    {
        assert!(parse(text).is_ok(), "{text}");
    }
    assert_eq!(parse("http://localhost:8080/"), Err(TargetError::OwnHost));
    assert_eq!(parse("ftp://127.0.0.1/"), Err(TargetError::Scheme));
    assert_eq!(parse("http://user@127.0.0.1/"), Err(TargetError::UserInfo));
}

#[test]
fn counts_characters_as_given_and_as_sent() {
    let with_path = |path: String| parse(&format!("https://shop.example.com/{path}"));
    let room = 2_048 - "https://shop.example.com/".len();
    assert!(with_path("a".repeat(room)).is_ok());
    assert_eq!(with_path("a".repeat(room + 1)), Err(TargetError::TooLong));
    assert_eq!(with_path("ü".repeat(room)), Err(TargetError::TooLong), "six characters each once encoded");
}

#[test]
fn shows_the_host_and_nothing_else() {
    let target = parse("https://shop.example.com:8443/hook/s3cret?token=s3cret").unwrap();
    assert_eq!(format!("{target} {target:?}"), "shop.example.com TargetUrl(shop.example.com)");
    assert_eq!(target.lane_path(), "https://shop.example.com:8443/hook/s3cret");
    assert_eq!(target.authority(), "shop.example.com:8443");
    assert_eq!(parse("https://shop.example.com:443/").unwrap().authority(), "shop.example.com");
}

#[test]
fn knows_public_addresses_beside_the_closed_blocks() {
    for text in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "203.0.114.0",
        "223.255.255.255",
        "2000::1",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:4700::1111",
        "3ffe::1",
        "3fff:1000::1",
    ] {
        assert!(is_public(text.parse::<IpAddr>().unwrap()), "{text}");
    }
}

#[test]
fn knows_names_that_mean_something_near() {
    for name in ["localhost", "a.LOCALHOST.", "db", "x.internal", "home.arpa"] {
        assert!(is_local_name(name), "{name}");
    }
    for name in ["example.com", "notlocal.example", "xlocal.dev", "1.in-addr.arpa"] {
        assert!(!is_local_name(name), "{name}");
    }
}

proptest! {
    #[test]
    fn whatever_is_accepted_is_public_and_reads_the_same_again(text in "(https://)?\\PC{0,60}") {
        if let Ok(target) = parse(&text) {
            prop_assert!(target.address().is_none_or(is_public));
            prop_assert_eq!(parse(target.as_str()), Ok(target));
        }
    }

    #[test]
    fn no_ipv6_form_of_an_ipv4_address_is_public(v4: u32, prefix in 0usize..6) {
        let prefixes = [0u128, 0xffff << 32, 0xffff << 48, 0x64_ff9b << 96, 0x64_ff9b_0001 << 80, 0x2002 << 112];
        let shift = if prefix == 5 { 80 } else { 0 };
        prop_assert!(!is_public(IpAddr::V6((prefixes[prefix] | u128::from(v4) << shift).into())));
    }
}
