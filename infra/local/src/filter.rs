//! The filter patterns of event source mappings, as far as ours need them.
//!
//! A pattern is an object whose leaves are arrays: a record matches when each leaf matches one of its array's
//! entries. An entry is a plain value, or `exists`, `prefix`, `suffix`, `anything-but`. Anything else is refused at
//! start: guessing would run functions on records that AWS would hold back.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>

use serde_json::Value as Json;

/// Why a pattern cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the filter pattern has {0}, which the local stack does not know")]
pub struct PatternError(String);

/// The patterns of one mapping; a record passes when it matches any of them, or when there are none.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    patterns: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    All(Vec<(String, Node)>),
    Any(Vec<Rule>),
}

#[derive(Clone, Debug, PartialEq)]
enum Rule {
    Equal(Json),
    Exists(bool),
    Prefix(String),
    Suffix(String),
    AnythingBut(Vec<Json>),
}

impl Filter {
    /// Reads patterns.
    ///
    /// # Errors
    /// [`PatternError`] on a form that is not known.
    pub fn parse(patterns: &[Json]) -> Result<Self, PatternError> {
        Ok(Self { patterns: patterns.iter().map(node).collect::<Result<_, _>>()? })
    }

    /// Whether `record` starts the function.
    #[must_use]
    pub fn matches(&self, record: &Json) -> bool {
        self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(Some(record)))
    }
}

fn node(pattern: &Json) -> Result<Node, PatternError> {
    match pattern {
        Json::Object(members) => {
            let members = members.iter().map(|(name, pattern)| match name.as_str() {
                "$or" => Err(PatternError("$or".to_owned())),
                _ => Ok((name.clone(), node(pattern)?)),
            });
            Ok(Node::All(members.collect::<Result<_, _>>()?))
        }
        Json::Array(entries) => Ok(Node::Any(entries.iter().map(rule).collect::<Result<_, _>>()?)),
        other => Err(PatternError(format!("{other} where an object or an array must be"))),
    }
}

fn rule(entry: &Json) -> Result<Rule, PatternError> {
    let Json::Object(members) = entry else { return Ok(Rule::Equal(entry.clone())) };
    let mut members = members.iter();
    match (members.next(), members.next()) {
        (Some((name, value)), None) => operator(name, value),
        _ => Err(PatternError(entry.to_string())),
    }
}

fn operator(name: &str, value: &Json) -> Result<Rule, PatternError> {
    match (name, value) {
        ("exists", Json::Bool(flag)) => Ok(Rule::Exists(*flag)),
        ("prefix", Json::String(text)) => Ok(Rule::Prefix(text.clone())),
        ("suffix", Json::String(text)) => Ok(Rule::Suffix(text.clone())),
        ("anything-but", Json::Array(values)) => Ok(Rule::AnythingBut(values.clone())),
        ("anything-but", Json::String(_) | Json::Number(_)) => Ok(Rule::AnythingBut(vec![value.clone()])),
        _ => Err(PatternError(format!("{name}: {value}"))),
    }
}

impl Node {
    fn matches(&self, value: Option<&Json>) -> bool {
        match self {
            Self::All(members) => {
                members.iter().all(|(name, node)| node.matches(value.and_then(|value| value.get(name))))
            }
            Self::Any(rules) => rules.iter().any(|rule| rule.matches(value)),
        }
    }
}

impl Rule {
    /// An array in the record matches when one of its elements does.
    fn matches(&self, value: Option<&Json>) -> bool {
        match (self, value) {
            (Self::Exists(wanted), value) => *wanted == value.is_some_and(|value| !value.is_object()),
            (_, Some(Json::Array(elements))) => elements.iter().any(|element| self.matches(Some(element))),
            (Self::Equal(wanted), Some(value)) => wanted == value,
            (Self::Prefix(prefix), Some(Json::String(text))) => text.starts_with(prefix),
            (Self::Suffix(suffix), Some(Json::String(text))) => text.ends_with(suffix),
            (Self::AnythingBut(refused), Some(value)) => !value.is_object() && !refused.contains(value),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(pattern: Json, record: Json) -> bool {
        Filter::parse(&[pattern]).unwrap().matches(&record)
    }

    #[test]
    fn the_outbox_mark_decides() {
        let pattern = json!({"dynamodb": {"NewImage": {"outbox": {"S": ["1"]}}}});
        assert!(passes(
            pattern.clone(),
            json!({"dynamodb": {"NewImage": {"outbox": {"S": "1"}, "pk": {"S": "a"}}}})
        ));
        assert!(!passes(pattern.clone(), json!({"dynamodb": {"NewImage": {"outbox": {"S": "0"}}}})));
        assert!(!passes(pattern.clone(), json!({"dynamodb": {"NewImage": {"pk": {"S": "1"}}}})));
        assert!(!passes(
            pattern,
            json!({"eventName": "REMOVE", "dynamodb": {"OldImage": {"outbox": {"S": "1"}}}})
        ));
    }

    #[test]
    fn all_members_must_match_and_one_of_each_array() {
        let pattern = json!({"eventName": ["INSERT", "MODIFY"], "a": {"N": ["7"]}});
        assert!(passes(pattern.clone(), json!({"eventName": "MODIFY", "a": {"N": "7"}})));
        assert!(!passes(pattern.clone(), json!({"eventName": "REMOVE", "a": {"N": "7"}})));
        assert!(!passes(pattern, json!({"eventName": "INSERT", "a": {"N": "8"}})));
    }

    #[test]
    fn operators_match_as_lambda_documents_them() {
        assert!(passes(json!({"a": [{"exists": true}]}), json!({"a": "x"})));
        assert!(passes(json!({"a": [{"exists": false}]}), json!({})));
        assert!(!passes(json!({"a": [{"exists": true}]}), json!({"a": {"b": 1}})), "only leaves exist");
        assert!(passes(json!({"a": [{"prefix": "ORDER#"}]}), json!({"a": "ORDER#1"})));
        assert!(!passes(json!({"a": [{"prefix": "ORDER#"}]}), json!({"a": 1})));
        assert!(passes(json!({"a": [{"suffix": "#1"}]}), json!({"a": "ORDER#1"})));
        assert!(!passes(json!({"a": [{"anything-but": ["x", "y"]}]}), json!({"a": "x"})));
        assert!(passes(json!({"a": ["x"]}), json!({"a": ["w", "x"]})), "one element is enough");
    }

    #[test]
    fn any_pattern_is_enough_and_none_passes_all() {
        let filter = Filter::parse(&[json!({"a": [1]}), json!({"b": [2]})]).unwrap();
        assert!(filter.matches(&json!({"b": 2})) && !filter.matches(&json!({"b": 3})));
        assert!(Filter::parse(&[]).unwrap().matches(&json!({})));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for pattern in [json!({"a": "x"}), json!({"a": [{"numeric": [">", 1]}]}), json!({"$or": []})] {
            assert!(Filter::parse(&[pattern]).is_err());
        }
    }
}
