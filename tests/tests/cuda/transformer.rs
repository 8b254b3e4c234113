//! Images seen through a grid. Its points must not lie on pixels, where the interpolation has kinks: hence weights behind the
//! parameters.

use super::*;
use crate::same;
use ndarray::{Array2, Array4};

same! {
    affine, (3, 2, 5, 6), (3, 6); { let x = input(2, 5, 6); let p = input(6); spatial_transformer(x, p) }
    affine_mirrored, (2, 1, 4, 5), (2, 6); {
        let x = input(1, 4, 5);
        let p = input(6);
        let seen = x => conv2d(2, 2, tanh);
        let theta = p => dense(6, linear);
        spatial_transformer(seen, theta, downsample_factor = 0.5, border_mode = mirror)
    }
    affine_larger_than_a_block, (2, 3, 17, 23), (2, 6); {
        let x = input(3, 17, 23);
        let p = input(6);
        spatial_transformer(x, p, downsample_factor = (0.8, 1), border_mode = wrap)
    }
    thin_plate, (3, 2, 5, 6), (3, 18); { let x = input(2, 5, 6); let p = input(18); tps_transformer(x, p, control_points = 9) }
    thin_plate_without_radial_terms, (2, 1, 6, 5), (2, 8); {
        let x = input(1, 6, 5);
        let p = input(8);
        tps_transformer(x, p, downsample_factor = 1.5, control_points = 4, precompute_grid = false, border_mode = wrap)
    }
}

/// Far beyond the border, and what is no number.
#[test]
fn points_anywhere_agree() {
    network! {
        struct Borders <
            let x = input(1, 3, 4);
            let p = input(6);
            let nearest = spatial_transformer(x, p);
            let mirrored = spatial_transformer(x, p, border_mode = mirror);
            let wrapped = spatial_transformer(x, p, border_mode = wrap);
            (nearest, mirrored, wrapped)
        >
    }
    let x: Array4<f64> = training::values((6, 1, 3, 4));
    let shifts = [0.1, 1e3, -1e17, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let p = Array2::from_shape_fn((6, 6), |(item, place)| match place {
        0 | 4 => 1.0,
        2 | 5 => shifts[item],
        _ => 0.0,
    });
    for device in devices::cuda() {
        let net = Borders::<f64>::new(1);
        let found = net.to(&device).unwrap().forward((x.view(), p.view())).unwrap().elements();
        let expected = net.forward((x.view(), p.view())).unwrap().elements();
        for (place, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            let same = (found - expected).abs() < 1e-12 || (found.is_nan() && expected.is_nan());
            assert!(same, "element {place}: found {found}, expected {expected}");
        }
    }
}
