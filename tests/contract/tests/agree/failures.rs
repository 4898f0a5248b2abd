//! docs/failure-modes.md says of every failure on record what becomes of it: tests are named after it, or it cannot occur.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use local::template::Template;
use serde_json::json;

/// The families of failures, and how many each has.
const FAMILIES: [(char, u32); 5] = [('l', 13), ('d', 12), ('s', 12), ('x', 18), ('p', 6)];
/// What an entry says of a failure that has no test.
const IMPOSSIBLE: &str = "Cannot occur";

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn known() -> BTreeSet<String> {
    FAMILIES.iter().flat_map(|(family, count)| (1..=*count).map(move |n| format!("{family}{n}"))).collect()
}

/// The id that `text` begins with and that `end` follows: `l1` of `l1_emptied_…`.
fn id(text: &str, end: char) -> Option<String> {
    let (id, _) = text.split_once(end)?;
    let (family, number) = id.split_at_checked(1)?;
    let is_id = FAMILIES.iter().any(|(known, _)| family.starts_with(*known))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| id.to_owned())
}

/// Each id of the page, with the entry that it ends.
fn page() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(root().join("docs/failure-modes.md")).unwrap();
    let mut entries = BTreeMap::new();
    for entry in text.split("\n- ").skip(1) {
        let entry = entry.split("\n\n").next().unwrap().trim();
        let (_, ids) = entry.rsplit_once('(').unwrap_or_else(|| panic!("an entry without a number: {entry}"));
        for named in ids.trim_end_matches(')').split(", ") {
            let before = entries.insert(named.to_lowercase(), entry.to_owned());
            assert_eq!(before, None, "{named} is there twice");
        }
    }
    entries
}

/// The ids that names of tests begin with.
fn tested(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tested(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<_> = text.lines().map(str::trim).collect();
            for two in lines.windows(2) {
                let is_test = two[0].starts_with("#[test]") || two[0].starts_with("#[tokio::test");
                let name = two[1].trim_start_matches("async ").strip_prefix("fn ").filter(|_| is_test);
                found.extend(name.and_then(|name| id(name, '_')));
            }
        }
    }
}

#[test]
fn every_failure_has_a_test_or_cannot_occur() {
    let (page, mut tests) = (page(), BTreeSet::new());
    for part in ["functions", "shared", "infra", "tests"] {
        tested(&root().join(part), &mut tests);
    }
    assert_eq!(page.keys().cloned().collect::<BTreeSet<_>>(), known(), "the page has every failure");
    assert_eq!(tests.difference(&known()).collect::<Vec<_>>(), Vec::<&String>::new());
    for (id, entry) in &page {
        let is_impossible = entry.contains(IMPOSSIBLE);
        assert_ne!(tests.contains(id), is_impossible, "{id}: tested, or said to be impossible: {entry}");
    }
}

#[test]
fn names_are_told_from_numbers() {
    assert_eq!(id("l1_emptied", '_').as_deref(), Some("l1"));
    assert_eq!(id("x18_told(", '_').as_deref(), Some("x18"));
    for other in ["lists_are", "l_1", "z1_a", "d1", "_", ""] {
        assert_eq!(id(other, '_'), None, "{other}");
    }
}

/// The delivery function is told what its queues do, so that it can refuse to start where that does not fit.
#[test]
fn d9_delivery_knows_for_how_long_a_message_is_hidden() {
    let template = Template::load().unwrap();
    let delivery = template.function("delivery").unwrap();
    for mapping in &delivery.queues {
        let hidden_secs = template.queue(&mapping.queue).unwrap().visibility_timeout_secs;
        let told = &delivery.environment["QUEUE_VISIBILITY_SECS"];
        assert_eq!(*told, json!(hidden_secs.to_string()), "{}", mapping.queue);
    }
}
