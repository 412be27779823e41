//! Verdicts for other programs: a JSON line in, a JSON line out.
//!
//! In: `{"format":"AVRO","mode":"BACKWARD","old":…,"new":…}`, the definitions as texts, and `"strict":true` for the
//! strict rules. Out: `{"compatible":true,"verdict":"compatible"}`, or `{"error":…}` for what is no definition.

use std::error::Error;
use std::io::{self, BufRead, Write};

use compatibility::avro::{self, Strictness};
use compatibility::{Definition, Earlier, Format, Mode, Options, check};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = answer(&line?).unwrap_or_else(|error| json!({"error": error.to_string()}));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(line: &str) -> Result<Value, Box<dyn Error>> {
    let job: Value = serde_json::from_str(line)?;
    let text = |key: &str| {
        let text = job.get(key).and_then(Value::as_str);
        text.ok_or_else(|| format!("the line has no {key}"))
    };
    let format = text("format")?;
    let format = Format::ALL.into_iter().find(|one| one.as_str() == format);
    let format = format.ok_or("no such format")?;
    let mode: Mode = text("mode")?.parse()?;
    let mut options = Options::default();
    if job.get("strict").and_then(Value::as_bool) == Some(true) {
        options.avro = avro::Options {
            record_names: Strictness::Strict,
            enum_symbols: Strictness::Strict,
        };
    }
    let earlier = Earlier {
        number: 1,
        definition: Definition::parse(format, text("old")?)?,
    };
    let new = Definition::parse(format, text("new")?)?;
    let verdict = check(mode, &new, &[earlier], &options);
    Ok(json!({"compatible": verdict.is_compatible(), "verdict": verdict.to_string()}))
}
