//! Regular expressions in Java's syntax, matched within bounds.

use regex_automata::meta;
use regex_automata::util::syntax;

mod java;

/// Longest pattern in bytes.
const TEXT_BYTES: usize = 8 * 1024;
/// Largest program of one pattern in bytes.
const PROGRAM_BYTES: usize = 512 * 1024;
/// Largest table of states that are made while matching, in bytes.
const CACHE_BYTES: usize = 256 * 1024;
/// Most steps back that a pattern with look-around or back references may take for one text.
const STEPS: usize = 5_000;
/// What such a match costs, whatever the text.
const STEPS_COST: usize = 512;

/// A regular expression.
#[derive(Debug)]
pub(super) struct Pattern {
    engine: Engine,
    /// Bytes of the program.
    pub(super) size: usize,
}

#[derive(Debug)]
enum Engine {
    /// Takes time in proportion to the text.
    Linear(meta::Regex),
    /// Goes back and tries again, within a limit.
    Backtracking(Box<fancy_regex::Regex>),
}

/// Why there is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PatternFault {
    Syntax,
    TooLarge,
}

/// The match took too many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooManySteps;

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, PatternFault> {
        if text.len() > TEXT_BYTES {
            return Err(PatternFault::TooLarge);
        }
        let java::Translated { text, backtracks } =
            java::translate(text).ok_or(PatternFault::Syntax)?;
        if backtracks {
            return Self::backtracking(&text);
        }
        let config = meta::Config::new()
            .nfa_size_limit(Some(PROGRAM_BYTES))
            .hybrid_cache_capacity(CACHE_BYTES);
        let built = meta::Builder::new()
            .configure(config)
            .syntax(syntax::Config::new().nest_limit(100))
            .build(&text);
        match built {
            Ok(regex) => Ok(Self {
                size: regex.memory_usage(),
                engine: Engine::Linear(regex),
            }),
            Err(error) if error.size_limit().is_some() => Err(PatternFault::TooLarge),
            Err(_) => Err(PatternFault::Syntax),
        }
    }

    fn backtracking(text: &str) -> Result<Self, PatternFault> {
        let regex = fancy_regex::RegexBuilder::new(text)
            .backtrack_limit(STEPS)
            .delegate_size_limit(PROGRAM_BYTES)
            .delegate_dfa_size_limit(CACHE_BYTES)
            .max_prog_size(PROGRAM_BYTES / 64)
            .build()
            .map_err(|_| PatternFault::Syntax)?;
        Ok(Self {
            engine: Engine::Backtracking(Box::new(regex)),
            // Its real size is not to be had.
            size: PROGRAM_BYTES / 4,
        })
    }

    /// What a match costs, counted in simple checks.
    pub(super) fn cost(&self, text: &str) -> usize {
        match &self.engine {
            // The slowest way to match looks at every state for each byte.
            Engine::Linear(_) => 1 + (text.len() / 8).saturating_mul(1 + self.size / 2048),
            Engine::Backtracking(_) => STEPS_COST.saturating_add(text.len().saturating_mul(8)),
        }
    }

    pub(super) fn is_match(&self, text: &str) -> Result<bool, TooManySteps> {
        match &self.engine {
            Engine::Linear(regex) => Ok(regex.is_match(text)),
            Engine::Backtracking(regex) => regex.is_match(text).map_err(|_| TooManySteps),
        }
    }
}

#[cfg(test)]
mod tests;
