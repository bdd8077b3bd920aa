//! Places in Chinese text: the longest name at each character, without cutting words.
//!
//! Two neighboring words can spell a place that neither means (沿海地区 holds 海地, 广西安全 holds
//! 西安); the lists here name the cases that news writes often. It knows no others.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{Gazetteer, PlaceIdx};
use crate::base::sentences::Span;
use crate::domain::corpus::Nation;

/// Phrases that hold a place's name and mean no place, or a larger one that is not in the table.
const TRAPS: &str = "发展中国家 其中国 当中国家 内蒙古 沿海地 近海地 临海地 滨海地 渤海地 黄海地 东海地 \
    南海地 北海地 青海地 环海地 深海地 孙中山 中山陵 中山装 中山先生 中山舰 长白山 大同小异 \
    天下大同 世界大同 汗尤尼斯 丹尼斯 顿巴斯 哥伦巴斯 奥兰治 普拉亚格拉杰 库尔恰托夫 马里兰 \
    马里奥 马里亚纳 三亚军 出海口 入海口 变成都 建成都 形成都 完成都 大连接 大连续 强大连 \
    最大连 不太原 太原因 南通道 南通过 公里加 那里加 这里加 家里加 包罗万象 万象更新 利马上 \
    黄河内 长江内 参加纳 增加纳 添加纳 汉堡包 哥本哈根 巴斯克 巴斯夫 约克夏 今日本 每日本 \
    节日本 近日本 日本来 日本报 马尔代夫 北京时间 上海合作组织 北京烤鸭 罗马尼亚 罗马数字 \
    德黑兰 刚果红 西班牙语 长春花 四季长春 公里约 千里约 里约定 系列日 确保定 保定期 拖延安 \
    振兴新乡 新乡村 新乡贤 公安庆 海牙公约 成都市圈 巴林右旗 巴林左旗 大理石 大理院 \
    哈雷彗星 埃森哲 库尔德 库尔勒 库尔斯克 伍德斯托克 法国号 英国管 土耳其语 印度洋 印度教 \
    南极洲 墨西哥湾 波斯湾 几内亚湾 孟加拉湾 日本海 阿曼湾 苏丹红 古巴比伦 约旦河 刚果河 \
    尼日尔河 摩洛哥坚果 广岛风 澳洲肺鱼 丹麦语 法兰西学院";

/// Characters that, after a name, show that the name was two halves of other words.
const NOT_BEFORE: &[(&str, &str)] = &[
    ("西安", "全装排置定心康徽阳保监检逸"),
    ("延安", "排全置装"),
    ("南阳", "光台"),
    ("南宁", "乡蒗夏"),
    ("大连", "接续队环锁"),
    ("保定", "期时位向点量额"),
    ("安庆", "祝典"),
    ("里加", "强大快入上油工"),
    ("太原", "因谅来则"),
    ("新乡", "村镇土贤"),
    ("长春", "藤"),
    ("成都", "会能是要有在将"),
    ("宁波", "动折"),
    ("海口", "味"),
    ("福州", "际"),
    ("天津", "贴"),
];

/// What follows a name in streets, treaties and the like.
const NO_PLACE_AFTER: &[&str] = &[
    "路",
    "东路",
    "西路",
    "南路",
    "北路",
    "中路",
    "大街",
    "街道办",
    "条约",
    "公约",
    "协定",
    "议定书",
    "时间",
    "合作组织",
];

/// Characters before a doubtful name that speak of a place.
const CUES_BEFORE: &str = "在于至抵赴从往到离、省州国";
/// Words after a doubtful name that speak of a place.
const CUES_AFTER: &[&str] = &[
    "市",
    "城",
    "县",
    "地区",
    "机场",
    "大学",
    "警方",
    "当地",
    "居民",
    "郊区",
    "火车站",
    "附近",
];
/// Provinces before a doubtful name.
const PROVINCES: &[&str] = &[
    "广东",
    "河南",
    "山西",
    "安徽",
    "云南",
    "黑龙江",
    "广西",
    "江西",
    "浙江",
    "江苏",
    "陕西",
    "山东",
];

pub(super) fn find(
    gazetteer: &Gazetteer,
    nation: Option<Nation>,
    text: &str,
) -> Vec<(PlaceIdx, Span)> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&first) = chars.get(at) {
        let rest = chars.get(at..).unwrap_or_default();
        let names = gazetteer
            .chinese
            .get(&first)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let longest = names.iter().find(|n| rest.starts_with(&n.chars));
        let trap = trap_at(first, rest);
        let Some(longest) = longest.filter(|n| n.chars.len() >= trap) else {
            at += trap.max(1);
            continue;
        };
        let n = longest.chars.len();
        let same = names.iter().filter(|name| name.chars == longest.chars);
        if let Some(name) = gazetteer.pick(nation, same)
            && is_place(&chars, at, n, name.ambiguous)
        {
            found.push((
                name.place,
                Span {
                    start: at,
                    end: at + n,
                },
            ));
            at += n;
        } else {
            at += 1;
        }
    }
    found
}

/// Returns the length of the longest trap that begins here.
fn trap_at(first: char, rest: &[char]) -> usize {
    static BY_FIRST: OnceLock<HashMap<char, Vec<&str>>> = OnceLock::new();
    let by_first = BY_FIRST.get_or_init(|| {
        let mut by_first: HashMap<char, Vec<&str>> = HashMap::new();
        for trap in TRAPS.split(' ') {
            by_first
                .entry(trap.chars().next().unwrap_or_default())
                .or_default()
                .push(trap);
        }
        by_first
    });
    let traps = by_first.get(&first).map(Vec::as_slice).unwrap_or_default();
    traps
        .iter()
        .filter(|t| starts_with(rest, t))
        .map(|t| t.chars().count())
        .max()
        .unwrap_or(0)
}

fn starts_with(chars: &[char], word: &str) -> bool {
    let mut chars = chars.iter();
    word.chars().all(|c| chars.next() == Some(&c))
}

fn ends_with(chars: &[char], word: &str) -> bool {
    let mut chars = chars.iter().rev();
    word.chars().rev().all(|c| chars.next() == Some(&c))
}

fn is_place(chars: &[char], at: usize, n: usize, ambiguous: bool) -> bool {
    let before = chars.get(..at).unwrap_or_default();
    let after = chars.get(at + n..).unwrap_or_default();
    // The dot stands between the parts of a foreign person's name.
    if before.last() == Some(&'·') || after.first() == Some(&'·') {
        return false;
    }
    let name: String = chars.iter().skip(at).take(n).collect();
    let halves = NOT_BEFORE
        .iter()
        .any(|(word, next)| *word == name && after.first().is_some_and(|c| next.contains(*c)));
    if halves || NO_PLACE_AFTER.iter().any(|word| starts_with(after, word)) {
        return false;
    }
    let alone =
        before.last().is_none_or(|c| *c == '\n') && after.first().is_none_or(|c| *c == '\n');
    !ambiguous
        || alone
        || before.last().is_some_and(|c| CUES_BEFORE.contains(*c))
        || CUES_AFTER.iter().any(|word| starts_with(after, word))
        || PROVINCES.iter().any(|word| ends_with(before, word))
}
