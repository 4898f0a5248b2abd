//! The template's own words: the members of CloudFormation and SAM that are read, turned into [`super`]'s types.

mod bucket;
mod event;
mod function;
mod queue;
mod role;
mod table;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use self::bucket::RawBucket;
use self::function::RawFunction;
use self::queue::RawQueue;
use self::role::RawRole;
use self::table::RawTable;
use super::{Template, TemplateError};

/// Reads functions, tables and queues out of a resolved template.
pub(super) fn read(document: &Json) -> Result<Template, TemplateError> {
    let globals: Globals = member("Globals", document.get("Globals").unwrap_or(&Json::Null))?;
    let mut template = Template::default();
    let resources = document.get("Resources").and_then(Json::as_object);
    for (logical_id, resource) in resources.into_iter().flatten() {
        let properties = resource.get("Properties").unwrap_or(&Json::Null);
        match resource.get("Type").and_then(Json::as_str).unwrap_or_default() {
            "AWS::Serverless::Function" => {
                let function: RawFunction = member(logical_id, properties)?;
                template.functions.push(function.into_function(logical_id, &globals.function)?);
            }
            "AWS::DynamoDB::Table" => {
                template.tables.push(member::<RawTable>(logical_id, properties)?.into_table(logical_id)?);
            }
            "AWS::SQS::Queue" => {
                template.queues.push(member::<RawQueue>(logical_id, properties)?.into_queue(logical_id));
            }
            "AWS::S3::Bucket" => {
                template.buckets.push(member::<RawBucket>(logical_id, properties)?.into_bucket(logical_id));
            }
            "AWS::IAM::Role" => {
                template.roles.push(member::<RawRole>(logical_id, properties)?.into_role(logical_id));
            }
            _ => {}
        }
    }
    Ok(template)
}

fn member<T: DeserializeOwned + Default>(logical_id: &str, value: &Json) -> Result<T, TemplateError> {
    if value.is_null() {
        return Ok(T::default());
    }
    T::deserialize(value).map_err(|error| wrong(logical_id, error))
}

fn wrong(logical_id: &str, reason: impl ToString) -> TemplateError {
    TemplateError::Resource { logical_id: logical_id.to_owned(), reason: reason.to_string() }
}

/// `Queue.Arn` and `Table.StreamArn` both name the resource before the dot.
fn logical_id_of(reference: &str) -> String {
    reference.split('.').next().unwrap_or(reference).to_owned()
}

/// CloudFormation makes a name up where none is given; the logical id is as good here.
fn named(name: String, logical_id: &str) -> String {
    if name.is_empty() { logical_id.to_owned() } else { name }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Globals {
    function: RawFunction,
}
