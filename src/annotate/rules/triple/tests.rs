//! Tests of the rewritings: exact ones for the common shapes, opposition for all.

use super::*;

fn check(language: Language, statement: &str, reverse: &str, question: &str) {
    let t = write(language, statement);
    assert_eq!(t.reverse, reverse);
    assert_eq!(t.question, question);
}

#[test]
fn english() {
    let en = Language::En;
    check(
        en,
        "The state should protect the weak.",
        "The state should not protect the weak.",
        "Should the state protect the weak?",
    );
    check(
        en,
        "Children must not be punished for poverty.",
        "Children may be punished for poverty.",
        "May children be punished for poverty?",
    );
    check(
        en,
        "Water is a human right.",
        "Water is not a human right.",
        "Is water a human right?",
    );
    check(
        en,
        "It is wrong to sell the forest.",
        "It is right to sell the forest.",
        "Is it wrong to sell the forest?",
    );
    check(
        en,
        "Surveillance threatens our freedom.",
        "Surveillance does not threaten our freedom.",
        "Does surveillance threaten our freedom?",
    );
    check(
        en,
        "Those who built this town deserve respect.",
        "Those who built this town do not deserve respect.",
        "Do those who built this town deserve respect?",
    );
    check(
        en,
        "Housing is no luxury.",
        "Housing is a luxury.",
        "Is housing a luxury?",
    );
    check(
        en,
        "No child should go hungry.",
        "It is not true that no child should go hungry.",
        "Is it right to say that no child should go hungry?",
    );
}

#[test]
fn french() {
    let fr = Language::Fr;
    check(
        fr,
        "L'eau doit rester publique.",
        "L'eau ne doit pas rester publique.",
        "Est-ce que l'eau doit rester publique ?",
    );
    check(
        fr,
        "Il faut protéger les abeilles.",
        "Il ne faut pas protéger les abeilles.",
        "Faut-il protéger les abeilles ?",
    );
    check(
        fr,
        "La forêt n'est pas une marchandise.",
        "La forêt est une marchandise.",
        "Est-ce que la forêt est une marchandise ?",
    );
    check(
        fr,
        "Rien ne justifie la torture.",
        "Il n'est pas vrai que rien ne justifie la torture.",
        "Est-il juste de dire que rien ne justifie la torture ?",
    );
    check(
        fr,
        "Une école qui ferme est une défaite.",
        "Une école qui ferme n'est pas une défaite.",
        "Est-ce qu'une école qui ferme est une défaite ?",
    );
}

#[test]
fn german() {
    let de = Language::De;
    check(
        de,
        "Der Staat muss die Schwachen schützen.",
        "Der Staat muss die Schwachen nicht schützen.",
        "Muss der Staat die Schwachen schützen?",
    );
    check(
        de,
        "Wohnen ist ein Menschenrecht.",
        "Wohnen ist kein Menschenrecht.",
        "Ist Wohnen ein Menschenrecht?",
    );
    check(
        de,
        "Kinder dürfen nicht geschlagen werden.",
        "Kinder dürfen geschlagen werden.",
        "Dürfen Kinder geschlagen werden?",
    );
    check(
        de,
        "Gesundheit ist keine Ware.",
        "Gesundheit ist eine Ware.",
        "Ist Gesundheit eine Ware?",
    );
    check(
        de,
        "Windräder zerstören die Landschaft.",
        "Windräder zerstören die Landschaft nicht.",
        "Zerstören Windräder die Landschaft?",
    );
    check(
        de,
        "Niemand steht über dem Gesetz.",
        "Die Aussage „Niemand steht über dem Gesetz“ trifft nicht zu.",
        "Ist die Aussage „Niemand steht über dem Gesetz“ richtig?",
    );
}

#[test]
fn chinese() {
    let zh = Language::Zh;
    check(
        zh,
        "老街应当得到保护。",
        "老街不应当得到保护。",
        "老街是否应当得到保护？",
    );
    check(
        zh,
        "文物不能成为赚钱的工具。",
        "文物可以成为赚钱的工具。",
        "文物能否成为赚钱的工具？",
    );
    check(
        zh,
        "教育是民族的根基。",
        "教育不是民族的根基。",
        "教育是否是民族的根基？",
    );
    check(
        zh,
        "没有诚信就没有市场。",
        "认为“没有诚信就没有市场”的说法并不正确。",
        "“没有诚信就没有市场”，这种说法对吗？",
    );
}

#[test]
fn quotation_marks_go() {
    let t = write(Language::De, "„Wasser gehört allen“");
    assert_eq!(t.statement, "Wasser gehört allen.");
    assert_eq!(t.reverse, "Wasser gehört nicht allen.");
}
