//! A first look round in five steps: a card beside the thing it tells of. It takes no more than the
//! arrows and Esc, and everything else works while it stands there.

use egui::{Area, Context, Key, Modifiers, Order, Rect, Role, Ui, WidgetInfo, pos2, vec2};

use super::binding::take_key;
use super::theme::{self, Palette};
use super::widgets::{self, Look};
use super::{Command, Cx, Shared, UiInput, View};

const CARD_WIDTH: f32 = 316.0;
/// Length of the line from the thing to the card.
const LINE_IN_POINTS: f32 = 14.0;

/// What a step points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    /// The whole rail.
    Rail,
    /// A view's button on the rail.
    Button(View),
    /// The search field.
    Search,
}

struct Step {
    head: &'static str,
    words: &'static str,
    spot: Spot,
    /// The view that the step opens.
    view: Option<View>,
}

const STEPS: [Step; 5] = [
    Step {
        head: "From files to results",
        words: "The views stand in the order of the work: files become a map, topics, conflicts, results, an aligned model. Their keys are the digits from 1 on.",
        spot: Spot::Rail,
        view: Some(View::Start),
    },
    Step {
        head: "Every document is a point",
        words: "Points that lie together tell of the same. Click one to read it; draw around many with the lasso (L), and every other view follows.",
        spot: Spot::Button(View::Map),
        view: Some(View::Map),
    },
    Step {
        head: "What is written about, and where",
        words: "One row per topic, one column per nation. A click on a topic shows its words, how it is spread, and its documents.",
        spot: Spot::Button(View::Topics),
        view: Some(View::Topics),
    },
    Step {
        head: "Nothing leaves without a verdict",
        words: "Where statements contradict each other, edges are flagged. Read both sides and decide by one key: K keeps, R removes, U is not sure, Ctrl Z takes the last one back.",
        spot: Spot::Button(View::Conflicts),
        view: Some(View::Conflicts),
    },
    Step {
        head: "All of it by words or by keys",
        words: "Ctrl K lists every action and finds documents by their words. A question mark shows all keys. Ctrl K, then “tour”, shows this again.",
        spot: Spot::Search,
        view: None,
    },
];

/// Where the tour stands.
#[derive(Debug, Default)]
pub(super) struct Tour {
    step: Option<usize>,
    /// It began in this window, by itself or because it was asked for.
    begun: bool,
    /// The host was told that it ended.
    told: bool,
}

impl Tour {
    /// Begins the tour by itself once a project is open, and tells the host when it has ended.
    pub(super) fn offer(
        &mut self,
        input: &UiInput<'_>,
        shared: &mut Shared,
        commands: &mut Vec<Command>,
    ) {
        if input.tour_seen {
            return;
        }
        let is_loaded = input.project_open && !input.snapshot.project.folder.is_empty();
        if is_loaded && !self.begun {
            self.begin(shared);
        } else if self.begun && self.step.is_none() && !self.told {
            self.told = true;
            commands.push(Command::EndTour);
        }
    }

    /// Begins with the first step.
    pub(super) fn begin(&mut self, shared: &mut Shared) {
        self.begun = true;
        self.go_to(0, shared);
    }

    /// Ends the tour; tells whether it stood open.
    pub(super) fn end(&mut self) -> bool {
        self.step.take().is_some()
    }

    /// Goes to a step; there is none after the last, and the tour ends.
    fn go_to(&mut self, step: usize, shared: &mut Shared) {
        self.step = (step < STEPS.len()).then_some(step);
        if let Some(view) = STEPS.get(step).and_then(|s| s.view) {
            shared.view = view;
        }
    }

    /// Hears of the arrows while the tour stands open.
    pub(super) fn keys(&mut self, ctx: &Context, shared: &mut Shared) {
        let Some(step) = self.step else { return };
        if take_key(ctx, Modifiers::NONE, Key::ArrowRight) {
            self.go_to(step + 1, shared);
        } else if take_key(ctx, Modifiers::NONE, Key::ArrowLeft) {
            self.go_to(step.saturating_sub(1), shared);
        }
    }

    /// Draws the card; `rail` are the buttons of the views, `field` is the search field.
    pub(super) fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>, rail: &[Rect], field: Option<Rect>) {
        let Some((at, step)) = self.step.and_then(|at| Some((at, STEPS.get(at)?))) else {
            return;
        };
        let p = Palette::of(ui);
        let whole = rail.iter().copied().reduce(Rect::union);
        let button = |view: View| {
            let at = View::ALL.iter().position(|v| *v == view)?;
            rail.get(at).copied()
        };
        let Some(thing) = (match step.spot {
            Spot::Rail => whole,
            Spot::Button(view) => button(view),
            Spot::Search => field,
        }) else {
            return;
        };
        let painter = ui.ctx().layer_painter(egui::LayerId::new(
            Order::Middle,
            egui::Id::unique("tour line"),
        ));
        let ring = thing.shrink(1.0);
        let stroke = egui::Stroke::new(1.0, p.secondary);
        painter.rect_stroke(ring, theme::CORNER, stroke, egui::StrokeKind::Inside);
        let corner = if step.spot == Spot::Search {
            let x = thing.center().x;
            painter.vline(x, thing.bottom()..=thing.bottom() + LINE_IN_POINTS, stroke);
            pos2(x - 0.5 * CARD_WIDTH, thing.bottom() + LINE_IN_POINTS)
        } else {
            let y = thing.top() + 28.0;
            painter.hline(thing.right()..=thing.right() + LINE_IN_POINTS, y, stroke);
            pos2(thing.right() + LINE_IN_POINTS, y - 28.0)
        };
        let wanted = Area::new(egui::Id::unique("tour"))
            .order(Order::Middle)
            .accessible_name("Tour")
            .role(Role::Dialog)
            .fixed_pos(corner)
            .constrain_to(ui.ctx().content_rect().shrink(8.0))
            .show(ui.ctx(), |ui| {
                egui::Frame::NONE
                    .fill(p.panel)
                    .stroke(stroke)
                    .corner_radius(theme::CORNER + 2)
                    .inner_margin(egui::Margin::same(16))
                    .show(ui, |ui| {
                        ui.set_width(CARD_WIDTH - 32.0);
                        card_ui(ui, at, step)
                    })
                    .inner
            })
            .inner;
        match wanted {
            Some(Wish::Go(to)) => self.go_to(to, cx.shared),
            Some(Wish::End) => {
                self.end();
            }
            None => {}
        }
    }
}

enum Wish {
    Go(usize),
    End,
}

fn card_ui(ui: &mut Ui, at: usize, step: &Step) -> Option<Wish> {
    let p = Palette::of(ui);
    let small = theme::regular(theme::CAPTION);
    let place = format!("{} of {}", at + 1, STEPS.len());
    ui.label(egui::RichText::new(place).font(small).color(p.secondary));
    ui.add_space(2.0);
    let strong = theme::strong(theme::BODY + 1.0);
    let head = ui.label(egui::RichText::new(step.head).font(strong).color(p.ink));
    head.widget_info(|| WidgetInfo::labeled(Role::Heading, true, step.head));
    ui.add_space(2.0);
    ui.add(egui::Label::new(egui::RichText::new(step.words).color(p.ink)).wrap());
    ui.add_space(10.0);
    let mut wish = None;
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 32.0),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            let is_last = at + 1 == STEPS.len();
            let (words, name) = if is_last {
                ("Done", "End the tour")
            } else {
                ("Next", "Next step of the tour")
            };
            if widgets::action_named(ui, words, name, Some("→"), Look::Primary, true).clicked() {
                wish = Some(Wish::Go(at + 1));
            }
            if at > 0 {
                ui.add_space(4.0);
                let back =
                    widgets::action_small(ui, "Back", "Previous step of the tour", Some("←"));
                if back.clicked() {
                    wish = Some(Wish::Go(at - 1));
                }
            }
            if !is_last {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if widgets::action_small(ui, "Skip", "Skip the tour", Some("Esc")).clicked() {
                        wish = Some(Wish::End);
                    }
                });
            }
        },
    );
    wish
}
