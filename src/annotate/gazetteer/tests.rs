//! Tests of the table's facts and of finding names in four languages.

use super::*;

fn place(name: &str, iso: &str) -> &'static Place {
    let places = Gazetteer::built_in().places();
    let found = places
        .iter()
        .find(|p| p.name(Language::En) == name && p.iso == iso && p.kind != PlaceKind::Country);
    found.unwrap_or_else(|| panic!("{name} is not in the table"))
}

/// Names found, in English and with the nation's code where `name/ISO` is asked for.
#[track_caller]
fn check(language: Language, nation: &str, text: &str, names: &[&str]) {
    let gazetteer = Gazetteer::built_in();
    let chars: Vec<char> = text.chars().collect();
    let found: Vec<String> = gazetteer
        .find_places(language, Nation::parse(nation).ok(), text)
        .into_iter()
        .map(|m| {
            assert!(m.span.start < m.span.end && m.span.end <= chars.len());
            let place = gazetteer.place(m.place);
            assert_eq!(place.kind, m.kind);
            format!("{}/{}", place.name(Language::En), place.iso)
        })
        .collect();
    assert_eq!(found, names, "{text}");
}

#[test]
fn every_line_is_sound() {
    let gazetteer = Gazetteer::built_in();
    let n_lines = TABLE.lines().filter(|l| !l.starts_with('#')).count();
    assert_eq!(gazetteer.places().len(), n_lines);
    assert_eq!(gazetteer.place(PlaceIdx(u32::MAX)).name(Language::En), "");
    for place in gazetteer.places() {
        assert!(
            (-60.0..=72.0).contains(&place.lat_deg) && (-180.0..=180.0).contains(&place.lon_deg),
            "{place:?}"
        );
        assert!(
            place.iso.len() == 2 && (place.nation().is_some() || place.iso == "XK"),
            "{place:?}"
        );
        assert!(
            Language::KNOWN.iter().all(|l| !place.name(*l).is_empty()),
            "{place:?}"
        );
        assert!(
            place
                .name(Language::Zh)
                .chars()
                .any(crate::base::language::is_han),
            "{place:?}"
        );
    }
}

#[test]
fn covers_the_world_and_the_five_nations() {
    let places = Gazetteer::built_in().places();
    let count = |kind, iso: &str| {
        places
            .iter()
            .filter(|p| p.kind == kind && (iso.is_empty() || p.iso == iso))
            .count()
    };
    assert_eq!(
        (count(PlaceKind::Country, ""), count(PlaceKind::Capital, "")),
        (195, 195)
    );
    assert!(count(PlaceKind::City, "") >= 600);
    for (iso, n) in [
        ("CN", 60),
        ("US", 60),
        ("GB", 45),
        ("FR", 45),
        ("DE", 45),
        ("AT", 10),
        ("CH", 8),
    ] {
        assert!(count(PlaceKind::City, iso) >= n, "{iso}");
    }
    for (iso, name) in [
        ("CN", "Beijing"),
        ("US", "Washington"),
        ("GB", "London"),
        ("FR", "Paris"),
        ("DE", "Berlin"),
    ] {
        assert_eq!(place(name, iso).kind, PlaceKind::Capital);
    }
    assert_eq!(place("Munich", "DE").name(Language::De), "München");
    assert_eq!(
        place("London", "GB")
            .nation()
            .map(|n| n.code().to_owned())
            .as_deref(),
        Some("UK")
    );
}

/// A city lies no farther from its country's middle than the largest countries reach.
#[test]
fn cities_lie_in_their_countries() {
    let places = Gazetteer::built_in().places();
    for country in places.iter().filter(|p| p.kind == PlaceKind::Country) {
        let reach_km = match country.iso {
            "RU" => 6600.0,
            "US" => 6000.0,
            "KI" => 4000.0,
            "CA" | "CN" | "AU" | "BR" => 3500.0,
            "ID" | "CL" | "AR" | "IN" | "CD" | "MX" | "KZ" => 2200.0,
            _ => 1400.0,
        };
        for city in places.iter().filter(|p| p.iso == country.iso) {
            let d = distance_km(country, city);
            assert!(
                d < reach_km,
                "{} {} {d}",
                country.iso,
                city.name(Language::En)
            );
        }
    }
}

#[test]
fn distances_are_the_earth_s() {
    for (a, b, km, tolerance) in [
        (("London", "GB"), ("Paris", "FR"), 344.0, 5.0),
        (("Beijing", "CN"), ("Shanghai", "CN"), 1067.0, 15.0),
        (("Berlin", "DE"), ("Munich", "DE"), 504.0, 8.0),
        (("New York", "US"), ("Los Angeles", "US"), 3936.0, 20.0),
        (("Lyon", "FR"), ("Marseille", "FR"), 278.0, 5.0),
        (("Sydney", "AU"), ("Buenos Aires", "AR"), 11_800.0, 100.0),
    ] {
        let d = distance_km(place(a.0, a.1), place(b.0, b.1));
        assert!((d - km).abs() <= tolerance, "{a:?} {b:?} {d}");
    }
}

#[test]
fn english() {
    let check = |nation, text, names: &[&str]| check(Language::En, nation, text, names);
    check(
        "UK",
        "Trains from London to Stoke-on-Trent stop in Milton Keynes.",
        &["London/GB", "Stoke-on-Trent/GB", "Milton Keynes/GB"],
    );
    check("UK", "A nice day of reading in the bath.", &[]);
    check(
        "UK",
        "Reading is hard. Nice people met in Reading, not Bath.",
        &["Reading/GB"],
    );
    check(
        "UK",
        "The mayor of Bath spoke; Bath City Council agreed.",
        &["Bath/GB", "Bath/GB"],
    );
    check(
        "US",
        "Mobile phones sell well in Mobile, and Reading, Pennsylvania has none.",
        &["Mobile/US"],
    );
    check(
        "US",
        "WASHINGTON — The U.S. and New York’s mayor met Jack London in New Orleans.",
        &[
            "Washington/US",
            "United States/US",
            "New York/US",
            "New Orleans/US",
        ],
    );
    check(
        "US",
        "George Washington and Michael Jordan read The Washington Post on Oxford Street in New England.",
        &[],
    );
    check(
        "US",
        "He moved from Georgia to Turkey, and the Paris Agreement was signed in Paris.",
        &["Turkey/TR", "Paris/FR"],
    );
    check("UK", "They came from Georgia.", &["Georgia/GE"]);
    check(
        "US",
        "GIVE US HOPE. The US agreed; USA wins.",
        &["United States/US", "United States/US"],
    );
    check(
        "US",
        "Xi'an, Xi’an and N'Djamena",
        &["Xi'an/CN", "Xi'an/CN", "N'Djamena/TD"],
    );
    check(
        "UK",
        "Londoners, Parisians and Berlin-based firms",
        &["Berlin/DE"],
    );
}

#[test]
fn one_name_in_two_nations() {
    check(
        Language::En,
        "UK",
        "in Birmingham and in Lincoln",
        &["Birmingham/GB", "Lincoln/GB"],
    );
    check(
        Language::En,
        "US",
        "in Birmingham and in Lincoln",
        &["Birmingham/US", "Lincoln/US"],
    );
    check(Language::En, "CN", "in Birmingham", &["Birmingham/GB"]);
    check(
        Language::En,
        "UK",
        "Birmingham, Ala. and London, Ontario; Paris, Texas; Jackson, Miss.; Dover, New Hampshire",
        &["Birmingham/US", "Jackson/US"],
    );
    check(Language::Zh, "US", "他在伯明翰读书。", &["Birmingham/US"]);
    check(Language::Zh, "CN", "他在伯明翰读书。", &["Birmingham/GB"]);
}

#[test]
fn french() {
    let check = |text, names: &[&str]| check(Language::Fr, "FR", text, names);
    check(
        "À Nice comme à Tours, les tours sont nombreuses.",
        &["Nice/FR", "Tours/FR"],
    );
    check(
        "Nice est belle, dit le maire de Nice à Pékin.",
        &["Nice/FR", "Beijing/CN"],
    );
    check(
        "L’Allemagne et les habitants d'Aix-en-Provence",
        &["Germany/DE", "Aix-en-Provence/FR"],
    );
    check(
        "L'accord de Paris, la rue de Rennes et la gare de Lyon",
        &[],
    );
    check(
        "Boulogne-sur-Mer, Paris-Match et le Nord-Pas-de-Calais",
        &[],
    );
    check(
        "Il se rend au Havre puis à Saint-Étienne et à Londres.",
        &["Le Havre/FR", "Saint-Étienne/FR", "London/GB"],
    );
    check("Jean Angers a vu Lens et la ville de Lens.", &["Lens/FR"]);
}

#[test]
fn german() {
    let check = |text, names: &[&str]| check(Language::De, "DE", text, names);
    check(
        "Das Essen in Essen war gut, und in Halle 3 gab es mehr als in Halle.",
        &["Essen/DE", "Halle/DE"],
    );
    check("Nach dem Siegen kam Regen.", &[]);
    check(
        "Der Kölner Rat und der Münchner Stadtrat; Frankreichs Minister, Berlins Senat.",
        &["Cologne/DE", "Munich/DE", "France/FR", "Berlin/DE"],
    );
    check(
        "Die Genfer Konvention, die Frankfurter Allgemeine und die Berliner Straße",
        &[],
    );
    check(
        "Wien – In Österreich und in der Schweiz",
        &["Vienna/AT", "Austria/AT", "Switzerland/CH"],
    );
    check("Essen\nEin Bericht", &["Essen/DE"]);
}

#[test]
fn chinese() {
    let check = |text, names: &[&str]| check(Language::Zh, "CN", text, names);
    check(
        "上海市和北京市的代表昨天抵达乌鲁木齐。",
        &["Shanghai/CN", "Beijing/CN", "Urumqi/CN"],
    );
    check("发展中国家的沿海地区，其中国有企业较多。", &[]);
    check(
        "中国与美国在日内瓦会谈。",
        &["China/CN", "United States/US", "Geneva/CH"],
    );
    check("孙中山先生生于广东中山。", &["Zhongshan/CN"]);
    check("快递开封后，他从开封出发。", &["Kaifeng/CN"]);
    check("广西安全生产，陕西西安下雨。", &["Xi'an/CN"]);
    check(
        "内蒙古呼和浩特位于中国北部，与蒙古国相邻。",
        &["Hohhot/CN", "China/CN", "Mongolia/MN"],
    );
    check("北京时间八点，南京路上人很多。", &[]);
    check("乔治·华盛顿住在华盛顿。", &["Washington/US"]);
    check(
        "印度尼西亚和几内亚比绍，南苏丹和苏丹",
        &[
            "Indonesia/ID",
            "Guinea-Bissau/GW",
            "South Sudan/SS",
            "Sudan/SD",
        ],
    );
    check("新乡村和新乡市", &["Xinxiang/CN"]);
    check(
        "汗尤尼斯在加沙，电视台中国频道；法国尼斯。",
        &["Gaza/PS", "China/CN", "France/FR", "Nice/FR"],
    );
}

#[test]
fn spans_are_characters() {
    let text = "é à Lyon";
    let found = Gazetteer::built_in().find_places(Language::Fr, None, text);
    assert_eq!(found.first().and_then(|m| m.span.slice(text)), Some("Lyon"));
}
