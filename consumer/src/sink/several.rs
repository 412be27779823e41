//! All sinks of a consumer, which mostly is one: content is theirs by their numbers, and safe when it is with all of them.

use super::Sink;
use crate::batch::Slot;
use crate::shape::{Content, Shape};
use std::io;

/// See the module's words.
pub(crate) struct Sinks {
    all: Vec<Box<dyn Sink>>,
    /// Of the content at hand those that have taken theirs: they are not given it again.
    taken: Vec<bool>,
    /// The one that was asked last.
    last: usize,
}

impl Sinks {
    pub(crate) fn new(all: Vec<Box<dyn Sink>>) -> Self {
        Self {
            taken: vec![false; all.len()],
            all,
            last: 0,
        }
    }

    /// The name of the one that was asked last.
    pub(crate) fn name(&self) -> &'static str {
        self.all[self.last].name()
    }

    /// The shapes that they take records in, by their numbers.
    pub(crate) fn shapes(&self) -> Vec<Shape> {
        self.all.iter().map(|sink| sink.shape()).collect()
    }

    /// Whether all make each write safe at once.
    pub(crate) fn are_safe_at_once(&self) -> bool {
        self.all.iter().all(|sink| sink.is_safe_at_once())
    }

    /// Whether some of this content stays in files that are open when it is written.
    pub(crate) fn keep(&self, content: &[Content]) -> bool {
        let mut parts = self.all.iter().zip(content);
        parts.any(|(sink, part)| !sink.is_safe_at_once() && !part.is_empty())
    }

    /// Writes content, each part to the sink of its number.
    ///
    /// # Errors
    /// Not all have taken theirs. The same content has to be given again until they have; who has is passed over then.
    pub(crate) fn write(&mut self, slot: Slot, content: &[Content]) -> io::Result<()> {
        for (at, part) in content.iter().enumerate() {
            if !self.taken[at] && !part.is_empty() {
                self.last = at;
                self.all[at].write(slot, part)?;
                self.taken[at] = true;
            }
        }
        self.taken.fill(false);
        Ok(())
    }

    /// The partitions whose open files are to be closed now.
    pub(crate) fn due(&self) -> Vec<Slot> {
        self.all.iter().flat_map(|sink| sink.due()).collect()
    }

    /// Closes all open files of a partition.
    ///
    /// # Errors
    /// As [`Sink::close`].
    pub(crate) fn close(&mut self, slot: Slot, is_ours: &dyn Fn() -> bool) -> io::Result<()> {
        for (at, sink) in self.all.iter_mut().enumerate() {
            self.last = at;
            sink.close(slot, is_ours)?;
        }
        Ok(())
    }

    /// The partition is somebody else's.
    pub(crate) fn forget(&mut self, slot: Slot) {
        for sink in &mut self.all {
            sink.forget(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Line, Lines};
    use std::sync::{Arc, Mutex};

    /// Takes what it is given, but for the first so many times.
    struct Fickle {
        failures: usize,
        taken: Arc<Mutex<Vec<Vec<u8>>>>,
    }

    impl Sink for Fickle {
        fn name(&self) -> &'static str {
            "fickle"
        }

        fn write(&mut self, _: Slot, content: &Content) -> io::Result<()> {
            if let Some(left) = self.failures.checked_sub(1) {
                self.failures = left;
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.taken.lock().unwrap().push(content.text().to_vec());
            Ok(())
        }
    }

    fn line(text: &str) -> Content {
        let end = Line {
            offset: 0,
            millis: None,
            label: None,
            end: text.len(),
        };
        Content::Lines(Lines {
            text: text.as_bytes().to_vec(),
            ends: vec![end],
        })
    }

    #[test]
    fn who_has_taken_its_part_is_not_given_it_again() {
        let taken = [0, 2].map(|failures| {
            let taken = Arc::default();
            (
                Fickle {
                    failures,
                    taken: Arc::clone(&taken),
                },
                taken,
            )
        });
        let [(one, ones), (other, others)] = taken;
        let mut sinks = Sinks::new(vec![Box::new(one), Box::new(other)]);
        let slot = Slot::fixed(0);
        for (content, failures) in [([line("a"), line("b")], 2), ([line("c"), line("d")], 0)] {
            for _ in 0..failures {
                sinks.write(slot, &content).unwrap_err();
            }
            sinks.write(slot, &content).unwrap();
        }
        assert_eq!(*ones.lock().unwrap(), [b"a", b"c"]);
        assert_eq!(*others.lock().unwrap(), [b"b", b"d"]);
    }
}
