//! What a deployment may lose, must see and lets through.

use std::collections::BTreeSet;

use local::template::Template;
use serde_norway::Value as Yaml;

const TEMPLATE: &str = include_str!("../../../../template.yaml");

fn template() -> Yaml {
    serde_norway::from_str(TEMPLATE).unwrap()
}

fn names(mapping: &Yaml) -> BTreeSet<String> {
    mapping.as_mapping().unwrap().keys().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Kept when the stack goes, and not when its creation fails: a second try would find the names taken.
#[test]
fn what_holds_data_outlives_the_stack_and_no_failed_creation() {
    let template = template();
    let holds_data = |kind: &str| {
        ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"].contains(&kind)
    };
    for (name, resource) in template["Resources"].as_mapping().unwrap() {
        let is_kept = holds_data(resource["Type"].as_str().unwrap());
        let deletion = resource.get("DeletionPolicy").and_then(Yaml::as_str);
        let replacement = resource.get("UpdateReplacePolicy").and_then(Yaml::as_str);
        let expected = (is_kept.then_some("RetainExceptOnCreate"), is_kept.then_some("Retain"));
        assert_eq!((deletion, replacement), expected, "{name:?}");
    }
}

/// CloudFormation looks a secret up only where the template changes, so a new version must be a change.
#[test]
fn a_key_of_the_deployers_is_named_with_its_version() {
    let references = TEMPLATE.split("{{resolve:secretsmanager:${").skip(1);
    let references = references.map(|rest| rest.split_once("}}}").map_or(rest, |(reference, _)| reference));
    let (of_deployers, own): (Vec<_>, Vec<_>) =
        references.partition(|reference| reference.contains("ApiKeySecretArn"));
    assert_eq!((of_deployers.len(), own), (4, vec!["MasterKey", "MasterKeyArn"]));
    for reference in of_deployers {
        let name = reference.split("SecretArn").next().unwrap();
        assert_eq!(reference, format!("{name}SecretArn}}:SecretString:::${{{name}Version"));
    }
}

#[test]
fn the_gateway_limits_routes_that_there_are() {
    let routes: BTreeSet<_> =
        Template::load().unwrap().routes().map(|route| format!("{} {}", route.method, route.path)).collect();
    let limited = names(&template()["Resources"]["Api"]["Properties"]["RouteSettings"]);
    assert!(limited.is_subset(&routes), "{limited:?}");
    assert!(limited.contains("ANY /v1/chat/completions"), "what a model answers costs money");
}

#[test]
fn both_doors_of_the_chat_have_a_cap() {
    let template = template();
    let doors = Template::load().unwrap().functions.into_iter().filter(|function| function.binary == "chat");
    let doors: Vec<_> = doors.map(|function| function.logical_id).collect();
    assert_eq!(doors.len(), 2);
    for door in doors {
        let cap = &template["Resources"][door.as_str()]["Properties"]["ReservedConcurrentExecutions"];
        assert!(format!("{cap:?}").contains("ChatConcurrency"), "{door}: {cap:?}");
    }
}

#[test]
fn every_parameter_is_in_a_group_of_the_console() {
    let template = template();
    let groups = &template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"];
    let groups = groups.as_sequence().unwrap().iter();
    let shown = groups.flat_map(|group| group["Parameters"].as_sequence().unwrap());
    let shown: Vec<_> = shown.map(|name| name.as_str().unwrap().to_owned()).collect();
    assert_eq!(shown.iter().cloned().collect::<BTreeSet<_>>(), names(&template["Parameters"]));
    assert_eq!(shown.len(), names(&template["Parameters"]).len(), "each once");
}
