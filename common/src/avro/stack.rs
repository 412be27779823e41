//! A stack that needs no allocation for its first entries.

/// So many entries lie in the stack itself.
const FEW: usize = 32;

#[derive(Debug)]
pub(super) struct Stack<T> {
    /// Made when the first entry comes.
    few: Option<[T; FEW]>,
    many: Vec<T>,
    length: usize,
}

impl<T: Copy + Default> Stack<T> {
    pub(super) const fn new() -> Self {
        Self {
            few: None,
            many: Vec::new(),
            length: 0,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }

    pub(super) fn push(&mut self, entry: T) {
        match self.length.checked_sub(FEW) {
            None => self.few.get_or_insert_with(|| [T::default(); FEW])[self.length] = entry,
            Some(at) => {
                self.many.truncate(at);
                self.many.push(entry);
            }
        }
        self.length += 1;
    }

    pub(super) fn get(&self, index: usize) -> Option<T> {
        if index >= self.length {
            return None;
        }
        match index.checked_sub(FEW) {
            None => self.few.map(|few| few[index]),
            Some(at) => self.many.get(at).copied(),
        }
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index >= self.length {
            return None;
        }
        match index.checked_sub(FEW) {
            None => self.few.as_mut()?.get_mut(index),
            Some(at) => self.many.get_mut(at),
        }
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn entries_are_those_of_a_vector(steps in prop::collection::vec((0_usize..8, any::<u8>()), 0..300)) {
            let (mut stack, mut vector) = (Stack::new(), Vec::new());
            for (step, entry) in steps {
                if step == 0 {
                    let length = usize::from(entry) % (vector.len() + 2);
                    stack.truncate(length);
                    vector.truncate(length);
                } else {
                    stack.push(entry);
                    vector.push(entry);
                }
                if let (1, Some(last)) = (step, vector.last_mut()) {
                    *last = 7;
                    *stack.get_mut(stack.len() - 1).unwrap() = 7;
                }
                prop_assert_eq!(stack.len(), vector.len());
                for at in 0..=vector.len() {
                    prop_assert_eq!(stack.get(at), vector.get(at).copied());
                    prop_assert_eq!(stack.get_mut(at).copied(), vector.get(at).copied());
                }
            }
        }
    }
}
