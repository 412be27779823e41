//! Runs a target with the input kept in a file: where the stack overflows, libFuzzer has none left to save it.

use std::fs::File;
use std::os::unix::fs::FileExt;

thread_local! {
    static LAST: std::cell::OnceCell<File> = const { std::cell::OnceCell::new() };
}

pub(crate) fn run(name: &str, input: &[u8]) {
    let kept = LAST.with(|last| {
        let last = last.get_or_init(|| File::create(format!("last-{name}")).expect("a file"));
        last.set_len(input.len() as u64)?;
        last.write_all_at(input, 0)
    });
    kept.expect("the input can be kept");
    fuzz::run(name, input);
}
