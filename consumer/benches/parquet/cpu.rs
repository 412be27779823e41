//! The CPU time of single threads, as Linux counts it.

use std::fs;
use std::io;
use std::thread;
use std::time::Duration;

/// Nanoseconds that threads of this process of one name have taken; they wait, and so are counted to the end.
pub(crate) fn of_threads(name: &str) -> io::Result<f64> {
    let mut sum = 0.0;
    for task in fs::read_dir("/proc/self/task")? {
        let path = task?.path();
        // A thread may be gone by now.
        let comm = fs::read_to_string(path.join("comm")).unwrap_or_default();
        if comm.trim_end() == name {
            sum += taken(&fs::read_to_string(path.join("schedstat"))?)?;
        }
    }
    Ok(sum)
}

/// Nanoseconds that this thread has taken.
pub(crate) fn own() -> io::Result<f64> {
    // A thread that waits is counted to the end, one that runs to the last tick of the clock.
    thread::sleep(Duration::from_micros(1));
    taken(&fs::read_to_string("/proc/thread-self/schedstat")?)
}

fn taken(schedstat: &str) -> io::Result<f64> {
    let first = schedstat.split(' ').next().unwrap_or_default();
    first.parse().map_err(io::Error::other)
}
