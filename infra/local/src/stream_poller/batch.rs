//! Which records go into the next invocation, and where the checkpoint is after it. No IO.

use std::collections::VecDeque;

use aws_lambda_events::dynamodb::EventRecord;

use crate::filter::Filter;
use crate::stream_poller::reader::Record;

/// A record that waits for its invocation.
#[derive(Debug)]
struct Waiting {
    sequence: String,
    event: EventRecord,
}

/// The sequence numbers that a function reported as failed.
pub(crate) type Failures = Vec<Option<String>>;

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Every record is done.
    Succeeded,
    /// The function named records that are not.
    Partial(Failures),
    /// No record is known to be done.
    Failed,
}

/// Records that were read and are not done.
#[derive(Debug)]
pub(crate) struct Batches {
    waiting: VecDeque<Waiting>,
    /// The last record read, done as soon as nothing is waiting: what the filter held back needs no invocation.
    read_to: Option<String>,
    batch_size: usize,
    bisect: bool,
    /// Records for the next invocation: `batch_size`, or less while a failure is being cornered.
    take: usize,
}

impl Batches {
    pub(crate) fn new(batch_size: usize, bisect: bool) -> Self {
        let batch_size = batch_size.max(1);
        Self { waiting: VecDeque::new(), read_to: None, batch_size, bisect, take: batch_size }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes in what was read. Answers the checkpoint when the filter held everything back.
    pub(crate) fn fill(&mut self, records: Vec<Record>, filter: &Filter) -> Option<String> {
        self.read_to = records.last().map(|record| record.sequence.clone());
        let passing = records.into_iter().filter(|record| filter.matches(&record.event));
        self.waiting.extend(passing.filter_map(waiting));
        if self.waiting.is_empty() { self.read_to.clone() } else { None }
    }

    /// The records of the next invocation.
    pub(crate) fn next(&self) -> Vec<EventRecord> {
        self.waiting.iter().take(self.take).map(|record| record.event.clone()).collect()
    }

    /// Notes how the invocation of [`Self::next`] ended. Answers the checkpoint when it moved.
    pub(crate) fn settle(&mut self, outcome: &Outcome) -> Option<String> {
        let size = self.take.min(self.waiting.len());
        match outcome {
            Outcome::Succeeded => {
                self.take = self.batch_size;
                self.done(size)
            }
            Outcome::Partial(failures) => self.done(self.lowest(failures, size)),
            Outcome::Failed => {
                if self.bisect {
                    self.take = size.div_ceil(2).max(1);
                }
                None
            }
        }
    }

    /// The first failed record's place: it and all behind it come again. A number that was not in the batch, or none,
    /// means the whole batch, as in Lambda.
    fn lowest(&self, failures: &Failures, size: usize) -> usize {
        let place = |failure: &Option<String>| {
            let mut batch = self.waiting.iter().take(size);
            batch.position(|record| Some(&record.sequence) == failure.as_ref()).unwrap_or(0)
        };
        failures.iter().map(place).min().unwrap_or(size)
    }

    fn done(&mut self, count: usize) -> Option<String> {
        let last = self.waiting.drain(..count).next_back();
        if self.waiting.is_empty() { self.read_to.clone() } else { last.map(|record| record.sequence) }
    }
}

fn waiting(record: Record) -> Option<Waiting> {
    match serde_json::from_value(record.event) {
        Ok(event) => Some(Waiting { sequence: record.sequence, event }),
        Err(error) => {
            tracing::error!(sequence = record.sequence, %error, "a stream record is not as DynamoDB has them");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn records(sequences: &[&str]) -> Vec<Record> {
        let record = |sequence: &&str| {
            let change = json!({"SequenceNumber": sequence, "SizeBytes": 1});
            let event = json!({"awsRegion": "", "eventID": "", "eventName": "INSERT", "dynamodb": change});
            Record { sequence: (*sequence).to_owned(), event }
        };
        sequences.iter().map(record).collect()
    }

    fn all() -> Filter {
        Filter::parse(&[]).unwrap()
    }

    fn sequences(batches: &Batches) -> Vec<String> {
        batches.next().into_iter().filter_map(|record| record.change.sequence_number).collect()
    }

    #[test]
    fn batches_follow_in_order_and_move_the_checkpoint() {
        let mut batches = Batches::new(2, true);
        assert_eq!(batches.fill(records(&["1", "2", "3"]), &all()), None);
        assert_eq!(sequences(&batches), ["1", "2"]);
        assert_eq!(batches.settle(&Outcome::Succeeded).as_deref(), Some("2"));
        assert_eq!(sequences(&batches), ["3"]);
        assert_eq!(batches.settle(&Outcome::Succeeded).as_deref(), Some("3"));
        assert!(batches.is_empty());
    }

    #[test]
    fn what_the_filter_holds_back_is_done_without_an_invocation() {
        let filter = Filter::parse(&[json!({"dynamodb": {"SequenceNumber": ["2"]}})]).unwrap();
        let mut batches = Batches::new(10, true);
        assert_eq!(batches.fill(records(&["1"]), &filter).as_deref(), Some("1"));
        assert_eq!(batches.fill(records(&["2", "3"]), &filter), None);
        assert_eq!(batches.settle(&Outcome::Succeeded).as_deref(), Some("3"));
    }

    #[test]
    fn the_lowest_failed_record_is_where_it_goes_on() {
        let mut batches = Batches::new(10, true);
        batches.fill(records(&["1", "2", "3", "4"]), &all());
        let failures = vec![Some("4".to_owned()), Some("2".to_owned())];
        assert_eq!(batches.settle(&Outcome::Partial(failures)).as_deref(), Some("1"));
        assert_eq!(sequences(&batches), ["2", "3", "4"]);
    }

    #[test]
    fn an_unknown_or_missing_number_repeats_the_whole_batch() {
        for failures in [vec![None], vec![Some(String::new())], vec![Some("9".to_owned())]] {
            let mut batches = Batches::new(10, true);
            batches.fill(records(&["1", "2"]), &all());
            assert_eq!(batches.settle(&Outcome::Partial(failures)), None);
            assert_eq!(sequences(&batches), ["1", "2"]);
        }
    }

    #[test]
    fn a_failed_batch_is_halved_until_the_culprit_is_alone() {
        let mut batches = Batches::new(8, true);
        batches.fill(records(&["1", "2", "3", "4"]), &all());
        assert_eq!(batches.settle(&Outcome::Failed), None);
        assert_eq!(sequences(&batches), ["1", "2"]);
        assert_eq!(batches.settle(&Outcome::Failed), None);
        assert_eq!(sequences(&batches), ["1"]);
        assert_eq!(batches.settle(&Outcome::Failed), None);
        assert_eq!(sequences(&batches), ["1"]);
        assert_eq!(batches.settle(&Outcome::Succeeded).as_deref(), Some("1"));
        assert_eq!(sequences(&batches), ["2", "3", "4"]);
    }

    #[test]
    fn without_bisecting_the_same_batch_comes_again() {
        let mut batches = Batches::new(8, false);
        batches.fill(records(&["1", "2"]), &all());
        batches.settle(&Outcome::Failed);
        assert_eq!(sequences(&batches), ["1", "2"]);
    }
}
