//! Chinese names: surnames, offices, foreign names by sound, heads of organizations.

use super::{Range, covers};
use crate::annotate::rules::lexicon::{Hit, Speech};
use crate::annotate::rules::text::{Kind, Token};
use crate::base::words::segmenter;

/// Characters that may follow a Chinese name.
const AFTER_NAME: &str =
    "在说表认指，、则也对强告呼介坦直感回写谈主提建批反解补称警：曾还曾又并道相觉担重评";

/// Finds a person's name by office, surname and verb of speaking.
pub(super) fn person(tokens: &[Token], hits: &[Hit<Speech>]) -> Option<Range> {
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    let han = |i: usize| {
        tokens
            .get(i)
            .is_some_and(|t| t.kind == Kind::Word && !t.text.is_ascii())
    };
    let ends = |i: usize| i >= tokens.len() || AFTER_NAME.contains(text(i)) || !han(i);
    let surname = |at: usize| {
        hits.iter()
            .find(|h| h.class == Speech::Given && h.first == at)
            .map(|h| h.after)
    };
    // An office before the name: 教授王敏认为, 村支书李国强在会上说.
    let offices = hits.iter().filter(|h| h.class == Speech::Role);
    for role in offices.clone() {
        if let Some(family) = surname(role.after) {
            for n in [2, 1] {
                let after = family + n;
                let inside = (family..after).all(han);
                let verb = hits
                    .iter()
                    .any(|h| h.class == Speech::Verb && h.first == after);
                if inside && (verb || ends(after)) {
                    return Some((role.after, after));
                }
            }
            // 村民王秀英来得最早: the segmenter knows where most names end.
            let rest: String = tokens
                .get(role.after..)
                .unwrap_or(&[])
                .iter()
                .take(8)
                .take_while(|t| t.kind == Kind::Word)
                .map(|t| t.text.as_str())
                .collect();
            let n_cut = segmenter()
                .cut(&rest, true)
                .first()
                .map_or(0, |w| w.word.chars().count());
            // Most given names have two characters.
            let n = if (2..=3).contains(&n_cut) { n_cut } else { 3 };
            if role.after + n > family && (role.after..role.after + n).all(han) {
                return Some((role.after, role.after + n));
            }
        }
    }
    // 王敏教授认为, 李国强局长说.
    for role in offices {
        for n in [3, 2] {
            let Some(first) = role.first.checked_sub(n) else {
                continue;
            };
            let opens = first == 0
                || !han(first - 1)
                || covers(hits, Speech::Org, first - 1)
                || matches!(text(first - 1), "的" | "者");
            if surname(first).is_some_and(|s| s < role.first)
                && opens
                && (first..role.first).all(han)
            {
                return Some((first, role.first));
            }
        }
    }
    // A bare name before the verb: 李国强认为.
    for verb in hits.iter().filter(|h| h.class == Speech::Verb) {
        for n in [3, 2] {
            let Some(first) = verb.first.checked_sub(n) else {
                continue;
            };
            let opens = first == 0
                || !han(first - 1)
                || matches!(text(first - 1), "的" | "者" | "民" | "长");
            if surname(first).is_some_and(|s| s < verb.first)
                && opens
                && (first..verb.first).all(han)
            {
                return Some((first, verb.first));
            }
        }
    }
    None
}

/// Ideographs that write foreign names.
const FOREIGN: &str = "阿埃艾安奥巴贝比波伯布查德迪蒂杜多恩尔法菲费弗夫戈格古哈海赫胡基吉加杰卡凯科克库拉莱兰朗勒雷里利莉林隆鲁伦罗洛马曼梅米密莫穆\
纳内尼涅努诺帕佩皮普齐乔萨塞桑瑟沙舍史斯苏索塔泰坦特提图托瓦万威韦维沃乌西希夏谢辛休雅亚扬耶伊因尤约泽扎朱兹冈姆达丁娜琳丽莎森逊顿";

/// A foreign name right before a verb of speaking, at the beginning or behind an office.
pub(super) fn foreigner(tokens: &[Token], hits: &[Hit<Speech>]) -> Option<Range> {
    let foreign = |i: usize| {
        tokens
            .get(i)
            .is_some_and(|t| FOREIGN.contains(t.text.as_str()) || t.is_mark("·"))
    };
    hits.iter()
        .filter(|h| h.class == Speech::Verb)
        .find_map(|verb| {
            let mut first = verb.first;
            while first > 0 && foreign(first - 1) {
                first -= 1;
            }
            let n = verb.first - first;
            let opens = first == 0
                || covers(hits, Speech::Role, first - 1)
                || tokens.get(first - 1).is_some_and(|t| t.kind == Kind::Mark);
            ((3..=12).contains(&n) && opens).then_some((first, verb.first))
        })
}

/// Finds the organization that ends before the verb of speaking.
pub(super) fn organization(tokens: &[Token], hits: &[Hit<Speech>]) -> Option<Range> {
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    let verb = hits
        .iter()
        .find(|h| h.class == Speech::Verb)
        .map_or(tokens.len(), |h| h.first);
    let orgs: Vec<&Hit<Speech>> = hits
        .iter()
        .filter(|h| h.class == Speech::Org && h.after <= verb)
        .collect();
    let last = orgs.last()?;
    let mut first = last.first;
    while first > 0 && last.after - first < 16 {
        let before = text(first - 1);
        let stop = tokens.get(first - 1).is_none_or(|t| t.kind == Kind::Mark)
            || (before == "者" && first > 1 && text(first - 2) == "记")
            || matches!(
                before,
                "据" | "由"
                    | "在"
                    | "对"
                    | "向"
                    | "是"
                    | "日"
                    | "和"
                    | "与"
                    | "了"
                    | "的"
                    | "为"
                    | "来"
                    | "天"
                    | "但"
                    | "而"
            );
        if stop {
            break;
        }
        first -= 1;
    }
    (last.after - first >= 3).then_some((first, last.after))
}
