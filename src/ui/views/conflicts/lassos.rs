//! Lassos as steps of the review: Undo takes back what was done last, a lasso or a verdict.
//!
//! The selection is put as it was, which is a step of the window's journal like any other: the journal's newest
//! step may be about something else.

use crate::domain::filter::Selection;

/// The selection before and after a lasso.
type Step = (Selection, Selection);

/// Lassos since the last verdict, and those of them that were taken back.
#[derive(Default)]
pub(super) struct Lassos {
    drawn: Vec<Step>,
    back: Vec<Step>,
}

impl Lassos {
    /// Takes a lasso in.
    pub(super) fn draw(&mut self, before: Selection, after: Selection) {
        self.drawn.push((before, after));
        self.back.clear();
    }

    /// Lets go of all, where something came after them.
    pub(super) fn forget(&mut self) {
        self.drawn.clear();
        self.back.clear();
    }

    /// Tells whether a selection is still as the last lasso left it.
    pub(super) fn stands(&self, now: &Selection) -> bool {
        self.drawn.last().is_some_and(|(_, after)| after == now)
    }

    /// Tells whether a selection is still as it was when the last lasso was taken back.
    pub(super) fn is_back(&self, now: &Selection) -> bool {
        self.back.last().is_some_and(|(before, _)| before == now)
    }

    /// Takes the last lasso back; `false` where the selection is another by now.
    pub(super) fn undo(&mut self, now: &mut Selection) -> bool {
        if !self.stands(now) {
            return false;
        }
        let step = self.drawn.pop();
        if let Some((before, _)) = &step {
            now.clone_from(before);
        }
        self.back.extend(step);
        true
    }

    /// Draws the lasso again that was taken back last; `false` where the selection is another by now.
    pub(super) fn redo(&mut self, now: &mut Selection) -> bool {
        if !self.is_back(now) {
            return false;
        }
        let step = self.back.pop();
        if let Some((_, after)) = &step {
            now.clone_from(after);
        }
        self.drawn.extend(step);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(layout: &str) -> Selection {
        Selection {
            layout: layout.to_owned(),
            ..Selection::default()
        }
    }

    #[test]
    fn only_what_is_still_there_is_taken_back() {
        let mut lassos = Lassos::default();
        let mut now = selection("c");
        assert!(!lassos.undo(&mut now) && !lassos.redo(&mut now));
        lassos.draw(selection("a"), selection("b"));
        lassos.draw(selection("b"), selection("c"));
        assert!(lassos.undo(&mut now) && lassos.undo(&mut now));
        assert_eq!(now, selection("a"));
        assert!(lassos.redo(&mut now));
        assert_eq!(now, selection("b"));
        // The map selected something else meanwhile.
        now = selection("z");
        assert!(!lassos.undo(&mut now) && !lassos.redo(&mut now));
        assert_eq!(now, selection("z"));
        now = selection("b");
        assert!(lassos.stands(&now) && lassos.is_back(&now));
        lassos.forget();
        assert!(!lassos.stands(&now) && !lassos.is_back(&now));
    }
}
