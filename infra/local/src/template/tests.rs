//! Reading templates: a small one with every form that is understood, and the repository's own.

use serde_json::json;

use super::{Queue, Redrive, Route, Template};

const SAMPLE: &str = r#"
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Size: {Type: Number, Default: 25}
Conditions:
  Never: !Equals [a, b]
  Big: !Not [!Equals [!Ref Size, 1]]
Globals:
  Function:
    Timeout: 29
    Environment: {Variables: {TABLE_NAME: !Ref Table, SHARED: 'off'}}
Resources:
  OrdersFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/orders/
      Reserved: !If [Never, 1, !Ref AWS::NoValue]
      Environment:
        Variables:
          SHARED: 'on'
          URL: !Sub 'https://${Domain}/${AWS::StackName}'
          NEVER: !If [Never, !Ref Table, '']
          BIG: !If [Big, !Ref Size, !Ref AWS::NoValue]
          UNKNOWN: !If [Undeclared, 1, 2]
      Events:
        Any: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: any, Path: '/orders/{id}'}}
        Default: {Type: HttpApi}
  EventsFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/events
      Timeout: 60
      Events:
        Stream:
          Type: DynamoDB
          Properties:
            Stream: {'Fn::GetAtt': [Table, StreamArn]}
            StartingPosition: TRIM_HORIZON
            BatchSize: !Ref Size
            MaximumBatchingWindowInSeconds: 3
            FilterCriteria: {Filters: [{Pattern: '{"eventName":["INSERT"]}'}]}
            FunctionResponseTypes: [ReportBatchItemFailures]
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn, BatchSize: 5}}
        Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Ref AWS::StackName
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}
  Work:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub ${AWS::StackName}-work
      VisibilityTimeout: 180
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Dead: {Type: AWS::SQS::Queue}
"#;

fn route(method: &str, path: &str) -> Route {
    Route { method: method.to_owned(), path: path.to_owned(), function: "orders".to_owned() }
}

#[test]
fn reads_routes_and_environment() {
    let template = Template::parse(SAMPLE).unwrap();
    let orders = template.function("orders").unwrap();
    assert_eq!(orders.routes, [route("ANY", "/orders/{id}"), route("ANY", "$default")]);
    assert_eq!(orders.timeout_secs, 29);
    let expected = json!({
        "TABLE_NAME": "Table", "SHARED": "on", "URL": "https://Domain/petstore",
        "NEVER": "", "BIG": 25, "UNKNOWN": null,
    });
    assert_eq!(serde_json::to_value(&orders.environment).unwrap(), expected);
}

#[test]
fn reads_event_source_mappings() {
    let template = Template::parse(SAMPLE).unwrap();
    let events = template.function("events").unwrap();
    assert_eq!(events.timeout_secs, 60);
    let [stream] = events.streams.as_slice() else { panic!("{events:?}") };
    assert_eq!((stream.table.as_str(), stream.batch_size), ("Table", 25));
    assert_eq!(stream.batching_window_secs, 3);
    assert_eq!(stream.filters, [json!({"eventName": ["INSERT"]})]);
    assert!(stream.partial_failures && !stream.bisect);
    assert_eq!((events.queues[0].queue.as_str(), events.queues[0].batch_size), ("Work", 5));
    assert_eq!(events.schedules, ["rate(1 minute)"]);
}

#[test]
fn reads_tables_and_queues() {
    let template = Template::parse(SAMPLE).unwrap();
    let table = template.table("Table").unwrap();
    assert_eq!((table.name.as_str(), table.key.partition.as_str()), ("petstore", "pk"));
    assert_eq!(table.ttl_attribute.as_deref(), Some("ttl"));
    let expected = Queue {
        logical_id: "Work".to_owned(),
        name: "petstore-work".to_owned(),
        visibility_timeout_secs: 180,
        retention_secs: 345_600,
        wait_secs: 0,
        redrive: Some(Redrive { target: "Dead".to_owned(), receives_max: 5 }),
        redrive_allow: None,
    };
    assert_eq!(template.queue("Work"), Some(&expected));
}

#[test]
fn a_wrong_resource_is_named() {
    let error =
        Template::parse("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: soon}}}");
    assert!(error.unwrap_err().to_string().starts_with("Q: "));
}

#[test]
fn the_own_template_has_what_the_local_stack_runs() {
    let template = Template::load().unwrap();
    for binary in ["orders", "payments", "callbacks", "pets", "webhooks", "fallback"] {
        assert!(!template.function(binary).unwrap().routes.is_empty(), "{binary}");
    }
    let stream = &template.function("events").unwrap().streams[0];
    assert_eq!(template.table(&stream.table).unwrap().name, "petstore");
    let delivery = &template.function("delivery").unwrap().queues;
    let names: Vec<_> = delivery.iter().map(|m| template.queue(&m.queue).unwrap().name.as_str()).collect();
    assert_eq!(names, ["petstore-deliveries", "petstore-slow"]);
    assert_eq!(template.routes().filter(|route| route.path == "$default").count(), 1);
}
