//! What the per-source maps remember between frames.

use std::sync::{Arc, Weak};

use super::super::labels::Stretch;
use super::derive::{Link, links, next};
use crate::base::ids::RunId;
use crate::domain::source_map::MatchVerdict;
use crate::snapshot::model::source_maps::{MatchRow, PartMap, SourceMapsData};
use crate::snapshot::passing::Focus;
use crate::ui::camera::Camera;
use crate::ui::paint::Scene;
use crate::ui::{Command, Cx, text};

/// One of the two maps.
#[derive(Default)]
pub(super) struct Side {
    /// Index of its part.
    pub(super) part: usize,
    pub(super) camera: Option<Camera>,
    /// The part whose camera it is.
    pub(super) of: Weak<PartMap>,
    pub(super) points: Option<MadePoints>,
    pub(super) labels: PlacedLabels,
}

/// The points of a side with what they were made for.
pub(super) struct MadePoints {
    pub(super) of: Weak<PartMap>,
    pub(super) focus: Option<Arc<Focus>>,
    pub(super) scene: Arc<Scene>,
}

/// When each label of a side is shown; found again when the part or its matches change.
#[derive(Default)]
pub(super) struct PlacedLabels {
    pub(super) of: (Weak<PartMap>, Vec<Option<usize>>),
    /// Topic and stretch of zoom.
    pub(super) stretches: Vec<(usize, Option<Stretch>)>,
}

/// What the per-source maps remember.
#[derive(Default)]
pub(crate) struct SourceMapsState {
    on: bool,
    pub(super) sides: [Side; 2],
    /// Whether a person chose the parts; before, the first two are shown.
    chosen: bool,
    /// The run that made the maps: parts and matches of another one are others.
    run: Option<RunId>,
    /// The match in the inspector, by number.
    pub(super) selected: Option<usize>,
    /// The side and row under the pointer.
    pub(super) hovered: Option<(usize, usize)>,
    /// The side that is being dragged.
    pub(super) dragged: Option<usize>,
}

/// Both maps on the screen with the matches between them.
pub(super) struct Shown {
    pub(super) data: Arc<SourceMapsData>,
    pub(super) parts: [Arc<PartMap>; 2],
    pub(super) links: Vec<Link>,
}

impl SourceMapsState {
    /// Tells whether the maps are what the map view shows.
    pub(crate) fn is_on(&self, cx: &Cx<'_>) -> bool {
        self.on && can_show(cx)
    }

    /// Goes to the per-source maps, or back to the joint one.
    pub(in super::super) fn toggle(&mut self, cx: &Cx<'_>) {
        self.on = !self.on && can_show(cx);
    }

    /// Goes back to the joint map.
    pub(in super::super) fn turn_off(&mut self) {
        self.on = false;
    }

    /// Returns what is on the screen; `None` while there are no two maps.
    pub(super) fn shown(&mut self, cx: &Cx<'_>) -> Option<Shown> {
        let data = cx.input.snapshot.source_maps.as_ref()?;
        if self.run.replace(data.run) != Some(data.run) {
            self.chosen = false;
            self.selected = None;
            (self.hovered, self.dragged) = (None, None);
        }
        let n = data.parts.len();
        let [left, right] = &mut self.sides;
        if !self.chosen || left.part >= n || right.part >= n {
            (left.part, right.part) = (0, 1);
        }
        let parts = [data.parts.get(left.part)?, data.parts.get(right.part)?].map(Arc::clone);
        let links = links(data, &parts[0], &parts[1]);
        if !links.iter().any(|l| Some(l.number) == self.selected) {
            self.selected = None;
        }
        Some(Shown {
            data: Arc::clone(data),
            parts,
            links,
        })
    }

    /// Shows a part on a side; one that the other side shows changes places with it.
    pub(super) fn choose(&mut self, side: usize, part: usize) {
        let [left, right] = &mut self.sides;
        let (this, other) = if side == 0 {
            (left, right)
        } else {
            (right, left)
        };
        if other.part == part {
            other.part = this.part;
        }
        this.part = part;
        self.chosen = true;
        self.selected = None;
    }

    /// Begins again with all of both maps.
    pub(super) fn fit(&mut self) {
        for side in &mut self.sides {
            side.camera = None;
        }
    }

    /// Looks at the next or previous match.
    pub(in super::super) fn walk(&mut self, cx: &Cx<'_>, step: isize) {
        if let Some(shown) = self.shown(cx) {
            self.selected = next(&shown.links, self.selected, step, false);
        }
    }

    /// Rules on the match that is looked at, and goes on to one that nobody ruled on.
    pub(in super::super) fn rule(&mut self, cx: &mut Cx<'_>, verdict: MatchVerdict) {
        let Some(shown) = self.shown(cx) else { return };
        let Some(number) = self.selected else { return };
        let before = shown.data.found(number).and_then(MatchRow::verdict);
        if before == Some(verdict) {
            return;
        }
        cx.send(Command::RuleMatch {
            run: shown.data.run,
            number,
            verdict,
        });
        if let Some(open) = next(&shown.links, Some(number), 1, true) {
            self.selected = Some(open);
        }
    }

    /// Tells whether a match is looked at.
    pub(in super::super) fn looks_at_match(&self) -> bool {
        self.selected.is_some()
    }

    /// Lets the match go; `false` if none is looked at.
    pub(in super::super) fn step_back(&mut self) -> bool {
        self.selected.take().is_some()
    }

    /// Says how many documents are drawn of how many.
    pub(in super::super) fn status(&self, cx: &Cx<'_>) -> String {
        let Some(data) = &cx.input.snapshot.source_maps else {
            return String::new();
        };
        let n: usize = self
            .sides
            .iter()
            .filter_map(|s| data.parts.get(s.part))
            .map(|p| p.docs.len())
            .sum();
        let n_all: usize = data.parts.iter().map(|p| p.docs.len()).sum();
        format!(
            "{} of {} drawn, on two of {} maps",
            text::count_of(n),
            text::count_of(n_all),
            data.parts.len()
        )
    }
}

/// Tells whether there are two maps to lay side by side.
pub(in super::super) fn can_show(cx: &Cx<'_>) -> bool {
    let maps = cx.input.snapshot.source_maps.as_ref();
    maps.is_some_and(|m| m.parts.len() > 1)
}
