//! Steps of the window for the project's journal: what was let through, selected and saved, before and
//! after.

use super::{Command, UiInput, Workbench};
use crate::domain::filter::Desk;
use crate::domain::saved::SavedSelection;

impl Workbench {
    /// Puts filter and selection as they stood: after an undo, or when a project is opened again.
    pub fn put_desk(&mut self, desk: Desk) {
        self.shared.recorded = desk.clone();
        self.shared.desk = desk;
    }

    /// Puts the saved selections as they stood.
    pub fn put_saved(&mut self, saved: Vec<SavedSelection>) {
        self.shared.recorded_saved.clone_from(&saved);
        self.shared.saved = saved;
    }

    /// Records a change of filter or selection as one step, once the pointer has let go and the words
    /// stand, and one of the saved selections at once.
    pub(super) fn record_steps(
        &mut self,
        ctx: &egui::Context,
        input: &UiInput<'_>,
        commands: &mut Vec<Command>,
    ) {
        if !input.project_open {
            return;
        }
        let shared = &mut self.shared;
        if shared.saved != shared.recorded_saved {
            let before = std::mem::replace(&mut shared.recorded_saved, shared.saved.clone());
            commands.push(Command::RecordSaved {
                sentence: what_was_saved(&before, &shared.saved),
                before,
                after: shared.saved.clone(),
            });
        }
        let is_moving =
            ctx.input(|i| i.pointer.any_down()) || self.map.is_playing() || self.filter.is_typing();
        if is_moving || shared.desk == shared.recorded {
            return;
        }
        let before = std::mem::replace(&mut shared.recorded, shared.desk.clone());
        commands.push(Command::RecordDesk {
            sentence: what_changed(&before, &shared.desk),
            before: Box::new(before),
            after: Box::new(shared.desk.clone()),
        });
    }
}

/// Says in a few words what changed between two lists of saved selections.
fn what_was_saved(before: &[SavedSelection], after: &[SavedSelection]) -> String {
    let other = |of: &[SavedSelection], than: &[SavedSelection]| {
        let lacks = |s: &&SavedSelection| than.iter().all(|t| t.name != s.name);
        of.iter()
            .find(lacks)
            .map_or_else(String::new, |s| s.name.clone())
    };
    match after.len().cmp(&before.len()) {
        std::cmp::Ordering::Greater => format!("saving the selection {}", other(after, before)),
        std::cmp::Ordering::Less => {
            format!("deleting the saved selection {}", other(before, after))
        }
        std::cmp::Ordering::Equal => {
            format!("renaming the saved selection {}", other(before, after))
        }
    }
}

/// Says in a few words what changed between two desks.
fn what_changed(before: &Desk, after: &Desk) -> String {
    let (a, b) = (&before.filter, &after.filter);
    if after.is_empty() {
        return "showing all documents".to_owned();
    }
    if before.selection != after.selection {
        return if after.selection.is_empty() {
            "letting go of the selection".to_owned()
        } else {
            "the selection".to_owned()
        };
    }
    let changed = [
        (a.nations != b.nations, "nation"),
        (a.topics != b.topics, "topic"),
        (a.sources != b.sources, "outlet"),
        (a.days != b.days, "time"),
        (a.sets != b.sets, "set"),
        (a.strength != b.strength, "strength"),
        (a.words != b.words, "words"),
    ];
    let by = changed.iter().find(|(is, _)| *is).map(|(_, by)| *by);
    format!("the filter by {}", by.unwrap_or("a column"))
}
