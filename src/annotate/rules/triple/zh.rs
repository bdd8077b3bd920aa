//! Chinese: turns the first modal, copula or known predicate by its characters.

use super::Turned;

/// What stands in the statement, what stands in its reverse, and in the question.
const TURNS: &[(&str, &str, &str)] = &[
    ("不应当", "应当", "是否应当"),
    ("不应该", "应该", "是否应该"),
    ("绝不应", "应", "是否应"),
    ("决不能", "可以", "能否"),
    ("绝不能", "可以", "能否"),
    ("绝不可", "可以", "是否可以"),
    ("切不可", "可以", "是否可以"),
    ("不可或缺", "可有可无", "是否不可或缺"),
    ("不可替代", "可以替代", "是否不可替代"),
    ("不容忽视", "可以忽视", "是否不容忽视"),
    ("不容侵犯", "可以侵犯", "是否不容侵犯"),
    ("不应", "应", "是否应"),
    ("不该", "应该", "是否应该"),
    ("不能", "可以", "能否"),
    ("不得", "可以", "是否可以"),
    ("不可以", "可以", "是否可以"),
    ("不可", "可以", "是否可以"),
    ("不宜", "适宜", "是否适宜"),
    ("不必", "必须", "是否必须"),
    ("无权", "有权", "是否有权"),
    ("不要", "要", "是否要"),
    ("不需要", "需要", "是否需要"),
    ("不是", "是", "是否是"),
    ("并非", "是", "是否是"),
    ("应当", "不应当", "是否应当"),
    ("应该", "不应该", "是否应该"),
    ("理应", "不应", "是否理应"),
    ("必须", "不必", "是否必须"),
    ("有权", "无权", "是否有权"),
    ("有必要", "没有必要", "是否有必要"),
    ("值得", "不值得", "是否值得"),
    ("需要", "不需要", "是否需要"),
    ("有利于", "不利于", "是否有利于"),
    ("有助于", "无助于", "是否有助于"),
    ("离不开", "离得开", "是否离不开"),
    ("比什么都重要", "并不比什么都重要", "是否比什么都重要"),
    ("高于", "不应高于", "是否应高于"),
    ("重于", "不应重于", "是否应重于"),
    ("大于", "并不大于", "是否大于"),
    ("优先于", "不应优先于", "是否应优先于"),
    ("属于", "不属于", "是否属于"),
    ("都应", "都不应", "是否都应"),
    ("也应", "也不应", "是否也应"),
    ("只能", "不能只", "是否只能"),
    ("可以", "不可以", "是否可以"),
    ("威胁", "并不威胁", "是否威胁"),
    ("损害", "并不损害", "是否损害"),
    ("伤害", "并不伤害", "是否伤害"),
    ("破坏", "并不破坏", "是否破坏"),
    ("辜负", "并没有辜负", "是否辜负"),
    ("违背", "并不违背", "是否违背"),
    ("侵犯", "并不侵犯", "是否侵犯"),
];

/// Words in which a single character of modality says something else.
const NOT_MODAL: &[&str] = &[
    "赋能",
    "动能",
    "产能",
    "职能",
    "储能",
    "效能",
    "技能",
    "潜能",
    "势能",
    "热能",
    "太阳能",
    "应对",
    "响应",
    "供应",
    "反应",
    "应用",
    "相应",
    "效应",
    "适应",
    "应急",
    "应届",
    "应邀",
    "对应",
    "主要",
    "重要",
    "要求",
    "要素",
    "首要",
    "只要",
    "需要",
    "必要",
    "能源",
    "核能",
    "功能",
    "智能",
    "节能",
    "性能",
    "可能",
    "能力",
    "能量",
    "才能",
    "摘要",
    "要点",
    "是否",
    "于是",
    "但是",
    "还是",
    "可是",
    "就是",
    "凡是",
    "要是",
    "总是",
    "都是",
    "也是",
    "不是",
    "而是",
    "才是",
    "正是",
    "国是",
    "是非",
    "不要",
    "不能",
    "不应",
    "应有",
    "应尽",
];

/// Turns a statement.
pub(super) fn turn(bare: &str) -> Option<Turned> {
    if bare.ends_with(['？', '?'])
        || bare.contains("不仅")
        || bare.contains("不只")
        || bare.contains("而是")
        || bare.contains('；')
    {
        return None;
    }
    let known = TURNS
        .iter()
        .filter_map(|turn| bare.find(turn.0).map(|at| (at, turn)))
        // The earliest place, and there the longest entry.
        .min_by_key(|(at, turn)| (*at, usize::MAX - turn.0.len()));
    let single = single_place(bare);
    match (known, single) {
        (Some((at, turn)), single) if single.is_none_or(|s| at <= s.0) => {
            Some(rewritten(bare, at, turn.0, turn.1, turn.2))
        }
        (_, Some((at, from, to, ask))) => Some(rewritten(bare, at, from, to, ask)),
        _ => None,
    }
}

fn single_place(bare: &str) -> Option<(usize, &'static str, &'static str, &'static str)> {
    const SINGLE: &[(&str, &str, &str)] = &[
        ("应", "不应", "是否应"),
        ("是", "不是", "是否是"),
        ("要", "不要", "是否要"),
        ("能", "不能", "能否"),
        ("须", "无须", "是否须"),
    ];
    let mut best: Option<(usize, &'static str, &'static str, &'static str)> = None;
    for &(from, to, ask) in SINGLE {
        let place = bare.match_indices(from).map(|m| m.0).find(|&at| {
            !NOT_MODAL.iter().any(|word| {
                word.match_indices(from).any(|(offset, _)| {
                    at.checked_sub(offset)
                        .and_then(|s| bare.get(s..s + word.len()))
                        .is_some_and(|w| w == *word)
                })
            })
        });
        if let Some(at) = place {
            // 应 before 要 or 是 wins wherever it stands; the copula only where no modal does.
            let better =
                best.is_none_or(|b| b.1 != "应" && (b.1 == "是" || at < b.0) && from != "是");
            if better {
                best = Some((at, from, to, ask));
            }
        }
    }
    best
}

fn rewritten(bare: &str, at: usize, from: &str, to: &str, ask: &str) -> Turned {
    let head = bare.get(..at).unwrap_or_default();
    let tail = bare.get(at + from.len()..).unwrap_or_default();
    // 也是/都是 keep their adverb in a reverse and lose it in a question.
    let asked_head = head.trim_end_matches(['也', '都', '就', '才', '更']);
    Turned {
        reverse: format!("{head}{to}{tail}。"),
        question: Some(format!("{asked_head}{ask}{tail}？")),
    }
}
