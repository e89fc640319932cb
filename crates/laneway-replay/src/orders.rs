//! The orders in which steps of sessions beside each other may have taken effect. Pure.

/// What ran at the same time.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Ran {
    /// Laneway's units, in the order that it reported.
    pub(crate) units: Vec<Vec<usize>>,
    /// The service's steps in the order in which they were answered, each with the number of units that were reported before.
    pub(crate) service: Vec<(usize, usize)>,
}

/// All steps, in every order that moves one or two of the service's to other places of their wave; first the order of answers. A
/// COMMIT's place may differ from its answer's.
pub(crate) fn orders(ran: &[Ran]) -> impl Iterator<Item = Vec<Vec<usize>>> {
    let answered: Vec<usize> = ran.iter().flat_map(|ran| ran.service.iter().map(|(_, place)| *place)).collect();
    let places: Vec<usize> = ran.iter().flat_map(|ran| ran.service.iter().map(|_| ran.units.len() + 1)).collect();
    let moved = move |places_of: &[(usize, usize)]| {
        let mut moved = answered.clone();
        places_of.iter().for_each(|(of, place)| moved[*of] = *place);
        moved
    };
    let one = |places: &[usize], of: usize| (0..places[of]).map(move |place| (of, place)).collect::<Vec<_>>();
    let singles: Vec<Vec<(usize, usize)>> =
        (0..places.len()).flat_map(|of| one(&places, of)).map(|place| vec![place]).collect();
    let pairs: Vec<Vec<(usize, usize)>> = (0..places.len())
        .flat_map(|of| (of + 1..places.len()).map(move |other| (of, other)))
        .flat_map(|(of, other)| {
            let others = one(&places, other);
            one(&places, of)
                .into_iter()
                .flat_map(move |place| others.clone().into_iter().map(move |other| vec![place, other]))
        })
        .collect();
    std::iter::once(Vec::new()).chain(singles).chain(pairs).map(move |places_of| order(ran, &moved(&places_of)))
}

fn order(ran: &[Ran], places: &[usize]) -> Vec<Vec<usize>> {
    let mut places = places.iter();
    let mut order = Vec::new();
    for Ran { units, service } in ran {
        let service: Vec<(usize, usize)> =
            service.iter().zip(places.by_ref()).map(|((step, _), place)| (*step, *place)).collect();
        for place in 0..=units.len() {
            order.extend(service.iter().filter(|(_, at)| *at == place).map(|(step, _)| vec![*step]));
            order.extend(units.get(place).cloned());
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_answers_comes_first_and_then_all_other_places() {
        let ran = [
            Ran { units: vec![vec![0], vec![2, 3]], service: vec![(1, 1)] },
            Ran { units: vec![vec![5]], service: vec![(4, 1)] },
        ];
        let orders: Vec<_> = orders(&ran).collect();
        assert_eq!(orders[0], [vec![0], vec![1], vec![2, 3], vec![5], vec![4]]);
        let mut distinct = orders.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), 3 * 2, "{orders:?}");
    }

    #[test]
    fn without_statements_of_the_service_there_is_one_order() {
        let ran = [Ran { units: vec![vec![0], vec![1]], service: Vec::new() }];
        assert_eq!(orders(&ran).collect::<Vec<_>>(), [[vec![0], vec![1]]]);
    }
}
