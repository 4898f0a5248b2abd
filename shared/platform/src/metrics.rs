//! Metrics as log lines in CloudWatch's embedded metric format: no call to make, paid as a line.
//!
//! The only dimensions are the stack's name and the function's. Tenants and endpoints are not bounded, and every new
//! value of a dimension is a new metric to pay for; they belong in log lines.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;

use serde_json::json;

use crate::telemetry::{Chain, Origin};
use crate::{clock, telemetry};

/// Where the metrics are in CloudWatch.
pub const NAMESPACE: &str = "Petstore";

/// What a metric's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// A time.
    Milliseconds,
}

impl Unit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
        }
    }
}

/// `n` more of what `name` counts.
pub fn count(name: &str, n: u32) {
    metric(name, f64::from(n), Unit::Count);
}

/// More of each of what these names count, in one line; what there is no more of is left out.
pub fn counts(counts: &[(&str, u32)]) {
    let counted: Vec<_> =
        counts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| (*name, f64::from(*n))).collect();
    if !counted.is_empty() {
        write(&counted, Unit::Count);
    }
}

/// One value of the metric `name`.
pub fn metric(name: &str, value: f64, unit: Unit) {
    write(&[(name, value)], unit);
}

fn write(values: &[(&str, f64)], unit: Unit) {
    let Some(origin) = telemetry::metrics_origin() else {
        tracing::info!(metrics = ?values, unit = unit.as_str(), "metrics");
        return;
    };
    let line = render(origin, values, unit);
    if let Err(error) = writeln!(std::io::stdout().lock(), "{line}") {
        tracing::warn!(error = %Chain(&error), metrics = ?values, "metrics were lost");
    }
}

fn render(origin: &Origin, values: &[(&str, f64)], unit: Unit) -> String {
    let metrics: Vec<_> =
        values.iter().map(|(name, _)| json!({"Name": name, "Unit": unit.as_str()})).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": clock::now().as_ms(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["Stack", "Function"]],
                "Metrics": metrics,
            }],
        },
        "Stack": origin.stack,
        "Function": origin.function,
    });
    for (name, value) in values {
        line[*name] = json!(value);
    }
    line.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Unit, render};
    use crate::telemetry::Origin;

    #[test]
    fn a_line_has_the_embedded_metric_format() {
        let origin = Origin { stack: "petstore-staging".to_owned(), function: "events" };
        let line = render(&origin, &[("PoisonRecord", 1.0), ("Other", 2.0)], Unit::Count);
        let metrics = json!([{"Name": "PoisonRecord", "Unit": "Count"}, {"Name": "Other", "Unit": "Count"}]);
        let value: Value = serde_json::from_str(&line).unwrap();
        let directive = &value["_aws"]["CloudWatchMetrics"][0];
        assert!(!line.contains('\n') && value["_aws"]["Timestamp"].is_i64());
        assert_eq!(directive["Dimensions"], json!([["Stack", "Function"]]));
        assert_eq!(directive["Metrics"], metrics);
        assert_eq!((&value["Stack"], &value["Function"]), (&json!("petstore-staging"), &json!("events")));
        assert_eq!((&value["PoisonRecord"], &value["Other"]), (&json!(1.0), &json!(2.0)));
    }
}
