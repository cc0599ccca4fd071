//! Counts what test runners say about themselves: nextest's summary and the result lines of cargo test.

/// Tests passed and failed over all runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    /// Takes the counts out of a runner's closing line; every other line is passed over.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim_start();
        if !(line.starts_with("test result: ") || (line.starts_with("Summary [") && line.contains(" run: "))) {
            return;
        }
        self.passed += before(line, "passed");
        self.failed += before(line, "failed") + before(line, "timed out") + before(line, "exec failed");
    }

    /// The plain line that says what the runs came to. One that broke before any test failed counts as a failure.
    pub(crate) fn closing_line(&self, good: bool) -> String {
        format!("{} passed, {} failed", self.passed, self.failed.max(u64::from(!good)))
    }
}

/// The number right before the first `word`, or 0.
fn before(line: &str, word: &str) -> u64 {
    let at = line.match_indices(word).find_map(|(at, _)| line[..at].split_whitespace().next_back()?.parse().ok());
    at.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn runners_are_counted() {
        let table = [
            ("     Summary [   0.016s] 3 tests run: 3 passed, 0 skipped", (3, 0)),
            ("     Summary [  12.1s] 10 tests run: 7 passed (1 slow), 2 failed, 1 timed out, 4 skipped", (7, 3)),
            ("     Summary [  12.1s] 5/10 tests run: 4 passed, 1 exec failed, 0 skipped", (4, 1)),
            ("test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s", (7, 0)),
            ("test result: FAILED. 5 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out", (5, 1)),
            ("test counts_what_passed ... ok", (0, 0)),
            ("a log line: 9 passed, 9 failed", (0, 0)),
        ];
        for (line, (passed, failed)) in table {
            let mut tally = Tally::default();
            tally.read(line);
            assert_eq!(tally, Tally { passed, failed }, "{line}");
        }
    }

    #[test]
    fn runs_add_up() {
        let mut tally = Tally::default();
        tally.read("test result: ok. 7 passed; 0 failed;");
        tally.read("Summary [ 1s] 2 tests run: 1 passed, 1 failed, 0 skipped");
        assert_eq!(tally.closing_line(false), "8 passed, 1 failed");
        assert_eq!(Tally::default().closing_line(false), "0 passed, 1 failed");
        assert_eq!(Tally::default().closing_line(true), "0 passed, 0 failed");
    }
}
