//! Where the pruning of photos goes on.

use domain::{Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;

struct Mark<'a> {
    after: Option<&'a str>,
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct MarkRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    at: Timestamp,
}

impl Record for Mark<'_> {
    const TABLE: Table = Table::State;
    type Row = MarkRow;

    fn key(&self) -> Key {
        Key::pruning()
    }

    /// A mark that is lost costs a day: nobody waits for it.
    fn version(&self) -> u64 {
        0
    }

    fn row(&self) -> MarkRow {
        MarkRow { after: self.after.map(str::to_owned), at: self.at }
    }
}

impl Store {
    /// The key behind which pruning goes on (consistent); `None` for the first of the bucket.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn pruning_fetch(&self) -> Result<Option<String>> {
        let item = self.get(Table::State, &Key::pruning()).await?;
        Ok(item.map(read::<MarkRow>).transpose()?.and_then(|mark| mark.after))
    }

    /// Marks the key behind which pruning goes on.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn pruning_mark(&self, after: Option<&str>, at: Timestamp) -> Result<()> {
        self.overwrite(&Mark { after, at }).await
    }
}
