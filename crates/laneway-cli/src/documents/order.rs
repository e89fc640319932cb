//! Orders in which lines are submitted. Knows numbers only.

/// Each line directly after the last one that it needs, the rest in their order. `needs[i]` are the lines that line
/// `i` needs. Lines that need each other in a circle come last, in their order.
pub(crate) fn dependent(needs: &[Vec<u32>]) -> Vec<u32> {
    let mut remaining: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut dependents = vec![Vec::new(); needs.len()];
    for (line, needed) in (0_u32..).zip(needs) {
        needed.iter().for_each(|needed| dependents[*needed as usize].push(line));
    }
    let mut order = Vec::with_capacity(needs.len());
    let mut placed = vec![false; needs.len()];
    let mut ready = Vec::new();
    for root in (0_u32..).zip(needs).filter(|(_, needed)| needed.is_empty()).map(|(line, _)| line) {
        ready.push(root);
        while let Some(line) = ready.pop() {
            order.push(line);
            placed[line as usize] = true;
            // The last one pushed comes next.
            for dependent in dependents[line as usize].iter().rev() {
                remaining[*dependent as usize] -= 1;
                if remaining[*dependent as usize] == 0 {
                    ready.push(*dependent);
                }
            }
        }
    }
    order.extend((0_u32..).zip(&placed).filter(|(_, placed)| !**placed).map(|(line, _)| line));
    order
}

/// The files' order.
pub(crate) fn of_files(lines: usize) -> Vec<u32> {
    (0_u32..).take(lines).collect()
}

/// All lines at random; the same for the same seed.
pub(crate) fn shuffled(lines: usize, seed: u64) -> Vec<u32> {
    let mut order = of_files(lines);
    fastrand::Rng::with_seed(seed).shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_directly_after_the_last_one_it_needs() {
        // 3 needs 0 and 1, 4 needs 3, 5 needs 0; 6 and 7 need each other.
        let needs = [vec![], vec![], vec![], vec![0, 1], vec![3], vec![0], vec![7], vec![6]];
        assert_eq!(dependent(&needs), [0, 5, 1, 3, 4, 2, 6, 7]);
    }

    #[test]
    fn a_seed_gives_one_order() {
        assert_eq!(shuffled(100, 7), shuffled(100, 7));
        assert_ne!(shuffled(100, 7), shuffled(100, 8));
        let mut sorted = shuffled(100, 7);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<u32>>());
    }

    proptest::proptest! {
        #[test]
        fn every_line_comes_once_and_after_what_it_needs(pairs in proptest::collection::vec((0_u32..40, 0_u32..40), 0..120)) {
            let mut needs = vec![Vec::new(); 40];
            for (a, b) in pairs {
                // Smaller numbers are needed by larger ones: no circles.
                let (needed, line) = (a.min(b), a.max(b) as usize);
                if needed as usize != line && !needs[line].contains(&needed) {
                    needs[line].push(needed);
                }
            }
            let order = dependent(&needs);
            let mut position = [usize::MAX; 40];
            order.iter().enumerate().for_each(|(at, line)| position[*line as usize] = at);
            proptest::prop_assert_eq!(order.len(), 40);
            for (line, needed) in needs.iter().enumerate() {
                proptest::prop_assert!(needed.iter().all(|needed| position[*needed as usize] < position[line]));
            }
        }
    }
}
