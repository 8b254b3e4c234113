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
