//! Rules that lead back to themselves for the same value, so that checking would never end.

use super::schema::{Rule, RuleId};

/// A rule in a circle, if there is one.
pub(super) fn find(rules: &[Rule]) -> Option<RuleId> {
    let mut states = vec![State::New; rules.len()];
    for start in 0..rules.len() {
        if states[start] == State::New
            && let Some(found) = visit(rules, start, &mut states)
        {
            return Some(found);
        }
    }
    None
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// On the way that is looked at.
    Open,
    Done,
}

/// Follows all ways from one rule, deep ones too, so with a stack of its own.
fn visit(rules: &[Rule], start: usize, states: &mut [State]) -> Option<RuleId> {
    let mut way = vec![(start, rules[start].same_place())];
    states[start] = State::Open;
    while let Some((rule, next)) = way.last_mut() {
        let Some(id) = next.pop() else {
            states[*rule] = State::Done;
            way.pop();
            continue;
        };
        let index = id as usize;
        match states[index] {
            State::Open => return Some(id),
            State::Done => {}
            State::New => {
                states[index] = State::Open;
                way.push((index, rules[index].same_place()));
            }
        }
    }
    None
}
