//! CloudFormation's intrinsic functions, as far as a reader without an account can resolve them.
//!
//! `!Ref` of a parameter is its default, of a pseudo parameter the local stack's value, of a resource its logical
//! id; `!GetAtt Queue.Arn` is the text `Queue.Arn`; `!Sub` fills both in. Conditions are decided by the defaults, and
//! `!If` by them. What needs an account (`!Select`, …) becomes null: nothing that the local stack reads is written that way.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use serde_norway::Value as Yaml;

use super::{ACCOUNT, REGION, STACK_NAME};

/// The whole template as plain JSON.
pub(super) fn document(template: &Yaml) -> Json {
    Resolver { parameters: defaults(template), conditions: template.get("Conditions") }.json(template)
}

fn defaults(template: &Yaml) -> BTreeMap<String, Json> {
    let declared = template.get("Parameters").and_then(Yaml::as_mapping);
    let pairs = declared.into_iter().flatten();
    let nothing = Resolver { parameters: BTreeMap::new(), conditions: None };
    pairs
        .filter_map(|(name, parameter)| {
            Some((name.as_str()?.to_owned(), nothing.json(parameter.get("Default")?)))
        })
        .collect()
}

struct Resolver<'t> {
    parameters: BTreeMap<String, Json>,
    conditions: Option<&'t Yaml>,
}

impl Resolver<'_> {
    fn json(&self, value: &Yaml) -> Json {
        match value {
            Yaml::Null => Json::Null,
            Yaml::Bool(flag) => Json::Bool(*flag),
            Yaml::Number(number) => serde_json::to_value(number).unwrap_or(Json::Null),
            Yaml::String(text) => Json::String(text.clone()),
            Yaml::Sequence(items) => items.iter().map(|item| self.json(item)).collect(),
            Yaml::Mapping(members) => self.mapping(members),
            Yaml::Tagged(tagged) => {
                let name = tagged.tag.to_string();
                self.intrinsic(name.trim_start_matches('!'), &tagged.value)
            }
        }
    }

    fn mapping(&self, members: &serde_norway::Mapping) -> Json {
        let mut pairs = members.iter().map(|(name, value)| (key(name), value));
        if members.len() == 1
            && let Some((name, value)) = pairs.next()
            && (name == "Ref" || name.starts_with("Fn::"))
        {
            return self.intrinsic(name.trim_start_matches("Fn::"), value);
        }
        let pairs = members.iter().map(|(name, value)| (key(name), self.json(value)));
        Json::Object(pairs.collect::<Map<_, _>>())
    }

    fn intrinsic(&self, name: &str, argument: &Yaml) -> Json {
        match (name, argument) {
            ("Ref", Yaml::String(target)) => self.reference(target),
            ("GetAtt", Yaml::String(target)) => Json::String(target.clone()),
            ("GetAtt", Yaml::Sequence(parts)) => {
                let parts: Vec<_> = parts.iter().filter_map(Yaml::as_str).collect();
                Json::String(parts.join("."))
            }
            ("Sub", Yaml::String(text)) => Json::String(self.substitute(text)),
            ("Equals", Yaml::Sequence(sides)) => {
                Json::Bool(sides.windows(2).all(|pair| self.json(&pair[0]) == self.json(&pair[1])))
            }
            ("Not", Yaml::Sequence(one)) => {
                Json::Bool(one.iter().all(|condition| self.json(condition) == Json::Bool(false)))
            }
            ("If", Yaml::Sequence(parts)) => self.choose(parts),
            _ => Json::Null,
        }
    }

    fn choose(&self, parts: &[Yaml]) -> Json {
        let [Yaml::String(condition), yes, no] = parts else { return Json::Null };
        let condition = self.conditions.and_then(|conditions| conditions.get(condition.as_str()));
        match condition.map(|condition| self.json(condition)) {
            Some(Json::Bool(true)) => self.json(yes),
            Some(Json::Bool(false)) => self.json(no),
            _ => Json::Null,
        }
    }

    fn reference(&self, target: &str) -> Json {
        let known = match target {
            "AWS::StackName" => STACK_NAME,
            "AWS::Region" => REGION,
            "AWS::AccountId" => ACCOUNT,
            "AWS::Partition" => "aws",
            "AWS::NoValue" => return Json::Null,
            _ => return self.parameters.get(target).cloned().unwrap_or_else(|| target.into()),
        };
        known.into()
    }

    /// `${Name}` becomes what `!Ref` or `!GetAtt` would; `${!Name}` stays as `${Name}`.
    fn substitute(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            match name.strip_prefix('!') {
                Some(literal) => out.push_str(&format!("${{{literal}}}")),
                None => out.push_str(&self.text(name)),
            }
            rest = after;
        }
        out + rest
    }

    fn text(&self, name: &str) -> String {
        match self.reference(name) {
            Json::String(text) => text,
            other => other.to_string(),
        }
    }
}

fn key(name: &Yaml) -> String {
    match name {
        Yaml::String(text) => text.clone(),
        other => serde_norway::to_string(other).unwrap_or_default().trim().to_owned(),
    }
}
