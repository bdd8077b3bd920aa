//! Tests of source judgment: where the attribution may stand, one line a case.

use super::*;

/// `claim` stands in `body`; `expected` is a name, `"official"` or `"unattributed"`.
fn check(language: Language, body: &str, claim: &str, expected: &str) {
    let byte = body.find(claim).unwrap_or_default();
    let start = body.get(..byte).map_or(0, |b| b.chars().count());
    let passage = Span {
        start,
        end: start + claim.chars().count(),
    };
    let got = match judge(language, passage, body) {
        SourceVerdict::Quoted(speaker) => speaker.name,
        SourceVerdict::Official => "official".to_owned(),
        SourceVerdict::Unattributed => "unattributed".to_owned(),
    };
    assert_eq!(got, expected, "{body}");
}

#[test]
fn english() {
    let en = Language::En;
    check(
        en,
        "“Rivers have rights,” said lawyer Amara Okoye.",
        "Rivers have rights",
        "Amara Okoye",
    );
    check(
        en,
        "Amara Okoye spoke first. She added: “Rivers have rights and duties.”",
        "Rivers have rights and duties",
        "Amara Okoye",
    );
    check(
        en,
        "Judge Low said on Monday that rivers have rights.",
        "rivers have rights",
        "Low",
    );
    check(
        en,
        "Rivers have rights, and nobody may sell them.",
        "Rivers have rights",
        "official",
    );
    check(
        en,
        "“Rivers have rights and dignity.”",
        "Rivers have rights and dignity",
        "unattributed",
    );
    check(
        en,
        "According to the National Rivers Trust, no dam should be built.",
        "no dam should be built",
        "National Rivers Trust",
    );
    check(
        en,
        "Critics say that rivers must be free of dams.",
        "rivers must be free of dams",
        "unattributed",
    );
    check(
        en,
        "“Rivers have rights. Nobody may sell them,” said Amara Okoye.",
        "Rivers have rights.",
        "Amara Okoye",
    );
    check(
        en,
        "Anna Low founded the club. “Rivers have rights,” Low told this newspaper.",
        "Rivers have rights",
        "Anna Low",
    );
}

#[test]
fn french() {
    let fr = Language::Fr;
    check(
        fr,
        "« L'eau n'est pas à vendre », affirme Jeanne Morel, éleveuse.",
        "L'eau n'est pas à vendre",
        "Jeanne Morel",
    );
    check(
        fr,
        "Selon le Syndicat des bergers, le loup doit partir.",
        "le loup doit partir",
        "Syndicat des bergers",
    );
    check(
        fr,
        "La sénatrice Odile Gros a déclaré que l'eau doit rester à tous.",
        "l'eau doit rester à tous",
        "Odile Gros",
    );
    check(
        fr,
        "Jeanne Morel a pris la parole. « L'eau est un droit pour tous », a-t-elle ajouté.",
        "L'eau est un droit pour tous",
        "Jeanne Morel",
    );
    check(
        fr,
        "L'eau est un droit que rien ne remplace.",
        "L'eau est un droit",
        "official",
    );
}

#[test]
fn german() {
    let de = Language::De;
    check(
        de,
        "„Wasser ist keine Ware“, sagte Landrätin Sabine Kehl.",
        "Wasser ist keine Ware",
        "Sabine Kehl",
    );
    check(
        de,
        "Wasser darf keine Ware sein, betonte der Mieterbund Süd.",
        "Wasser darf keine Ware sein",
        "Mieterbund Süd",
    );
    check(
        de,
        "Der Forscher Ole Brandt sagte, dass Wasser allen gehört.",
        "Wasser allen gehört",
        "Ole Brandt",
    );
    check(
        de,
        "Sabine Kehl sprach zuletzt. „Wasser ist niemals eine Ware“, sagte sie.",
        "Wasser ist niemals eine Ware",
        "Sabine Kehl",
    );
    check(
        de,
        "Nach Ansicht von Ole Brandt darf Wasser nie verkauft werden.",
        "darf Wasser nie verkauft werden",
        "Ole Brandt",
    );
    check(
        de,
        "Wasser ist ein Recht und keine Ware.",
        "Wasser ist ein Recht",
        "official",
    );
}

#[test]
fn chinese() {
    let zh = Language::Zh;
    check(
        zh,
        "“水不是商品，人人都应喝得起。”教授李文博说。",
        "水不是商品",
        "李文博",
    );
    check(
        zh,
        "市环保局局长周敏指出，水不应成为商品。",
        "水不应成为商品",
        "周敏",
    );
    check(
        zh,
        "江北消费者协会认为，水价不应由企业说了算。",
        "水价不应由企业说了算",
        "江北消费者协会",
    );
    check(
        zh,
        "村民王秀英来得最早。她说：“水井是全村的命根子。”",
        "水井是全村的命根子",
        "王秀英",
    );
    check(
        zh,
        "水是生命之源，不应成为商品。",
        "水是生命之源",
        "official",
    );
}
