//! Images seen through a grid.

use super::*;

golden! {
    on every device;
    transformer, "transformer": {
        let image = input(2, 5, 5);
        let theta = input(6);
        spatial_transformer(image, theta, downsample_factor = 1)
    }
}

/// Options that Lasagne's own cases lack.
pub mod more {
    use super::*;

    golden! {
        on every device;
        spatial_transformer_factors, "spatial_transformer_factors": { let a = input(2, 6, 5); let b = input(6); spatial_transformer(a, b, downsample_factor = (1.5, 0.7), border_mode = nearest) }
        spatial_transformer_mirror, "spatial_transformer_mirror": { let a = input(1, 4, 5); let b = input(6); spatial_transformer(a, b, downsample_factor = 1, border_mode = mirror) }
        spatial_transformer_wrap, "spatial_transformer_wrap": { let a = input(2, 5, 4); let b = input(6); spatial_transformer(a, b, downsample_factor = 0.5, border_mode = wrap) }
        tps_transformer, "tps_transformer": { let a = input(2, 5, 6); let b = input(32); tps_transformer(a, b, control_points = 16, downsample_factor = 1, border_mode = nearest) }
        tps_transformer_mirror, "tps_transformer_mirror": { let a = input(1, 6, 5); let b = input(8); tps_transformer(a, b, control_points = 4, downsample_factor = (2, 0.6), border_mode = mirror) }
        tps_transformer_wrap, "tps_transformer_wrap": { let a = input(1, 5, 5); let b = input(18); tps_transformer(a, b, control_points = 9, downsample_factor = 1, border_mode = wrap) }
    }
}
