//! Pairs of two lists, so that as many as possible have a partner of their own.

use std::collections::VecDeque;

/// Gives each of `left` its partner among `right`, where `fits` says who fits whom; as many as can have one.
///
/// Those at the same index are tried first, so that two equal lists take no more than their length. No recursion.
///
/// # Errors
/// The first error of `fits`.
pub(super) fn partners<E>(
    left: usize,
    right: usize,
    mut fits: impl FnMut(usize, usize) -> Result<bool, E>,
) -> Result<Vec<Option<usize>>, E> {
    let mut owners: Vec<Option<usize>> = vec![None; right];
    let mut partners: Vec<Option<usize>> = vec![None; left];
    for index in 0..left.min(right) {
        if fits(index, index)? {
            (owners[index], partners[index]) = (Some(index), Some(index));
        }
    }
    for index in 0..left {
        if partners[index].is_none() {
            augment(index, &mut owners, &mut partners, &mut fits)?;
        }
    }
    Ok(partners)
}

/// Finds a partner for `start`, if need be by giving others another one: the shortest way, breadth first.
fn augment<E>(
    start: usize,
    owners: &mut [Option<usize>],
    partners: &mut [Option<usize>],
    fits: &mut impl FnMut(usize, usize) -> Result<bool, E>,
) -> Result<(), E> {
    let mut asked_by: Vec<Option<usize>> = vec![None; owners.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(left) = queue.pop_front() {
        for right in 0..owners.len() {
            if asked_by[right].is_some() || !fits(left, right)? {
                continue;
            }
            asked_by[right] = Some(left);
            let Some(owner) = owners[right] else {
                hand_over(right, &asked_by, owners, partners);
                return Ok(());
            };
            queue.push_back(owner);
        }
    }
    Ok(())
}

/// Gives `free` to who asked for it, what that one had to who asked for that, and so on.
fn hand_over(
    free: usize,
    asked_by: &[Option<usize>],
    owners: &mut [Option<usize>],
    partners: &mut [Option<usize>],
) {
    let mut given = Some(free);
    while let Some(right) = given
        && let Some(left) = asked_by[right]
    {
        owners[right] = Some(left);
        given = partners[left].replace(right);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::partners;

    fn count(edges: &[Vec<bool>], right: usize) -> usize {
        let fits = |one: usize, other: usize| Ok::<_, ()>(edges[one][other]);
        let found = partners(edges.len(), right, fits).unwrap();
        let mut taken: Vec<usize> = found.iter().flatten().copied().collect();
        for (one, other) in found.iter().enumerate() {
            assert!(other.is_none_or(|other| edges[one][other]));
        }
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken.len(), found.iter().flatten().count());
        taken.len()
    }

    /// The most that can have a partner, by trying everything.
    fn most(edges: &[Vec<bool>], taken: u32) -> usize {
        let Some((first, rest)) = edges.split_first() else {
            return 0;
        };
        let free = |right: &usize| first[*right] && taken & (1 << right) == 0;
        let with = (0..first.len()).filter(free);
        let with = with.map(|right| 1 + most(rest, taken | (1 << right)));
        with.max().unwrap_or(0).max(most(rest, taken))
    }

    #[test]
    fn a_partner_is_given_away_where_that_helps() {
        let edges = [vec![true, true], vec![true, false]];
        assert_eq!(count(&edges, 2), 2);
        let chain = [
            vec![true, true, false],
            vec![false, true, true],
            vec![true, false, false],
        ];
        assert_eq!(count(&chain, 3), 3);
    }

    #[test]
    fn equal_lists_take_no_more_than_their_length() {
        let mut asked = 0;
        let fits = |one, other| {
            asked += 1;
            Ok::<_, ()>(one == other)
        };
        let found = partners(10_000, 10_000, fits).unwrap();
        assert!(found.iter().all(Option::is_some));
        assert_eq!(asked, 10_000);
    }

    proptest! {
        #[test]
        fn as_many_as_can_have_a_partner(edges in prop::collection::vec(prop::collection::vec(any::<bool>(), 5), 0..6)) {
            prop_assert_eq!(count(&edges, 5), most(&edges, 0));
        }
    }
}
