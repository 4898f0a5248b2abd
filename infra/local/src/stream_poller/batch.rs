//! Which records go into the next invocation, and where the checkpoint is after it. No IO.

use std::collections::VecDeque;
use std::time::Duration;

use aws_lambda_events::dynamodb::EventRecord;
use tokio::time::Instant;

use crate::filter::Filter;
use crate::stream_poller::reader::Record;

/// A record that waits for its invocation.
#[derive(Debug)]
struct Waiting {
    sequence: String,
    event: EventRecord,
    /// When the window that it opens is over; `None` for one that opens none.
    window_end: Option<Instant>,
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
    window: Duration,
    bisect: bool,
    /// Records for the next invocation: `batch_size`, or less while a failure is being cornered.
    take: usize,
}

impl Batches {
    pub(crate) fn new(batch_size: usize, window: Duration, bisect: bool) -> Self {
        let batch_size = batch_size.max(1);
        Self { waiting: VecDeque::new(), read_to: None, batch_size, window, bisect, take: batch_size }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The last record that was read, done or not.
    pub(crate) fn read_to(&self) -> Option<&str> {
        self.read_to.as_deref()
    }

    /// Until when the next batch may get more records; `None` when it is full, its window over, or part of it was
    /// handed over before. Without a window it is never open.
    pub(crate) fn open_until(&self, now: Instant) -> Option<Instant> {
        let end = self.waiting.front()?.window_end?;
        (self.waiting.len() < self.take && now < end).then_some(end)
    }

    /// Takes in what was read at `now`. Answers the checkpoint when nothing waits, since the filter held it all back.
    pub(crate) fn fill(&mut self, records: Vec<Record>, filter: &Filter, now: Instant) -> Option<String> {
        self.read_to = records.last().map(|record| record.sequence.clone());
        let window_end = (!self.window.is_zero()).then(|| now + self.window);
        let passing = records.into_iter().filter(|record| filter.matches(&record.event));
        self.waiting.extend(passing.filter_map(|record| waiting(record, window_end)));
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
            Outcome::Partial(failures) => {
                self.waited(size);
                self.done(self.lowest(failures, size))
            }
            Outcome::Failed => {
                self.waited(size);
                if self.bisect {
                    self.take = size.div_ceil(2).max(1);
                }
                None
            }
        }
    }

    /// The next `size` records have had their window: what is left of them comes again at once.
    fn waited(&mut self, size: usize) {
        self.waiting.iter_mut().take(size).for_each(|record| record.window_end = None);
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

fn waiting(record: Record, window_end: Option<Instant>) -> Option<Waiting> {
    match serde_json::from_value(record.event) {
        Ok(event) => Some(Waiting { sequence: record.sequence, event, window_end }),
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

    const NONE: Duration = Duration::ZERO;
    const WINDOW: Duration = Duration::from_secs(2);

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
        let mut batches = Batches::new(2, NONE, true);
        assert_eq!(batches.fill(records(&["1", "2", "3"]), &all(), Instant::now()), None);
        assert_eq!(sequences(&batches), ["1", "2"]);
        assert_eq!(batches.settle(&Outcome::Succeeded).as_deref(), Some("2"));
        assert_eq!(sequences(&batches), ["3"]);
        assert_eq!(batches.settle(&Outcome::Succeeded).as_deref(), Some("3"));
        assert!(batches.is_empty());
    }

    #[test]
    fn what_the_filter_holds_back_is_done_without_an_invocation() {
        let filter = Filter::parse(&[json!({"dynamodb": {"SequenceNumber": ["2"]}})]).unwrap();
        let mut batches = Batches::new(10, NONE, true);
        assert_eq!(batches.fill(records(&["1"]), &filter, Instant::now()).as_deref(), Some("1"));
        assert_eq!(batches.fill(records(&["2", "3"]), &filter, Instant::now()), None);
        assert_eq!(batches.settle(&Outcome::Succeeded).as_deref(), Some("3"));
    }

    #[test]
    fn the_lowest_failed_record_is_where_it_goes_on() {
        let mut batches = Batches::new(10, NONE, true);
        batches.fill(records(&["1", "2", "3", "4"]), &all(), Instant::now());
        let failures = vec![Some("4".to_owned()), Some("2".to_owned())];
        assert_eq!(batches.settle(&Outcome::Partial(failures)).as_deref(), Some("1"));
        assert_eq!(sequences(&batches), ["2", "3", "4"]);
    }

    #[test]
    fn an_unknown_or_missing_number_repeats_the_whole_batch() {
        for failures in [vec![None], vec![Some(String::new())], vec![Some("9".to_owned())]] {
            let mut batches = Batches::new(10, NONE, true);
            batches.fill(records(&["1", "2"]), &all(), Instant::now());
            assert_eq!(batches.settle(&Outcome::Partial(failures)), None);
            assert_eq!(sequences(&batches), ["1", "2"]);
        }
    }

    #[test]
    fn a_failed_batch_is_halved_until_the_culprit_is_alone() {
        let mut batches = Batches::new(8, NONE, true);
        batches.fill(records(&["1", "2", "3", "4"]), &all(), Instant::now());
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
        let mut batches = Batches::new(8, NONE, false);
        batches.fill(records(&["1", "2"]), &all(), Instant::now());
        batches.settle(&Outcome::Failed);
        assert_eq!(sequences(&batches), ["1", "2"]);
    }

    #[test]
    fn without_a_window_what_was_read_is_handed_over() {
        let (mut batches, now) = (Batches::new(8, NONE, true), Instant::now());
        assert_eq!(batches.open_until(now), None);
        batches.fill(records(&["1"]), &all(), now);
        assert_eq!(batches.open_until(now), None);
    }

    #[test]
    fn a_batch_is_open_until_it_is_full() {
        let (mut batches, now) = (Batches::new(3, WINDOW, true), Instant::now());
        batches.fill(records(&["1", "2"]), &all(), now);
        assert_eq!(batches.open_until(now), Some(now + WINDOW));
        batches.fill(records(&["3", "4"]), &all(), now);
        assert_eq!(batches.open_until(now), None);
        assert_eq!(sequences(&batches), ["1", "2", "3"]);
        assert_eq!(batches.settle(&Outcome::Succeeded).as_deref(), Some("3"));
    }

    #[test]
    fn a_batch_is_open_until_the_window_of_its_first_record_is_over() {
        let (mut batches, now) = (Batches::new(8, WINDOW, true), Instant::now());
        batches.fill(records(&["1"]), &all(), now);
        batches.fill(records(&["2"]), &all(), now + WINDOW / 2);
        assert_eq!(batches.open_until(now + WINDOW / 2), Some(now + WINDOW));
        assert_eq!(batches.open_until(now + WINDOW), None);
        assert_eq!(sequences(&batches), ["1", "2"]);
        assert_eq!(batches.settle(&Outcome::Succeeded).as_deref(), Some("2"));
    }

    #[test]
    fn what_no_batch_had_room_for_opens_the_next_from_when_it_came() {
        let (mut batches, now) = (Batches::new(2, WINDOW, true), Instant::now());
        batches.fill(records(&["1", "2", "3"]), &all(), now);
        batches.settle(&Outcome::Succeeded);
        assert_eq!(batches.open_until(now + WINDOW / 2), Some(now + WINDOW));
        assert_eq!(batches.open_until(now + WINDOW), None);
    }

    #[test]
    fn what_failed_comes_again_at_once_and_takes_along_what_waits() {
        let (mut batches, now) = (Batches::new(3, WINDOW, true), Instant::now());
        batches.fill(records(&["1", "2", "3", "4"]), &all(), now);
        batches.settle(&Outcome::Partial(vec![Some("3".to_owned())]));
        assert_eq!((batches.open_until(now), sequences(&batches)), (None, vec!["3".into(), "4".into()]));
    }

    #[test]
    fn the_halves_of_what_failed_come_at_once() {
        let (mut batches, now) = (Batches::new(4, WINDOW, true), Instant::now());
        batches.fill(records(&["1", "2", "3", "4"]), &all(), now);
        batches.settle(&Outcome::Failed);
        assert_eq!((batches.open_until(now), sequences(&batches)), (None, vec!["1".into(), "2".into()]));
        batches.settle(&Outcome::Succeeded);
        assert_eq!((batches.open_until(now), sequences(&batches)), (None, vec!["3".into(), "4".into()]));
        batches.settle(&Outcome::Succeeded);
        batches.fill(records(&["5"]), &all(), now);
        assert_eq!(batches.open_until(now), Some(now + WINDOW));
    }

    #[test]
    fn what_the_filter_holds_back_opens_no_batch_and_is_done_with_what_waits() {
        let filter = Filter::parse(&[json!({"dynamodb": {"SequenceNumber": ["2"]}})]).unwrap();
        let (mut batches, now) = (Batches::new(8, WINDOW, true), Instant::now());
        assert_eq!(batches.fill(records(&["1"]), &filter, now).as_deref(), Some("1"));
        assert_eq!(batches.open_until(now), None);
        assert_eq!(batches.fill(records(&["2"]), &filter, now), None);
        assert_eq!(batches.fill(records(&["3"]), &filter, now), None);
        assert_eq!((batches.read_to(), sequences(&batches)), (Some("3"), vec!["2".to_owned()]));
        assert_eq!(batches.settle(&Outcome::Succeeded).as_deref(), Some("3"));
    }
}
