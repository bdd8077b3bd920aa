//! Which places lie near each other: great-circle distance over a spatial grid. It knows no names.

use std::collections::BTreeMap;

/// Mean radius of the Earth (IUGG), km.
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Returns the great-circle distance between two points by the haversine formula.
///
/// # Units
/// Degrees in, km out.
pub(super) fn haversine_km(lat_a_deg: f64, lon_a_deg: f64, lat_b_deg: f64, lon_b_deg: f64) -> f64 {
    let half_lat = (lat_b_deg - lat_a_deg).to_radians() / 2.0;
    let half_lon = (lon_b_deg - lon_a_deg).to_radians() / 2.0;
    let h = half_lat.sin().powi(2)
        + lat_a_deg.to_radians().cos() * lat_b_deg.to_radians().cos() * half_lon.sin().powi(2);
    2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
}

/// Lists for every point the points within `km`, itself included, with their distance.
///
/// Points are `(lat_deg, lon_deg)`; neighbors ascend. The grid is one of cubes in space, so
/// neither the poles nor the date line need care: a chord is never longer than its arc.
pub(super) fn within_km(points: &[(f64, f64)], km: f64) -> Vec<Vec<(usize, f64)>> {
    // A cube no smaller than 1 km keeps the cell numbers small; larger cubes only cost time.
    let edge_km = km.max(1.0);
    let cell = |&(lat, lon): &(f64, f64)| -> [i64; 3] {
        let (lat, lon) = (lat.to_radians(), lon.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
            .map(|x| (x * EARTH_RADIUS_KM / edge_km).floor() as i64)
    };
    let mut cells: BTreeMap<[i64; 3], Vec<usize>> = BTreeMap::new();
    for (i, point) in points.iter().enumerate() {
        cells.entry(cell(point)).or_default().push(i);
    }
    points
        .iter()
        .map(|point| {
            let [x, y, z] = cell(point);
            let mut near = Vec::new();
            for dx in -1..=1 {
                for dy in -1..=1 {
                    for dz in -1..=1 {
                        for &j in cells.get(&[x + dx, y + dy, z + dz]).into_iter().flatten() {
                            let distance_km =
                                haversine_km(point.0, point.1, points[j].0, points[j].1);
                            if distance_km <= km {
                                near.push((j, distance_km));
                            }
                        }
                    }
                }
            }
            near.sort_by_key(|&(j, _)| j);
            near
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::seed::Seed;

    #[test]
    fn known_distances() {
        // Paris to London: 344 km between the city centers.
        let km = haversine_km(48.8566, 2.3522, 51.5074, -0.1278);
        assert!((km - 343.6).abs() < 1.0, "{km}");
        // A quarter of the Earth's circumference.
        let quarter = haversine_km(0.0, 0.0, 90.0, 0.0);
        assert!((quarter - 10_007.6).abs() < 0.5, "{quarter}");
    }

    #[test]
    fn equals_all_pairs_also_at_poles_and_date_line() {
        let mut random = Seed(8).stream("places");
        let mut points: Vec<(f64, f64)> =
            vec![(89.9, 10.0), (89.9, -170.0), (10.0, 179.9), (10.0, -179.9)];
        for _ in 0..300 {
            points.push((
                45.0 + 3.0 * random.next_f64(),
                5.0 + 3.0 * random.next_f64(),
            ));
        }
        for km in [0.0, 0.4, 50.0, 500.0] {
            for (i, near) in within_km(&points, km).into_iter().enumerate() {
                let expected: Vec<usize> = (0..points.len())
                    .filter(|&j| {
                        haversine_km(points[i].0, points[i].1, points[j].0, points[j].1) <= km
                    })
                    .collect();
                assert_eq!(near.iter().map(|n| n.0).collect::<Vec<_>>(), expected);
            }
        }
    }
}
