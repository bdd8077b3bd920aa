//! What is drawn as what: rounds, focus, filter, classes and captions.

use std::sync::Arc;

use super::scene::{
    CLASS_CONTEXT, CLASS_GHOST, HUE_DATA, Level, Made, NOW, NodeColor, Shown, Wanted, class_of,
};
use crate::domain::conflict::EdgeKind;
use crate::gpu::graph::node_bits;
use crate::snapshot::model::conflicts::{ConflictGraph, Leaving};
use crate::ui::views::conflicts::sample;

fn wanted() -> Wanted {
    Wanted {
        data: Arc::new(sample(1)),
        round: NOW,
        leaving: Arc::default(),
        issue: Some(0),
        hops: None,
        node_color: NodeColor::Nation,
        hides_context: false,
        focus: None,
        map: None,
    }
}

fn n_of(made: &Made, class: u8) -> usize {
    let of_class = made.classes.iter().copied();
    of_class.filter(|c| *c == class).count()
}

#[test]
fn conflicts_lie_over_the_others_and_classes_say_what_links_are() {
    let made = Made::new(&wanted());
    assert_eq!(made.n_over, 1);
    assert_eq!(
        made.classes.first(),
        Some(&class_of(EdgeKind::Opposed, Level::Strong))
    );
    assert_eq!(n_of(&made, class_of(EdgeKind::Shared, Level::Agrees)), 1);
    assert_eq!(n_of(&made, class_of(EdgeKind::Place, Level::Plain)), 4);
    assert_eq!(n_of(&made, CLASS_GHOST), 1);
    let n_links = made.segments.len();
    assert_eq!((n_links, made.n_links), (15, 14));
    let scene = made.scene();
    assert_eq!(scene.links.len(), n_links);
    let last = scene.links.last().map(|l| l.class);
    assert_eq!(last, made.classes.first().map(|c| u32::from(*c)));
    // The three of the issue are looked at, drawn last and named, the speakers' names whole.
    assert_eq!(made.n_data, 3);
    assert_eq!(made.labels.len(), 3);
    assert!(made.shown.iter().skip(3).all(|s| *s == Shown::Aside));
}

#[test]
fn rounds_are_stepped_through() {
    let mut wanted = wanted();
    wanted.round = 0;
    let before = Made::new(&wanted);
    assert_eq!((n_of(&before, CLASS_GHOST), before.n_links), (0, 15));
    wanted.round = 1;
    assert_eq!(n_of(&Made::new(&wanted), CLASS_GHOST), 1);
    wanted.hides_context = true;
    assert_eq!(Made::new(&wanted).segments.len(), 14);
    // A document whose statements were dropped in round 2 is an open circle from then on.
    let mut graph: ConflictGraph = (*wanted.data.graph).clone();
    if let Some(node) = graph.nodes.get_mut(1) {
        node.dropped_in = Some(2);
    }
    let mut data = (*wanted.data).clone();
    data.graph = Arc::new(graph);
    wanted.data = Arc::new(data);
    wanted.hides_context = false;
    assert_eq!(Made::new(&wanted).shown.get(1), Some(&Shown::Data));
    wanted.round = 2;
    assert_eq!(Made::new(&wanted).shown.get(1), Some(&Shown::Ghost));
}

#[test]
fn what_the_open_round_takes_out_goes_at_once_and_comes_back() {
    let mut wanted = wanted();
    let before = Made::new(&wanted);
    let with = Wanted {
        leaving: Arc::new(Leaving {
            nodes: vec![1],
            links: vec![0, 2],
        }),
        ..wanted.clone()
    };
    assert!(!with.same(&wanted));
    let made = Made::new(&with);
    assert_eq!(made.shown.get(1), Some(&Shown::Ghost));
    assert_eq!(n_of(&made, CLASS_GHOST), n_of(&before, CLASS_GHOST) + 2);
    assert_eq!(made.n_links, before.n_links - 2);
    assert_eq!(made.n_over, 0);
    // Whoever stands behind a link that leaves is no neighbor any more.
    wanted.hops = Some(([0, 0], 1));
    let near = |made: &Made| made.shown.get(1).copied();
    assert_eq!(near(&Made::new(&wanted)), Some(Shown::Data));
    wanted.leaving = with.leaving;
    assert_eq!(near(&Made::new(&wanted)), Some(Shown::Context));
}

#[test]
fn a_focus_of_hops_leaves_the_rest_gray_or_out() {
    let mut wanted = wanted();
    for hops in 1..=4u8 {
        wanted.hops = Some(([0, 1], hops));
        wanted.hides_context = false;
        let made = Made::new(&wanted);
        let n_far = made.shown.iter().filter(|s| **s == Shown::Context).count();
        // The ring is a chain that leaves from the first document, one more with every hop.
        assert_eq!(n_far, 12 - usize::from(hops));
        assert!(n_of(&made, CLASS_CONTEXT) > 0);
        wanted.hides_context = true;
        let made = Made::new(&wanted);
        assert_eq!(made.nodes.len(), 3 + usize::from(hops));
        assert_eq!(n_of(&made, CLASS_CONTEXT), 0);
        assert_eq!(
            made.has_link.iter().filter(|h| **h).count(),
            made.segments.len()
        );
    }
}

#[test]
fn sides_and_outlets_have_marks_of_their_own() {
    let mut wanted = wanted();
    let bits = |wanted: &Wanted| -> Vec<u32> {
        let made = Made::new(wanted);
        made.nodes
            .iter()
            .rev()
            .take(3)
            .rev()
            .map(|n| n.bits)
            .collect()
    };
    assert_eq!(
        bits(&wanted),
        [
            node_bits(HUE_DATA, 0, false),
            node_bits(HUE_DATA, 4, false),
            node_bits(HUE_DATA, 0, false)
        ]
    );
    wanted.node_color = NodeColor::Camp;
    assert_eq!(
        bits(&wanted).get(1),
        Some(&node_bits(HUE_DATA + 1, 4, false))
    );
    wanted.node_color = NodeColor::Outlet;
    assert_eq!(bits(&wanted).get(1), Some(&node_bits(HUE_DATA, 0, false)));
    assert!(!wanted.same(&Wanted {
        node_color: NodeColor::Nation,
        ..wanted.clone()
    }));
}

#[test]
fn classes_are_all_different_and_below_those_of_ghosts() {
    let mut seen = std::collections::BTreeSet::new();
    for kind in EdgeKind::ALL {
        for level in Level::ALL {
            let class = class_of(kind, level);
            assert!(class < CLASS_GHOST && seen.insert(class));
        }
    }
}
