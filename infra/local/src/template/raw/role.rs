//! A role: what a function may do.

use serde::Deserialize;
use serde_json::Value as Json;

use crate::template::{Role, Statement};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawRole {
    policies: Vec<RawPolicy>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawPolicy {
    policy_document: RawDocument,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawDocument {
    /// Null where a condition of the template decides.
    statement: Vec<Option<RawStatement>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawStatement {
    action: OneOrMany,
    resource: OneOrMany,
    condition: Json,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

impl RawRole {
    pub(super) fn into_role(self, logical_id: &str) -> Role {
        let documents = self.policies.into_iter().map(|policy| policy.policy_document);
        let statements = documents.flat_map(|document| document.statement).flatten();
        Role {
            logical_id: logical_id.to_owned(),
            statements: statements.map(RawStatement::into_statement).collect(),
        }
    }
}

impl RawStatement {
    fn into_statement(self) -> Statement {
        let keys = &self.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
        let keys = serde_json::from_value::<Option<OneOrMany>>(keys.clone()).ok().flatten();
        Statement {
            actions: self.action.into_vec(),
            resources: self.resource.into_vec(),
            leading_keys: keys.map(OneOrMany::into_vec),
        }
    }
}
