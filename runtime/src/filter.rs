//! Commands that turn each line of stdin into one line of stdout, in bounded memory.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};

use crate::daemon::say;
use crate::lifecycle::{Exit, Failure};
use crate::lines::{Line, Lines};

/// Bytes read at once, and bytes of output that are worth a write.
const CHUNK: usize = 64 << 10;

/// One line of input.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Counted from 1.
    pub number: u64,
    /// The line without its end; nothing when it was longer than allowed.
    pub text: Option<&'a [u8]>,
}

/// How many lines there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub lines: u64,
    /// Those that failed.
    pub failed: u64,
}

impl Count {
    /// The end of a command that was to get every line right.
    ///
    /// # Errors
    /// 1 when a line failed.
    pub fn end(self) -> Result<(), Failure> {
        let Self { lines, failed } = self;
        if failed == 0 {
            return Ok(());
        }
        let message = format!("{failed} of {lines} lines failed");
        Err(Failure::said(Exit::SomeFailed, message))
    }
}

/// Gives every line of stdin, at most `max_line` bytes long, to `each`, and writes to stdout what that puts into the
/// buffer, with a line end. `each` tells whether the line was good. What is finished is written before more is waited
/// for.
///
/// # Errors
/// 75 when the reader of stdout is gone, 70 when stdin or stdout fail otherwise.
pub fn filter(
    max_line: usize,
    each: impl FnMut(Input<'_>, &mut Vec<u8>) -> bool,
) -> Result<Count, Failure> {
    filter_from(io::stdin().lock(), max_line, each)
}

/// As [`filter`], with another input than stdin's own bytes.
///
/// # Errors
/// As [`filter`].
pub fn filter_from(
    input: impl Read,
    max_line: usize,
    each: impl FnMut(Input<'_>, &mut Vec<u8>) -> bool,
) -> Result<Count, Failure> {
    match between(input, io::stdout().lock(), max_line, each) {
        Ok(count) => Ok(count),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::said(
            Exit::DrainIncomplete,
            "stdout was closed by its reader",
        )),
        Err(error) => Err(Failure::from(
            anyhow::Error::new(error).context("read stdin and write stdout"),
        )),
    }
}

/// Says how a command ended that has no log, and gives its exit code.
pub fn ended(name: &str, result: Result<(), Failure>) -> std::process::ExitCode {
    match result {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            say(&format!("{name}: {failure}"));
            failure.exit.into()
        }
    }
}

fn between(
    input: impl Read,
    mut output: impl Write,
    max_line: usize,
    mut each: impl FnMut(Input<'_>, &mut Vec<u8>) -> bool,
) -> io::Result<Count> {
    let mut input = BufReader::with_capacity(CHUNK, input);
    let mut lines = Lines::new(max_line);
    let mut count = Count::default();
    let mut out = Vec::new();
    let mut one = |lines: &Lines, line: Line, out: &mut Vec<u8>| {
        let number = lines.number();
        let text = (line == Line::Whole).then(|| lines.text());
        count.failed += u64::from(!each(Input { number, text }, out));
        count.lines = number;
        out.push(b'\n');
    };
    loop {
        let chunk = match input.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            chunk => chunk?,
        };
        let (read, mut rest) = (chunk.len(), chunk);
        if read == 0 {
            break;
        }
        while let Some(line) = lines.take(&mut rest) {
            one(&lines, line, &mut out);
            if out.len() >= CHUNK {
                drain(&mut out, &mut output)?;
            }
        }
        input.consume(read);
        drain(&mut out, &mut output)?;
        output.flush()?;
    }
    if let Some(line) = lines.finish() {
        one(&lines, line, &mut out);
    }
    drain(&mut out, &mut output)?;
    output.flush()?;
    Ok(count)
}

fn drain(out: &mut Vec<u8>, output: &mut impl Write) -> io::Result<()> {
    output.write_all(out)?;
    out.clear();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The output for an input; lines that begin with `!` are bad.
    fn run(input: &str, max_line: usize) -> (String, Count) {
        let mut output = Vec::new();
        let each = |line: Input<'_>, out: &mut Vec<u8>| {
            let text = line.text.unwrap_or(b"long");
            out.extend_from_slice(format!("{}:", line.number).as_bytes());
            out.extend_from_slice(text);
            !text.starts_with(b"!")
        };
        let count = between(input.as_bytes(), &mut output, max_line, each).unwrap();
        (String::from_utf8(output).unwrap(), count)
    }

    #[test]
    fn each_line_gives_one_line() {
        let (output, count) = run("a\n\n!b\r\ntoo long\nlast", 4);
        assert_eq!(output, "1:a\n2:\n3:!b\n4:long\n5:last\n");
        assert_eq!((count.lines, count.failed), (5, 1));
        assert_eq!(count.end().unwrap_err().to_string(), "1 of 5 lines failed");
        assert_eq!(run("", 4), (String::new(), Count::default()));
    }

    #[test]
    fn what_is_finished_is_written_before_more_is_waited_for() {
        struct Halves(Vec<&'static [u8]>, std::rc::Rc<std::cell::RefCell<Vec<u8>>>);
        impl Read for Halves {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let Some(half) = self.0.pop() else {
                    return Ok(0);
                };
                if self.0.is_empty() {
                    assert_eq!(*self.1.borrow(), b"one\n");
                }
                buffer[..half.len()].copy_from_slice(half);
                Ok(half.len())
            }
        }
        struct Shared(std::rc::Rc<std::cell::RefCell<Vec<u8>>>);
        impl Write for Shared {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.borrow_mut().extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let written = std::rc::Rc::default();
        let input = Halves(vec![b"two\n", b"one\n"], std::rc::Rc::clone(&written));
        let copy = |line: Input<'_>, out: &mut Vec<u8>| {
            out.extend_from_slice(line.text.unwrap_or_default());
            true
        };
        between(input, Shared(std::rc::Rc::clone(&written)), 9, copy).unwrap();
        assert_eq!(*written.borrow(), b"one\ntwo\n");
    }
}
