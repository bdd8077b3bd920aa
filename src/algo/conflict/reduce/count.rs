//! Cycle counts of a reduction, kept up to date as links change.

use super::ReductionState;
use crate::algo::conflict::ConflictError;
use crate::algo::conflict::around::{Around, Change, Corners, Sums};
use crate::algo::conflict::cycles::{LinkCycles, count_conflict_cycles, count_links};
use crate::algo::conflict::links::{LinkState, links_near};
use crate::base::observe::{Observe, Silent};
use std::collections::{BTreeMap, BTreeSet};

/// Changes at more documents than this are not followed one by one: counting everything again costs
/// as much as some hundred of them, on a large graph as on a small one.
const MAX_PLACES: usize = 128;

/// Links that changed, each with the document of the statement it changed with.
pub(super) type Touched = BTreeMap<usize, u32>;

impl ReductionState {
    /// Brings the graph to the state of the live edges and every count with it.
    ///
    /// # Cost
    /// For each document that links changed at, the degrees of its neighbors and one look at
    /// each conflict link; at many documents, or where a cap was reached, what a fresh count costs.
    pub(super) fn follow(&mut self, touched: &Touched) {
        let mut places: BTreeMap<u32, Vec<(usize, LinkState)>> = BTreeMap::new();
        for (&link, &place) in touched {
            let state = self.tallies[link].state();
            if self.graph.state(link) != state {
                places.entry(place).or_default().push((link, state));
            }
        }
        if places.is_empty() {
            return;
        }
        if self.bounded {
            let changes: Vec<_> = places.into_values().flatten().collect();
            self.count_near(&changes);
        } else if places.len() > MAX_PLACES {
            for (link, state) in places.into_values().flatten() {
                self.graph.set_state(link, state);
            }
            self.count_all(&self.graph.conflict_links());
            if self.corners != Corners::default() {
                self.count_corners();
            }
        } else {
            for (place, changes) in places {
                self.count_at(place, &changes);
            }
        }
    }

    /// Changes links at one document and takes over what that does to every count.
    fn count_at(&mut self, place: u32, changes: &[(usize, LinkState)]) {
        let before = Around::new(&self.graph, place);
        for &(link, state) in changes {
            self.graph.set_state(link, state);
        }
        let mut change = Change::new(before, Around::new(&self.graph, place));
        let settings = &self.settings.cycles;
        let gained = change.conflict_cycles(&self.graph, settings, &self.corners);
        change.turn_corners(&mut self.corners);
        self.n_cycles = self.n_cycles.saturating_add_signed(gained);
        let mut own: BTreeSet<usize> = changes.iter().map(|&(link, _)| link).collect();
        for (&link, cycles) in &mut self.cycles {
            let (x, y) = cycles.link;
            if x == place || y == place {
                own.insert(link);
            } else {
                let state = LinkState::Conflict;
                add(
                    cycles,
                    &change.of_link(&self.graph, (x, y), state, settings),
                );
            }
        }
        for link in own {
            if self.graph.state(link) != LinkState::Conflict {
                self.cycles.remove(&link);
                continue;
            }
            let (x, y) = self.graph.ends(link);
            let mut cycles = LinkCycles {
                link: (x, y),
                by_length: [0; 3],
                odd: [0; 3],
                capped: false,
            };
            let other = if x == place { y } else { x };
            add(
                &mut cycles,
                &change.after().at(&self.graph, other, settings),
            );
            self.cycles.insert(link, cycles);
        }
    }

    /// Counts the triangles that single decisions start from, where they do.
    pub(super) fn count_corners(&mut self) {
        let [.., pentagons] = self.settings.cycles.lengths();
        if pentagons && !self.bounded {
            self.corners = Corners::count(&self.graph);
        }
    }

    /// Changes links and counts again where they could matter: bounds cannot be taken off one another.
    fn count_near(&mut self, changes: &[(usize, LinkState)]) {
        let links: Vec<usize> = changes.iter().map(|&(link, _)| link).collect();
        // Near before the change or after it; a link between may be gone in one of the two.
        let mut near: BTreeSet<usize> = links.iter().copied().collect();
        near.extend(links_near(&self.graph, self.cycles.keys().copied(), &links));
        for &(link, state) in changes {
            self.graph.set_state(link, state);
        }
        let conflicts = self.graph.conflict_links();
        near.extend(links_near(&self.graph, conflicts.into_iter(), &links));
        self.count_all(&near.into_iter().collect::<Vec<_>>());
    }

    /// Counts the given links, of which only those in conflict stay, and all distinct cycles afresh.
    fn count_all(&mut self, links: &[usize]) {
        let in_conflict = |link: usize| self.graph.state(link) == LinkState::Conflict;
        let again: Vec<usize> = links.iter().copied().filter(|&l| in_conflict(l)).collect();
        let gone: Vec<usize> = self
            .cycles
            .keys()
            .copied()
            .filter(|&l| !in_conflict(l))
            .collect();
        for link in gone {
            self.cycles.remove(&link);
        }
        // `Silent` never cancels, and the settings were checked at the start.
        let counted = self
            .count_again(&again, &Silent)
            .and_then(|()| count_conflict_cycles(&self.graph, &self.settings.cycles, &Silent));
        match counted {
            Ok(all) => (self.n_cycles, self.capped) = (all.total(), all.capped),
            Err(error) => debug_assert!(false, "counting cannot fail after the start: {error}"),
        }
    }

    pub(super) fn count_again(
        &mut self,
        links: &[usize],
        observe: &dyn Observe,
    ) -> Result<(), ConflictError> {
        let counted = count_links(&self.graph, links, &self.settings.cycles, observe)?;
        self.cycles.extend(links.iter().copied().zip(counted));
        Ok(())
    }
}

/// Adds what a conflict link gains; ways around of sign +1 close odd cycles with it.
fn add(cycles: &mut LinkCycles, gained: &Sums) {
    for i in 0..3 {
        let odd = i64::midpoint(gained.all[i], gained.signed[i]);
        cycles.by_length[i] = cycles.by_length[i].saturating_add_signed(gained.all[i]);
        cycles.odd[i] = cycles.odd[i].saturating_add_signed(odd);
    }
}
