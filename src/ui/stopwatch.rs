//! Measures how long something stands before a person, without the time in which it is out of sight.

/// A watch; all times are milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stopwatch {
    began_ms: Option<i64>,
    rests_since_ms: Option<i64>,
}

impl Stopwatch {
    /// Begins anew.
    pub(crate) fn start(&mut self, now_ms: i64) {
        *self = Self {
            began_ms: Some(now_ms),
            rests_since_ms: None,
        };
    }

    /// Stands still until [`Self::go_on`].
    pub(crate) fn rest(&mut self, now_ms: i64) {
        self.rests_since_ms.get_or_insert(now_ms);
    }

    /// Goes on after a rest.
    pub(crate) fn go_on(&mut self, now_ms: i64) {
        if let Some(since) = self.rests_since_ms.take() {
            self.began_ms = self.began_ms.map(|began| began + (now_ms - since).max(0));
        }
    }

    /// Returns the milliseconds since it began, rests left out; `None` before it began or where the clock
    /// was put back.
    pub(crate) fn elapsed_ms(&self, now_ms: i64) -> Option<i64> {
        let until = self.rests_since_ms.unwrap_or(now_ms);
        self.began_ms
            .map(|began| until - began)
            .filter(|ms| *ms >= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_out_of_sight_does_not_count() {
        let mut watch = Stopwatch::default();
        assert_eq!(watch.elapsed_ms(5), None);
        watch.go_on(5);
        watch.rest(6);
        watch.start(10);
        assert_eq!(watch.elapsed_ms(14), Some(4));
        watch.rest(14);
        watch.rest(20);
        assert_eq!(watch.elapsed_ms(30), Some(4));
        watch.go_on(30);
        watch.go_on(31);
        assert_eq!(watch.elapsed_ms(32), Some(6));
        // A clock that was put back measures nothing.
        assert_eq!(watch.elapsed_ms(7), None);
    }
}
