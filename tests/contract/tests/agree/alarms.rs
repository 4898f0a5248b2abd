//! Alarms ask for metrics that somebody sends, of this stack alone, and leave no function out.

use std::collections::{BTreeMap, BTreeSet};

use local::template::Template;
use serde_norway::Value as Yaml;

const TEMPLATE: &str = include_str!("../../../../template.yaml");
const README: &str = include_str!("../../../../README.md");
/// An alarm on a formula may name ten metrics.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html>
const METRICS_MAX: usize = 10;

/// One metric of an alarm.
struct Metric {
    alarm: String,
    namespace: String,
    name: String,
    /// By name, with what `!Ref` and `!GetAtt` refer to.
    dimensions: BTreeMap<String, String>,
    period_secs: u64,
}

fn alarms() -> Vec<(String, Vec<Metric>)> {
    let template: Yaml = serde_norway::from_str(TEMPLATE).unwrap();
    let resources = template["Resources"].as_mapping().unwrap().iter();
    let alarms = resources.filter(|(_, resource)| text(&resource["Type"]) == "AWS::CloudWatch::Alarm");
    alarms.map(|(id, alarm)| (text(id), metrics(&text(id), &alarm["Properties"]))).collect()
}

fn all() -> Vec<Metric> {
    alarms().into_iter().flat_map(|(_, metrics)| metrics).collect()
}

fn metrics(alarm: &str, properties: &Yaml) -> Vec<Metric> {
    let Some(metrics) = properties.get("Metrics").and_then(Yaml::as_sequence) else {
        return vec![metric(alarm, properties, &properties["Period"])];
    };
    let stats = metrics.iter().filter_map(|metric| metric.get("MetricStat"));
    stats.map(|stat| metric(alarm, &stat["Metric"], &stat["Period"])).collect()
}

fn metric(alarm: &str, of: &Yaml, period: &Yaml) -> Metric {
    let dimensions = of["Dimensions"].as_sequence().unwrap().iter();
    Metric {
        alarm: alarm.to_owned(),
        namespace: text(&of["Namespace"]),
        name: text(&of["MetricName"]),
        dimensions: dimensions.map(|one| (text(&one["Name"]), text(&one["Value"]))).collect(),
        period_secs: period.as_u64().unwrap(),
    }
}

fn text(value: &Yaml) -> String {
    match value {
        Yaml::Tagged(tagged) => text(&tagged.value),
        other => other.as_str().unwrap().to_owned(),
    }
}

#[test]
fn no_alarm_names_more_metrics_than_it_may() {
    for (alarm, metrics) in alarms() {
        assert!((1..=METRICS_MAX).contains(&metrics.len()), "{alarm} names {}", metrics.len());
    }
}

/// Each metric of an alarm is paid for, and the README says what they cost once somebody is told of them.
#[test]
fn the_readme_counts_the_metrics_of_alarms() {
    let template: Yaml = serde_norway::from_str(TEMPLATE).unwrap();
    let condition = |metric: &Metric| text(&template["Resources"][metric.alarm.as_str()]["Condition"]);
    let metrics = all();
    let count = metrics.iter().filter(|metric| condition(metric) == "HasAlarmTopic").count();
    assert!(metrics.iter().all(|metric| ["HasAlarmTopic", "AlarmsOfStream"].contains(&&*condition(metric))));
    assert!(README.contains(&format!("| alarms | {count} metrics,")), "{count} metrics");
    assert!(README.contains(&format!("each | {}.{}0 |", count / 10, count % 10)), "at ten cents");
}

/// Two stacks of one account must not ring for each other.
#[test]
fn our_own_metrics_are_asked_of_this_stack_and_of_functions_that_there_are() {
    let template = Template::load().unwrap();
    for function in &template.functions {
        assert_eq!(function.environment["STACK_NAME"], local::template::STACK_NAME, "{}", function.binary);
    }
    for metric in all().iter().filter(|metric| metric.namespace == platform::metrics::NAMESPACE) {
        let names: Vec<_> = metric.dimensions.keys().map(String::as_str).collect();
        assert_eq!(names, ["Function", "Stack"], "{}", metric.alarm);
        assert_eq!(metric.dimensions["Stack"], "AWS::StackName", "{}", metric.alarm);
        assert!(template.function(&metric.dimensions["Function"]).is_some(), "{}", metric.alarm);
    }
}

/// AWS tells metrics of different stacks apart by names and ids, so each must be one of this template.
#[test]
fn other_metrics_are_asked_of_what_the_template_makes() {
    let template: Yaml = serde_norway::from_str(TEMPLATE).unwrap();
    for metric in all().iter().filter(|metric| metric.namespace != platform::metrics::NAMESPACE) {
        for resource in metric.dimensions.values() {
            let resource = resource.split('.').next().unwrap_or_default();
            // SAM names a mapping after its function and its event.
            let is_mapping = metric.dimensions.contains_key("EventSourceMappingUUID");
            let resource = if is_mapping { resource.trim_end_matches("Stream") } else { resource };
            assert!(template["Resources"].get(resource).is_some(), "{}: {resource}", metric.alarm);
        }
    }
}

#[test]
fn errors_and_throttles_of_every_function_ring() {
    let functions: BTreeSet<_> =
        Template::load().unwrap().functions.into_iter().map(|function| function.logical_id).collect();
    for name in ["Errors", "Throttles"] {
        let metrics = all();
        let of = metrics.iter().filter(|metric| metric.namespace == "AWS/Lambda" && metric.name == name);
        let watched: Vec<_> = of.map(|metric| metric.dimensions["FunctionName"].clone()).collect();
        assert_eq!(watched.iter().cloned().collect::<BTreeSet<_>>(), functions, "{name}");
        assert_eq!(watched.len(), functions.len(), "{name}: one alarm each");
    }
}

/// Of what runs once a day a failure is one point in a day: two of three minutes never come together.
#[test]
fn what_runs_once_a_day_rings_at_its_first_failure() {
    let template = Template::load().unwrap();
    let daily = template.functions.iter().filter(|f| f.schedules.iter().any(|at| at == "rate(1 day)"));
    let daily: Vec<_> = daily.map(|function| function.logical_id.as_str()).collect();
    assert_eq!(daily, ["PruneFunction"]);
    let document: Yaml = serde_norway::from_str(TEMPLATE).unwrap();
    for metric in all().iter().filter(|metric| metric.name == "Errors") {
        if daily.contains(&metric.dimensions["FunctionName"].as_str()) {
            let alarm = &document["Resources"][metric.alarm.as_str()]["Properties"];
            let points = (alarm["EvaluationPeriods"].as_u64(), alarm.get("DatapointsToAlarm"));
            assert_eq!((metric.period_secs, points), (86_400, (Some(1), None)), "{}", metric.alarm);
        }
    }
}
