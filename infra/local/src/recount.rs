//! `petstore recount`: the catalogue made anew from the pets, in the local state folder or in any table.

use platform::aws::AwsConfig;
use platform::clock;
use platform::config::{self, Service};
use store::{Store, TableNames};

use crate::dynamodb::DynamoDb;
use crate::error::StartError;
use crate::options::Options;
use crate::state::StateFolder;

/// Recounts `table`, which the environment says how to reach, or the tables of the state folder, which no other process
/// may use meanwhile. Requests and streams may go on.
///
/// # Errors
/// [`StartError`]: the folder is in use, the environment lacks something, or DynamoDB fails.
pub async fn run(options: &Options, table: Option<String>, print: fn(&str)) -> Result<(), StartError> {
    match table {
        Some(state) => {
            let aws = config::aws(Service::DynamoDb).map_err(|error| StartError::step("recount", &error))?;
            recount(&aws, TableNames::of_stack(&state), print).await
        }
        None => {
            let folder = StateFolder::open(&options.state)?;
            let dynamodb = DynamoDb::start(&folder.database()).await?;
            let aws = AwsConfig::emulator(dynamodb.endpoint());
            let done = recount(&aws, TableNames::default(), print).await;
            dynamodb.stop().await;
            done
        }
    }
}

async fn recount(aws: &AwsConfig, tables: TableNames, print: fn(&str)) -> Result<(), StartError> {
    let store = Store::new(aws, tables);
    let rebuilt = catalogue::rebuild(&store, clock::now()).await;
    let rebuilt = rebuilt.map_err(|error| StartError::step("recount", &error))?;
    print(&format!(
        "{} pets of {} pools counted; {} entries of deleted pets taken out.",
        rebuilt.pets, rebuilt.pools, rebuilt.removed
    ));
    Ok(())
}
